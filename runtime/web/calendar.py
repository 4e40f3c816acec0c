"""A person's calendar: their events and due tasks by month, week or day, moved by drag or sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from flask import render_template, request, url_for
from sqlalchemy import Connection

from ...platform import clock
from ...platform.i18n import _, to_local
from ...platform.web.access import SIGNED_IN, requires
from ...platform.working_time import read_working_time
from ..access.permissions import Operation, may, writable
from ..activities.agenda import events_between, tasks_between
from ..activities.done import closed_statuses
from ..query.record import Record
from ..query.run import find_titles
from .blueprint import pages
from .calendar_grid import Entry, Frame, Span, month_grid, read_frame
from .calendar_hours import time_grid
from .cells import record_url
from .moves import move_url
from .scope import Here, here
from .shell import trail

EVENT_TONE, TASK_TONE = 4, 6
MORNING = "09:00"  # of something new on a day


@pages.get("/calendar")
@requires(SIGNED_IN)
def calendar() -> str:
    """The days that the address names; this month unless it names any."""
    scope = here()
    moment = clock.now()
    today = to_local(moment).date()
    frame = read_frame(request.args.get("span", ""), request.args.get("day", ""), today)
    with scope.read() as connection:
        entries = tuple(_entries(scope, connection, frame))
        working = read_working_time(connection)
    if frame.span is Span.MONTH:  # there is room for titles alone
        entries = tuple(replace(entry, detail="") for entry in entries)
    trail((_("Calendar"), ""), active="calendar")
    is_whole = bool(request.args.get("whole"))
    return render_template(
        "runtime/calendar.html",
        frame=frame,
        url=_url,
        whole_url=url_for("pages.calendar", span=frame.span, day=frame.day, whole=1),
        add=_adder(scope),
        month=month_grid(frame, entries, today, working=working)
        if frame.span is Span.MONTH
        else None,
        hours=None
        if frame.span is Span.MONTH
        else time_grid(frame, entries, moment, is_whole=is_whole, working=working),
        is_empty=not entries,
    )


def _url(span: str, day: object) -> str:
    """The address of a span around a day; "" is today."""
    return url_for("pages.calendar", span=str(span), day=str(day) or None)


def _adder(scope: Here) -> Callable[[str], str] | None:
    """Gives the address of a new event on a day; None where the person may make none."""
    obj = scope.snapshot.find_object("Event")
    if obj is None or not may(scope.actor, Operation.CREATE, obj, scope.snapshot):
        return None

    def add(day: str) -> str:
        start = f"{day}T{MORNING}"
        return url_for("pages.new_record", object_name=obj.name, StartDateTime=start)

    return add


def _entries(scope: Here, connection: Connection, frame: Frame) -> Iterator[Entry]:
    actor, snapshot = scope.actor, scope.snapshot
    events = events_between(connection, actor, snapshot, frame.begins, frame.ends)
    tasks = tasks_between(connection, actor, snapshot, frame.first, frame.last)
    ids = {id_ for one in (*events, *tasks) if (id_ := one.values.get("WhatId"))}
    names = find_titles(connection, actor, snapshot, ids)
    back = request.full_path.rstrip("?")
    for one in events:
        yield _event(scope, one, names.get(one.values.get("WhatId") or "", ""), back)
    closed = closed_statuses(snapshot)
    for one in tasks:
        about = names.get(one.values.get("WhatId") or "", "")
        yield _task(scope, one, about, back, is_done=one.values.get("Status") in closed)


def _event(scope: Here, record: Record, about: str, back: str) -> Entry:
    values = record.values
    start, end = values["StartDateTime"], values["EndDateTime"]
    is_whole = bool(values.get("IsAllDayEvent"))
    first: date = to_local(start).date()
    last: date = to_local(end).date() if end else first
    return Entry(
        record.id,
        str(values.get("Subject") or _("No subject")),
        first if is_whole else start,
        last if is_whole else end,
        record_url(record.id),
        EVENT_TONE,
        detail=about or str(values.get("Location") or ""),
        move_url=_move(scope, "Event", "StartDateTime", record.id, back),
        version=record.version,
    )


def _task(scope: Here, record: Record, about: str, back: str, *, is_done: bool) -> Entry:
    values = record.values
    return Entry(
        record.id,
        str(values.get("Subject") or _("No subject")),
        values["ActivityDate"],
        None,
        record_url(record.id),
        TASK_TONE,
        "square-check",
        about,
        is_done,
        _move(scope, "Task", "ActivityDate", record.id, back),
        record.version,
    )


def _move(scope: Here, object_name: str, field_name: str, record_id: str, back: str) -> str:
    """The address that moves the entry; "" for one that stays: these are the person's own."""
    obj = scope.snapshot.object(object_name)
    field = scope.snapshot.field(object_name, field_name)
    is_free = may(scope.actor, Operation.EDIT, obj, scope.snapshot)
    is_free = is_free and writable(scope.actor, field, scope.snapshot)
    return move_url(record_id, field, back) if is_free else ""
