"""What is done to the records of one chunk, and how it is taken back, within the job's transaction.

Each is a save, a deletion or a restoring like any other, with the rights that the actor has at
this moment. Raises Denied when the actor may do it to no record of the object any more, and
NotFound when the object or the field has gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ...metadata.field_types.base import NEUTRAL, Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.people.actor import Actor
from ..access import permissions
from ..access.levels import Level
from ..query.held import held
from ..query.request import Rows
from ..records import deletion, restoring, saving, undo
from ..records.closed import Closed
from ..records.rules import rules_for
from ..tables import Tables
from .kept import Bulk, Result


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deed is done: in the transaction of a chunk, by an actor, on a snapshot."""

    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot

    def object(self, bulk: Bulk) -> CustomObject:
        if (found := object_of(self.snapshot, bulk)) is None:
            raise NotFound(bulk.object_uid)
        return found

    def field(self, bulk: Bulk) -> CustomField:
        if (found := field_of(self.snapshot, bulk)) is None:
            raise NotFound(bulk.field_uid)
        return found


def object_of(snapshot: Snapshot, bulk: Bulk) -> CustomObject | None:
    """The object whose records the deed goes to, as long as there is one."""
    found = snapshot.find_uid(bulk.object_uid)
    return found if isinstance(found, CustomObject) else None


def field_of(snapshot: Snapshot, bulk: Bulk) -> CustomField | None:
    """The field that the deed sets, as long as there is one."""
    obj = object_of(snapshot, bulk)
    fields = snapshot.fields(obj.name).values() if obj else ()
    return next((one for one in fields if one.uid == bulk.field_uid), None)


# -- updating --------------------------------------------------------------------------------------


def text_of(snapshot: Snapshot, asked: CustomField, value: Value) -> str | None:
    """The neutral text under which a value waits for its turn; None for a blank."""
    rule = rules_for(snapshot, asked.object_name).fields[asked.local_name]
    return None if value is None else rule.type.export(value, rule.field)


def update(place: Place, bulk: Bulk, ids: Sequence[str]) -> Result:
    """Sets the field in those records that the actor may change and no rule refuses."""
    obj, asked = place.object(bulk), place.field(bulk)
    name, value = asked.local_name, _value(place.snapshot, asked, bulk.text)
    changes = {record_id: {name: value} for record_id in ids}
    outcomes = saving.update(
        place.conn, place.actor, place.snapshot, obj.name, changes, batch=bulk.id
    )
    refusals = [(i, _sentences(found.problems)) for i, found in outcomes.items() if found.problems]
    changed = undo.count_part(place.conn, bulk.id, ids)
    return Result(len(ids) - len(refusals), changed, refusals)


def _value(snapshot: Snapshot, asked: CustomField, text: str | None) -> Value:
    rule = rules_for(snapshot, asked.object_name).fields[asked.local_name]
    reading = NEUTRAL.for_field(rule.field, snapshot)
    return None if text is None else rule.type.parse(text, rule.field, reading)


def take_back_update(place: Place, bulk: Bulk, ids: Sequence[str]) -> Result:
    """Gives the records their values back, but those that somebody saved since."""
    found = undo.find_part(place.conn, place.actor, place.snapshot, bulk.id, ids)
    outcomes = [
        outcome
        for name, changes in found.items()
        for outcome in saving.update(
            place.conn, place.actor, place.snapshot, name, changes
        ).values()
    ]
    return Result(back=sum(not outcome.problems for outcome in outcomes))


# -- deleting --------------------------------------------------------------------------------------


def delete(place: Place, bulk: Bulk, ids: Sequence[str]) -> tuple[Result, list[str]]:
    """Moves those records into the recycle bin that the actor may delete and no lookup holds.

    Returns the batches of the bin, too. What is in the bin already is as it shall be.
    """
    obj = place.object(bulk)
    permissions.require(place.actor, permissions.Operation.DELETE, obj, place.snapshot)
    live = _live(place, obj, ids)
    free = held(place.conn, place.actor, place.snapshot, obj.name, live, Level.FULL)
    shut = [record_id for record_id in live if record_id not in free]
    closed = Closed.among(place.conn, place.actor, place.snapshot, obj, shut)
    deletion_ = _Deletion(place, obj)
    deletion_.refusals += ((one, str(closed.problem(one))) for one in shut)
    deletion_.try_all([record_id for record_id in live if record_id in free])
    refusals = deletion_.refusals
    return Result(len(ids) - len(refusals), deletion_.moved, refusals), deletion_.batches


@dataclass(slots=True)
class _Deletion:
    """Deletes as many as it may: what refuses some of the records is found by halves."""

    place: Place
    object: CustomObject
    moved: int = 0
    batches: list[str] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)

    def try_all(self, ids: list[str]) -> None:
        if not ids:
            return
        place = self.place
        try:
            batch = deletion.delete(place.conn, place.actor, place.snapshot, ids)
        except Rejected as refusal:  # raised before anything is written
            self._try_halves(ids, refusal)
        else:
            self.moved += len(ids)
            self.batches.append(batch)

    def _try_halves(self, ids: list[str], refusal: Rejected) -> None:
        if len(ids) == 1:
            self.refusals.append((ids[0], _sentences(refusal.problems)))
            return
        for half in _halves(ids):  # the first may take records of the second along
            self.try_all(_live(self.place, self.object, half))


def take_back_delete(place: Place, batches: Sequence[str]) -> Result:
    """Brings back what a chunk deleted and is still in the bin, with what went along."""
    asked = [one for batch in batches for one in restoring.in_batch(place.conn, batch)]
    if not asked:
        return Result()
    name = place.snapshot.object_of_id(asked[0]).name
    mine = held(place.conn, place.actor, place.snapshot, name, asked, Level.FULL, Rows.DELETED)
    return Result(back=_restored(place, [one for one in asked if one in mine]))


def _restored(place: Place, ids: list[str]) -> int:
    """How many came back: a record that cannot keeps no other in the bin."""
    if not ids:
        return 0
    try:
        with place.conn.begin_nested():
            restoring.undelete(place.conn, place.actor, place.snapshot, ids)
    except (Rejected, NotFound):
        return sum(_restored(place, half) for half in _halves(ids)) if len(ids) > 1 else 0
    return len(ids)


def _live(place: Place, obj: CustomObject, ids: Sequence[str]) -> list[str]:
    """Those of the records that are not in the bin, whoever may see them."""
    main = Tables.of(place.snapshot).home(obj.name).main.c
    there = sa.select(main.id).where(main.id.in_(ids), main.is_deleted == sa.false())
    return list(place.conn.scalars(there.order_by(main.id)))


def _halves(ids: list[str]) -> Iterator[list[str]]:
    middle = len(ids) // 2
    yield from (ids[:middle], ids[middle:])


def _sentences(problems: Sequence[Problem]) -> str:
    return " ".join(problem.sentence for problem in problems)
