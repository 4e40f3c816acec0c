"""AutoNumber: a number that every record gets when it is made, in a format such as INV-{0000}."""

from __future__ import annotations

import re
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES, Example
from .controls import TextControl, with_attributes
from .words import WordsType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

DEFAULT_FORMAT = "{0000}"
_SLOT = re.compile(r"\{(0{1,10}|YYYY|YY|MM|DD)\}")


def number_text(f: CustomField, number: int, day: date) -> str:
    """The text of the n-th number on that day; more digits than zeros are kept."""
    slots = {
        "YYYY": f"{day.year:04}", "YY": f"{day.year % 100:02}", "MM": f"{day.month:02}",
        "DD": f"{day.day:02}",
    }  # fmt: skip
    form = f.options.get("displayFormat") or DEFAULT_FORMAT
    return _SLOT.sub(lambda slot: slots.get(slot[1]) or str(number).zfill(len(slot[1])), form)


class AutoNumber(WordsType):
    """A text made by the system; unique within its object."""

    name = "AutoNumber"
    label = lazy("Auto number")
    help = lazy("A number that counts up with every new record.")
    icon = "list-ordered"
    group = "more"
    editable = False
    may_be_combined = False
    max_length = 60
    default_length = 60
    options_schema = MappingProxyType(
        {
            "displayFormat": {"type": "string", "minLength": 1, "maxLength": 40},
            "startingNumber": {"type": "integer", "minimum": 0, "maximum": 10**10 - 1},
        }
    )
    examples = (
        Example("INV-0001", "INV-0001"),
        Example("inv-0002", "inv-0002"),
        Example("", None),
    )
    refused = ("x" * 61, "a\x00")

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        form = f.options.get("displayFormat") or DEFAULT_FORMAT
        counters = [slot for slot in _SLOT.findall(form) if slot.startswith("0")]
        rest = _SLOT.sub("", form)
        if len(counters) == 1 and "{" not in rest and "}" not in rest:
            return ()
        message = _("The format needs one {0000} for the number.")
        hint = _("Besides it, {YYYY}, {YY}, {MM} and {DD} are understood.")
        return (Problem("autonumber.format", ("displayFormat",), message, hint),)

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return TextControl(**with_attributes(kwargs, readonly=True))

    def default_options(self) -> dict[str, Any]:
        return {"displayFormat": DEFAULT_FORMAT, "startingNumber": 1}


FIELD_TYPES.register(AutoNumber())
