"""The queue of durable jobs: rows of sys_job, added in the transaction whose work they continue.

A job that is committed runs; one that is rolled back never was. Two of one kind and key are one.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from .. import clock
from ..db.inserts import insert_into
from ..errors import Conflict
from ..migrations.tables import sys_job

MOST_ATTEMPTS = 5
QUEUED, LEASED, DONE, FAILED = "queued", "leased", "done", "failed"
_FIRST_DELAY = 10  # seconds; four times as long after each further failure
_LONGEST_ERROR = 2000


class LeaseLost(Conflict):
    """Another worker has taken the job over, so nothing more of this run is saved."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that this worker has leased."""

    id: int
    kind: str
    key: str | None
    args: Mapping[str, Any]
    attempts: int  # this one included
    progress: Any  # what the last finished chunk has left; None at first
    actor_id: str  # who caused it
    lease: str


def enqueue(
    conn: sa.Connection,
    kind: str,
    args: Mapping[str, Any],
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    actor_id: str,
) -> int:
    """The number of the job, which runs once the caller has committed, from `run_at` on.

    With a key it is the only one of its kind: the job that has it already, done or not, is it.
    """
    moment = clock.now()
    values = {
        "kind": kind,
        "key": key,
        "args": dict(args),
        "state": QUEUED,
        "run_at": run_at or moment,
        "attempts": 0,
        "actor_id": actor_id,
        "created_at": moment,
    }
    added = (
        insert_into(conn, sys_job).values(values).on_conflict_do_nothing().returning(sys_job.c.id)
    )
    number = conn.scalar(added)
    if number is None:
        mine = sa.and_(sys_job.c.kind == kind, sys_job.c.key == key)
        number = conn.execute(sa.select(sys_job.c.id).where(mine)).scalar_one()
    return int(number)


def has_due(conn: sa.Connection, kinds: Collection[str]) -> bool:
    """Says whether a job of these kinds waits to be run now."""
    return (
        conn.scalar(sa.select(sa.literal(1)).where(_due(kinds, clock.now())).limit(1)) is not None
    )


def claim(conn: sa.Connection, kinds: Collection[str], lease_seconds: float) -> Job | None:
    """Leases the job that has waited longest; None when there is none.

    A job whose worker did not come back is leased again, until its attempts are used up.
    """
    moment = clock.now()
    conn.execute(_bury(moment))
    waiting = (
        sa.select(sys_job.c.id)
        .where(_due(kinds, moment))
        .order_by(sys_job.c.run_at, sys_job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if (number := conn.scalar(waiting)) is None:
        return None
    leased = (
        sa.update(sys_job)
        .where(sys_job.c.id == number)
        .values(
            state=LEASED,
            attempts=sys_job.c.attempts + 1,
            lease=secrets.token_hex(16),
            leased_until=moment + timedelta(seconds=lease_seconds),
        )
        .returning(*(sys_job.c[name] for name in Job.__slots__))
    )
    return Job(**conn.execute(leased).one()._mapping)


def hold(conn: sa.Connection, job: Job, lease_seconds: float) -> None:
    """Makes sure that the job is still ours and stays so until the commit; raises LeaseLost."""
    until = clock.now() + timedelta(seconds=lease_seconds)
    if conn.execute(_ours(job).values(leased_until=until)).rowcount != 1:
        raise LeaseLost(f"job {job.id} ({job.kind}) was taken over")


def save_progress(conn: sa.Connection, job: Job, progress: Any) -> None:
    """Keeps where the work has got to; a chunk that ended well gives the job its attempts back."""
    conn.execute(_ours(job).values(progress=progress, attempts=1))


def finish(conn: sa.Connection, job: Job) -> None:
    """Marks the job as done, in the transaction of its effects."""
    conn.execute(_ours(job).values(state=DONE, finished_at=clock.now(), **_RELEASED, error=None))


def fail(conn: sa.Connection, job: Job, error: str, *, again: bool) -> None:
    """Puts the job back with a growing delay, or parks it when it may not or cannot run again."""
    error = error.replace("\x00", "")[:_LONGEST_ERROR]
    if again and job.attempts < MOST_ATTEMPTS:
        run_at = clock.now() + timedelta(seconds=_FIRST_DELAY * 4 ** (job.attempts - 1))
        conn.execute(_ours(job).values(state=QUEUED, run_at=run_at, **_RELEASED, error=error))
    else:
        parked = {"state": FAILED, "finished_at": clock.now(), **_RELEASED, "error": error}
        conn.execute(_ours(job).values(parked))


def retry(conn: sa.Connection, number: int) -> bool:
    """Queues a parked job again; False when it is not parked."""
    parked = sa.and_(sys_job.c.id == number, sys_job.c.state == FAILED)
    fresh = {"state": QUEUED, "attempts": 0, "run_at": clock.now(), "finished_at": None}
    return conn.execute(sa.update(sys_job).where(parked).values(fresh)).rowcount == 1


def purge(conn: sa.Connection, before: datetime) -> int:
    """Removes what was done before that moment and returns how many; failures stay."""
    old = sa.and_(sys_job.c.state == DONE, sys_job.c.finished_at < before)
    return conn.execute(sa.delete(sys_job).where(old)).rowcount


_RELEASED: Mapping[str, None] = {"lease": None, "leased_until": None}


def _ours(job: Job) -> sa.Update:
    mine = sa.and_(sys_job.c.id == job.id, sys_job.c.state == LEASED, sys_job.c.lease == job.lease)
    return sa.update(sys_job).where(mine)


def _due(kinds: Collection[str], moment: datetime) -> sa.ColumnElement[bool]:
    waits = sa.and_(sys_job.c.state == QUEUED, sys_job.c.run_at <= moment)
    left = sa.and_(sys_job.c.state == LEASED, sys_job.c.leased_until <= moment)
    return sa.and_(sys_job.c.kind.in_(sorted(kinds)), sa.or_(waits, left))


def _bury(moment: datetime) -> sa.Update:
    """A job that takes its worker down each time is parked like any other that fails."""
    left = sa.and_(sys_job.c.state == LEASED, sys_job.c.leased_until <= moment)
    worn_out = sa.and_(left, sys_job.c.attempts >= MOST_ATTEMPTS)
    error = "The worker did not come back from the last attempt."
    return (
        sa.update(sys_job)
        .where(worn_out)
        .values(state=FAILED, finished_at=moment, error=error, **_RELEASED)
    )
