"""Stars on records, lists, reports and dashboards, and the page where a person orders them."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.report_type import find_type
from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.ids import is_id
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.redirects import safe_next
from ..access.permissions import holds
from ..dashboards.catalog import dashboards_of
from ..favourites import DASHBOARD, REPORT, add, favourites_of, is_favourite, move, remove
from ..lists.kept import kept_of
from ..lists.views import RECENT, views_of
from ..reports.catalog import RUN, catalog_of
from .blueprint import pages
from .feedback import say
from .scope import Here, here
from .shell import favourite_item, trail


@pages.get("/favourites")
@requires(SIGNED_IN)
def favourites() -> str:
    """What the person has starred, to be ordered and removed."""
    scope = here()
    with scope.read() as connection:
        found = favourites_of(connection, scope.actor, scope.snapshot)
    trail((_("Favourites"), ""))
    rows = [(one, favourite_item(one), _kind(scope, one.object)) for one in found]
    return render_template("runtime/favourites.html", rows=rows)


def _kind(scope: Here, obj: CustomObject | None) -> str:
    return scope.snapshot.label(obj, "pluralLabel") if obj else _("Dashboards")


@pages.post("/favourites/toggle")
@requires(SIGNED_IN)
def toggle_favourite() -> Response:
    """Stars a record, a view of an object, a report or a dashboard, or takes the star away."""
    scope = here()
    target = request.values.get("target", "")

    def work(conn: Connection) -> None:
        if is_favourite(conn, scope.actor, target):
            remove(conn, scope.actor, target)
        else:
            add(conn, scope.actor, scope.snapshot, _object_of(conn, scope, target), target)

    scope.org_db.transact(work)
    return redirect(safe_next(request.values.get("back"), url_for("pages.favourites")))


def _object_of(conn: Connection, scope: Here, target: str) -> CustomObject | None:
    """The object of a record, or the posted one that has the view; raises NotFound.

    None of a dashboard.
    """
    if target.startswith(DASHBOARD):
        _require_dashboard(conn, scope, target.removeprefix(DASHBOARD))
        return None
    if is_id(target):
        return scope.snapshot.object_of_id(target)
    if target.startswith(REPORT):
        report = catalog_of(conn, scope.actor, scope.snapshot).find(target.removeprefix(REPORT))
        type_ = find_type(scope.snapshot, report.report_type) if report else None
        if type_ is None:
            raise NotFound(target)
        return scope.object(type_.object)
    obj = scope.object(request.values.get("object", ""))
    kept = kept_of(conn, scope.actor, scope.snapshot, obj)
    views = (*views_of(scope.snapshot, obj.name), *kept.views)
    if target != RECENT and not any(view.uid == target for view in views):
        raise NotFound(target)
    return obj


def _require_dashboard(conn: Connection, scope: Here, uid: str) -> None:
    may_run = holds(scope.actor, RUN, scope.snapshot)
    found = dashboards_of(conn, scope.actor, scope.snapshot).dashboards if may_run else ()
    if not any(one.uid == uid for one in found):
        raise NotFound(uid)


@pages.post("/favourites/move")
@requires(SIGNED_IN)
def move_favourite() -> Response:
    """Puts a favourite at another place: `to` counts from 0."""
    scope = here()
    target, to = request.form.get("target", ""), request.form.get("to", "")
    if not to.lstrip("-").isdecimal() or len(to) > 4:
        raise NotFound(to)
    scope.org_db.transact(lambda conn: move(conn, scope.actor, target, int(to)))
    return redirect(url_for("pages.favourites"))


@pages.post("/favourites/remove")
@requires(SIGNED_IN)
def remove_favourite() -> Response:
    """Takes a star away; the toast offers to give it back."""
    scope = here()
    target, name = request.form.get("target", ""), request.form.get("object", "")
    scope.org_db.transact(lambda conn: remove(conn, scope.actor, target))
    undo = url_for("pages.toggle_favourite", target=target, object=name)
    say(_("Removed from the favourites."), undo=undo, undo_label=_("Undo"))
    return redirect(url_for("pages.favourites"))
