"""Home: a person's day: meetings, tasks, deals that matter, what they looked at, and hints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import make_response, redirect, render_template, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.list_view import Filter
from ...platform.clock import now
from ...platform.errors import NotFound
from ...platform.i18n import (
    _,
    format_ago,
    format_by,
    format_compact_currency,
    format_date,
    format_time,
    local_moment,
    ngettext,
    to_local,
)
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import holds
from ..activities.agenda import events_between, late_tasks, open_tasks
from ..activities.done import closed_statuses, status_when_done
from ..crm.deals import STALE, Deals, deals_of, open_stages
from ..dashboards.catalog import dashboards_of
from ..dashboards.kept import recent_keys
from ..lists.state import ListState
from ..query.record import Page, Record
from ..query.run import find_titles
from ..records.recent import recent
from ..reports.catalog import RUN
from .blueprint import pages
from .cells import record_url, tones_of
from .display import Shown, asked_paths, nameless_ids, show
from .list_addresses import list_url
from .rows import table_rows
from .scope import Here, here
from .shell import APP_COOKIE, applications, trail

RECENT, TASKS, DEALS, BOARDS = 8, 8, 6, 4
YEAR = 365 * 24 * 3600
DEAL_COLUMNS = ("Name", "StageName", "Amount", "CloseDate")


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that should not be forgotten, and where to see to it."""

    text: str
    url: str
    icon: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event of today."""

    title: str
    url: str
    time: str
    place: str
    about: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class ToDo:
    """An open task."""

    id: str
    title: str
    url: str
    when: str
    about: str
    is_late: bool
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage of the pipeline: `share` of the largest, 0–1."""

    label: str
    tone: int
    count: int
    total: str
    share: float
    url: str


@pages.get("/")
@requires(SIGNED_IN)
def start() -> Response:
    """The way in."""
    return redirect(url_for("pages.home"))


@pages.get("/home")
@requires(SIGNED_IN)
def home() -> str:
    """What the day holds."""
    scope = here()
    trail((_("Home"), ""))
    moment = now()
    today = to_local(moment).date()
    with scope.read() as connection:
        events = _events(connection, scope, today)
        tasks = open_tasks(connection, scope.actor, scope.snapshot, TASKS)
        names = _names(connection, scope, (*events, *tasks))
        deals = deals_of(connection, scope.actor, scope.snapshot)
        context = {
            "meetings": [_meeting(one, names) for one in events],
            "tasks": [_to_do(one, names, today) for one in tasks],
            "deals": _closing(connection, scope, deals, today) if deals else None,
            "pipeline": _pipeline(scope, deals) if deals else [],
            "hints": list(_hints(connection, scope, deals, today)),
            "recent": _recent(connection, scope),
            "boards": _boards(connection, scope),
        }
    return render_template(
        "runtime/home.html",
        greeting=_greeting(scope),
        day=format_by(today, "yMMMMEEEEd"),
        may_complete=status_when_done(scope.snapshot) is not None,
        links=_links(scope),
        **context,
    )


@pages.post("/app/<name>")
@requires(SIGNED_IN)
def switch_app(name: str) -> Response:
    """Chooses the app and goes to its first tab."""
    scope = here()
    app = next((one for one in applications(scope) if one.name == name), None)
    if app is None:
        raise NotFound(name)
    tab = next((scope.snapshot.find("CustomTab", tab) for tab in app.tabs), None)
    url = url_for("pages.list_records", object_name=tab.object) if tab else url_for("pages.home")
    response = make_response(redirect(url))
    response.set_cookie(APP_COOKIE, name, max_age=YEAR, httponly=True, samesite="Lax")
    return response


def _greeting(scope: Here) -> str:
    hour = to_local(now()).hour
    first = scope.actor.name.split()[0] if scope.actor.name else ""
    if hour < 12:
        return _("Good morning, %(name)s", name=first)
    if hour < 18:
        return _("Good afternoon, %(name)s", name=first)
    return _("Good evening, %(name)s", name=first)


def _links(scope: Here) -> dict[str, str]:
    """{object: address of its list, or of a new one as "new Object"}; none of what is not there."""
    found: dict[str, str] = {}
    for name in ("Task", "Event", "Opportunity"):
        if scope.snapshot.find_object(name):
            found[name] = url_for("pages.list_records", object_name=name)
            found[f"new {name}"] = url_for("pages.new_record", object_name=name)
    return found


def _events(connection: Connection, scope: Here, today: date) -> tuple[Record, ...]:
    first, last = local_moment(today), local_moment(today + timedelta(days=1))
    return events_between(connection, scope.actor, scope.snapshot, first, last)


def _names(connection: Connection, scope: Here, records: Iterable[Record]) -> Mapping[str, str]:
    """{id: name} of what the activities are about."""
    ids = {one.values.get(lookup) for one in records for lookup in ("WhatId", "WhoId")}
    return find_titles(connection, scope.actor, scope.snapshot, {i for i in ids if i})


def _about(record: Record, names: Mapping[str, str]) -> str:
    found = (names.get(str(record.values.get(lookup)), "") for lookup in ("WhatId", "WhoId"))
    return next((name for name in found if name), "")


def _meeting(record: Record, names: Mapping[str, str]) -> Meeting:
    values = record.values
    start, end = values["StartDateTime"], values["EndDateTime"]
    whole = values.get("IsAllDayEvent")
    return Meeting(
        str(values.get("Subject") or _("No subject")),
        record_url(record.id),
        _("All day") if whole else format_time(start),
        str(values.get("Location") or ""),
        _about(record, names),
        not whole and end < now(),
    )


def _to_do(record: Record, names: Mapping[str, str], today: date) -> ToDo:
    values = record.values
    due = values.get("ActivityDate")
    return ToDo(
        record.id,
        str(values.get("Subject") or _("No subject")),
        record_url(record.id),
        _due(due, today),
        _about(record, names),
        due is not None and due < today,
        values.get("Priority") == "High",
    )


def _due(due: date | None, today: date) -> str:
    if due is None:
        return ""
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
    return near.get((due - today).days) or format_date(due)


def _closing(connection: Connection, scope: Here, deals: Deals, today: date) -> dict[str, Any]:
    """The deals that matter as a table."""
    known = [n for n in DEAL_COLUMNS if scope.snapshot.find_field("Opportunity", n)]
    columns = tuple(show("Opportunity", name, scope.snapshot) for name in known)
    found = deals.closing(today, DEALS, asked_paths(columns))
    return {"columns": columns, "rows": _rows(connection, scope, columns, found)}


def _rows(
    connection: Connection, scope: Here, columns: tuple[Shown, ...], found: Sequence[Record]
) -> list[dict[str, Any]]:
    titles = find_titles(connection, scope.actor, scope.snapshot, nameless_ids(columns, found))
    obj = scope.snapshot.object("Opportunity")
    return table_rows(obj, columns, Page(tuple(found)), scope, titles)


def _pipeline(scope: Here, deals: Deals) -> list[Bar]:
    sums = deals.pipeline()
    most = max((one.total for one in sums), default=Decimal(0)) or Decimal(1)
    tones = tones_of(scope.snapshot, deals.stage)
    return [
        Bar(
            scope.snapshot.value_label(deals.stage, one.value),
            tones.get(one.value, 8),
            one.count,
            format_compact_currency(one.total),
            float(one.total / most),
            _mine_url(scope, "Opportunity", ("StageName", "equals", one.value)),
        )
        for one in sums
    ]


def _mine_url(scope: Here, object_name: str, *conditions: tuple[str, str, Any]) -> str:
    """The list of the actor's own records under conditions."""
    rows = tuple(Filter(str(n), *one) for n, one in enumerate(conditions, 1))
    state = ListState(filters=rows, is_instead=True, scope="Mine")
    return list_url(scope.snapshot.object(object_name), state)


def _hints(connection: Connection, scope: Here, deals: Deals | None, today: date) -> Iterator[Hint]:
    if n := late_tasks(connection, scope.actor, scope.snapshot, today):
        text = ngettext("%(n)s overdue task", "%(n)s overdue tasks", n)
        done = closed_statuses(scope.snapshot)
        url = _mine_url(
            scope, "Task", ("ActivityDate", "lessThan", "TODAY"), ("Status", "notEqual", done)
        )
        yield Hint(text, url, "clock", is_bad=True)
    if deals is None:
        return
    opened = ("StageName", "equals", open_stages(scope.snapshot))
    if n := deals.late(today):
        text = ngettext("%(n)s deal past its close date", "%(n)s deals past their close date", n)
        url = _mine_url(scope, "Opportunity", ("CloseDate", "lessThan", "TODAY"), opened)
        yield Hint(text, url, "calendar-clock", is_bad=True)
    if n := deals.stale(now()):
        text = ngettext("%(n)s deal untouched for 30 days", "%(n)s deals untouched for 30 days", n)
        before = f"N_DAYS_AGO:{STALE.days}"
        url = _mine_url(scope, "Opportunity", ("LastModifiedDate", "lessThan", before), opened)
        yield Hint(text, url, "hourglass")


def _recent(connection: Connection, scope: Here) -> list[dict[str, Any]]:
    return [
        {
            "url": record_url(one.id),
            "title": one.title,
            "object": scope.snapshot.object(one.object),
            "label": scope.snapshot.label(scope.snapshot.object(one.object)),
            "when": format_ago(one.at, now()),
        }
        for one in recent(connection, scope.actor, scope.snapshot, RECENT)
    ]


def _boards(connection: Connection, scope: Here) -> list[dict[str, Any]]:
    """The dashboards that the person opened last, then the others that they find."""
    if not holds(scope.actor, RUN, scope.snapshot):
        return []
    found = dashboards_of(connection, scope.actor, scope.snapshot).dashboards
    known = {str(one.uid): one for one in found}
    keys = dict.fromkeys((*recent_keys(connection, scope.actor), *known))
    return [
        {
            "url": url_for("pages.dashboard", key=known[key].name),
            "title": scope.snapshot.label(known[key]),
            "about": scope.snapshot.label(known[key], "description"),
        }
        for key in keys
        if key in known
    ][:BOARDS]
