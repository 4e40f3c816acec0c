"""A path: the values of a picklist as stages of a record, with guidance and key fields for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import (
    ID,
    KINDS,
    NAME,
    check_ids,
    check_object,
    check_path,
    common,
    listed,
    of_object,
    of_path,
    schema,
)  # fmt: skip

if TYPE_CHECKING:
    from ..snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PathStep:
    """What a person needs at one value: a sentence or two, and the fields to fill."""

    id: str
    value: str
    info: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAssistant(Definition):
    """The stages are the field's values in their order; a value without a step has no guidance."""

    object: str
    field: str  # local name of a picklist
    active: bool = True
    record_type: str = ""  # full name: the path of its records; "" = of all that have none
    steps: tuple[PathStep, ...] = ()

    def step(self, value: str) -> PathStep | None:
        return next((one for one in self.steps if one.value == value), None)


def _parse(document: Document) -> PathAssistant:
    return PathAssistant(
        **common(document),
        object=document["object"],
        field=document["field"],
        active=document.get("active", True),
        record_type=document.get("recordType", ""),
        steps=tuple(_step(row) for row in document.get("steps", ())),
    )


def _step(row: Any) -> PathStep:
    return PathStep(row["id"], row["value"], row.get("info", ""), tuple(row.get("fields", ())))


def _references(path: PathAssistant, snapshot: Snapshot) -> tuple[Reference, ...]:
    found = list(of_object(path.document))
    if (field := snapshot.find_field(path.object, path.field)) is not None:
        found.append(Reference(("field",), "CustomField", field.name, 0, when_gone=WhenGone.FOLLOW))
    if path.record_type:
        place = ("recordType",)
        found.append(Reference(place, "RecordType", path.record_type, when_gone=WhenGone.FOLLOW))
    for i, step in enumerate(path.steps):
        for j, name in enumerate(step.fields):
            found += of_path(snapshot, path.object, name, ("steps", i, "fields", j))
    return tuple(found)


def _check(path: PathAssistant, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, path.object):
        return problems
    found = [*_check_field(path, snapshot), *_check_rivals(path, snapshot)]
    found += _check_record_type(path, snapshot)
    found += check_ids((step.id for step in path.steps), "steps")
    found += check_ids((step.value for step in path.steps), "steps")
    for i, step in enumerate(path.steps):
        for j, name in enumerate(step.fields):
            found += check_path(snapshot, path.object, name, "steps", i, "fields", j)
    return tuple(found)


def _check_field(path: PathAssistant, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_path(snapshot, path.object, path.field, "field"):
        return problems
    field = snapshot.field(path.object, path.field)
    if field.type == "Picklist":
        return ()
    message = _("A path needs a picklist; %(name)s is none.", name=repr(field.local_name))
    return (Problem("path.field", ("field",), message),)


def _check_record_type(path: PathAssistant, snapshot: Snapshot) -> tuple[Problem, ...]:
    if not path.record_type:
        return ()
    found = snapshot.find("RecordType", path.record_type)
    if found is not None and found.object == path.object:
        return ()
    message = _("There is no record type %(name)s of this object.", name=repr(path.record_type))
    return (Problem("path.record_type", ("recordType",), message),)


def _check_rivals(path: PathAssistant, snapshot: Snapshot) -> tuple[Problem, ...]:
    """An object shows one path for each record type, and one for all other records."""
    others = [
        other
        for other in snapshot.of_kind("PathAssistant")
        if other.object == path.object
        and other.active
        and other.uid != path.uid
        and other.record_type == path.record_type
    ]
    if not path.active or not others:
        return ()
    message = _("%(name)s is the path of this object.", name=repr(others[0].label or path.name))
    return (Problem("path.doubled", ("active",), message, _("Deactivate one of them.")),)


_STEP = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "value"],
    "properties": {
        "id": dict(ID),
        "value": {"type": "string", "minLength": 1, "maxLength": 255},
        "info": {"type": "string", "maxLength": 1000},
        "fields": listed(NAME, 5),
    },
}

KINDS.register(
    Kind(
        name="PathAssistant",
        label=lazy("Path"),
        schema=schema(
            "PathAssistant",
            {
                "object": dict(NAME),
                "field": dict(NAME),
                "active": {"type": "boolean"},
                "recordType": dict(NAME),
                "steps": listed(_STEP, 200),
            },
            ("object", "field"),
        ),
        rank=42,
        folder="objects/{object}/paths",
        suffix="path",
        parse=_parse,
        references=_references,
        check=_check,
        icon="milestone",
    )
)
