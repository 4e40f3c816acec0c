"""A person's own day: the meetings of it, and what they have to do."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from ...metadata.predicates import All, Condition
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may, readable
from ..query.record import Record
from ..query.request import Order, Query, Scope
from ..query.run import count, run
from .done import closed_statuses

EVENT_FIELDS = ("Subject", "StartDateTime", "EndDateTime", "IsAllDayEvent", "Location", "WhatId")
TASK_FIELDS = ("Status", "Subject", "ActivityDate", "Priority", "TaskSubtype", "WhatId", "WhoId")
MANY = 99


def events_between(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, first: datetime, last: datetime
) -> tuple[Record, ...]:
    """The actor's own events that take place between two moments, in order."""
    where = All(
        (
            Condition("StartDateTime", "lessThan", (last,)),
            Condition("EndDateTime", "greaterOrEqual", (first,)),
        )
    )
    return _find(conn, actor, snapshot, "Event", EVENT_FIELDS, where, "StartDateTime", 200)


def open_tasks(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, most: int
) -> tuple[Record, ...]:
    """What the actor has to do, the earliest due first."""
    where = Condition("Status", "notIn", closed_statuses(snapshot))
    return _find(conn, actor, snapshot, "Task", TASK_FIELDS, where, "ActivityDate", most)


def tasks_between(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, first: date, last: date
) -> tuple[Record, ...]:
    """The actor's own tasks that are due on these days, done ones included."""
    where = All(
        (
            Condition("ActivityDate", "greaterOrEqual", (first,)),
            Condition("ActivityDate", "lessOrEqual", (last,)),
        )
    )
    return _find(conn, actor, snapshot, "Task", TASK_FIELDS, where, "ActivityDate", 200)


def late_tasks(conn: sa.Connection, actor: Actor, snapshot: Snapshot, today: date) -> int:
    """How many of the actor's tasks are overdue; counting stops at 99."""
    if not _can(actor, snapshot, "Task", ("Status", "ActivityDate")):
        return 0
    where = All(
        (
            Condition("Status", "notIn", closed_statuses(snapshot)),
            Condition("ActivityDate", "lessThan", (today,)),
        )
    )
    return count(conn, actor, Query("Task", where=where, scope=Scope.MINE), snapshot, cap=MANY)


def _find(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    name: str,
    fields: tuple[str, ...],
    where: Condition | All,
    by: str,
    most: int,
) -> tuple[Record, ...]:
    needed = ("Status", by) if name == "Task" else ("StartDateTime", "EndDateTime")
    if not _can(actor, snapshot, name, needed):
        return ()
    shown = tuple(one for one in fields if _readable(actor, snapshot, name, one))
    query = Query(name, shown, where, order=(Order(by),), limit=most, scope=Scope.MINE)
    return run(conn, actor, query, snapshot).records


def _can(actor: Actor, snapshot: Snapshot, name: str, fields: tuple[str, ...]) -> bool:
    obj = snapshot.find_object(name)
    if obj is None or not may(actor, Operation.READ, obj, snapshot):
        return False
    return all(_readable(actor, snapshot, name, one) for one in fields)


def _readable(actor: Actor, snapshot: Snapshot, name: str, field_name: str) -> bool:
    field = snapshot.find_field(name, field_name)
    return field is not None and readable(actor, field, snapshot)
