"""The timeline of a record: what is to be done about it, and what has been done.

It is read from tasks, events and notes through the one door, so that nobody sees what they may not.
An account has the activities of all that belongs to it; they know it by their `AccountId`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import All, Condition, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may, readable
from ..query.record import Record
from ..query.request import Order, Query
from ..query.run import run
from .done import closed_statuses

PEOPLE = ("Contact", "Lead")
WANTED = {
    "Task": (
        "Subject", "ActivityDate", "Status", "Priority", "TaskSubtype", "CompletedDateTime",
        "Description", "WhoId", "OwnerId", "Owner.Name",
    ),
    "Event": (
        "Subject", "StartDateTime", "EndDateTime", "IsAllDayEvent", "Location", "Description",
        "WhoId", "OwnerId", "Owner.Name",
    ),
    "Note": ("Title", "Body", "CreatedDate", "OwnerId", "Owner.Name"),
}  # fmt: skip


class Source(Enum):
    """Where an entry of the timeline comes from; the value is what addresses say."""

    TASK = "task"
    CALL = "call"
    EMAIL = "email"
    EVENT = "event"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Activity:
    """One entry: `at` orders it; `due` is a task's day, None for one without."""

    source: Source
    record: Record
    at: datetime
    is_done: bool
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is ahead, soonest first, and what was, latest first; `more` is before the last."""

    ahead: tuple[Activity, ...]
    past: tuple[Activity, ...]
    more: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose timeline, for whom, at which moment."""

    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot
    object: CustomObject
    record_id: str
    now: datetime

    def has(self, name: str) -> CustomObject | None:
        """The activity object, if there is one and the actor may read it."""
        obj = self.snapshot.find_object(name)
        return obj if obj and may(self.actor, Operation.READ, obj, self.snapshot) else None


def has_timeline(obj: CustomObject, snapshot: Snapshot) -> bool:
    """Says whether records of the object have activities."""
    return obj.enable_activities and snapshot.find_object("Task") is not None


def timeline(asked: Asked, *, ahead: int, past: int, before: datetime | None = None) -> Timeline:
    """So many entries of each; `before` asks for an older page of what was."""
    coming = () if before else _ahead(asked, ahead)
    found = sorted(_past(asked, past + 1, before), key=lambda one: one.at, reverse=True)
    shown = found[:past]
    return Timeline(coming, tuple(shown), shown[-1].at if len(found) > past else None)


def about(asked: Asked, name: str) -> Condition:
    """Which activities are those of the record."""
    if name == "Note":
        return Condition("ParentId", "equals", (asked.record_id,))
    if asked.object.name == "Account":
        return Condition("AccountId", "equals", (asked.record_id,))
    lookup = "WhoId" if asked.object.name in PEOPLE else "WhatId"
    return Condition(lookup, "equals", (asked.record_id,))


def _ahead(asked: Asked, most: int) -> tuple[Activity, ...]:
    closed = closed_statuses(asked.snapshot)
    tasks = _rows(asked, "Task", Condition("Status", "notIn", closed), "ActivityDate", False, most)
    events = _rows(
        asked,
        "Event",
        Condition("EndDateTime", "greaterOrEqual", (asked.now,)),
        "StartDateTime",
        False,
        most,
    )
    found = [_task(record, False) for record in tasks] + [_event(r, False) for r in events]
    return tuple(sorted(found, key=lambda one: one.at)[:most])


def _past(asked: Asked, most: int, before: datetime | None) -> Iterable[Activity]:
    closed = closed_statuses(asked.snapshot)
    until = before or asked.now
    was = "lessThan" if before else "lessOrEqual"
    done = All((Condition("Status", "in", closed), Condition("CompletedDateTime", was, (until,))))
    for record in _rows(asked, "Task", done, "CompletedDateTime", True, most):
        yield _task(record, True)
    over = Condition("EndDateTime", "lessThan", (until,))
    for record in _rows(asked, "Event", over, "EndDateTime", True, most):
        yield _event(record, True)
    written = Condition("CreatedDate", was, (until,))
    for record in _rows(asked, "Note", written, "CreatedDate", True, most):
        yield Activity(Source.NOTE, record, record["CreatedDate"], True)


def _rows(
    asked: Asked, name: str, where: Predicate, by: str, descending: bool, most: int
) -> tuple[Record, ...]:
    if (obj := asked.has(name)) is None:
        return ()
    needed = {about(asked, name).path, by}
    fields = (asked.snapshot.find_field(name, one) for one in needed)
    if not all(f is not None and readable(asked.actor, f, asked.snapshot) for f in fields):
        return ()
    query = Query(
        obj.name,
        tuple(path for path in WANTED[name] if _is_readable(asked, name, path)),
        All((about(asked, name), where)),
        order=(Order(by, descending=descending),),
        limit=most,
    )
    return run(asked.conn, asked.actor, query, asked.snapshot).records


def _is_readable(asked: Asked, name: str, path: str) -> bool:
    first = path.partition(".")[0]
    field = asked.snapshot.find_field(name, first if first == path else f"{first}Id")
    return field is not None and readable(asked.actor, field, asked.snapshot)


def _task(record: Record, is_done: bool) -> Activity:
    kind = {"Call": Source.CALL, "Email": Source.EMAIL}
    source = kind.get(str(record.values.get("TaskSubtype")), Source.TASK)
    due = record.values.get("ActivityDate")
    at = record.values.get("CompletedDateTime") if is_done else None
    return Activity(source, record, at or _end_of(due), is_done, due)


def _end_of(day: date | None) -> datetime:
    """When a day is over; a task without one comes last."""
    return datetime.combine(day or date.max, time(23, 59), UTC)


def _event(record: Record, is_done: bool) -> Activity:
    at = record.values.get("EndDateTime" if is_done else "StartDateTime")
    return Activity(Source.EVENT, record, at or datetime.max.replace(tzinfo=UTC), is_done)
