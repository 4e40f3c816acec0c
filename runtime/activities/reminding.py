"""Reminders of tasks and events: a job at the moment, which looks again before it speaks.

What was done, deleted, given away or moved by then does not remind. A moment is UTC, however it was
typed, so a job needs no zone. Refuses (`reminder.when`) a reminder of something without a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS
from ...platform import clock
from ...platform.errors import NotFound, Problem
from ...platform.i18n import _
from ...platform.jobs.queue import enqueue
from ...platform.jobs.worker import Task
from ...platform.people.actor import system_actor
from ...platform.people.standing import find_actor
from ..access.permissions import Operation, may
from ..notices.kept import News, is_person, notify
from ..notices.kinds import REMINDER as KIND_OF_NOTICE
from ..query.held import held
from ..query.record import Record
from ..query.run import get
from ..records.companions import Companion, accompany
from ..records.draft import Draft
from ..records.steps import Save
from .done import STATUS, closed_statuses

KIND = "activities.remind"
WHEN, IS_SET, OWNER = "ReminderDateTime", "IsReminderSet", "OwnerId"
START, DUE = "StartDateTime", "ActivityDate"
BEFORE = timedelta(minutes=15)  # an event, where nobody says when to remind
MORNING = time(9)  # of the day a task is due, likewise
LATE = timedelta(minutes=1)  # a moment that passed longer ago reminds of nothing


# -- with each save ------------------------------------------------------------------------------


def _before(save: Save) -> None:
    if not {WHEN, IS_SET} <= save.rules.fields.keys():
        return
    for draft in save.drafts:
        _follow_start(save, draft)
        if WHEN in draft.values:
            _follow_moment(save, draft)
        elif draft.values.get(IS_SET) and draft.effective(WHEN) is None:
            _take_usual(save, draft)


def _follow_start(save: Save, draft: Draft) -> None:
    """The reminder of an event that is moved keeps its distance."""
    old, new, when = draft.old.get(START), draft.values.get(START), draft.old.get(WHEN)
    if save.is_new or WHEN in draft.values:
        return
    if all(isinstance(moment, datetime) for moment in (old, new, when)):
        draft.values[WHEN] = when + (new - old)  # type: ignore[operator]


def _follow_moment(save: Save, draft: Draft) -> None:
    """Who says when means to be reminded; who takes the moment away does not."""
    if draft.values[WHEN] is None:
        if draft.effective(IS_SET):
            draft.values[IS_SET] = False
    elif WHEN in draft.given and (save.is_new or IS_SET not in draft.values):
        draft.values[IS_SET] = True


def _take_usual(save: Save, draft: Draft) -> None:
    """A quarter of an hour before an event, in the morning of the day a task is due."""
    start, due = draft.effective(START), draft.effective(DUE)
    if isinstance(start, datetime):
        draft.values[WHEN] = start - BEFORE
    elif due is not None:
        zone = ZoneInfo(save.actor.time_zone)
        draft.values[WHEN] = datetime.combine(due, MORNING, zone)
    else:
        message = _("Say when you want to be reminded.")
        draft.problems.append(Problem("reminder.when", (WHEN,), message))


def _after(save: Save, drafts: Sequence[Draft]) -> None:
    earliest = save.now - LATE
    for draft in drafts:
        when = draft.effective(WHEN)
        if isinstance(when, datetime) and draft.effective(IS_SET) and when >= earliest:
            _wait(save.conn, draft.id, when, save.actor.user_id)


def _wait(conn: sa.Connection, record_id: str, when: datetime, actor_id: str) -> None:
    """Once for a record and a moment, however often it is saved."""
    moment = _whole(when).isoformat()
    args, key = {"record": record_id, "moment": moment}, f"{record_id}/{moment}"
    enqueue(conn, KIND, args, key=key, run_at=when, actor_id=actor_id)


def _whole(moment: datetime) -> datetime:
    """As the databases keep it: in UTC, of whole milliseconds."""
    moment = moment.astimezone(clock.now().tzinfo)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# -- at the moment -------------------------------------------------------------------------------


def remind(task: Task) -> None:
    """Tells the owner, if the record still asks for it."""
    with task.finish() as conn:
        snapshot = SNAPSHOTS.at(conn, task.db)
        moment = datetime.fromisoformat(str(task.args["moment"]))
        record = _find(conn, snapshot, str(task.args["record"]))
        if record is not None and _still_asks(record, moment, snapshot):
            _tell(conn, snapshot, record)


def _find(conn: sa.Connection, snapshot: Snapshot, record_id: str) -> Record | None:
    system = system_actor(snapshot.org, "a reminder")
    try:
        known = snapshot.fields(snapshot.object_of_id(record_id).name)
        names = [name for name in (WHEN, IS_SET, OWNER, STATUS) if name in known]
        return get(conn, system, snapshot, record_id, names)
    except NotFound:
        return None


def _still_asks(record: Record, moment: datetime, snapshot: Snapshot) -> bool:
    values: Any = record.values
    when = values.get(WHEN)
    is_done = record.object == "Task" and values.get(STATUS) in closed_statuses(snapshot)
    return bool(values.get(IS_SET)) and when is not None and _whole(when) == moment and not is_done


def _tell(conn: sa.Connection, snapshot: Snapshot, record: Record) -> None:
    """The owner, unless they may not see the record any more."""
    owner = record.values.get(OWNER)
    reader = find_actor(conn, snapshot.org, str(owner)) if is_person(owner) else None
    obj = snapshot.object(record.object)
    if reader is None or not may(reader, Operation.READ, obj, snapshot):
        return
    if held(conn, reader, snapshot, obj.name, (record.id,)):
        notify(conn, (News(str(owner), KIND_OF_NOTICE.name, record.id, str(owner)),))


TASK = Companion("Task", (WHEN, IS_SET, DUE), _before, _after)
EVENT = Companion("Event", (WHEN, IS_SET, START), _before, _after)


def bring() -> None:
    """Has both go along with saves of activities."""
    for companion in (TASK, EVENT):
        accompany(companion)
