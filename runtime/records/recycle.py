"""The recycle bin: what is in it, and its end after 15 days or at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.migrations.tables import (
    sys_comment,
    sys_file,
    sys_follow,
    sys_history,
    sys_notice,
    sys_recent,
    sys_recycle,
    sys_share,
    sys_undo,
)
from ...platform.people.actor import Actor
from ..access import permissions
from ..query import run
from ..query.page import SortKey, beyond, read_cursor, write_cursor
from ..query.request import Rows
from ..query.search import words_of
from ..tables import Tables
from . import indexing
from .moving import by_object, chunks
from .restoring import binned
from .rules import rules_for

KEPT_DAYS = 15
OF_RECORD = (
    sys_history, sys_recent, sys_recycle, sys_share, sys_follow, sys_undo, sys_file,
    sys_comment, sys_notice,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A deleted record."""

    record_id: str
    object: str  # API name
    title: str
    deleted_at: datetime
    deleted_by: str  # the name of who did it
    batch: str


@dataclass(frozen=True, slots=True)
class BinPage:
    """Some entries, latest first, and the cursor of the next ones."""

    entries: tuple[Entry, ...]
    next: str = ""


def list_bin(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    *,
    everybody: bool = False,
    words: str = "",
    after: str = "",
    limit: int = 50,
) -> BinPage:
    """Records in the bin that the actor, or anybody, was asked to delete, and may see."""
    r = sys_recycle.c
    keys = (
        SortKey(r.deleted_at, descending=True, filled=True),
        SortKey(r.record_id, descending=True, filled=True),
    )
    known = {obj.uid: obj.name for obj in snapshot.objects()}
    statement = sa.select(r.record_id, r.object_uid, r.name, r.deleted_at, r.deleted_by, r.batch)
    statement = statement.where(r.object_uid.in_(list(known)))
    if not (everybody and actor.is_administrator):
        statement = statement.where(r.deleted_by == actor.user_id)
    for word in words_of(words):
        statement = statement.where(r.name_key.contains(word, autoescape=True))
    binding = f"{snapshot.org}:bin:{everybody}:{words}"
    if after:
        statement = statement.where(beyond(keys, read_cursor(binding, after, 2)))
    statement = statement.order_by(*(key.ordering for key in keys)).limit(limit + 1)
    rows = conn.execute(statement).all()
    more, rows = len(rows) > limit, rows[:limit]
    visible = _visible(conn, actor, snapshot, [row[0] for row in rows])
    names = run.find_titles(conn, actor, snapshot, {row[4] for row in rows})
    entries = tuple(
        Entry(row[0], known[row[1]], row[2] or row[0], row[3], names.get(row[4], ""), row[5])
        for row in rows
        if row[0] in visible
    )
    cursor = write_cursor(binding, (rows[-1][3], rows[-1][0])) if more else ""
    return BinPage(entries, cursor)


def _visible(conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Sequence[str]) -> set[str]:
    return {
        found
        for name, some in by_object(snapshot, ids).items()
        for found in run.get_many(conn, actor, snapshot, name, some, (), Rows.DELETED)
    }


def purge(conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Sequence[str]) -> int:
    """Deletes records in the bin for good, with all that went along; returns how many."""
    found = binned(conn, actor, snapshot, ids)
    for object_name in by_object(snapshot, found):
        obj = snapshot.object(object_name)
        permissions.require(actor, permissions.Operation.DELETE, obj, snapshot)
    return _erase(conn, snapshot, list(found))


def purge_expired(conn: sa.Connection, snapshot: Snapshot, *, limit: int = 2000) -> int:
    """Deletes for good what has been in the bin for 15 days, some at a time; returns how many."""
    r = sys_recycle.c
    expired = (
        sa.select(r.record_id)
        .where(r.deleted_at < clock.now() - timedelta(days=KEPT_DAYS))
        .order_by(r.deleted_at, r.record_id)
        .limit(limit)
    )
    known = [obj.uid for obj in snapshot.objects()]
    ids = conn.execute(expired.where(r.object_uid.in_(known))).scalars().all()
    return _erase(conn, snapshot, list(ids))


def _erase(conn: sa.Connection, snapshot: Snapshot, ids: list[str]) -> int:
    for object_name, chunk in by_object(snapshot, ids).items():
        home = Tables.of(snapshot).home(object_name)
        for some in chunks(chunk):
            indexing.forget(conn, snapshot, rules_for(snapshot, object_name), some)
            for table in (home.main, *home.slices):
                conn.execute(sa.delete(table).where(table.c.id.in_(some)))
    for some in chunks(ids):
        for table in OF_RECORD:
            conn.execute(sa.delete(table).where(table.c.record_id.in_(some)))
    return len(ids)
