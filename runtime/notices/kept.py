"""Notices as they are kept: written with their cause, counted, read, and gone after 90 days.

A notice holds ids and numbers, never what a record says: that is asked for when it is shown, with
the rights that the reader has by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ...platform import clock
from ...platform.ids import is_id, key_prefix, new_id
from ...platform.jobs.queue import enqueue
from ...platform.migrations.tables import sys_notice
from ...platform.people.actor import SYSTEM_USER_ID, Actor
from ..query.page import SortKey, beyond, read_cursor, write_cursor
from . import wishes
from .kinds import JOB, KINDS

PREFIX = "0Nt"
USER = "005"  # what ids of people begin with; queues own records, too
MAIL = "notices.mail"  # the job that sends a copy
KEPT = timedelta(days=90)
MOST_COUNTED = 100
CHUNK = 500
_n = sys_notice.c


@dataclass(frozen=True, slots=True)
class News:
    """Something that one person shall hear of."""

    user_id: str
    kind: str
    record_id: str | None
    actor_id: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it is kept."""

    id: str
    user_id: str
    kind: str
    record_id: str | None
    actor_id: str
    args: Mapping[str, Any]
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Some notices, latest first, and the cursor of those before them."""

    notices: tuple[Notice, ...]
    next: str = ""


# -- writing -------------------------------------------------------------------------------------


def notify(conn: sa.Connection, news: Iterable[News]) -> None:
    """Tells people, in the transaction of what they are told of; copies by mail follow by a job.

    Nobody is told of their own deeds, but for what they asked to be told.
    """
    told = [one for one in news if one.user_id != SYSTEM_USER_ID]
    if not told:
        return
    now = clock.now()
    unread = _unread(conn, told)
    rows: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    for one in told:
        key = (one.user_id, one.kind, one.record_id) if KINDS.get(one.kind).is_merged else None
        if key and (old := unread.get(key)):
            _count_on(conn, old, one, now)
        elif key is None or key not in rows:
            row = _row(one, now)
            rows[key or (one.user_id, one.kind, row["id"])] = row
    if rows:
        conn.execute(sa.insert(sys_notice), list(rows.values()))
        _ask_for_mail(conn, rows.values())


def _row(one: News, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(PREFIX), "user_id": one.user_id, "kind": one.kind,
        "record_id": one.record_id, "actor_id": one.actor_id,
        "args": {"count": 1, **one.args}, "at": now, "read_at": None,
    }  # fmt: skip


def _unread(
    conn: sa.Connection, told: Sequence[News]
) -> dict[tuple[str, str, str | None], tuple[str, int]]:
    """{(user, kind, record): (id, count)} of unread notices that the next one is merged with."""
    merged = [one for one in told if one.record_id and KINDS.get(one.kind).is_merged]
    ids = sorted({one.record_id for one in merged if one.record_id})
    found: dict[tuple[str, str, str | None], tuple[str, int]] = {}
    for start in range(0, len(ids), CHUNK):
        some = _n.record_id.in_(ids[start : start + CHUNK]), _n.read_at.is_(None)
        columns = sa.select(_n.user_id, _n.kind, _n.record_id, _n.id, _n.args).where(*some)
        for user_id, kind, record_id, notice_id, args in conn.execute(columns):
            found[user_id, kind, record_id] = notice_id, int(args.get("count", 1))
    return found


def _count_on(conn: sa.Connection, old: tuple[str, int], one: News, now: datetime) -> None:
    notice_id, count = old
    values = {"args": {**one.args, "count": count + 1}, "actor_id": one.actor_id, "at": now}
    conn.execute(sa.update(sys_notice).where(_n.id == notice_id).values(values))


def _ask_for_mail(conn: sa.Connection, rows: Collection[Mapping[str, Any]]) -> None:
    mailed = wishes.mailed(conn, {row["user_id"] for row in rows})
    for row in rows:
        if row["kind"] in mailed[row["user_id"]]:
            args = {"notice": row["id"]}
            enqueue(conn, MAIL, args, key=row["id"], actor_id=row["actor_id"])


def tell_of_work(conn: sa.Connection, user_id: str, text: str, **params: Any) -> None:
    """Tells a person that work in the background which they began has ended.

    `text` is a text of the catalogue (`mark`), translated when it is read; `params` fill it.
    """
    args = {"text": text, "params": params}
    notify(conn, (News(user_id, JOB.name, None, user_id, args),))


def is_person(owner: object) -> bool:
    """Says whether the owner of a record is somebody who can be told, and no queue."""
    is_user = isinstance(owner, str) and is_id(owner) and key_prefix(owner) == USER
    return is_user and owner != SYSTEM_USER_ID


# -- reading -------------------------------------------------------------------------------------


_SOME_UNREAD = (
    sa.select(sa.literal(1))
    .where(_n.user_id == sa.bindparam("who"), _n.read_at.is_(None))
    .limit(MOST_COUNTED)
)
#: Asked by every page, so it is put together once:
#: how many notices `who` has not read; counting stops at MOST_COUNTED
UNREAD = sa.select(sa.func.count()).select_from(_SOME_UNREAD.subquery())


def find_notice(conn: sa.Connection, notice_id: str) -> Notice | None:
    row = conn.execute(sa.select(sys_notice).where(_n.id == notice_id)).one_or_none()
    return Notice(**row._mapping) if row else None


def notices_of(
    conn: sa.Connection,
    actor: Actor,
    *,
    unread: bool = False,
    after: str = "",
    limit: int = 50,
) -> NoticePage:
    """The actor's notices, latest first; raises Rejected for a cursor that is none."""
    keys = tuple(SortKey(column, descending=True, filled=True) for column in (_n.at, _n.id))
    statement = sa.select(sys_notice).where(_n.user_id == actor.user_id)
    if unread:
        statement = statement.where(_n.read_at.is_(None))
    binding = f"{actor.org}:notices:{actor.user_id}:{unread}"
    if after:
        statement = statement.where(beyond(keys, read_cursor(binding, after, 2)))
    ordered = statement.order_by(*(key.ordering for key in keys)).limit(limit + 1)
    found = [Notice(**row._mapping) for row in conn.execute(ordered)]
    more, found = len(found) > limit, found[:limit]
    cursor = write_cursor(binding, (found[-1].at, found[-1].id)) if more else ""
    return NoticePage(tuple(found), cursor)


def is_told_of(actor: Actor, record_id: str) -> sa.ColumnElement[bool]:
    """Says whether the actor has an unread notice about the record; a condition."""
    mine = _n.user_id == actor.user_id, _n.record_id == record_id, _n.read_at.is_(None)
    return sa.exists().where(*mine)


def mark_read(
    conn: sa.Connection, actor: Actor, *, ids: Sequence[str] | None = None, record_id: str = ""
) -> int:
    """Marks notices of the actor as read: those of the ids, of a record, or all; returns how many.

    Ids of notices that are not the actor's are passed over.
    """
    mine = [_n.user_id == actor.user_id, _n.read_at.is_(None)]
    if ids is not None:
        mine.append(_n.id.in_(list(ids)[:CHUNK]))
    if record_id:
        mine.append(_n.record_id == record_id)
    return conn.execute(sa.update(sys_notice).where(*mine).values(read_at=clock.now())).rowcount


def purge(conn: sa.Connection) -> int:
    """Deletes notices older than 90 days; returns how many."""
    return conn.execute(sa.delete(sys_notice).where(_n.at < clock.now() - KEPT)).rowcount
