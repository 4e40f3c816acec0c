"""Picklist: one value of a list, which is the field's own or a set that several fields share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected, did_you_mean
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES, NEUTRAL, Example, Reading, Value
from .controls import ChoiceControl, offered
from .words import WordsType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..kinds.value_set import PicklistValue
    from ..snapshot import Snapshot

THREE = {
    "valueSet": {
        "restricted": True,
        "values": [
            {"name": "Hot", "label": "Very hot"},
            {"name": "Warm", "default": True},
            {"name": "Cold", "active": False},
        ],
    }
}
OPEN = {"valueSet": {"restricted": False, "values": THREE["valueSet"]["values"]}}


def values_of(f: CustomField, reading: Reading) -> tuple[PicklistValue, ...]:
    """The values that count: those the reading brings, else the field's own."""
    return reading.values or f.inline_values


def canonical(text: str, f: CustomField, reading: Reading) -> str | None:
    """The value of the list that the text names: by name, by name in another case, by label."""
    values = values_of(f, reading)
    names = {v.name for v in values}
    if text in names:
        return text
    folded = fold(text)
    by_name = {fold(v.name): v.name for v in values}
    by_label = {fold(v.label): v.name for v in values} | dict(reading.value_labels)
    found = by_name.get(folded) or by_label.get(folded)
    return found if found in names else None


def chosen(text: str, f: CustomField, reading: Reading) -> str:
    """The canonical value; one that no list knows only where the field is not restricted."""
    found = canonical(text, f, reading)
    if found is not None or not f.restricted:
        return found or text
    known = [name for v in values_of(f, reading) for name in (v.name, v.label)]
    message = _("%(text)s is not one of the values.", text=repr(text)[:80])
    raise Rejected(
        Problem("picklist.unknown_value", (f.local_name,), message, did_you_mean(text, known))
    )


def retired(
    values: tuple[str, ...], kept: tuple[str, ...], f: CustomField, reading: Reading
) -> tuple[Problem, ...]:
    """Problems of inactive values that were not there before."""
    inactive = {v.name for v in values_of(f, reading) if not v.active}
    gone = [value for value in values if value in inactive and value not in kept]
    message = _("The value %(name)s is no longer in use.", name=repr(gone[0]) if gone else "")
    return (Problem("picklist.inactive", (f.local_name,), message),) if gone else ()


class Picklist(WordsType):
    """One value. Its name is kept, its label is shown; inactive values stay where they are."""

    name = "Picklist"
    label = lazy("Picklist")
    help = lazy("One value of a list.")
    icon = "list"
    widget = "pill"
    control = "picklist"
    formula_kind = "picklist"
    searchable = False
    may_be_unique = False
    examples = (
        Example("Hot", "Hot", THREE),
        Example("warm", "Warm", THREE),
        Example("VERY HOT", "Hot", THREE),
        Example("Cold", "Cold", THREE),
        Example("Lukewarm", "Lukewarm", OPEN),
        Example("", None, THREE),
    )
    refused = ("Lukewarm", "a\x00b")

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        found = super().parse(text, f, reading)
        return None if found is None else chosen(found, f, reading)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """A value by name or label; one that the list does not know finds what still holds it."""
        found = super().operand(raw, f, reading)
        return found and (canonical(found, f, reading) or found)

    def check_change(
        self, new: Value, old: Value, f: CustomField, reading: Reading
    ) -> tuple[Problem, ...]:
        return retired((new,), (old,), f, reading)

    def display(self, value: Value, f: CustomField) -> str:
        labels = {v.name: v.label for v in f.inline_values}
        return "" if value is None else labels.get(str(value), str(value))

    def display_in(self, value: Value, f: CustomField, snapshot: Snapshot) -> str:
        return "" if value is None else snapshot.value_label(f, value)

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return ChoiceControl(**offered(f, kwargs))

    def default_options(self) -> dict[str, Any]:
        return {"valueSet": {"restricted": True, "values": []}}


FIELD_TYPES.register(Picklist())
