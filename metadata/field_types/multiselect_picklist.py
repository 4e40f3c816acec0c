"""MultiselectPicklist: several values of a list, kept as "a;b" in the order of the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from ..text import check_characters, single_line
from .base import FIELD_TYPES, NEUTRAL, Example, FieldType, Part, Reading, Value
from .controls import ChoicesControl, offered, with_attributes
from .operators import CHOICES, choices_key
from .picklist import OPEN, THREE, canonical, chosen, retired, values_of
from .words import option_in_range

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

MARK = ";"


class MultiselectPicklist(FieldType):
    """A tuple of values without doubles. As an operand, "a;b" of `includes` is a and b."""

    name = "MultiselectPicklist"
    label = lazy("Picklist (several)")
    help = lazy("Any number of values of a list.")
    icon = "list-checks"
    group = "more"
    widget = "pills"
    control = "multi"
    formula_kind = "multipicklist"
    options_schema = MappingProxyType(
        {"visibleLines": {"type": "integer", "minimum": 2, "maximum": 50}}
    )
    operators = CHOICES
    aggregates = ("count",)
    sortable = False
    groupable = False
    json_types = (str, list, tuple)
    examples = (
        Example("Hot", ("Hot",), THREE),
        Example("warm; very hot", ("Hot", "Warm"), THREE),
        Example("Warm;Hot;Warm;", ("Hot", "Warm"), THREE),
        Example("Hot;100%_\\;Lukewarm", ("Hot", "100%_\\", "Lukewarm"), OPEN),
        Example("甲；乙", ("甲；乙",), OPEN),
        Example("", None, THREE),
        Example(" ; ", None, THREE),
    )
    refused = ("Lukewarm", "a\x00b")

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "text"), Part("key", "text"))

    def to_columns(self, value: Value, f: CustomField) -> dict[str, Any]:
        if not value:
            return {"": None, "key": None}
        return {"": MARK.join(value), "key": choices_key(value)}

    def from_columns(self, parts: Mapping[str, Any], f: CustomField) -> Value:
        return tuple(parts[""].split(MARK)) if parts.get("") else None

    def sort_key(self, value: Value, f: CustomField) -> Any:
        return MARK.join(value) if value else None

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        check_characters(text, f.local_name)
        return self._ordered(text.split(MARK), f, reading)

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        if isinstance(raw, list | tuple):
            return self.parse(MARK.join(str(value) for value in raw), f, reading)
        return super().accept(raw, f, reading)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """Values by name or label; one that the list does not know finds what still holds it."""
        texts = raw.split(MARK) if isinstance(raw, str) else raw or ()
        names = [single_line(str(text), f.local_name) for text in texts]
        return tuple(canonical(name, f, reading) or name for name in names if name) or None

    def check_change(
        self, new: Value, old: Value, f: CustomField, reading: Reading
    ) -> tuple[Problem, ...]:
        return retired(new or (), old or (), f, reading)

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        wrong = [v.name for v in snapshot.values(f) if MARK in v.name]
        problems = option_in_range(f, "visibleLines", 2, 50)
        if wrong:
            message = _("The value %(name)s holds a semicolon.", name=repr(wrong[0]))
            hint = _("Semicolons separate the values of this field.")
            problems += (Problem("picklist.semicolon", ("valueSet",), message, hint),)
        return problems

    def display(self, value: Value, f: CustomField) -> str:
        labels = {v.name: v.label for v in f.inline_values}
        return "; ".join(labels.get(name, name) for name in value or ())

    def display_in(self, value: Value, f: CustomField, snapshot: Snapshot) -> str:
        return "; ".join(snapshot.value_label(f, name) for name in value or ())

    def export(self, value: Value, f: CustomField) -> str:
        return MARK.join(value or ())

    def json(self, value: Value, f: CustomField) -> Any:
        return self.export(value, f) or None

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        size = f.options.get("visibleLines", 4)
        return ChoicesControl(**with_attributes(offered(f, kwargs), size=size))

    def form_text(self, value: Value, f: CustomField) -> Any:
        return list(value or ())

    def default_options(self) -> dict[str, Any]:
        return {"valueSet": {"restricted": True, "values": []}, "visibleLines": 4}

    def _ordered(self, texts: Iterable[str], f: CustomField, reading: Reading) -> Value:
        """The values in the order of the list, unknown ones of an open list last."""
        names = [single_line(text, f.local_name) for text in texts]
        values = dict.fromkeys(chosen(name, f, reading) for name in names if name)
        if any(MARK in value for value in values):
            raise Rejected(
                Problem("picklist.semicolon", (f.local_name,), _("No value may hold a semicolon."))
            )
        rank = {v.name: i for i, v in enumerate(values_of(f, reading))}
        return tuple(sorted(values, key=lambda name: rank.get(name, len(rank)))) or None


FIELD_TYPES.register(MultiselectPicklist())
