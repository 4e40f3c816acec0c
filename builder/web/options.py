"""The options of field types as controls of the field sheet, made of the types' own schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...metadata.field_types import FIELD_TYPES
from ...metadata.field_types.base import FieldType
from ...metadata.field_types.summary import SUMMARY
from ...platform.i18n import _, mark

LABELS: Mapping[str, str] = {
    "length": mark("Length"),
    "precision": mark("Digits in all"),
    "scale": mark("Decimal places"),
    "visibleLines": mark("Visible lines"),
    "displayFormat": mark("Display format"),
    "startingNumber": mark("First number"),
    "deleteConstraint": mark("When the parent is deleted"),
    "relationshipOrder": mark("Order of the relationship"),
    "reparentable": mark("Records may move to another parent"),
    "writeRequiresMasterRead": mark("Reading the parent is enough to edit"),
    "displayLocationInDecimal": mark("Show as decimal degrees"),
    "maskType": mark("Mask"),
    "maskChar": mark("Mask character"),
}
HINTS: Mapping[str, str] = {
    "displayFormat": mark("The number stands in braces, for example INV-{0000}."),
    "scale": mark("Between 0 and 17."),
}
CHOICES: Mapping[str, str] = {
    "SetNull": mark("Clear this field"),
    "Restrict": mark("Do not allow it"),
    "Cascade": mark("Delete these records too"),
    "all": mark("All characters"),
    "lastFour": mark("All but the last four"),
    "ssn": mark("Social security number"),
    "sin": mark("Social insurance number"),
    "nino": mark("National insurance number"),
    "creditCard": mark("Credit card number"),
}
NEVER_ASKED = frozenset({"relationshipOrder"})


@dataclass(frozen=True, slots=True)
class Option:
    """One control: `kind` as the form macros know it."""

    name: str
    label: str
    kind: str  # "number", "text", "picklist", "checkbox"
    hint: str
    value: Any
    choices: tuple[tuple[str, str], ...]
    types: tuple[str, ...]  # field types it belongs to


def asked_types() -> list[FieldType]:
    """The types that the field sheet can make; roll-ups have a page of their own."""
    return [t for t in FIELD_TYPES if t.creatable and t.name != SUMMARY]


def options_for(values: Mapping[str, Any], only: str = "") -> list[Option]:
    """The option controls of every type that can be made, or of one."""
    types = [t for t in asked_types() if not only or t.name == only]
    owners: dict[tuple[str, str], list[FieldType]] = {}
    for field_type in types:
        for name, schema in field_type.options_schema.items():
            if name not in NEVER_ASKED:
                default = field_type.default_options().get(name, "")
                owners.setdefault((name, repr((_kind(schema), default))), []).append(field_type)
    return [_option(name, found, values) for (name, _key), found in owners.items()]


def _option(name: str, owners: list[FieldType], values: Mapping[str, Any]) -> Option:
    schema = owners[0].options_schema[name]
    return Option(
        name,
        _(LABELS.get(name, name)),
        _kind(schema),
        _(HINTS[name]) if name in HINTS else "",
        values.get(name, owners[0].default_options().get(name, "")),
        tuple((str(c), _(CHOICES.get(str(c), str(c)))) for c in schema.get("enum", ())),
        tuple(t.name for t in owners),
    )


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "picklist"
    return {"integer": "number", "boolean": "checkbox"}.get(str(schema.get("type")), "text")


def read_options(field_type: FieldType, posted: Mapping[str, str]) -> dict[str, Any]:
    """The type's options as the document keeps them; what is no number stays for the checks."""
    options: dict[str, Any] = {}
    for name, schema in field_type.options_schema.items():
        if name in NEVER_ASKED:
            continue
        raw = posted.get(f"{field_type.name}.{name}", posted.get(name, "")).strip()
        if schema.get("type") == "boolean":
            options[name] = bool(raw)
        elif schema.get("type") == "integer" and raw.isdigit():
            options[name] = int(raw)
        elif raw:
            options[name] = raw
    return options
