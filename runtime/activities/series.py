"""Series of tasks and events: what repeats is made ahead by a job, each day of the rule once.

A record that is changed or deleted alone is an exception: the series leaves it be. A change of one
and all that follow ends the series before it and begins another with it. What is made is a copy of
the last that is no exception, in the name of who began the series, with the rights they have then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS
from ...platform import clock
from ...platform.db.inserts import insert_into
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _, mark, use_locale
from ...platform.ids import new_id
from ...platform.jobs.schedule import Schedule
from ...platform.jobs.worker import Task
from ...platform.migrations.tables import sys_occurrence, sys_series
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ..access import permissions
from ..access.levels import Level
from ..notices.kept import tell_of_work
from ..query.held import held
from ..query.run import get
from ..records import deletion, saving
from ..records.companions import Companion, accompany
from ..records.draft import Draft
from ..records.rules import rules_for
from ..records.steps import Save
from . import recurrence
from .done import STATUS, status_when_open
from .recurrence import Rule

KIND = "activities.fill_series"
SCHEDULE = Schedule(KIND, timedelta(days=1), timedelta(hours=1, minutes=20))
PREFIX = "0Se"
AHEAD = timedelta(days=60)  # how far is made at least, and at least the next one
MOST = 100  # records made of a series at a time
START, END, DUE = "StartDateTime", "EndDateTime", "ActivityDate"
WHEN, DONE = "ReminderDateTime", "CompletedDateTime"
REPEATED = {"Task": DUE, "Event": START}  # {object: the field that says on which day}
_s, _o = sys_series.c, sys_occurrence.c


@dataclass(frozen=True, slots=True)
class Series:
    """A series as one of its records knows it."""

    id: str
    rule: Rule  # from that record on
    day: date  # the one that the rule gave the record
    is_exception: bool
    has_more: bool  # whether something follows that is no exception


def day_of(object_name: str, values: Any, zone: str) -> date | None:
    """The day on which a task is due or an event begins, where its author is."""
    found = values.get(REPEATED[object_name])
    return found.astimezone(ZoneInfo(zone)).date() if isinstance(found, datetime) else found


def on_day(object_name: str, values: dict[str, Any], day: date, zone: str) -> dict[str, Any]:
    """The values moved to another day: the time of day stays, whatever the clocks do between."""
    old = day_of(object_name, values, zone)
    if old is None or old == day:
        return values
    moved = {DUE: day} if object_name == "Task" else {}
    for name in (START, END, WHEN):
        if isinstance(found := values.get(name), datetime):
            local = found.astimezone(ZoneInfo(zone))
            on = local.date() + (day - old)
            moved[name] = datetime.combine(on, local.time(), ZoneInfo(zone))
    return values | moved


# -- beginning, changing, ending -----------------------------------------------------------------


def series_of(conn: sa.Connection, record_id: str) -> Series | None:
    """The series that a record belongs to; None for one that stands alone."""
    joined = sys_occurrence.join(sys_series, _s.id == _o.series_id)
    other = sys_occurrence.alias()
    later = other.c.series_id == _s.id, other.c.day > _o.day, other.c.is_exception == sa.false()
    more = sa.select(sa.literal(1)).where(*later).correlate(sys_series, sys_occurrence).exists()
    columns = (_s.id, _s.rule, _o.day, _o.is_exception, more.label("has_more"))
    row = conn.execute(sa.select(*columns).select_from(joined).where(_o.record_id == record_id))
    if (found := row.first()) is None:
        return None
    rule = recurrence.parse(found.rule)
    if rule.count is not None:
        before = sa.select(sa.func.count()).where(_o.series_id == found.id, _o.day < found.day)
        rule = replace(rule, count=max(1, rule.count - (conn.scalar(before) or 0)))
    return Series(found.id, rule, found.day, found.is_exception, bool(found.has_more))


def begin(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    record_id: str,
    rule: Rule,
    instead_of: Series | None = None,
) -> None:
    """Makes a record the first of a series, and the next ones. Raises Rejected or NotFound.

    What is an exception in a series that it follows stays one, so that its day is not made again.
    """
    if series_of(conn, record_id) is not None:
        return
    obj, zone = snapshot.object_of_id(record_id), actor.time_zone
    record = get(conn, actor, snapshot, record_id, _names(snapshot, obj.name, actor))
    day = day_of(obj.name, record.values, zone)
    if day is None:
        message = _("Say on which day it begins.")
        raise Rejected(Problem("series.day", (REPEATED[obj.name],), message))
    series_id, now = str(new_id(PREFIX)), clock.now()
    conn.execute(
        sa.insert(sys_series).values(
            id=series_id, object_uid=obj.uid, rule=rule.text, zone=zone, starts_on=day,
            at=_time_of(record.values, zone), minutes=_minutes_of(record.values),
            made_through=day, is_ended=False, created_at=now, created_by=actor.user_id,
        )
    )  # fmt: skip
    _note(conn, series_id, [(day, record_id)])
    if instead_of is not None:
        later = _o.series_id == instead_of.id, _o.day > max(day, instead_of.day)
        taken_over = {"series_id": series_id, "is_exception": True}
        conn.execute(sa.update(sys_occurrence).where(*later).values(taken_over))
    fill(conn, actor, snapshot, series_id)


def _time_of(values: Any, zone: str) -> time | None:
    start = values.get(START)
    return start.astimezone(ZoneInfo(zone)).time() if isinstance(start, datetime) else None


def _minutes_of(values: Any) -> int:
    start, end = values.get(START), values.get(END)
    whole = isinstance(start, datetime) and isinstance(end, datetime)
    return int((end - start).total_seconds() // 60) if whole else 0


def end_after(conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str) -> list[str]:
    """Ends the series of a record with it and deletes what follows; returns what went.

    Exceptions stay, and what the actor may not delete.
    """
    found = series_of(conn, record_id)
    if found is None:
        return []
    obj = snapshot.object_of_id(record_id)
    later = _o.series_id == found.id, _o.day > found.day, _o.is_exception == sa.false()
    ids = list(conn.execute(sa.select(_o.record_id).where(*later)).scalars())
    free = sorted(held(conn, actor, snapshot, obj.name, ids, Level.FULL))
    shorter = replace(found.rule, count=None, until=found.day).text
    ended = {"is_ended": True, "rule": shorter}
    conn.execute(sa.update(sys_series).where(_s.id == found.id).values(ended))
    conn.execute(sa.delete(sys_occurrence).where(_o.record_id.in_(free)))
    if free:
        deletion.delete(conn, actor, snapshot, free)
    return free


def begin_anew(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str, rule: Rule | None
) -> None:
    """The record and all that follow take its values and the rule; None: nothing follows it."""
    before = series_of(conn, record_id)
    end_after(conn, actor, snapshot, record_id)
    conn.execute(sa.delete(sys_occurrence).where(_o.record_id == record_id))
    if rule is not None:
        begin(conn, actor, snapshot, record_id, rule, before)


# -- making ahead --------------------------------------------------------------------------------


def fill_all(task: Task) -> None:
    """Makes what is missing of each series; one that cannot go on is ended, and its author told."""
    snapshot = SNAPSHOTS.get(task.db)
    until = clock.today("UTC") + AHEAD
    with task.db.read() as conn:
        due = sa.select(_s.id).where(_s.is_ended == sa.false(), _s.made_through < until)
        ids = list(conn.execute(due.order_by(_s.made_through, _s.id)).scalars())
    for series_id in ids:
        with task.chunk(None) as conn:
            _fill_or_end(conn, snapshot, series_id)
    with task.finish():
        pass


def _fill_or_end(conn: sa.Connection, snapshot: Snapshot, series_id: str) -> None:
    mine = sa.select(_s.created_by).where(_s.id == series_id)
    author = find_actor(conn, snapshot.org, str(conn.scalar(mine)))
    if author is not None:
        try:
            fill(conn, author, snapshot, series_id)
            return
        except (Rejected, Denied, NotFound) as refusal:
            _tell_end(conn, author, refusal)
    conn.execute(sa.update(sys_series).where(_s.id == series_id).values(is_ended=True))


def _tell_end(conn: sa.Connection, author: Actor, refusal: Exception) -> None:
    text = mark("What you had repeated does not go on: %(reason)s")
    problems = refusal.problems if isinstance(refusal, Rejected) else ()
    with use_locale(author.localization):
        reason = problems[0].sentence if problems else _("You may not make these any more.")
    tell_of_work(conn, author.user_id, text, reason=reason)


def fill(conn: sa.Connection, actor: Actor, snapshot: Snapshot, series_id: str) -> int:
    """Makes the records up to AHEAD, and the next one in any case; returns how many."""
    locked = sa.select(sys_series).where(_s.id == series_id).with_for_update()
    row = conn.execute(locked).one()
    if row.is_ended or (name := _object(snapshot, row.object_uid)) is None:
        return 0
    today = clock.today(row.zone)
    rule, after = recurrence.parse(row.rule), row.made_through
    days = rule.between(row.starts_on, after, max(today, row.starts_on) + AHEAD)[:MOST]
    if not days and after <= today and (following := rule.next(row.starts_on, after)):
        days = (following,)
    missing = [day for day in days if day not in _taken(conn, series_id)]
    if missing:
        rows = _copies(conn, actor, snapshot, series_id, name, missing, row.zone)
        outcomes = saving.create(conn, actor, snapshot, name, rows)
        for outcome in outcomes:
            if outcome.problems:
                raise Rejected(*outcome.problems)
        _note(conn, series_id, [(d, o.id) for d, o in zip(missing, outcomes, strict=True)])
    through = days[-1] if days else after
    is_over = rule.next(row.starts_on, through) is None
    values = {"made_through": through, "is_ended": is_over}
    conn.execute(sa.update(sys_series).where(_s.id == series_id).values(values))
    return len(missing)


def _taken(conn: sa.Connection, series_id: str) -> set[date]:
    return set(conn.execute(sa.select(_o.day).where(_o.series_id == series_id)).scalars())


def _object(snapshot: Snapshot, uid: str) -> str | None:
    return next((name for name in REPEATED if _uid(snapshot, name) == uid), None)


def _uid(snapshot: Snapshot, name: str) -> str:
    found = snapshot.find_object(name)
    return found.uid if found else ""


def _copies(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    series_id: str,
    name: str,
    days: Sequence[date],
    zone: str,
) -> list[dict[str, Any]]:
    """The values of the record to copy, for each of the days."""
    there = sa.select(_o.record_id).where(_o.series_id == series_id)
    ordered = there.order_by(_o.is_exception, _o.day.desc())
    ids = list(conn.execute(ordered).scalars())
    seen = held(conn, actor, snapshot, name, ids[:MOST])
    model = next((one for one in ids if one in seen), None)
    if model is None:
        raise Rejected(Problem("series.gone", (), _("There is nothing left to copy.")))
    record = get(conn, actor, snapshot, model, _names(snapshot, name, actor))
    values = {n: v for n, v in record.values.items() if v is not None and n != DONE}
    if name == "Task" and STATUS in values:
        values[STATUS] = status_when_open(snapshot)
    return [on_day(name, values, day, zone) for day in days]


def _names(snapshot: Snapshot, name: str, actor: Actor) -> list[str]:
    """The fields that a copy takes over: all the actor may set, but nothing unique."""
    return [
        rule.name
        for rule in rules_for(snapshot, name).fields.values()
        if rule.places
        and rule.unique_part is None
        and not rule.type.components(rule.field)
        and permissions.readable(actor, rule.field, snapshot)
        and permissions.writable(actor, rule.field, snapshot)
    ]


def _note(conn: sa.Connection, series_id: str, made: Sequence[tuple[date, str]]) -> None:
    rows = [
        {"series_id": series_id, "day": day, "record_id": record_id, "is_exception": False}
        for day, record_id in made
    ]
    conn.execute(insert_into(conn, sys_occurrence).on_conflict_do_nothing(), rows)


# -- with each save ------------------------------------------------------------------------------


def _after(save: Save, drafts: Sequence[Draft]) -> None:
    """What is changed by itself is an exception from then on."""
    ids = [draft.id for draft in drafts]
    for start in range(0, 0 if save.is_new else len(ids), 500):
        some = _o.record_id.in_(ids[start : start + 500])
        save.conn.execute(sa.update(sys_occurrence).where(some).values(is_exception=True))


def bring() -> None:
    """Has exceptions noted with saves of activities."""
    for name in REPEATED:
        accompany(Companion(name, (), after=_after))
