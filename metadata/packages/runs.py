"""Packages at work in the background: what was asked for, how far it is, what became of it.

A run has the id of the deployment that it makes, so that one that was broken off begins again and
nothing happens twice. Everything here works within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ...platform import clock
from ...platform.errors import NotFound
from ...platform.ids import new_id
from ...platform.jobs import queue
from ...platform.migrations.tables import sys_job, sys_package_run
from ...platform.people.actor import Actor
from ..deploy.apply import DEPLOYMENT_PREFIX

KIND = "packages.run"  # of the job
KEPT = timedelta(days=90)
_r = sys_package_run.c


class Deed(StrEnum):
    """What is done to the org."""

    INSTALL = "install"
    TAKE_BACK = "take_back"
    REMOVE = "remove"


class State(StrEnum):
    """How far a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants done: a package to put in (its zip), or the name of one that is there."""

    deed: Deed
    name: str
    title: str
    version: str = ""
    content: bytes | None = None
    choice: Mapping[str, Any] | None = None
    based_on: int | None = None  # the version of the org that they have looked at
    token: str | None = None  # of the upload


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands."""

    id: str
    deed: str
    name: str
    title: str
    version: str
    actor_id: str
    choice: Mapping[str, Any]
    based_on: int | None
    token: str | None
    state: str
    share: int  # per cent
    step: str
    problems: list[str]  # sentences, each with its way out
    results: list[list[str]]  # [[sentence, kind]]
    job_id: int | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY


COLUMNS = tuple(_r[name] for name in Run.__slots__)


def begin(conn: sa.Connection, actor: Actor, asked: Asked, run_id: str = "") -> str:
    """Has it done in the background; returns the run's id.

    A run of that id that is under way or done is left alone, and so is the one that a package has
    under way already: that one is returned.
    """
    run_id = run_id or new_id(DEPLOYMENT_PREFIX)
    conn.execute(sa.delete(sys_package_run).where(_r.finished_at < clock.now() - KEPT))
    mine = _r.name == asked.name, _r.state.in_(UNDER_WAY)
    if (other := conn.scalar(sa.select(_r.id).where(*mine).limit(1))) is not None:
        return str(other)
    before = find(conn, run_id)
    if before is not None and before.state not in (State.FAILED, State.CANCELLED):
        return run_id
    conn.execute(sa.delete(sys_package_run).where(_r.id == run_id))
    number = queue.enqueue(conn, KIND, {"run": run_id}, actor_id=actor.user_id)
    row: dict[str, Any] = {
        "id": run_id, "deed": asked.deed, "name": asked.name, "title": asked.title,
        "version": asked.version, "actor_id": actor.user_id, "content": asked.content,
        "choice": dict(asked.choice or {}), "based_on": asked.based_on, "token": asked.token,
        "state": State.WAITING, "share": 0, "step": "", "problems": [], "results": [],
        "job_id": number, "created_at": clock.now(),
    }  # fmt: skip
    conn.execute(sa.insert(sys_package_run).values(row))
    return run_id


def find(conn: sa.Connection, run_id: str) -> Run | None:
    row = conn.execute(sa.select(*COLUMNS).where(_r.id == run_id)).one_or_none()
    return None if row is None else Run(*row)


def get(conn: sa.Connection, run_id: str) -> Run:
    """As `find`, but raises NotFound."""
    if (found := find(conn, run_id)) is None:
        raise NotFound(run_id)
    return found


def content_of(conn: sa.Connection, run_id: str) -> bytes:
    """The zip of a run that is not over."""
    return conn.scalar(sa.select(_r.content).where(_r.id == run_id)) or b""


def recent(conn: sa.Connection, limit: int) -> tuple[Run, ...]:
    """The latest ones first."""
    latest = sa.select(*COLUMNS).order_by(_r.created_at.desc(), _r.id.desc()).limit(limit)
    return tuple(Run(*row) for row in conn.execute(latest))


def advance(conn: sa.Connection, run_id: str, step: str, share: int) -> bool:
    """Notes how far it is; False when it was cancelled, or is over."""
    mine = _r.id == run_id, _r.state.in_(UNDER_WAY)
    values = {"state": State.RUNNING, "step": step, "share": share}
    return conn.execute(sa.update(sys_package_run).where(*mine).values(values)).rowcount == 1


def cancel(conn: sa.Connection, run_id: str) -> bool:
    """Has it not begin; False when it has begun, and then goes to its end."""
    mine = _r.id == run_id, _r.state == State.WAITING
    values = {"state": State.CANCELLED, "finished_at": clock.now(), "content": None}
    return conn.execute(sa.update(sys_package_run).where(*mine).values(values)).rowcount == 1


def end(conn: sa.Connection, run_id: str, results: Iterable[tuple[str, str]]) -> None:
    """It is done."""
    _over(conn, run_id, State.DONE, share=100, results=[list(one) for one in results])


def refuse(conn: sa.Connection, run_id: str, reasons: Iterable[str]) -> None:
    """It is not done, and nothing of it is."""
    _over(conn, run_id, State.FAILED, problems=list(reasons))


def is_given_up(conn: sa.Connection, run: Run) -> bool:
    """Says whether its job has failed for a reason that is in the log."""
    state = conn.scalar(sa.select(sys_job.c.state).where(sys_job.c.id == run.job_id))
    return run.is_under_way and state == queue.FAILED


def retry(conn: sa.Connection, run: Run) -> bool:
    """Has the job of a run that was given up tried again."""
    return run.job_id is not None and queue.retry(conn, run.job_id)


def _over(conn: sa.Connection, run_id: str, state: State, **values: Any) -> None:
    over = {"state": state, "finished_at": clock.now(), "content": None, "step": "", **values}
    conn.execute(sa.update(sys_package_run).where(_r.id == run_id).values(over))
