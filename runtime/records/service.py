"""The records of one org for one actor: reading one, and every way to change them.

Each method is one transaction that is whole or nothing. Whoever changes records comes through here:
pages, import, API, automation. Refuses with every problem at once, each at its field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS, hold_version
from ...platform import clock
from ...platform.db.scope import OrgDatabase
from ...platform.errors import NotFound, Problem, Rejected, require
from ...platform.i18n import _
from ...platform.ids import RecordId
from ...platform.people.actor import Actor
from ..query import run
from ..query.record import Record
from ..query.request import Rows
from . import choices, cloning, deletion, handover, recycle, restoring, saving, undo, upserting
from .conflicts import RecordConflict, Seen
from .defaults import defaults_of
from .rules import rules_for
from .saving import Outcome, Values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Records:
    """Everything an actor can do to records, on one snapshot."""

    org_db: OrgDatabase
    actor: Actor
    snapshot: Snapshot

    # -- reading

    def get(self, record_id: str, fields: Sequence[str], rows: Rows = Rows.LIVE) -> Record:
        """One record with the paths asked for; raises NotFound."""
        with self.org_db.read() as conn:
            return run.get(conn, self.actor, self.snapshot, record_id, fields, rows)

    def seen(self, record: Record, fields: Sequence[str]) -> Seen:
        """Marks of the values a form shows, to be sent back with it as `str(seen)`."""
        return Seen.of(rules_for(self.snapshot, record.object), record.values, fields)

    def clone_values(self, record_id: str) -> dict[str, Value]:
        """What a copy of the record starts from: all the actor may set, but nothing unique."""
        object_name = self.snapshot.object_of_id(record_id).name
        names = cloning.names_of(self.actor, self.snapshot, object_name)
        return cloning.values_of(self.get(record_id, names), names)

    def defaults(self, object_name: str, record_type: str = "") -> dict[str, Value]:
        """What a form of a new record starts with; the record type is a local name."""
        rules = rules_for(self.snapshot, object_name)
        with self.org_db.read() as conn:
            plain = defaults_of(conn, self.actor, self.snapshot, rules, clock.now())
        name = rules.object.name
        found = dict(choices.defaults_by_type(self.snapshot, name, plain, record_type))
        choices.drop_unfitting(self.snapshot, name, found, ())
        return found

    # -- changing

    def create(
        self, object_name: str, values: Values, *, record_id: RecordId | None = None
    ) -> RecordId:
        """The id of a new record; raises Rejected with every problem.

        With an id, the record is made once: sent again with the same values it is the one that is
        there; with others it is a record of its own.
        """
        return RecordId(
            self._transact(lambda conn, now: now._create(conn, object_name, values, record_id))
        )

    def _create(
        self,
        conn: sa.Connection,
        object_name: str,
        values: Values,
        record_id: RecordId | None,
        *,
        is_clone: bool = False,
    ) -> str:
        ids: tuple[str, ...] = (record_id,) if record_id else ()
        if record_id and (made := self._made(conn, record_id, values)) is not None:
            if all(made.values.get(name) == value for name, value in values.items()):
                return record_id
            ids = ()
        rows = (values,)
        (outcome,) = saving.create(
            conn, self.actor, self.snapshot, object_name, rows, ids, is_clone=is_clone
        )
        require(outcome.problems)
        return outcome.id

    def _made(self, conn: sa.Connection, record_id: RecordId, values: Values) -> Record | None:
        """The record of an id that was promised, if it was made; deleted ones count too."""
        known = self.snapshot.fields(self.snapshot.object_of_id(record_id).name)
        names = [name for name in values if name in known]
        try:
            return run.get(conn, self.actor, self.snapshot, record_id, names or ["Id"], Rows.ALL)
        except NotFound:
            return None

    def clone(
        self,
        source_id: str,
        values: Values,
        lookups: Sequence[CustomField] = (),
        *,
        record_id: RecordId | None = None,
    ) -> RecordId:
        """The id of a new record beside another, with copies of what points there by the lookups.

        Raises Rejected with every problem, of children too; see `create` for the id.
        """
        object_name = self.snapshot.object_of_id(source_id).name

        def work(conn: sa.Connection, now: Records) -> str:
            is_there = record_id is not None and now._made(conn, record_id, values) is not None
            made = now._create(conn, object_name, values, record_id, is_clone=True)
            if not is_there or made != record_id:
                cloning.copy_children(conn, self.actor, now.snapshot, source_id, made, lookups)
            return made

        return RecordId(self._transact(work))

    def create_many(self, object_name: str, rows: Sequence[Values]) -> tuple[Outcome, ...]:
        """Creates the rows that have no problem, in one transaction; outcomes in their order."""
        return self._transact(
            lambda conn, now: saving.create(conn, self.actor, now.snapshot, object_name, rows)
        )

    def check_many(self, object_name: str, rows: Sequence[Values]) -> tuple[Outcome, ...]:
        """The problems that `create_many` would find; nothing is kept."""
        with self.org_db.read() as conn:
            return saving.check(conn, self.actor, self.snapshot, object_name, rows)

    def update(
        self,
        record_id: str,
        values: Values,
        *,
        version: int | None = None,
        seen: Seen | None = None,
    ) -> int:
        """Changes a record and returns its version; raises Rejected, NotFound or RecordConflict.

        With the version that the author saw, changes by others in the meantime are joined where the
        fields differ (see `conflicts`); without one the last save wins.
        """
        return self._transact(
            lambda conn, now: saving.update_one(
                conn, self.actor, now.snapshot, record_id, values, version, seen
            )
        )

    def undo_last(self, record_id: str) -> int:
        """Takes back the actor's last save of a record; returns the version after that.

        Raises Rejected when there is none, RecordConflict when somebody saved after it.
        """

        def work(conn: sa.Connection, now: Records) -> int:
            values, version = undo.find(conn, self.actor, now.snapshot, record_id)
            return saving.update_one(
                conn, self.actor, now.snapshot, record_id, values, version, None
            )

        return self._transact(work)

    def update_many(
        self, object_name: str, changes: Mapping[str, Values], *, batch: str = ""
    ) -> dict[str, Outcome]:
        """Changes the records that have no problem: {id: outcome}; see `undo_batch`."""
        return self._transact(
            lambda conn, now: saving.update(
                conn, self.actor, now.snapshot, object_name, changes, batch
            )
        )

    def hand_over(
        self, record_id: str, wanted: handover.Handover, *, batch: str
    ) -> handover.HandedOver:
        """Gives a record and its children to another owner; see `undo_batch`.

        Raises Rejected, NotFound or Denied when the record itself may not go.
        """
        return self._transact(
            lambda conn, now: handover.hand_over(
                conn, self.actor, now.snapshot, record_id, wanted, batch
            )
        )

    def undo_batch(self, batch: str) -> int:
        """Takes back what the actor saved under a batch; returns how many records went back.

        What somebody saved since stays, and what may not go back. Raises Rejected when nothing is
        kept of the batch.
        """

        def work(conn: sa.Connection, now: Records) -> int:
            found = undo.find_batch(conn, self.actor, now.snapshot, batch)
            outcomes = [
                outcome
                for name, changes in found.items()
                for outcome in saving.update(conn, self.actor, now.snapshot, name, changes).values()
            ]
            return sum(not outcome.problems for outcome in outcomes)

        return self._transact(work)

    def upsert(self, object_name: str, field: str, values: Values) -> tuple[RecordId, bool]:
        """Makes or changes the record with this external id; returns (id, whether it is new)."""
        (outcome,) = self.upsert_many(object_name, field, (values,))
        require(outcome.problems)
        return RecordId(outcome.id), outcome.is_new

    def upsert_many(
        self, object_name: str, field: str, rows: Sequence[Values]
    ) -> tuple[upserting.Upserted, ...]:
        """Creates or changes each row by its external id; outcomes in the order of the rows."""

        def work(conn: sa.Connection, now: Records) -> tuple[upserting.Upserted, ...]:
            rule = upserting.external_id(now.snapshot, object_name, field)
            self.org_db.lock(conn, f"upsert/{rule.field.uid}")
            return upserting.upsert(conn, self.actor, now.snapshot, rule, rows)

        return self._transact(work)

    # -- deleting

    def delete(self, ids: Sequence[str]) -> str:
        """Moves records to the recycle bin with all that goes along; returns the batch.

        Raises Rejected when a lookup forbids it, NotFound when a record is not there.
        """
        return self._transact(
            lambda conn, now: deletion.delete(conn, self.actor, now.snapshot, ids)
        )

    def undelete(self, ids: Sequence[str] = (), *, batch: str = "") -> tuple[str, ...]:
        """Brings back records, or a whole batch, with all that went along; returns every id."""

        def work(conn: sa.Connection, now: Records) -> tuple[str, ...]:
            wanted = (*ids, *(restoring.in_batch(conn, batch) if batch else ()))
            return restoring.undelete(conn, self.actor, now.snapshot, wanted)

        return self._transact(work)

    def purge(self, ids: Sequence[str]) -> int:
        """Deletes binned records for good, with all that went along; returns how many."""
        return self._transact(lambda conn, now: recycle.purge(conn, self.actor, now.snapshot, ids))

    def _transact(self, work: Callable[[sa.Connection, Records], T]) -> T:
        """The result of the work, tried again when a rival took a unique value in between.

        The second try sees what the rival saved, so the problem names the field. The work gets the
        records of the org as it is by then: what was filled in under an older version is checked
        by the newer one.
        """

        def on_time(conn: sa.Connection) -> T:
            return work(conn, self._now(conn))

        try:
            return self.org_db.transact(on_time)
        except IntegrityError:
            try:
                return self.org_db.transact(on_time)
            except IntegrityError as err:
                message = _("Somebody else saved the same value at this moment.")
                raise Rejected(Problem("record.race", (), message, _("Try again."))) from err

    def _now(self, conn: sa.Connection) -> Records:
        if hold_version(conn, self.org_db) == self.snapshot.version:
            return self
        return replace(self, snapshot=SNAPSHOTS.at(conn, self.org_db))


__all__ = ["Outcome", "RecordConflict", "Records", "Seen"]
