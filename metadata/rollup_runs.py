"""Runs that work out a roll-up for the records there are: begun with the change, done by a job.

A run that is overtaken by another ends without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..platform import clock
from ..platform.db.inserts import put_row
from ..platform.jobs.queue import enqueue
from ..platform.migrations.tables import sys_job, sys_rollup

KIND = "rollups.calculate"
DUE, READY = "due", "ready"
_r = sys_rollup.c


@dataclass(frozen=True, slots=True)
class Run:
    """The latest run of one roll-up."""

    field_uid: str
    run: str
    state: str
    done: int
    total: int | None
    begun_at: datetime
    ended_at: datetime | None
    by_id: str

    @property
    def is_due(self) -> bool:
        return self.state == DUE


def begin(conn: sa.Connection, field_uid: str, run: str, actor_id: str) -> None:
    """Notes that the values are to be worked out, and queues the job, in the same transaction."""
    values = {
        "run": run, "state": DUE, "done": 0, "total": None,
        "begun_at": clock.now(), "ended_at": None, "by_id": actor_id,
    }  # fmt: skip
    put_row(conn, sys_rollup, {"field_uid": field_uid}, values)
    args = {"field": field_uid, "run": run}
    enqueue(conn, KIND, args, key=f"{field_uid}/{run}", actor_id=actor_id)


def find_run(conn: sa.Connection, field_uid: str) -> Run | None:
    """The latest run of the roll-up, if it ever needed one."""
    row = conn.execute(sa.select(sys_rollup).where(_r.field_uid == field_uid)).one_or_none()
    return None if row is None else Run(**row._mapping)


def list_due(conn: sa.Connection) -> Mapping[str, Run]:
    """{uid of a field: run} of the roll-ups that are being worked out."""
    rows = conn.execute(sa.select(sys_rollup).where(_r.state == DUE))
    return {row.field_uid: Run(**row._mapping) for row in rows}


def advance(conn: sa.Connection, run: Run, done: int, total: int) -> None:
    """Notes how many records are done."""
    conn.execute(_mine(run).values(done=done, total=total))


def end(conn: sa.Connection, run: Run, done: int) -> None:
    """Notes that every record has its value."""
    ready = {"state": READY, "done": done, "total": done, "ended_at": clock.now()}
    conn.execute(_mine(run).values(ready))


def find_failure(conn: sa.Connection, run: Run) -> str:
    """Why the run does not go on; "" while it does."""
    mine = (sys_job.c.kind == KIND, sys_job.c.key == f"{run.field_uid}/{run.run}")
    failed = sa.select(sys_job.c.error).where(*mine, sys_job.c.state == "failed")
    return str(conn.scalar(failed) or "")


def _mine(run: Run) -> sa.Update:
    return sa.update(sys_rollup).where(_r.field_uid == run.field_uid, _r.run == run.run)
