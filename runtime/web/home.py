"""Home: where a person starts: their own open records and what they looked at last."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ...platform.clock import now
from ...platform.errors import NotFound
from ...platform.i18n import _, format_ago, to_local
from ...platform.web.access import SIGNED_IN, requires
from ..query.request import Order, Query, Scope
from ..query.run import find_titles, run
from ..records.recent import recent
from .blueprint import pages
from .display import asked_paths, nameless_ids, show
from .records import table_rows
from .scope import Here, here
from .shell import APP_COOKIE, applications, trail

RECENT = 8
YEAR = 365 * 24 * 3600
OBJECTS = ("Opportunity", "Task", "Lead")
TELLING = (
    "Name",
    "Subject",
    "StageName",
    "Status",
    "Amount",
    "CloseDate",
    "ActivityDate",
    "Company",
)


@pages.get("/")
@requires(SIGNED_IN)
def start() -> Response:
    """The way in."""
    return redirect(url_for("pages.home"))


@pages.get("/home")
@requires(SIGNED_IN)
def home() -> str:
    """Recently viewed records, and for the objects that people own their newest ones."""
    scope = here()
    trail((_("Home"), ""))
    with scope.read() as connection:
        seen = recent(connection, scope.actor, scope.snapshot, RECENT)
        cards = [_mine(connection, scope, name) for name in OBJECTS]
    rows = [
        {
            "url": url_for("pages.record", record_id=one.id),
            "title": one.title,
            "object": scope.snapshot.object(one.object),
            "label": scope.snapshot.label(scope.snapshot.object(one.object)),
            "when": format_ago(one.at, now()),
        }
        for one in seen
    ]
    return render_template(
        "runtime/home.html", greeting=_greeting(scope), recent=rows, cards=[c for c in cards if c]
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


def _mine(connection: Any, scope: Here, object_name: str) -> dict[str, Any] | None:
    """The actor's records of an object by its default list view's columns, newest first."""
    obj = scope.snapshot.find_object(object_name)
    if obj is None:
        return None
    compact = [name for name in TELLING if scope.snapshot.find_field(obj.name, name)]
    columns = tuple(show(obj.name, name, scope.snapshot) for name in compact[:4])
    query = Query(
        obj.name,
        asked_paths(columns),
        order=(Order("LastModifiedDate", descending=True),),
        limit=6,
        scope=Scope.MINE,
    )
    page = run(connection, scope.actor, query, scope.snapshot)
    titles = find_titles(
        connection, scope.actor, scope.snapshot, nameless_ids(columns, page.records)
    )
    return {
        "object": obj,
        "label": _("My %(objects)s", objects=scope.snapshot.label(obj, "pluralLabel")),
        "columns": columns,
        "rows": table_rows(obj, columns, page, scope, titles),
        "url": url_for("pages.list_records", object_name=obj.name),
    }
