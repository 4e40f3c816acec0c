"""A business process: the statuses or stages that some leads, opportunities or cases go through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference
from .base import KINDS, NAME, check_ids, check_object, common, listed, of_object, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

#: {object: the picklist that its processes take values from}
PROCESS_FIELDS: Mapping[str, str] = MappingProxyType(
    {"Lead": "Status", "Opportunity": "StageName", "Case": "Status"}
)

CHOSEN: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 255},
            "default": {"type": "boolean"},
        },
    }
)


@dataclass(frozen=True, slots=True)
class Subset:
    """Some values of a picklist, and which of them a new record gets."""

    values: tuple[str, ...]
    default: str = ""


def read_subset(rows: Any) -> Subset:
    """The subset of a document's `values` list."""
    default = next((row["name"] for row in rows if row.get("default", False)), "")
    return Subset(tuple(row["name"] for row in rows), default)


def check_subset(rows: Any, *path: str | int) -> tuple[Problem, ...]:
    """Values that are there twice, and more than one default.

    A value that the list has no more is passed over: lists change without asking who chose.
    """
    problems = check_ids((row["name"] for row in rows), *path)
    if sum(row.get("default", False) for row in rows) > 1:
        message = _("Only one value can be the default.")
        problems += (Problem("picklist.defaults", path, message),)
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessProcess(Definition):
    """Values of the object's status or stage; record types say which process is theirs.

    One of an object whose status is gone, or that never had one, says nothing about any value.
    """

    object: str
    subset: Subset
    active: bool = True

    @property
    def field(self) -> str:
        """The local name of the picklist."""
        return PROCESS_FIELDS.get(self.object, "")


def _parse(document: Document) -> BusinessProcess:
    return BusinessProcess(
        **common(document),
        object=document["object"],
        subset=read_subset(document.get("values", ())),
        active=document.get("active", True),
    )


def _references(process: BusinessProcess, _snapshot: Snapshot) -> tuple[Reference, ...]:
    return of_object(process.document)


def _check(process: BusinessProcess, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, process.object):
        return problems
    rows = process.document.get("values", ())
    found = list(check_subset(rows, "values"))
    if not rows:
        found.append(Problem("process.empty", ("values",), _("Choose at least one value.")))
    return tuple(found)


KINDS.register(
    Kind(
        name="BusinessProcess",
        label=lazy("Business process"),
        schema=schema(
            "BusinessProcess",
            {
                "object": dict(NAME),
                "active": {"type": "boolean"},
                "values": listed(CHOSEN, 10000),
            },
            ("object", "values"),
        ),
        rank=43,
        folder="objects/{object}/businessProcesses",
        suffix="businessProcess",
        parse=_parse,
        references=_references,
        check=_check,
        icon="workflow",
    )
)
