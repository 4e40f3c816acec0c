"""Picklist values shared by fields: the standard value sets and an org's global ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference
from .base import KINDS, TEXT, common, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

_OWN = frozenset({"name", "label", "active", "default", "color"})

VALUE_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 255},
            "label": dict(TEXT),
            "active": {"type": "boolean"},
            "default": {"type": "boolean"},
            "color": {"type": "string", "pattern": "^(#[0-9a-fA-F]{6})?$"},
            "description": dict(TEXT),
            # what the standard sets know of their values
            "closed": {"type": "boolean"},
            "won": {"type": "boolean"},
            "converted": {"type": "boolean"},
            "highPriority": {"type": "boolean"},
            "probability": {"type": "number", "minimum": 0, "maximum": 100},
            "forecastCategory": dict(TEXT),
        },
    }
)


@dataclass(frozen=True, slots=True)
class PicklistValue:
    """One value: `name` is stored, `label` is shown; inactive ones stay on old records."""

    name: str
    label: str
    active: bool = True
    default: bool = False
    color: str = ""  # "#2b5bdb" or ""
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # closed, …


def read_values(rows: Any) -> tuple[PicklistValue, ...]:
    """The values of a document's `values` list, in order."""
    return tuple(
        PicklistValue(
            row["name"],
            row.get("label") or row["name"],
            row.get("active", True),
            row.get("default", False),
            row.get("color", ""),
            MappingProxyType({k: v for k, v in row.items() if k not in _OWN}),
        )
        for row in rows
    )


def check_values(values: tuple[PicklistValue, ...], *path: str | int) -> tuple[Problem, ...]:
    """Doubled values, and more than one default."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for i, value in enumerate(values):
        if value.name.casefold() in seen:
            message = _("The value %(name)s is there twice.", name=repr(value.name))
            problems.append(Problem("picklist.doubled_value", (*path, i), message))
        seen.add(value.name.casefold())
    if sum(value.default for value in values) > 1:
        problems.append(Problem("picklist.defaults", path, _("Only one value can be the default.")))
    return tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSet(Definition):
    """A named, ordered list of picklist values."""

    values: tuple[PicklistValue, ...] = ()
    sorted: bool = False


def _parse(document: Document) -> ValueSet:
    return ValueSet(
        **common(document),
        values=read_values(document.get("values", ())),
        sorted=document.get("sorted", False),
    )


def _references(_value_set: ValueSet, _snapshot: Snapshot) -> tuple[Reference, ...]:
    return ()


def _check(value_set: ValueSet, _snapshot: Snapshot) -> tuple[Problem, ...]:
    return check_values(value_set.values, "values")


_PROPERTIES = {
    "values": {"type": "array", "maxItems": 10000, "items": dict(VALUE_SCHEMA)},
    "sorted": {"type": "boolean"},
}

for _kind, _label, _folder, _suffix in (
    ("StandardValueSet", lazy("Standard value set"), "standardValueSets", "standardValueSet"),
    ("GlobalValueSet", lazy("Global value set"), "globalValueSets", "globalValueSet"),
):
    KINDS.register(
        Kind(
            name=_kind,
            label=_label,
            schema=schema(_kind, _PROPERTIES, ("values",)),
            rank=10,
            folder=_folder,
            suffix=_suffix,
            parse=_parse,
            references=_references,
            check=_check,
            icon="list",
        )
    )
