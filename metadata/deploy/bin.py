"""The bin: deleted components keep their documents, tables and columns for 15 days.

A restored component comes back with its data and whatever went with it. What is older is purged:
tables are dropped, columns are emptied a batch at a time and then used again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from ...platform import clock
from ...platform.db.failpoints import failpoint
from ...platform.db.scope import OrgDatabase
from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.jobs.worker import Task
from ...platform.migrations.tables import (
    sys_document,
    sys_document_history,
    sys_history,
    sys_recent,
    sys_recycle,
    sys_storage_column,
    sys_storage_object,
)
from ...platform.people.actor import Actor
from ..definition import Definition, Document, WhenGone
from ..snapshot import Snapshot
from ..storage_types import storage_type
from ..store import (
    BINNED,
    CLEARING,
    LOCK,
    RETIRED,
    SNAPSHOTS,
    Binned,
    Change,
    binned,
    changes_of,
    parsed,
)
from . import ddl
from .apply import Deployment, deploy
from .change_set import ChangeSet
from .removal import follow_removals
from .revert import undone

KEPT = timedelta(days=15)
BATCH = 5000  # rows emptied in one transaction

_D, _O, _C = sys_document, sys_storage_object, sys_storage_column


def contents(org_db: OrgDatabase) -> tuple[Binned, ...]:
    """What can be restored, latest first."""
    with org_db.read() as conn:
        return binned(conn)


# -- restore


def restore(org_db: OrgDatabase, actor: Actor, uid: str) -> Deployment:
    """Brings a binned component back, with what went along with it. Raises NotFound."""
    return deploy(org_db, actor, restore_change_set(org_db, uid))


def restore_change_set(org_db: OrgDatabase, uid: str) -> ChangeSet:
    """What restoring the component would change, for a preview."""
    with org_db.read() as conn:
        h = sys_document_history.c
        last = sa.select(sa.func.max(h.version)).where(h.uid == uid, h.after.is_(None))
        state = conn.scalar(sa.select(_D.c.state).where(_D.c.uid == uid))
        if state != BINNED:
            raise NotFound(f"binned component {uid}")
        changes = changes_of(conn, conn.scalar(last) or 0)
        snapshot = SNAPSHOTS.at(conn, org_db)
    mine = _brought_along(snapshot, changes, uid)
    name = next(change.name for change in changes if change.uid == uid)
    found = undone(snapshot, mine, _("Restored: %(name)s", name=name))
    return replace(found, put=_fitting(snapshot, changes, found.put))


def _fitting(
    snapshot: Snapshot, changes: tuple[Change, ...], put: tuple[Document, ...]
) -> tuple[Document, ...]:
    """The documents without their mention of what went at the same time and stays in the bin."""
    removed = [parsed(c.before) for c in changes if c.before and c.after is None]
    whole = snapshot.with_changes([*removed, *(parsed(document) for document in put)])
    back = {document["uid"] for document in put}
    rest = [d.uid for d in removed if d.uid not in back and d.uid not in snapshot.by_uid]
    gone = follow_removals(whole, rest)  # what stands on it as well comes with it, later
    cleaned = {d.uid: d.document for d in gone.cleaned}
    fitting = (document for document in put if document["uid"] not in gone.removed)
    return tuple(cleaned.get(document["uid"], document) for document in fitting)


def _brought_along(snapshot: Snapshot, changes: tuple[Change, ...], uid: str) -> tuple[Change, ...]:
    """The changes that the removal of the component caused: what followed it, what was cleaned."""
    removed = {c.uid: parsed(c.before) for c in changes if c.before and c.after is None}
    before = snapshot.with_changes(parsed(c.before) for c in changes if c.before)
    family = {uid}
    queue = [removed[uid]]
    while queue:
        target = queue.pop()
        for user, reference in before.references_to(target.kind, target.name):
            follows = reference.when_gone is WhenGone.FOLLOW and user.uid in removed
            if follows and user.uid not in family:
                family.add(user.uid)
                queue.append(removed[user.uid])
    alone = len(family) == len(removed)
    return tuple(
        change
        for change in changes
        if change.uid in family
        or (change.before and change.after and (alone or _mentions(change, before, removed[uid])))
    )


def _mentions(change: Change, before: Snapshot, target: Definition) -> bool:
    """Says whether the document named the component and does so no more."""
    user = before.by_uid.get(parsed(change.before).uid) if change.before else None
    users = {found.uid for found, _ref in before.references_to(target.kind, target.name)}
    return user is not None and user.uid in users


# -- purge


def purge(org_db: OrgDatabase, older_than: datetime | None = None) -> int:
    """Removes for good what has been in the bin for longer than 15 days; returns how many."""
    limit = older_than or clock.now() - KEPT
    gone = org_db.transact(lambda conn: _purge_documents(conn, org_db, limit))
    _clear_columns(org_db)
    return gone


def purge_job(task: Task) -> None:
    """The daily job."""
    purge(task.db)


def _purge_documents(conn: sa.Connection, org_db: OrgDatabase, limit: datetime) -> int:
    org_db.lock(conn, LOCK)
    old = (_D.c.state == BINNED) & (_D.c.binned_at < limit)
    rows = conn.execute(sa.select(_D.c.uid, _D.c.kind).where(old)).all()
    for uid in (row.uid for row in rows if row.kind == "CustomObject"):
        _drop_object(conn, uid)
    fields = [row.uid for row in rows if row.kind == "CustomField"]
    mine = [_C.c.field_uid == uid for uid in fields]
    mine += [_C.c.field_uid.startswith(uid + ":", autoescape=True) for uid in fields]
    for condition in (*mine, (_C.c.state == BINNED) & (_C.c.binned_at < limit)):
        conn.execute(sa.update(_C).where(condition, _C.c.state == BINNED).values(state=CLEARING))
    failpoint("bin.after_storage")
    if fields:
        conn.execute(sa.delete(sys_history).where(sys_history.c.field_uid.in_(fields)))
    conn.execute(sa.delete(_D).where(old))
    failpoint("bin.after_documents")
    return len(rows)


def _drop_object(conn: sa.Connection, uid: str) -> None:
    row = conn.execute(sa.select(_O).where(_O.c.uid == uid)).one_or_none()
    if row is not None:
        tables = [row.table_name, *(f"{row.table_name}_{n}" for n in range(1, row.slices + 1))]
        for table in tables:
            ddl.drop_table(conn, table)
        conn.execute(sa.delete(_C).where(_C.c.table_name.in_(tables)))
        conn.execute(sa.delete(_O).where(_O.c.uid == uid))
    for table in (sys_recycle, sys_history, sys_recent):
        conn.execute(sa.delete(table).where(table.c.object_uid == uid))


def _clear_columns(org_db: OrgDatabase) -> None:
    """Empties the columns that are to be used again, each table a batch of rows at a time."""
    with org_db.read() as conn:
        query = sa.select(_C.c.table_name, _C.c.column_name, _C.c.type).where(
            _C.c.state == CLEARING
        )
        rows = conn.execute(query.order_by(_C.c.table_name, _C.c.column_name)).all()
    for table, column, kind in rows:
        while org_db.transact(partial(_empty, table=table, column=column, kind=kind)):
            failpoint("bin.after_batch")
        here = (_C.c.table_name == table) & (_C.c.column_name == column)
        retired = sa.update(_C).where(here, _C.c.state == CLEARING)
        with org_db.write() as conn:
            conn.execute(retired.values(state=RETIRED, binned_at=None, deployment_id=None))
    failpoint("bin.after_clearing")


def _empty(conn: sa.Connection, table: str, column: str, kind: str) -> bool:
    """Empties some rows; False when none was left."""
    home = sa.Table(
        table,
        sa.MetaData(),
        sa.Column("id", storage_type("id")),
        sa.Column(column, storage_type(kind)),
    )
    value = home.c[column]
    filled = value == sa.true() if kind == ddl.FLAG else value.is_not(None)
    some = sa.select(home.c.id).where(filled).limit(BATCH)
    blank = sa.false() if kind == ddl.FLAG else sa.null()
    done = conn.execute(sa.update(home).where(home.c.id.in_(some)).values({value: blank}))
    return done.rowcount > 0
