"""A record goes to another owner, and with it those of its children that were the old owner's.

Offered are children of objects that have owners, as long as they are open: what a status calls
closed, and events that are over, stay with whoever had them. Each is changed as any record is, so
what the actor may not give away stays and is named. A record that meanwhile has another owner than
the one who was seen is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.queue import Queue
from ...metadata.predicates import All, AnyOf, Condition, Predicate
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access import permissions
from ..access.teams import members_of
from ..query import run
from ..query.request import Order, Query
from . import deletion, saving
from .closed import refusal
from .saving import Outcome
from .transfer import OWNER

MOST = 1000  # children of one object that go along
ENDS: Mapping[str, str] = {"Event": "EndDateTime"}  # what is over when a moment has passed


@dataclass(frozen=True, slots=True)
class Handover:
    """What shall happen: the new owner, whose it was when the actor looked, and what goes along."""

    owner: str
    was: str
    along: tuple[str, ...] = ()  # objects of children
    ends_team: bool = False  # of an account: else its team stays with it


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of it."""

    done: int
    refused: Mapping[str, Outcome]  # children that stay


@dataclass(frozen=True, slots=True)
class Belongings:
    """Open children of one object that are the owner's."""

    object: CustomObject
    query: Query


def queues_of(snapshot: Snapshot, obj: CustomObject) -> tuple[Queue, ...]:
    """The queues that may own records of the object, by name."""
    found = (queue for queue in snapshot.of_kind("Queue") if obj.name in queue.objects)
    return tuple(sorted(found, key=lambda queue: snapshot.label(queue).casefold()))


def belongings(
    actor: Actor, snapshot: Snapshot, record_id: str, owner: str
) -> tuple[Belongings, ...]:
    """What could go along with the record, by object."""
    lookups: dict[str, list[CustomField]] = {}
    for field in snapshot.children(snapshot.object_of_id(record_id).name):
        if not field.is_system and permissions.readable(actor, field, snapshot):
            lookups.setdefault(field.object_name, []).append(field)
    objects = (snapshot.object(name) for name in lookups)
    return tuple(
        Belongings(obj, _query(actor, snapshot, obj, lookups[obj.name], record_id, owner))
        for obj in objects
        if obj.has_owner and permissions.may(actor, permissions.Operation.EDIT, obj, snapshot)
    )


def _query(
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    lookups: Sequence[CustomField],
    record_id: str,
    owner: str,
) -> Query:
    points = tuple(Condition(one.local_name, "equals", (record_id,)) for one in lookups)
    where = (AnyOf(points), Condition(OWNER, "equals", (owner,)), *_open(actor, snapshot, obj))
    return Query(obj.name, where=All(where), order=(Order("Id"),), limit=MOST)


def _open(actor: Actor, snapshot: Snapshot, obj: CustomObject) -> Iterator[Predicate]:
    """What keeps closed records out, as far as the actor may read what says so."""
    for field in snapshot.fields(obj.name).values():
        if field.type == "Picklist" and permissions.readable(actor, field, snapshot):
            said = {value.name: value.attributes for value in snapshot.values(field)}
            ends = tuple(n for n, one in said.items() if one.get("closed") or one.get("converted"))
            if ends:
                yield Condition(field.local_name, "notIn", ends)
    end = snapshot.find_field(obj.name, ENDS.get(obj.name, ""))
    if end is not None and permissions.readable(actor, end, snapshot):
        yield Condition(end.local_name, "greaterOrEqual", (clock.now(),))


def hand_over(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    record_id: str,
    wanted: Handover,
    batch: str,
) -> HandedOver:
    """Gives the record away, its children first, while the actor still has what goes with it.

    Raises Rejected, and nothing has changed, when the record itself may not go.
    """
    name = snapshot.object_of_id(record_id).name
    now = run.get(conn, actor, snapshot, record_id, (OWNER,))[OWNER]
    if now != wanted.was:
        message = _("Somebody else has given this record to another owner meanwhile.")
        raise Rejected(Problem("owner.changed", (OWNER,), message, _("Look at it again.")))
    refused: dict[str, Outcome] = {}
    done = 1
    for one in belongings(actor, snapshot, record_id, wanted.was):
        if one.object.name in wanted.along:
            outcomes = _given(conn, actor, snapshot, one, record_id, wanted.owner, batch)
            stay = {child: outcome for child, outcome in outcomes.items() if outcome.problems}
            refused |= stay
            done += len(outcomes) - len(stay)
    members = [one for one, *_who in members_of(conn, snapshot, (record_id,))]
    if wanted.ends_team and members:
        deletion.delete(conn, actor, snapshot, members)
    change = {record_id: {OWNER: wanted.owner}}
    problems = saving.update(conn, actor, snapshot, name, change, batch)[record_id].problems
    if any(problem.code in ("record.read_only", "record.not_found") for problem in problems):
        raise refusal(problems[0], record_id)
    require(problems)
    return HandedOver(done, refused)


def _given(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    one: Belongings,
    record_id: str,
    owner: str,
    batch: str,
) -> Mapping[str, Outcome]:
    records = run.run(conn, actor, one.query, snapshot).records
    changes = {found.id: {OWNER: owner} for found in records if found.id != record_id}
    if not changes:
        return {}
    return saving.update(conn, actor, snapshot, one.object.name, changes, batch)
