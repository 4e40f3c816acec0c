"""What is kept of a job: what is asked for, the rows that were sent, what became of each.

A job is its maker's alone: to everybody else it is as one that is not there. Everything here works
within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ....platform import clock
from ....platform.errors import NotFound
from ....platform.ids import new_id
from ....platform.jobs import queue
from ....platform.migrations.tables import sys_api_job, sys_api_job_part, sys_job
from ..faults import Refusal

WORK = "api.job"  # the kind of the background job
PREFIX = "750"
KEPT = timedelta(days=7)
MOST_OPEN = 100  # jobs of a person that are not over
GIVEN_UP = "InternalServerError : The job was given up."


class Kind(StrEnum):
    """In which direction records go."""

    INGEST = "ingest"
    QUERY = "query"


class State(StrEnum):
    """How far a job is."""

    OPEN = "Open"
    UPLOADED = "UploadComplete"
    RUNNING = "InProgress"
    DONE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


UNDER_WAY = (State.UPLOADED, State.RUNNING)
OVER = (State.DONE, State.FAILED, State.ABORTED)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    id: str
    user_id: str
    kind: str
    operation: str
    object: str | None
    external_id: str | None
    query: str | None
    version: str
    delimiter: str
    line_ending: str
    state: str
    message: str | None
    headings: list[str] | None
    total: int | None
    parts: int
    at: int
    processed: int
    failed: int
    millis: int
    job_id: int | None
    created_at: datetime
    changed_at: datetime

    @property
    def newline(self) -> str:
        return "\r\n" if self.line_ending == "CRLF" else "\n"


_t, _p = sys_api_job.c, sys_api_job_part.c
COLUMNS = tuple(_t[name] for name in Job.__slots__)
_NONE = dict.fromkeys(("parts", "at", "processed", "failed", "millis"), 0)


# -- by whoever asks -------------------------------------------------------------------------------


def add(conn: sa.Connection, user_id: str, kind: Kind, state: State, **asked: Any) -> str:
    """The id of a new job; raises Refusal where too many of the person's are not over."""
    mine = sa.and_(_t.user_id == user_id, _t.state.not_in(OVER))
    if (conn.scalar(sa.select(sa.func.count()).where(mine)) or 0) >= MOST_OPEN:
        message = f"At most {MOST_OPEN} jobs may be open. Abort or delete some."
        raise Refusal("EXCEEDED_QUOTA", message)
    now = clock.now()
    row = {"id": new_id(PREFIX), "user_id": user_id, "kind": kind, "state": state,
           "created_at": now, "changed_at": now} | _NONE | asked  # fmt: skip
    conn.execute(sa.insert(sys_api_job).values(row))
    return str(row["id"])


def get(conn: sa.Connection, user_id: str, kind: Kind, job_id: str) -> Job:
    """The person's job of that id and kind; raises NotFound."""
    mine = _t.id == job_id[:40], _t.user_id == user_id, _t.kind == kind
    row = conn.execute(sa.select(*COLUMNS, *_GIVEN_UP).where(*mine)).one_or_none()
    if row is None:
        raise NotFound(job_id[:40])
    return _job(row)


def listed(conn: sa.Connection, user_id: str, kind: Kind, limit: int, offset: int) -> list[Job]:
    """The person's jobs, latest first."""
    mine = _t.user_id == user_id, _t.kind == kind
    latest = sa.select(*COLUMNS, *_GIVEN_UP).where(*mine)
    page = latest.order_by(_t.created_at.desc(), _t.id.desc()).limit(limit).offset(offset)
    return [_job(row) for row in conn.execute(page)]


_GIVEN_UP = (
    sa.select(sys_job.c.state == queue.FAILED)
    .where(sys_job.c.id == _t.job_id)
    .scalar_subquery()
    .label("given_up"),
)


def _job(row: Any) -> Job:
    """A job whose work was given up, because of an error that is in the log, has failed."""
    values = row._mapping
    found = {name: values[name] for name in Job.__slots__}
    if values["given_up"] and found["state"] in UNDER_WAY:
        found |= {"state": State.FAILED, "message": GIVEN_UP}
    return Job(**found)


def start(conn: sa.Connection, job: Job) -> bool:
    """Has the job done in the background; False where its rows are not here, or it began."""
    ready = _t.id == job.id, _t.state == State.OPEN, _t.total.is_not(None)
    if not _set(conn, ready, state=State.UPLOADED):
        return False
    go_on(conn, job.id, 0, job.user_id)
    return True


def abort(conn: sa.Connection, job: Job) -> bool:
    """Ends a job after the part at hand; what is saved stays. False when it was over."""
    return _set(conn, (_t.id == job.id, _t.state.not_in(OVER)), state=State.ABORTED)


def delete(conn: sa.Connection, job: Job) -> bool:
    """Forgets a job that is not under way."""
    idle = sa.or_(_t.state.not_in(UNDER_WAY), sa.literal(job.state == State.FAILED))
    return conn.execute(sa.delete(sys_api_job).where(_t.id == job.id, idle)).rowcount == 1


def forget_old(conn: sa.Connection) -> int:
    """Drops jobs that nothing has happened to for a week; returns how many."""
    return conn.execute(sa.delete(sys_api_job).where(_t.changed_at <= clock.now() - KEPT)).rowcount


# -- rows ------------------------------------------------------------------------------------------


def begin_rows(conn: sa.Connection, job: Job, headings: Sequence[str]) -> bool:
    """Promises the job to one upload; False when there was another."""
    free = _t.id == job.id, _t.state == State.OPEN, _t.headings.is_(None)
    return _set(conn, free, headings=list(headings))


def add_rows(conn: sa.Connection, job: Job, first: int, parts: Sequence[list[list[str]]]) -> None:
    """Keeps some parts, numbered from the first on."""
    rows = [{"job_id": job.id, "number": first + n, "rows": some} for n, some in enumerate(parts)]
    conn.execute(sa.insert(sys_api_job_part), rows)


def end_rows(conn: sa.Connection, job: Job, parts: int, total: int) -> bool:
    """All rows are here; False where the job ended meanwhile."""
    return _set(conn, (_t.id == job.id, _t.state == State.OPEN), parts=parts, total=total)


def drop_rows(conn: sa.Connection, job: Job) -> None:
    """Takes an upload back that was not to the end."""
    conn.execute(sa.delete(sys_api_job_part).where(_p.job_id == job.id))
    conn.execute(sa.update(sys_api_job).where(_t.id == job.id).values(headings=sa.null()))


def part(conn: sa.Connection, job: Job, number: int) -> tuple[list[list[str]], list[list[Any]]]:
    """(rows, results) of a part; no results before its turn."""
    one = _p.job_id == job.id, _p.number == number
    row = conn.execute(sa.select(_p.rows, _p.results).where(*one)).one_or_none()
    return (list(row[0]), list(row[1] or ())) if row else ([], [])


# -- by the work -----------------------------------------------------------------------------------


def go_on(conn: sa.Connection, job_id: str, at: int, user_id: str) -> None:
    """Has a background job do the parts from that one on."""
    number = queue.enqueue(conn, WORK, {"job": job_id, "at": at}, actor_id=user_id)
    conn.execute(sa.update(sys_api_job).where(_t.id == job_id).values(job_id=number))


def take(conn: sa.Connection, job_id: str) -> Job | None:
    """The job, for one part of its work; None when it is over. An abort waits for the part."""
    if not _set(conn, (_t.id == job_id, _t.state.in_(UNDER_WAY)), state=State.RUNNING):
        return None
    return Job(*conn.execute(sa.select(*COLUMNS).where(_t.id == job_id)).one())


def advance(
    conn: sa.Connection, job: Job, number: int, results: Sequence[Sequence[Any]], millis: int
) -> None:
    """Keeps what became of the rows of a part."""
    one = _p.job_id == job.id, _p.number == number
    conn.execute(sa.update(sys_api_job_part).where(*one).values(results=[*map(list, results)]))
    _set(
        conn, (_t.id == job.id,), at=number + 1, processed=job.processed + len(results),
        failed=job.failed + sum(bool(error) for _id, _new, error in results),
        millis=job.millis + millis,
    )  # fmt: skip


def end(conn: sa.Connection, job: Job, state: State, message: str = "", **values: Any) -> None:
    """Nothing more is done."""
    _set(conn, (_t.id == job.id,), state=state, message=message or None, **values)


def _set(conn: sa.Connection, where: Iterable[sa.ColumnElement[bool]], **values: Any) -> bool:
    changed = sa.update(sys_api_job).where(*where).values(values | {"changed_at": clock.now()})
    return conn.execute(changed).rowcount == 1
