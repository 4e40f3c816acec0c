"""A record type: a sort of an object's records, with its own choices, process and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference, WhenGone
from ..names import is_api_name
from .base import (
    KINDS,
    NAME,
    check_ids,
    check_object,
    check_path,
    common,
    listed,
    of_object,
    schema,
)
from .business_process import CHOSEN, PROCESS_FIELDS, Subset, check_subset, read_subset

if TYPE_CHECKING:
    from ..snapshot import Snapshot

PICKLISTS = ("Picklist", "MultiselectPicklist")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType(Definition):
    """`subsets` is {local name of a picklist: its values}; one that it leaves out has them all.

    Records keep the local name. Where there is a process, it says the status or stage.
    """

    object: str
    active: bool = True
    subsets: Mapping[str, Subset] = field(default_factory=lambda: MappingProxyType({}))
    process: str = ""  # full name of a BusinessProcess
    compact_layout: str = ""  # full name; "" = the object's


def _parse(document: Document) -> RecordType:
    rows = document.get("picklistValues", ())
    return RecordType(
        **common(document),
        object=document["object"],
        active=document.get("active", True),
        subsets=MappingProxyType(
            {row["picklist"]: read_subset(row.get("values", ())) for row in rows}
        ),
        process=document.get("businessProcess", ""),
        compact_layout=document.get("compactLayout", ""),
    )


def _references(one: RecordType, _snapshot: Snapshot) -> tuple[Reference, ...]:
    found = list(of_object(one.document))
    for i, row in enumerate(one.document.get("picklistValues", ())):
        out, name = ("picklistValues", i), f"{one.object}.{row['picklist']}"
        found.append(
            Reference(
                (*out, "picklist"), "CustomField", name, 0, when_gone=WhenGone.TAKE_OUT, out=out
            )
        )
    if one.process:
        found.append(Reference(("businessProcess",), "BusinessProcess", one.process))
    if one.compact_layout:
        place = ("compactLayout",)
        found.append(
            Reference(
                place, "CompactLayout", one.compact_layout,
                when_gone=WhenGone.TAKE_OUT, out=place,
            )
        )  # fmt: skip
    return tuple(found)


def _check(one: RecordType, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, one.object):
        return problems
    if snapshot.get("CustomObject", one.object).storage:
        message = _("Users have no record types.")
        return (Problem("record_type.object", ("object",), message),)
    return (
        *_check_name(one),
        *_check_picklists(one, snapshot),
        *_check_process(one, snapshot),
        *_check_compact_layout(one, snapshot),
    )


def _check_name(one: RecordType) -> Iterator[Problem]:
    if one.name != f"{one.object}.{one.local_name}" or not is_api_name(one.local_name):
        message = _("%(name)s is not the API name of a record type.", name=repr(one.name))
        hint = _("Write the object, a point, and letters, digits and single underscores.")
        yield Problem("name.grammar", ("name",), message, hint)
    if not one.label:
        yield Problem("record_type.label", ("label",), _("The record type needs a label."))


def _check_picklists(one: RecordType, snapshot: Snapshot) -> Iterator[Problem]:
    rows = one.document.get("picklistValues", ())
    yield from check_ids((row["picklist"] for row in rows), "picklistValues")
    for i, row in enumerate(rows):
        place = ("picklistValues", i)
        if problems := check_path(snapshot, one.object, row["picklist"], *place, "picklist"):
            yield from problems
        elif snapshot.field(one.object, row["picklist"]).type not in PICKLISTS:
            message = _("%(name)s is no picklist.", name=repr(row["picklist"]))
            yield Problem("record_type.picklist", (*place, "picklist"), message)
        elif one.process and row["picklist"] == PROCESS_FIELDS.get(one.object):
            message = _("The process says the values of %(name)s.", name=repr(row["picklist"]))
            yield Problem("record_type.process_field", (*place, "picklist"), message)
        yield from check_subset(row.get("values", ()), *place, "values")


def _check_process(one: RecordType, snapshot: Snapshot) -> Iterator[Problem]:
    if not one.process:
        return
    process = snapshot.find("BusinessProcess", one.process)
    if process is None or process.object != one.object:
        message = _("There is no process %(name)s of this object.", name=repr(one.process))
        yield Problem("record_type.process", ("businessProcess",), message)


def _check_compact_layout(one: RecordType, snapshot: Snapshot) -> Iterator[Problem]:
    if not one.compact_layout:
        return
    layout = snapshot.find("CompactLayout", one.compact_layout)
    if layout is None or layout.object != one.object:
        message = _("There are no highlights %(name)s.", name=repr(one.compact_layout))
        yield Problem("record_type.compact_layout", ("compactLayout",), message)


_SUBSET: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["picklist"],
    "properties": {"picklist": dict(NAME), "values": listed(CHOSEN, 10000)},
}

KINDS.register(
    Kind(
        name="RecordType",
        label=lazy("Record type"),
        schema=schema(
            "RecordType",
            {
                "object": dict(NAME),
                "active": {"type": "boolean"},
                "businessProcess": dict(NAME),
                "compactLayout": dict(NAME),
                "picklistValues": listed(_SUBSET, 500),
            },
            ("object",),
        ),
        rank=45,
        folder="objects/{object}/recordTypes",
        suffix="recordType",
        parse=_parse,
        references=_references,
        check=_check,
        icon="git-fork",
    )
)
