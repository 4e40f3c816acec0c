"""The composer of a record's timeline: what was typed becomes activities, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from ...metadata.kinds.custom_object import CustomObject
from ...platform import clock
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _, local_moment, mark, to_local
from ...platform.ids import RecordId, new_id
from ..access.permissions import Operation, may
from ..activities.done import status_when_done
from ..activities.reminding import MORNING
from ..activities.timeline import PEOPLE, Source
from ..layouts.forms import person_reading
from .once import promise, promised
from .scope import Here

ONCE = "once"
SUBJECTS = {
    Source.CALL: mark("Call"),
    Source.EMAIL: mark("Email"),
    Source.TASK: "",
    Source.EVENT: mark("Meeting"),
    Source.NOTE: "",
}
OBJECTS = {
    Source.CALL: "Task",
    Source.TASK: "Task",
    Source.EVENT: "Event",
    Source.NOTE: "Note",
    Source.EMAIL: "Task",
}
REMINDERS = (0, 5, 15, 30, 60, 24 * 60)  # minutes before an event
MINUTES = (15, 30, 45, 60, 90, 120, 180, 240, 480)
SUBTYPES = {Source.CALL: "Call", Source.EMAIL: "Email", Source.TASK: "Task"}
#: {name of a field: the control that asks for it}
CONTROLS: Mapping[str, str] = {
    "Subject": "subject",
    "Title": "subject",
    "Description": "text",
    "Body": "text",
    "ActivityDate": "due",
    "ReminderDateTime": "remind",
    "StartDateTime": "starts",
    "Location": "location",
}
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Composer:
    """The form as it is shown: what is typed, and what is wrong with it."""

    kinds: tuple[Source, ...]
    kind: Source
    once: str
    texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A record to make."""

    object: str
    values: Values
    prefix: str = ""  # before the names of its controls


def kinds_of(scope: Here) -> tuple[Source, ...]:
    """What the person may add to a timeline."""
    return tuple(source for source, name in OBJECTS.items() if _may_create(scope, name))


def _may_create(scope: Here, name: str) -> bool:
    obj = scope.snapshot.find_object(name)
    return obj is not None and may(scope.actor, Operation.CREATE, obj, scope.snapshot)


def composer(scope: Here, obj: CustomObject, kind: Source | None = None) -> Composer | None:
    """An empty form; None where the person may add nothing."""
    if not (kinds := kinds_of(scope)):
        return None
    ids = ",".join(new_id(_prefix(scope, name)) for name in ("Task", "Task", "Event", "Note"))
    start = to_local(clock.now()).replace(minute=0, second=0) + timedelta(hours=1)
    texts = {"starts": f"{start:%Y-%m-%dT%H:%M}", "minutes": "30"}
    chosen = kind if kind in kinds else kinds[0]
    return Composer(kinds, chosen, promise(scope, obj, "activity", ids), texts)


def _prefix(scope: Here, name: str) -> str:
    found = scope.snapshot.find_object(name)
    return scope.snapshot.storage.prefix(found.uid) if found else "000"


def refused(
    scope: Here, obj: CustomObject, posted: MultiDict[str, str], problems: tuple[Problem, ...]
) -> Composer | None:
    """The form again, as it was typed."""
    empty = composer(scope, obj, _kind(posted))
    if empty is None:
        return None
    errors: dict[str, tuple[str, ...]] = {}
    for problem in problems:
        name = str(problem.path[0]) if problem.path else ""
        errors[name] = (*errors.get(name, ()), problem.sentence)
    texts = {name: text for name, text in posted.items() if name != ONCE}
    return Composer(empty.kinds, empty.kind, posted.get(ONCE, ""), texts, errors)


def add(
    scope: Here, obj: CustomObject, record_id: str, posted: MultiDict[str, str]
) -> tuple[str, ...]:
    """Makes what was typed and returns the ids; sent twice, it is made once. Raises Rejected."""
    kind = _kind(posted)
    if kind not in kinds_of(scope):
        raise Rejected(Problem("activity.kind", ("kind",), _("Choose what to add.")))
    planned = tuple(_planned(scope, obj, record_id, kind, posted))
    _check(scope, planned)
    ids = promised(scope, obj, "activity", posted.get(ONCE, "")).split(",")
    return tuple(_make(scope, one, ids, n) for n, one in enumerate(planned))


def _make(scope: Here, planned: Planned, ids: list[str], number: int) -> str:
    prefix = _prefix(scope, planned.object)
    mine = [one for one in ids if one.startswith(prefix)]
    at = number if planned.object == "Task" else 0
    record_id = RecordId(mine[at]) if len(mine) > at else None
    return scope.records.create(planned.object, planned.values, record_id=record_id)


def _check(scope: Here, planned: tuple[Planned, ...]) -> None:
    """All problems of all records before any is made, each at its control."""
    problems: list[Problem] = []
    for one in planned:
        (outcome,) = scope.records.check_many(one.object, (one.values,))
        problems += (_at_control(problem, one.prefix) for problem in outcome.problems)
    require(problems)


def _at_control(problem: Problem, prefix: str) -> Problem:
    name = str(problem.path[0]) if problem.path else ""
    control = CONTROLS.get(name)
    path = (prefix + control,) if control else ()
    return Problem(problem.code, path, problem.message, problem.hint)


def _kind(posted: MultiDict[str, str]) -> Source:
    try:
        return Source(posted.get("kind", ""))
    except ValueError as error:
        raise Rejected(Problem("activity.kind", ("kind",), _("Choose what to add."))) from error


def _planned(
    scope: Here, obj: CustomObject, record_id: str, kind: Source, posted: MultiDict[str, str]
) -> Iterator[Planned]:
    subject, text = posted.get("subject", "").strip(), posted.get("text", "").strip()
    if kind is Source.NOTE:
        title = subject or text.partition("\n")[0][:80]
        yield _plan(scope, "Note", {"Title": title, "Body": text, "ParentId": record_id})
        return
    usual = SUBJECTS[kind]
    about = {"WhoId" if obj.name in PEOPLE else "WhatId": record_id}
    base = {"Subject": subject or (_(usual) if usual else None), "Description": text}
    if kind is Source.EVENT:
        yield _plan(scope, "Event", base | about | _time(scope, posted))
        return
    yield _plan(scope, "Task", base | about | _task(scope, kind, posted))
    if kind in (Source.CALL, Source.EMAIL) and posted.get("follow_up"):
        due = _read(scope, "Task", "ActivityDate", posted.get("follow_due", ""), "follow_due")
        name = posted.get("follow_subject", "").strip() or _("Follow up")
        more = {"Subject": name, "ActivityDate": due, "TaskSubtype": "Task"}
        yield _plan(scope, "Task", more | about, "follow_")


def _task(scope: Here, kind: Source, posted: MultiDict[str, str]) -> Values:
    if kind is Source.TASK:
        due = _read(scope, "Task", "ActivityDate", posted.get("due", ""), "due")
        remind = _read(scope, "Task", "ReminderDateTime", posted.get("remind", ""), "remind")
        return {"ActivityDate": due, "TaskSubtype": SUBTYPES[kind], "ReminderDateTime": remind}
    done = status_when_done(scope.snapshot)
    today = to_local(clock.now()).date()
    return {"Status": done, "ActivityDate": today, "TaskSubtype": SUBTYPES[kind]}


def _time(scope: Here, posted: MultiDict[str, str]) -> Values:
    if posted.get("all_day"):
        day = _read(scope, "Event", "StartDateTime", posted.get("starts", ""), "starts")
        day = to_local(day).date() if day else None
        if day is None:
            return {"StartDateTime": None}
        whole = local_moment(day), local_moment(day + timedelta(days=1)) - timedelta(minutes=1)
        morning = _before(posted, local_moment(day, MORNING))
        times = {"StartDateTime": whole[0], "EndDateTime": whole[1], "IsAllDayEvent": True}
        return times | {"ReminderDateTime": morning}
    starts = _read(scope, "Event", "StartDateTime", posted.get("starts", ""), "starts")
    minutes = posted.get("minutes", "")
    length = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else 30
    if not isinstance(starts, datetime):
        message = _("Say when it begins.")
        raise Rejected(Problem("activity.start", ("starts",), message))
    place = posted.get("location", "").strip()
    ends = starts + timedelta(minutes=length)
    times = {"StartDateTime": starts, "EndDateTime": ends, "Location": place}
    return times | {"ReminderDateTime": _before(posted, starts)}


def _before(posted: MultiDict[str, str], starts: datetime) -> datetime | None:
    """When to remind of an event; None for not at all."""
    minutes = posted.get("remind_before", "")
    if minutes not in map(str, REMINDERS):
        return None
    return starts - timedelta(minutes=int(minutes))


def _read(scope: Here, object_name: str, name: str, text: str, control: str) -> Any:
    """The value of a control, read as the field's own form would; Rejected at the control."""
    found = scope.snapshot.find_field(object_name, name)
    if found is None:
        return None
    reading = person_reading(scope.actor).for_field(found, scope.snapshot)
    try:
        return found.field_type.read_form(text.strip(), None, found, reading)
    except Rejected as refusal:
        at = (Problem(p.code, (control,), p.message, p.hint) for p in refusal.problems)
        raise Rejected(*at) from refusal


def _plan(scope: Here, object_name: str, values: Values, prefix: str = "") -> Planned:
    """The values that are there, of fields that the org has."""
    known = scope.snapshot.fields(object_name)
    found = {n: v for n, v in values.items() if v not in (None, "") and n in known}
    return Planned(object_name, found, prefix)
