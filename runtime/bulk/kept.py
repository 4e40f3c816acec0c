"""What is kept of a deed on a whole list: who does what to which records, and how far it has got.

A deed begins as a draft, which has its records already: the number that a person agrees to is the
number of records that the deed goes to. Everything here works within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...platform import clock
from ...platform.ids import new_id
from ...platform.jobs import queue
from ...platform.migrations.tables import sys_bulk, sys_bulk_chunk, sys_job
from ...platform.people.actor import Actor
from ..records import undo
from ..records.recycle import KEPT_DAYS

KIND = "records.bulk"  # of the job
PREFIX = "0UN"  # of ids of deeds and of batches
CHUNK = 200  # records of one transaction: nobody else waits long for it
NAMED = 100  # refusals that are kept
DRAFTS_LAST = timedelta(hours=12)
KEPT = timedelta(days=30)


class Deed(StrEnum):
    """What is done to the records."""

    UPDATE = "update"
    DELETE = "delete"


class State(StrEnum):
    """How far a deed is."""

    DRAFT = "draft"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    UNDOING = "undoing"
    UNDONE = "undone"


UNDER_WAY = (State.RUNNING, State.UNDOING)
ENDED = (State.DONE, State.CANCELLED, State.STOPPED)


@dataclass(frozen=True, slots=True)
class Bulk:
    """A deed on many records."""

    id: str
    actor_id: str
    object_uid: str
    deed: str
    field_uid: str | None
    text: str | None
    address: str
    state: str
    reason: str | None
    is_cancelled: bool
    total: int
    chunks: int
    at: int
    done: int
    changed: int
    refused: int
    back: int
    refusals: list[list[str]]  # [[record id, reason]]
    job_id: int | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def may_go_back(self) -> bool:
        """Says whether there is something to take back, and still a way to."""
        kept = undo.KEPT if self.deed == Deed.UPDATE else timedelta(days=KEPT_DAYS)
        is_late = self.finished_at is None or self.finished_at <= clock.now() - kept
        return self.state in ENDED and self.changed > self.back and not is_late


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the records of one chunk."""

    done: int = 0
    changed: int = 0
    refusals: Sequence[tuple[str, str]] = ()  # (record id, reason)
    back: int = 0


COLUMNS = tuple(sys_bulk.c[name] for name in Bulk.__slots__)


# -- before ----------------------------------------------------------------------------------------


def draft(
    conn: sa.Connection,
    actor: Actor,
    obj: CustomObject,
    deed: Deed,
    ids: Sequence[str],
    address: str,
) -> str:
    """Keeps the records that a deed shall go to; returns the deed's id."""
    b, bulk_id = sys_bulk.c, new_id(PREFIX)
    mine = b.state == State.DRAFT, b.actor_id == actor.user_id
    conn.execute(sa.delete(sys_bulk).where(*mine, b.created_at < clock.now() - DRAFTS_LAST))
    chunks = [list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]
    numbers = dict.fromkeys(("at", "done", "changed", "refused", "back"), 0)
    row = {
        "id": bulk_id, "actor_id": actor.user_id, "object_uid": obj.uid, "deed": deed,
        "address": address, "state": State.DRAFT, "is_cancelled": False, "total": len(ids),
        "chunks": len(chunks), "refusals": [], "created_at": clock.now(), **numbers,
    }  # fmt: skip
    conn.execute(sa.insert(sys_bulk).values(row))
    rows = [{"bulk_id": bulk_id, "number": n, "ids": some} for n, some in enumerate(chunks)]
    conn.execute(sa.insert(sys_bulk_chunk), rows)
    return bulk_id


def start(
    conn: sa.Connection, bulk: Bulk, *, field_uid: str | None = None, text: str | None = None
) -> bool:
    """Has a draft done in the background; False when that was asked before."""
    values = {"field_uid": field_uid, "text": text}
    return _queue(conn, bulk, (State.DRAFT,), State.RUNNING, values)


# -- meanwhile -------------------------------------------------------------------------------------


def find(conn: sa.Connection, bulk_id: str) -> Bulk | None:
    """The deed of that id."""
    row = conn.execute(sa.select(*COLUMNS).where(sys_bulk.c.id == bulk_id)).one_or_none()
    return None if row is None else Bulk(*row)


def records_of(conn: sa.Connection, bulk: Bulk, number: int) -> tuple[list[str], list[str]]:
    """(ids, batches of the recycle bin) of a chunk."""
    c = sys_bulk_chunk.c
    mine = c.bulk_id == bulk.id, c.number == number
    row = conn.execute(sa.select(c.ids, c.batches).where(*mine)).one()
    return list(row.ids), list(row.batches or ())


def note_batches(conn: sa.Connection, bulk: Bulk, number: int, batches: Sequence[str]) -> None:
    """Keeps what a chunk is in the recycle bin."""
    c = sys_bulk_chunk.c
    mine = c.bulk_id == bulk.id, c.number == number
    conn.execute(sa.update(sys_bulk_chunk).where(*mine).values(batches=list(batches)))


def advance(conn: sa.Connection, bulk: Bulk, at: int, result: Result) -> None:
    """Adds what became of a chunk."""
    room = max(NAMED - len(bulk.refusals), 0)
    refusals = [*bulk.refusals, *(list(one) for one in result.refusals[:room])]
    values = {
        "at": at,
        "done": bulk.done + result.done,
        "changed": bulk.changed + result.changed,
        "refused": bulk.refused + len(result.refusals),
        "back": bulk.back + result.back,
    }
    named = {"refusals": refusals} if result.refusals and room else {}
    conn.execute(sa.update(sys_bulk).where(sys_bulk.c.id == bulk.id).values(values | named))


def end(conn: sa.Connection, bulk: Bulk, state: State, reason: str = "") -> None:
    """Nothing more is done."""
    values = {"state": state, "reason": reason or None, "finished_at": clock.now()}
    conn.execute(sa.update(sys_bulk).where(sys_bulk.c.id == bulk.id).values(values))


def cancel(conn: sa.Connection, bulk: Bulk) -> None:
    """Asks that the deed ends with the chunk at hand; what is done stays."""
    mine = sys_bulk.c.id == bulk.id, sys_bulk.c.state == State.RUNNING
    conn.execute(sa.update(sys_bulk).where(*mine).values(is_cancelled=True))


def start_undo(conn: sa.Connection, bulk: Bulk) -> bool:
    """Has the deed taken back in the background; False when that was asked before."""
    values = {"at": 0, "reason": None, "is_cancelled": False}
    return _queue(conn, bulk, ENDED, State.UNDOING, values)


def go_on(conn: sa.Connection, bulk_id: str, state: str, at: int, actor_id: str) -> None:
    """Has another job do the rest from that chunk on."""
    args = {"bulk": bulk_id, "state": state, "at": at}
    number = queue.enqueue(conn, KIND, args, actor_id=actor_id)
    conn.execute(sa.update(sys_bulk).where(sys_bulk.c.id == bulk_id).values(job_id=number))


def _queue(
    conn: sa.Connection,
    bulk: Bulk,
    before: Iterable[State],
    state: State,
    values: Mapping[str, object],
) -> bool:
    mine = sys_bulk.c.id == bulk.id, sys_bulk.c.state.in_(tuple(before))
    changed = sa.update(sys_bulk).where(*mine).values({"state": state, **values})
    if not conn.execute(changed).rowcount:
        return False
    go_on(conn, bulk.id, state, 0, bulk.actor_id)
    return True


# -- afterwards ------------------------------------------------------------------------------------


def is_failed(conn: sa.Connection, bulk: Bulk) -> bool:
    """Says whether the job was given up, because of an error that is in the log."""
    state = sa.select(sys_job.c.state).where(sys_job.c.id == bulk.job_id)
    return bulk.is_under_way and conn.scalar(state) == queue.FAILED


def recent(conn: sa.Connection, actor: Actor, *, everybody: bool, limit: int) -> tuple[Bulk, ...]:
    """Deeds of the actor, or for an administrator everybody's, latest first; no drafts."""
    b = sys_bulk.c
    statement = sa.select(*COLUMNS).where(b.state != State.DRAFT)
    if not (everybody and actor.is_administrator):
        statement = statement.where(b.actor_id == actor.user_id)
    latest = statement.order_by(b.created_at.desc(), b.id.desc()).limit(limit)
    return tuple(Bulk(*row) for row in conn.execute(latest))


def forget_old(conn: sa.Connection) -> int:
    """Drops drafts that nobody agreed to, and what was over a month ago; returns how many."""
    b, now = sys_bulk.c, clock.now()
    unused = sa.and_(b.state == State.DRAFT, b.created_at <= now - DRAFTS_LAST)
    over = sa.and_(b.state.not_in(UNDER_WAY), b.finished_at <= now - KEPT)
    return conn.execute(sa.delete(sys_bulk).where(sa.or_(unused, over))).rowcount
