"""Activities where the work is: the panel at the side of a record, its page, tasks checked off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...platform import clock
from ...platform.errors import NotFound, Rejected
from ...platform.i18n import _, format_by, format_date, format_time, lazy, mark, to_local
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.redirects import safe_next
from ..access.permissions import Operation, may
from ..activities.done import STATUS, closed_statuses, status_when_done, status_when_open
from ..activities.timeline import Activity, Asked, Source, Timeline, has_timeline, timeline
from ..query.run import find_titles
from .activity_forms import MINUTES, REMINDERS, Composer, add, composer, refused
from .blueprint import pages
from .cells import record_url
from .feedback import say
from .panels import PANELS, Panel, Place, Spot
from .records import find_object, get_record, object_crumb, title_of
from .scope import Here, here
from .shell import trail
from .undoing import say_saved

AHEAD, PAST, PAGE = 6, 8, 40
LOOKS: Mapping[Source, tuple[str, int]] = {
    Source.TASK: ("square-check", 6),
    Source.CALL: ("phone", 3),
    Source.EMAIL: ("mail", 1),
    Source.EVENT: ("calendar", 4),
    Source.NOTE: ("notebook-pen", 2),
}
NAMES: Mapping[Source, str] = {
    Source.CALL: mark("Log a call"),
    Source.TASK: mark("New task"),
    Source.EVENT: mark("New event"),
    Source.NOTE: mark("Note"),
    Source.EMAIL: mark("Log an email"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An activity as the timeline shows it."""

    id: str
    source: Source
    icon: str
    tone: int
    title: str
    url: str
    text: str
    when: str
    who: str
    person: str  # the contact or lead
    person_url: str
    is_late: bool
    is_task: bool
    is_done: bool


def _draw(place: Place) -> Markup:
    asked = _asked(place.connection, place.scope, place.object, place.record.id)
    found = timeline(asked, ahead=AHEAD, past=PAST)
    shown = _lines(place.connection, place.scope, found)
    form = composer(place.scope, place.object)
    return Markup(  # noqa: S704 - a template of ours
        render_template(
            "runtime/activity_panel.html",
            **_context(place.scope, place.record.id, found, shown, form),
        )
    )


PANELS.register(
    Panel(
        "activity",
        lazy("Activity"),
        Spot.SIDE,
        10,
        _draw,
        applies=lambda obj, scope: has_timeline(obj, scope.snapshot),
    )
)


@pages.get("/r/<record_id>/activity")
@requires(SIGNED_IN)
def record_activity(record_id: str) -> str:
    """The whole timeline of a record, a page at a time."""
    scope = here()
    obj, found_id = _with_timeline(record_id, scope)
    kind = next((one for one in Source if one.value == request.args.get("new")), None)
    return _page(scope, obj, found_id, composer(scope, obj, kind))


@pages.post("/r/<record_id>/activity")
@requires(SIGNED_IN)
def add_activity(record_id: str) -> Response | tuple[str, int]:
    """Adds what was typed to the timeline."""
    scope = here()
    obj, found_id = _with_timeline(record_id, scope)
    with scope.read() as connection:
        get_record(connection, scope, obj, found_id, [])  # NotFound unless they may see it
    try:
        ids = add(scope, obj, found_id, request.form)
    except Rejected as refusal:
        form = refused(scope, obj, request.form, refusal.problems)
        return _page(scope, obj, found_id, form), 422
    say(_("Added to the timeline.") if len(ids) == 1 else _("Added, with a task to follow up."))
    return redirect(url_for("pages.record", record_id=found_id))


@pages.post("/r/<record_id>/done")
@requires(SIGNED_IN)
def check_off(record_id: str) -> Response:
    """Completes a task, or opens it again where `open` is sent; the toast offers Undo."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    wanted = status_when_open if request.form.get("open") else status_when_done
    status = wanted(scope.snapshot) if obj.name == "Task" else None
    if status is None:
        raise NotFound(record_id)
    back = safe_next(request.values.get("back"), url_for("pages.record", record_id=found_id))
    try:
        scope.records.update(found_id, {STATUS: status})
    except Rejected as refusal:
        say(" ".join(problem.sentence for problem in refusal.problems), kind="bad")
        return redirect(back)
    done = _("Task opened again.") if request.form.get("open") else _("Task completed.")
    say_saved(done, found_id, back)
    return redirect(back)


def _with_timeline(record_id: str, scope: Here) -> tuple[CustomObject, str]:
    obj, found_id = find_object(record_id, scope)
    if not has_timeline(obj, scope.snapshot):
        raise NotFound(record_id)
    return obj, found_id


def _asked(connection: Connection, scope: Here, obj: CustomObject, record_id: str) -> Asked:
    return Asked(connection, scope.actor, scope.snapshot, obj, record_id, clock.now())


def _page(scope: Here, obj: CustomObject, record_id: str, form: Composer | None) -> str:
    before = _moment(request.args.get("before", ""))
    with scope.read() as connection:
        record = get_record(connection, scope, obj, record_id, [])
        asked = _asked(connection, scope, obj, record_id)
        found = timeline(asked, ahead=PAGE, past=PAGE, before=before)
        shown = _lines(connection, scope, found)
    title = title_of(obj, record, scope)
    url = url_for("pages.record", record_id=record_id)
    trail(object_crumb(obj, scope), (title, url), (_("Activity"), ""), active=obj)
    context = _context(scope, record_id, found, shown, form)
    return render_template("runtime/activity.html", title=title, url=url, **context)


def _moment(text: str) -> datetime | None:
    """The moment of an address; one that is none begins at the latest."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _context(
    scope: Here,
    record_id: str,
    found: Timeline,
    lines: dict[str, Line],
    form: Composer | None,
) -> dict[str, Any]:
    here_url = url_for("pages.record_activity", record_id=record_id)
    return {
        "record_id": record_id,
        "composer": form,
        "names": {source.value: _(name) for source, name in NAMES.items()},
        "looks": {source.value: icon for source, (icon, _tone) in LOOKS.items()},
        "minutes": [(str(n), _duration(n)) for n in MINUTES],
        "reminders": [("", _("No reminder")), *((str(n), _ahead(n)) for n in REMINDERS)],
        "ahead": [lines[one.record.id] for one in found.ahead],
        "months": _months(found.past, lines),
        "whole_url": here_url,
        "more_url": f"{here_url}?before={found.more.isoformat().replace('+', '%2B')}"
        if found.more
        else "",
        "may_complete": _may_complete(scope),
    }


def _may_complete(scope: Here) -> bool:
    obj = scope.snapshot.find_object("Task")
    return (
        obj is not None
        and bool(closed_statuses(scope.snapshot))
        and may(scope.actor, Operation.EDIT, obj, scope.snapshot)
    )


def _duration(minutes: int) -> str:
    if minutes < 60:
        return _("%(n)s min", n=minutes)
    return _("%(n)s h", n=f"{minutes / 60:g}")


def _ahead(minutes: int) -> str:
    """How long before an event one is reminded of it."""
    if minutes == 0:
        return _("When it begins")
    if minutes < 60:
        return _("%(n)s min before", n=minutes)
    return _("1 hour before") if minutes == 60 else _("1 day before")


def _months(past: Iterable[Activity], lines: dict[str, Line]) -> list[tuple[str, list[Line]]]:
    """What was, by month, latest first."""
    by_month = groupby(past, key=lambda one: to_local(one.at).date().replace(day=1))
    return [
        (format_by(month, "yMMMM"), [lines[one.record.id] for one in some])
        for month, some in by_month
    ]


def _lines(connection: Connection, scope: Here, found: Timeline) -> dict[str, Line]:
    """{id of an activity: its line}."""
    every = (*found.ahead, *found.past)
    people = {id_ for one in every if (id_ := one.record.values.get("WhoId"))}
    titles = find_titles(connection, scope.actor, scope.snapshot, people)
    return {one.record.id: _line(one, titles) for one in every}


def _line(one: Activity, titles: Mapping[str, str]) -> Line:
    values = one.record.values
    icon, tone = LOOKS[one.source]
    who = str(values.get("WhoId") or "")
    is_task = one.source in (Source.TASK, Source.CALL, Source.EMAIL)
    is_late = is_task and not one.is_done and one.due is not None and one.due < _today()
    return Line(
        one.record.id,
        one.source,
        icon,
        tone,
        str(values.get("Subject") or values.get("Title") or _("No subject")),
        record_url(one.record.id),
        str(values.get("Description") or values.get("Body") or values.get("Location") or ""),
        _when(one),
        str(values.get("Owner.Name") or ""),
        titles.get(who, ""),
        record_url(who) if who else "",
        is_late,
        is_task,
        one.is_done,
    )


def _today() -> Any:
    return to_local(clock.now()).date()


def _when(one: Activity) -> str:
    """When it is due or was, in a few words."""
    if one.source is Source.EVENT:
        at = one.record.values.get("StartDateTime")
        if at is None:
            return ""
        if one.record.values.get("IsAllDayEvent"):
            return _day(to_local(at).date())
        return _("%(day)s, %(time)s", day=_day(to_local(at).date()), time=format_time(at))
    if one.is_done:
        return _("%(day)s, %(time)s", day=_day(to_local(one.at).date()), time=format_time(one.at))
    return _("Due %(day)s", day=_day(one.due)) if one.due else _("No due date")


def _day(day: Any) -> str:
    away = (day - _today()).days
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    return near.get(away) or format_date(day)
