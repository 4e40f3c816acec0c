"""Jobs that come again: each due time is a key, so two schedulers still make one job of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from .. import clock
from ..db.scope import OrgDatabase
from ..migrations.tables import sys_job
from .queue import enqueue

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A kind of job and its rhythm: each multiple of `every` since midnight UTC, plus `offset`."""

    kind: str
    every: timedelta
    offset: timedelta = timedelta(0)
    args: Mapping[str, Any] = field(default_factory=dict)

    def last_due(self, moment: datetime) -> datetime:
        """The latest due time that is not after the moment."""
        return moment - (moment - _EPOCH - self.offset) % self.every


def enqueue_due(db: OrgDatabase, schedules: Iterable[Schedule], actor_id: str) -> int:
    """Queues a job for each schedule whose last due time has none yet, and returns how many.

    Due times that passed while nothing ran are not made up for: one run covers them.
    """
    moment = clock.now()
    due = {(one.kind, one.last_due(moment).isoformat()): one for one in schedules}
    with db.read() as conn:
        missing = [name for name in due if not _is_queued(conn, *name)]
    if not missing:
        return 0
    with db.write() as conn:
        for kind, key in missing:
            enqueue(conn, kind, due[kind, key].args, key=key, actor_id=actor_id)
    return len(missing)


def _is_queued(conn: sa.Connection, kind: str, key: str) -> bool:
    same = sa.and_(sys_job.c.kind == kind, sys_job.c.key == key)
    return conn.scalar(sa.select(sys_job.c.id).where(same)) is not None
