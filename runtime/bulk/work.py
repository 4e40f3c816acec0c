"""The job behind deeds on whole lists: a chunk in each transaction, forth or back.

A chunk is whole or nothing, and its progress is committed with it, so a run that was broken off
goes on where it was and no record is met twice. Rights are those of the moment: whoever was
deactivated has nothing done in their name any more. After some chunks other jobs have their turn.
"""

from __future__ import annotations

import sqlalchemy as sa

from ...metadata.store import SNAPSHOTS, hold_version
from ...platform.errors import Denied, NotFound, Rejected
from ...platform.i18n import mark, use_locale
from ...platform.jobs.worker import Task
from ...platform.people.standing import find_actor
from ..notices.kept import tell_of_work
from . import deeds, kept
from .deeds import Place
from .kept import Bulk, Deed, Result, State

#: what whoever began a deed is told of its end
TOLD = {
    State.DONE: mark("Your work on a list of %(n)s records is done."),
    State.UNDONE: mark("Your work on a list of %(n)s records is taken back."),
    State.CANCELLED: mark("Your work on a list of %(n)s records was stopped, as you asked."),
    State.STOPPED: mark("Your work on a list of %(n)s records could not go on."),
}
TURN = 25  # chunks before others have their turn


def work(task: Task) -> None:
    """Does some chunks of the deed that the job names, and leaves the rest to another job."""
    first = (task.progress or task.args)["at"]
    for number in range(first, first + TURN):
        with task.chunk({"at": number + 1}) as conn:
            is_left = _chunk(task, conn, number)
        if not is_left:
            return
    with task.finish() as conn:
        kept.go_on(conn, task.args["bulk"], task.args["state"], first + TURN, task.actor_id)


def _chunk(task: Task, conn: sa.Connection, number: int) -> bool:
    """Does one chunk; says whether there is more to do."""
    bulk = kept.find(conn, task.args["bulk"])
    if bulk is None or bulk.state != task.args["state"]:
        return False  # over, or taken back meanwhile
    if bulk.is_cancelled and bulk.state == State.RUNNING:
        _end(conn, bulk, State.CANCELLED)
        return False
    if (reason := _try(task, conn, bulk, number)) is not None:
        _end(conn, bulk, State.STOPPED, reason)
        return False
    if number + 1 < bulk.chunks:
        return True
    _end(conn, bulk, State.DONE if bulk.state == State.RUNNING else State.UNDONE)
    return False


def _end(conn: sa.Connection, bulk: Bulk, state: State, reason: str = "") -> None:
    """Nothing more is done, and whoever began it is told."""
    kept.end(conn, bulk, state, reason)
    tell_of_work(conn, bulk.actor_id, TOLD[state], n=bulk.total)


def _try(task: Task, conn: sa.Connection, bulk: Bulk, number: int) -> str | None:
    """Does the chunk; returns why that cannot be, if so: then nothing of it is kept."""
    actor = find_actor(conn, task.db.key, bulk.actor_id)
    if actor is None:
        return "inactive"
    hold_version(conn, task.db)
    place = Place(conn, actor, SNAPSHOTS.at(conn, task.db))
    try:
        with use_locale(actor.localization), conn.begin_nested():
            run = _forth if bulk.state == State.RUNNING else _back
            kept.advance(conn, bulk, number + 1, run(place, bulk, number))
    except Denied:
        return "denied"
    except (NotFound, Rejected):
        return "gone"
    return None


def _forth(place: Place, bulk: Bulk, number: int) -> Result:
    ids, _batches = kept.records_of(place.conn, bulk, number)
    if bulk.deed == Deed.UPDATE:
        return deeds.update(place, bulk, ids)
    result, batches = deeds.delete(place, bulk, ids)
    kept.note_batches(place.conn, bulk, number, batches)
    return result


def _back(place: Place, bulk: Bulk, number: int) -> Result:
    """The last chunk goes back first: a master that went later is there before its details."""
    ids, batches = kept.records_of(place.conn, bulk, bulk.chunks - 1 - number)
    if bulk.deed == Deed.UPDATE:
        return deeds.take_back_update(place, bulk, ids)
    return deeds.take_back_delete(place, batches)
