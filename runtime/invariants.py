"""What must hold of an org's records for `trellis check`; finds, never mends.

I2: lookups point at records that are there, and the bin knows what is deleted. I6: the last word of
a field's history is its value. I7: no auto-number was given twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ..metadata.kinds.custom_field import CustomField
from ..metadata.kinds.custom_object import CustomObject
from ..metadata.predicates import All, AnyOf, Condition
from ..metadata.snapshot import Snapshot, relation_name
from ..metadata.store import load
from ..platform.db.scope import OrgDatabase
from ..platform.errors import NotFound, Problem
from ..platform.i18n import _
from ..platform.migrations.tables import sys_history, sys_recycle
from ..platform.people.actor import SYSTEM_USER_ID, Actor, system_actor
from .query import run
from .query.request import Aggregate, Query, Rows
from .records.references import existing

SHOWN = 5  # records named for one broken rule
BATCH = 500


def check_records(org_db: OrgDatabase) -> tuple[Problem, ...]:
    """Every rule that an org's records break; empty for a sound org."""
    actor = system_actor(org_db.key, "check of the invariants")
    with org_db.read(seconds=600) as conn:
        snapshot = load(conn, org_db.key)
        checker = _Checker(conn, actor, snapshot)
        return tuple(problem for obj in snapshot.objects() for problem in checker.problems(obj))


class _Checker:
    def __init__(self, conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> None:
        self.conn, self.actor, self.snapshot = conn, actor, snapshot

    def problems(self, obj: CustomObject) -> Iterator[Problem]:
        if obj.storage:
            return
        fields = self.snapshot.fields(obj.name).values()
        for field in fields:
            if field.is_lookup:
                yield from self._dangling(obj, field)
            if field.type == "AutoNumber":
                yield from self._numbers(obj, field)
        yield from self._bin(obj)
        tracked = [f for f in fields if f.track_history and obj.enable_history]
        if tracked:
            yield from self._history(obj, {f.uid: f for f in tracked})

    # -- I2

    def _dangling(self, obj: CustomObject, field: CustomField) -> Iterator[Problem]:
        is_closed = field.every is None and len(field.reference_to) == 1
        found = self._lost(obj, field) if is_closed else self._astray(obj, field)
        if found:
            message = _("%(field)s points at records that are not there.", field=field.name)
            yield _broken("I2", field.name, message, found)

    def _lost(self, obj: CustomObject, field: CustomField) -> list[str]:
        name, parent = field.local_name, relation_name(field)
        lost = AnyOf(
            (
                Condition(f"{parent}.Id", "isBlank"),
                Condition(f"{parent}.IsDeleted", "equals", ("true",)),
            )
        )
        where = All(
            (
                Condition(name, "isNotBlank"),
                Condition(name, "notEqual", (SYSTEM_USER_ID,)),
                lost,
            )
        )
        query = Query(obj.name, where=where, limit=SHOWN)
        return [r.id for r in run.run(self.conn, self.actor, query, self.snapshot).records]

    def _astray(self, obj: CustomObject, field: CustomField) -> list[str]:
        """Of a lookup at several objects; records of an object in the bin sleep with it."""
        name, lost = field.local_name, list[str]()
        query = Query(obj.name, (name,), Condition(name, "isNotBlank"))
        for batch in run.iterate(self.conn, self.actor, query, self.snapshot, batch=BATCH):
            targets = {record[name] for record in batch} - {SYSTEM_USER_ID}
            there: set[str] = {SYSTEM_USER_ID}
            there |= {i for i in targets if not self._is_known(i)}
            for target in field.reference_to:
                prefix = self.snapshot.storage.prefix(self.snapshot.object(target).uid)
                ids = {i for i in targets if i.startswith(prefix)}
                there |= existing(self.conn, self.actor, self.snapshot, target, ids, lock=False)
            lost += (record.id for record in batch if record[name] not in there)
        return lost[:SHOWN]

    def _is_known(self, record_id: str) -> bool:
        """Says whether the object of the id is there."""
        try:
            self.snapshot.object_of_id(record_id)
        except NotFound:
            return False
        return True

    def _bin(self, obj: CustomObject) -> Iterator[Problem]:
        query = Query(obj.name, rows=Rows.DELETED)
        batches = run.iterate(self.conn, self.actor, query, self.snapshot)
        deleted = {record.id for batch in batches for record in batch}
        r = sys_recycle.c
        binned = set(
            self.conn.execute(sa.select(r.record_id).where(r.object_uid == obj.uid)).scalars()
        )
        if differing := sorted(deleted ^ binned):
            message = _("The recycle bin and the deleted records differ.")
            yield _broken("I2", obj.name, message, differing)

    # -- I6

    def _history(self, obj: CustomObject, fields: dict[str, CustomField]) -> Iterator[Problem]:
        h = sys_history.c
        last = (
            sa.select(sa.func.max(h.id))
            .where(h.object_uid == obj.uid, h.field_uid.in_(list(fields)))
            .group_by(h.record_id, h.field_uid)
        )
        rows = self.conn.execute(
            sa.select(h.record_id, h.field_uid, h.old, h.new).where(h.id.in_(last))
        ).all()
        names = tuple(field.local_name for field in fields.values())
        wrong: list[str] = []
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            ids = {row[0] for row in some}
            records = run.get_many(self.conn, self.actor, self.snapshot, obj.name, ids, names)
            for record_id, uid, old, new in some:
                if record_id not in records or (old, new) == (None, None):
                    continue
                field = fields[uid]
                value = records[record_id][field.local_name]
                now = None if value is None else field.field_type.export(value, field)
                if now != new:
                    wrong.append(f"{record_id}.{field.local_name}")
        if wrong:
            message = _("The history of a field does not end with its value.")
            yield _broken("I6", obj.name, message, wrong)

    # -- I7

    def _numbers(self, obj: CustomObject, field: CustomField) -> Iterator[Problem]:
        name = field.local_name
        twice = Query(
            obj.name, rows=Rows.ALL, group_by=(name,), aggregates=(Aggregate("count", "", "n"),),
            where=Condition(name, "isNotBlank"), having=Condition("n", "greaterThan", ("1",)),
            limit=SHOWN,
        )  # fmt: skip
        found = run.run(self.conn, self.actor, twice, self.snapshot).records
        if found:
            message = _("Numbers were given twice.")
            yield _broken("I7", field.name, message, [str(record[name]) for record in found])


def _broken(rule: str, name: str, message: str, examples: list[str]) -> Problem:
    return Problem(f"records.{rule}", (name,), message, ", ".join(examples[:SHOWN]))
