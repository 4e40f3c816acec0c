"""Taking back the last save of a record: by whoever made it, as long as nobody saved after it.

Kept are the values before, as the neutral texts of their types. Taking back is a save like any
other, checked and with history, and so it can be taken back itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ...metadata.field_types.base import NEUTRAL, Value
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.inserts import insert_into
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.migrations.tables import sys_undo
from ...platform.people.actor import Actor
from ..access import permissions
from ..tables import Tables
from .draft import Draft
from .moving import by_object
from .rules import rules_for
from .save import Save

KEPT = timedelta(days=1)


def note(save: Save, drafts: Sequence[Draft], batch: str = "") -> None:
    """Keeps what the records were before the save, in place of what was kept of them.

    What is saved under one batch is taken back together.
    """
    rows = [
        {
            "record_id": draft.id,
            "actor_id": save.actor.user_id,
            "version": draft.version + 1,
            "at": save.now,
            "values": _before(save, draft),
            "batch": batch or None,
        }
        for draft in drafts
    ]
    if not rows:
        return
    added = insert_into(save.conn, sys_undo)
    kept = {name: added.excluded[name] for name in rows[0]}
    save.conn.execute(added.on_conflict_do_update(index_elements=["record_id"], set_=kept), rows)


def _before(save: Save, draft: Draft) -> dict[str, str | None]:
    """The texts of what the author could set back; nothing where a value has no text."""
    found: dict[str, str | None] = {}
    for name in draft.values:
        rule, old = save.rules.fields[name], draft.old.get(name)
        if not permissions.writable(save.actor, rule.field, save.snapshot):
            continue
        if not rule.type.exports_value:
            return {}
        found[name] = None if old is None else rule.type.export(old, rule.field)
    return found


def find(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str
) -> tuple[dict[str, Value], int]:
    """(values before the actor's last save, version after it); Rejected when there is none."""
    u = sys_undo.c
    statement = sa.select(u["values"], u.version).where(
        u.record_id == record_id, u.actor_id == actor.user_id, u.at > clock.now() - KEPT
    )
    row = conn.execute(statement).first()
    values = _values(snapshot, record_id, row[0]) if row else {}
    if row is None or not values:
        message = _("There is nothing of yours to take back.")
        raise Rejected(Problem("undo.none", (), message))
    return values, row[1]


def _values(snapshot: Snapshot, record_id: str, texts: dict[str, Any]) -> dict[str, Value]:
    rules = rules_for(snapshot, snapshot.object_of_id(record_id).name)
    found: dict[str, Value] = {}
    for name, text in texts.items():
        if (rule := rules.fields.get(name)) is None:
            continue  # the field has gone since
        reading = NEUTRAL.for_field(rule.field, snapshot)
        found[name] = None if text is None else rule.type.parse(text, rule.field, reading)
    return found


def find_batch(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, batch: str
) -> dict[str, dict[str, Mapping[str, Value]]]:
    """{object: {id: values before}} of the actor's batch, less what somebody saved since.

    Rejected when nothing is kept of it.
    """
    rows = conn.execute(_of_batch(actor, batch)).all()
    if not rows:
        message = _("There is nothing of yours to take back.")
        raise Rejected(Problem("undo.none", (), message))
    return _unchanged(conn, snapshot, rows)


def find_part(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, batch: str, ids: Sequence[str]
) -> dict[str, dict[str, Mapping[str, Value]]]:
    """As `find_batch`, of some records of the batch; empty when nothing is kept of them."""
    of_these = _of_batch(actor, batch).where(sys_undo.c.record_id.in_(ids))
    return _unchanged(conn, snapshot, conn.execute(of_these).all())


def count_part(conn: sa.Connection, batch: str, ids: Sequence[str]) -> int:
    """How many of the records were changed under the batch."""
    u = sys_undo.c
    mine = sa.and_(u.batch == batch, u.record_id.in_(ids))
    return conn.execute(sa.select(sa.func.count()).select_from(sys_undo).where(mine)).scalar_one()


def _of_batch(actor: Actor, batch: str) -> sa.Select[Any]:
    u = sys_undo.c
    return sa.select(u.record_id, u["values"], u.version).where(
        u.batch == batch, u.actor_id == actor.user_id, u.at > clock.now() - KEPT
    )


def _unchanged(
    conn: sa.Connection, snapshot: Snapshot, rows: Sequence[Any]
) -> dict[str, dict[str, Mapping[str, Value]]]:
    """The values before, of the records that are still as the batch left them."""
    changes: dict[str, dict[str, Mapping[str, Value]]] = {}
    for name, ids in by_object(snapshot, [row[0] for row in rows]).items():
        main = Tables.of(snapshot).home(name).main.c
        live = main.id.in_(ids), main.is_deleted == sa.false()
        found = sa.select(main.id, main.version).where(*live)
        now = {row[0]: row[1] for row in conn.execute(found)}
        changes[name] = {
            record_id: _values(snapshot, record_id, texts)
            for record_id, texts, version in rows
            if now.get(record_id) == version
        }
    return changes


def forget_old(conn: sa.Connection) -> int:
    """Deletes what can no longer be taken back; returns how much."""
    return conn.execute(sa.delete(sys_undo).where(sys_undo.c.at <= clock.now() - KEPT)).rowcount
