"""Name: a person's name of salutation, first and last name; the whole is kept beside its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.i18n import _, lazy, mark
from .base import FIELD_TYPES, Example, Value
from .compound import component_name
from .words import WordsType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+")
# part -> (label, type, options, option that switches it, on when the option is missing)
_PARTS: tuple[tuple[str, str, str, dict[str, Any], str, bool], ...] = (
    (
        "Salutation", mark("Salutation"), "Picklist",
        {"valueSet": {"valueSetName": "Salutation", "restricted": False}}, "salutation", True,
    ),
    ("FirstName", mark("First name"), "Text", {"length": 40}, "", True),
    ("MiddleName", mark("Middle name"), "Text", {"length": 40}, "middleName", False),
    ("LastName", mark("Last name"), "Text", {"length": 80, "required": True}, "", True),
    ("Suffix", mark("Suffix"), "Text", {"length": 40}, "suffix", False),
)  # fmt: skip


class Name(WordsType):
    """Made of its parts whenever a record is saved; sorted and searched as one text."""

    name = "Name"
    label = lazy("Name")
    help = lazy("A person's name: salutation, first and last name.")
    icon = "contact"
    group = "internal"
    creatable = False
    may_be_unique = False
    max_length = 255
    options_schema = MappingProxyType(
        {name: {"type": "boolean"} for name in ("salutation", "middleName", "suffix")}
    )
    examples = (
        Example("Mei Lin", "Mei Lin"),
        Example("陶磊", "陶磊"),
        Example("", None),
    )
    refused = ("a\x00b", "x" * 256)

    def components(self, f: CustomField) -> tuple[CustomField, ...]:
        return tuple(
            f.component(part, component_name(f, part, "Name"), label, kind, **options)
            for part, label, kind, options, switch, default in _PARTS
            if f.options.get(switch, default)
        )

    def spoken_component_label(self, label: str, part: str) -> str:
        return next((_(row[1]) for row in _PARTS if row[0] == part), label)

    def compose(self, f: CustomField, values: Mapping[str, Value]) -> Value:
        """First, middle, last name and suffix; Chinese, Japanese and Korean last name first."""
        names = {part: values.get(component_name(f, part, "Name")) for part, *_rest in _PARTS}
        first, last = names["FirstName"], names["LastName"]
        if first and last and _HAN.fullmatch(first) and _HAN.fullmatch(last):
            return f"{last}{first}"
        parts = (first, names["MiddleName"], last, names["Suffix"])
        return " ".join(part for part in parts if part) or None

    def decompose(self, f: CustomField, value: Value) -> dict[str, Value]:
        """The last word is the last name; a name of one word is one."""
        first, _blank, last = (value or "").rpartition(" ")
        return {
            component_name(f, "FirstName", "Name"): first.strip() or None,
            component_name(f, "LastName", "Name"): last or None,
        }


FIELD_TYPES.register(Name())
