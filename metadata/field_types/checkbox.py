"""Checkbox: yes or no; a row that says nothing says no."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES, NEUTRAL, Example, FieldType, Part, Reading, Value
from .controls import CheckControl
from .operators import FLAGS

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

_WORDS = {"true": True, "false": False, "1": True, "0": False}
_HUMAN = _WORDS | {
    **dict.fromkeys(("yes", "y", "t", "on", "x", "✓", "是", "对", "ja", "oui", "sí", "wahr"), True),
    **dict.fromkeys(("no", "n", "f", "off", "否", "不", "nein", "non", "falsch"), False),
}


class Checkbox(FieldType):
    """True or False. Blank text is None; a column without a value is False."""

    name = "Checkbox"
    label = lazy("Checkbox")
    help = lazy("Yes or no.")
    icon = "square-check"
    widget = "check"
    control = "checkbox"
    formula_kind = "boolean"
    may_be_combined = True
    operators = FLAGS
    aggregates = ("count",)
    json_types = (bool,)
    json_schema = MappingProxyType({"type": "boolean"})
    examples = (
        Example("true", True),
        Example("false", False),
        Example("TRUE", True),
        Example("1", True),
        Example("0", False),
        Example("", None),
    )
    refused = ("2", "maybe", "truth", "-1")

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "flag", default=False),)

    def to_columns(self, value: Value, f: CustomField) -> dict[str, Any]:
        return {"": bool(value)}

    def from_columns(self, parts: Mapping[str, Any], f: CustomField) -> Value:
        return bool(parts.get(""))

    def sort_key(self, value: Value, f: CustomField) -> Any:
        return bool(value)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        word = text.strip().casefold()
        if not word:
            return None
        if (found := (_HUMAN if reading.human else _WORDS).get(word)) is not None:
            return found
        message = _("%(text)s is neither yes nor no.", text=repr(text)[:60])
        hint = _("Write true or false.")
        raise Rejected(Problem("checkbox.malformed", (f.local_name,), message, hint))

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        if isinstance(raw, bool):
            return raw
        return super().accept(int(raw) if raw in (0, 1, 0.0, 1.0) else raw, f, reading)

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else _("Yes") if value else _("No")

    def export(self, value: Value, f: CustomField) -> str:
        return "" if value is None else "true" if value else "false"

    def cell(self, value: Value, f: CustomField) -> Any:
        return value

    def form_text(self, value: Value, f: CustomField) -> Any:
        return "true" if value else "false"

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return CheckControl(**kwargs)

    def default_options(self) -> dict[str, Any]:
        return {"defaultValue": False}


FIELD_TYPES.register(Checkbox())
