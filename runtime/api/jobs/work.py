"""The background job behind the jobs of programs: a part of the rows in each transaction.

A part is whole or nothing, and its results are committed with it, so that a run which was broken
off goes on where it was and no row is saved twice. Rights are those of the moment: whoever was
deactivated, or may not use the API any more, has nothing done in their name.
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from ....metadata.store import SNAPSHOTS, hold_version
from ....platform.i18n import use_locale
from ....platform.jobs.worker import Task
from ....platform.people.api_tokens import Scope
from ....platform.people.standing import find_actor
from ...access.permissions import holds
from ...soql.errors import SoqlError
from ...web.scope import Here
from ..call import Call
from ..edge import NEEDED
from ..faults import Refusal
from ..joined import Joined
from . import kept, querying, saving
from .kept import Job, Kind, State

TURN = 25  # parts before others have their turn
DENIED = "ApiDisabled : The user may not use the API."


def work(task: Task) -> None:
    """Does some parts of the job, and leaves the rest to another background job."""
    first = (task.progress or task.args)["at"]
    for number in range(first, first + TURN):
        with task.chunk({"at": number + 1}) as conn:
            is_left = _part(task, conn, number)
        if not is_left:
            return
    with task.finish() as conn:
        kept.go_on(conn, task.args["job"], first + TURN, task.actor_id)


def _part(task: Task, conn: sa.Connection, number: int) -> bool:
    """Does one part; says whether there is more to do."""
    if (job := kept.take(conn, task.args["job"])) is None:
        return False  # over, or deleted
    if (call := _call(task, conn, job)) is None:
        kept.end(conn, job, State.FAILED, DENIED)
        return False
    began = time.monotonic()
    try:
        with use_locale(call.actor.localization):
            if job.kind == Kind.QUERY:
                total = querying.count(conn, call, job)
                kept.end(conn, job, State.DONE, processed=total, millis=_since(began))
                return False
            rows, _results = kept.part(conn, job, number)
            results: list[list[Any]] = saving.save(call, conn, job, rows) if rows else []
    except (Refusal, SoqlError) as refused:
        kept.end(conn, job, State.FAILED, str(refused))
        return False
    if rows:
        kept.advance(conn, job, number, results, _since(began))
    if number + 1 < job.parts:
        return True
    kept.end(conn, job, State.DONE)
    return False


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _call(task: Task, conn: sa.Connection, job: Job) -> Call | None:
    """The person's call within this transaction; None when they may not call any more."""
    actor = find_actor(conn, task.db.key, job.user_id)
    hold_version(conn, task.db)
    snapshot = SNAPSHOTS.at(conn, task.db)
    if actor is None or not holds(actor, NEEDED, snapshot):
        return None
    return Call(Here(Joined(task.db, conn), actor, snapshot), job.version, token_scope=Scope.WRITE)
