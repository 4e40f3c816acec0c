"""Dashboards: the page that lists them, the page that shows one, and its tiles one by one.

Every tile is asked for by itself, so that a slow report holds up nothing but its own tile. The
choices of the filters stand in the address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.dashboard import Choice, Dashboard
from ...metadata.kinds.report_model import Report
from ...metadata.relative_dates import in_words, is_relative
from ...platform import clock
from ...platform.errors import NotFound, Rejected
from ...platform.i18n import _, format_datetime, format_list, format_time, to_local
from ...platform.web.access import SIGNED_IN, requires
from ..dashboards.catalog import Dashboards, dashboards_of, get_dashboard, may_change
from ..dashboards.filters import offered
from ..dashboards.kept import is_own, note_use, recent_keys, set_deleted
from ..dashboards.saving import delete_shared, undo_save
from ..dashboards.tiles import Tile, run_tile, title_of
from ..reports.catalog import MANAGE, catalog_of, may_build
from ..reports.changes import RunState
from ..reports.charts.figures import Url
from .blueprint import pages
from .display import figure_text
from .feedback import say
from .report_addresses import group_url
from .scope import Here, here
from .shell import trail

RECENT, MINE, ALL = "recent", "mine", "all"
FILTER = "f."  # before the id of a filter in addresses
COLUMN = 92  # pixels, about, where the page does not say how wide a tile is
NARROWEST, WIDEST = 200, 1800


@pages.get("/dashboards")
@requires(SIGNED_IN)
def dashboards() -> str:
    """The dashboards that the person finds: all, opened lately, their own, or of a folder."""
    scope = here()
    chosen, words = request.args.get("in", ALL), request.args.get("q", "").strip()
    with scope.read() as connection:
        catalog = dashboards_of(connection, scope.actor, scope.snapshot)
        recent = recent_keys(connection, scope.actor)
    rows = [_row(scope, one) for one in _chosen(catalog, chosen, recent)]
    if words:
        folded = words.casefold()
        rows = [r for r in rows if folded in f"{r['label']} {r['description']}".casefold()]
    trail((_("Dashboards"), ""), active="dashboards")
    return render_template(
        "runtime/dashboards.html", rows=rows, words=words, chosen=chosen,
        places=_places(scope, catalog, chosen, recent),
        may_build=may_build(scope.actor, scope.snapshot),
    )  # fmt: skip


def _chosen(catalog: Dashboards, chosen: str, recent: tuple[str, ...]) -> list[Dashboard]:
    if chosen == RECENT:
        known = {str(one.uid): one for one in catalog.dashboards}
        return [known[key] for key in recent if key in known]
    if chosen == MINE:
        return [one for one in catalog.dashboards if is_own(one)]
    if chosen == ALL:
        return list(catalog.dashboards)
    return [one for one in catalog.dashboards if one.folder == chosen and not is_own(one)]


def _places(
    scope: Here, catalog: Dashboards, chosen: str, recent: tuple[str, ...]
) -> list[tuple[str, str, bool, int]]:
    """(label, address, is shown, number) of each place dashboards lie in."""
    found = [(ALL, _("All dashboards")), (RECENT, _("Recent")), (MINE, _("My dashboards"))]
    found += [(folder.name, scope.snapshot.label(folder)) for folder in catalog.folders]
    return [
        (label, f"{url_for('pages.dashboards')}?{urlencode({'in': name})}", name == chosen,
         len(_chosen(catalog, name, recent)))
        for name, label in found
    ]  # fmt: skip


def _row(scope: Here, dashboard: Dashboard) -> dict[str, Any]:
    snapshot = scope.snapshot
    return {
        "label": snapshot.label(dashboard),
        "description": snapshot.label(dashboard, "description"),
        "url": url_for("pages.dashboard", key=dashboard.name),
        "folder": folder_label(scope, dashboard),
        "count": len(dashboard.components),
    }


def folder_label(scope: Here, dashboard: Dashboard) -> str:
    """Where the dashboard lies, in words."""
    folder = scope.snapshot.find("DashboardFolder", dashboard.folder)
    return _("My dashboards") if folder is None else scope.snapshot.label(folder)


# -- one dashboard -------------------------------------------------------------------------------


@pages.get("/dashboards/<key>")
@requires(SIGNED_IN)
def dashboard(key: str) -> str:
    """The dashboard: its filters, and a place for each tile; `print=1` for paper, all at once."""
    scope = here()
    is_paper = bool(request.args.get("print"))
    with scope.read() as connection:
        found, level = get_dashboard(connection, scope.actor, scope.snapshot, key)
        tiles = _papers(connection, scope, found) if is_paper else {}
        titles = _titles(connection, scope, found)
    if not is_paper:
        note_use(scope.org_db, scope.actor, found)
    label = scope.snapshot.label(found)
    trail((_("Dashboards"), url_for("pages.dashboards")), (label, ""), active="dashboards")
    query = urlencode(_asked_parameters())
    return render_template(
        "runtime/dashboard_print.html" if is_paper else "runtime/dashboard.html",
        dashboard=found, label=label, description=scope.snapshot.label(found, "description"),
        folder=folder_label(scope, found), filters=_filters(scope, found), tiles=tiles,
        titles=titles,
        may_edit=may_change(level), may_delete=level == MANAGE,
        may_build=may_build(scope.actor, scope.snapshot),
        at=format_datetime(clock.now(), "short"), query=f"?{query}" if query else "",
        here_url=request.full_path.rstrip("?"),
    )  # fmt: skip


def _titles(connection: Any, scope: Here, found: Dashboard) -> dict[str, str]:
    """What the tiles are called; a report that the reader may not see is not named."""
    catalog = catalog_of(connection, scope.actor, scope.snapshot)
    labels = {one.name: scope.snapshot.label(one) for one in catalog.reports}
    return {
        one.id: title_of(found, one, scope.snapshot) or labels.get(one.report, "")
        for one in found.components
    }


def _papers(connection: Any, scope: Here, found: Dashboard) -> dict[str, Tile]:
    return {
        one.id: run_tile(
            connection, scope.actor, scope.snapshot, found, one, chosen_here(), links_of(scope),
            one.width * 80 - 24,
        )
        for one in found.components
    }  # fmt: skip


def chosen_here() -> dict[str, int]:
    """{id of a filter: number of its choice}, as the address says."""
    return {name.removeprefix(FILTER): int(text) for name, text in _asked_parameters()}


def _asked_parameters() -> list[tuple[str, str]]:
    return [
        (name, text)
        for name, text in request.args.items()
        if name.startswith(FILTER) and text.isascii() and text.isdigit() and len(text) < 4
    ]


def _filters(scope: Here, found: Dashboard) -> list[dict[str, Any]]:
    """The filters with the address of each choice."""
    chosen = chosen_here()
    rows = []
    for one in offered(found, scope.actor, scope.snapshot):
        number = chosen.get(one.filter.id)
        choices = [
            (choice.label or _choice_label(scope, one.field, choice),
             _address(found, chosen | {one.filter.id: n}), n == number)
            for n, choice in enumerate(one.choices)
        ]  # fmt: skip
        rows.append({
            "label": one.filter.label or scope.snapshot.label(one.field),
            "now": next((label for label, _url, is_now in choices if is_now), ""),
            "icon": one.field.field_type.icon, "choices": choices,
            "all_url": _address(found, {k: v for k, v in chosen.items() if k != one.filter.id}),
        })  # fmt: skip
    return rows


def _choice_label(scope: Here, field: CustomField, choice: Choice) -> str:
    value = choice.value
    if isinstance(value, str) and is_relative(value):
        return in_words(value)
    if isinstance(value, list):
        return format_list([figure_text(scope.snapshot, field, part) for part in value])
    return figure_text(scope.snapshot, field, value)


def _address(found: Dashboard, chosen: dict[str, int]) -> str:
    query = urlencode({f"{FILTER}{id_}": number for id_, number in chosen.items()})
    url = url_for("pages.dashboard", key=found.name)
    return f"{url}?{query}" if query else url


@pages.get("/dashboards/<key>/tiles/<tile>")
@requires(SIGNED_IN)
def dashboard_tile(key: str, tile: str) -> str:
    """One tile, run now with the rights of its reader; `w` says how wide it is."""
    scope = here()
    with scope.read() as connection:
        found, _level = get_dashboard(connection, scope.actor, scope.snapshot, key)
        component = found.component(tile)
        if component is None:
            raise NotFound(tile)
        made = run_tile(
            connection, scope.actor, scope.snapshot, found, component, chosen_here(),
            links_of(scope), asked_width(component.width),
        )  # fmt: skip
    at = format_time(to_local(clock.now()))
    return render_template("runtime/dashboard_tile.html", tile=made, at=at)


def asked_width(columns: int) -> int:
    """How wide the page says that the tile is."""
    text = request.args.get("w", "")
    width = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else columns * COLUMN
    return min(max(width, NARROWEST), WIDEST)


def links_of(_scope: Here) -> Any:
    """What leads from a chart to the rows behind it: the report, narrowed as the dashboard is."""

    def links(saved: Report, now: Report) -> Url:
        is_narrow = now.filters != saved.filters
        state = (
            RunState(filters=now.filters, is_changed=True, logic=now.boolean_filter)
            if is_narrow
            else RunState()
        )
        return lambda down, across: group_url(saved, state, down, across)

    return links


# -- away ----------------------------------------------------------------------------------------


@pages.post("/dashboards/<key>/delete")
@requires(SIGNED_IN)
def delete_dashboard(key: str) -> Response:
    """Puts a dashboard away; one's own can be brought back by the toast."""
    scope = here()
    with scope.read() as connection:
        found, level = get_dashboard(connection, scope.actor, scope.snapshot, key)
    label = scope.snapshot.label(found)
    if is_own(found):
        scope.org_db.transact(lambda conn: set_deleted(conn, scope.actor, key, deleted=True))
        undo = url_for("pages.restore_dashboard", key=key)
        say(_("%(name)s deleted.", name=label), undo=undo, undo_label=_("Undo"))
    else:
        delete_shared(scope.org_db, scope.actor, scope.snapshot, found, level)
        say(_("%(name)s deleted.", name=label))
    return redirect(url_for("pages.dashboards"))


@pages.post("/dashboards/<key>/restore")
@requires(SIGNED_IN)
def restore_dashboard(key: str) -> Response:
    """Brings back a dashboard of one's own."""
    scope = here()
    scope.org_db.transact(lambda conn: set_deleted(conn, scope.actor, key, deleted=False))
    return redirect(url_for("pages.dashboard", key=key))


@pages.post("/dashboards/<key>/undo")
@requires(SIGNED_IN)
def undo_dashboard(key: str) -> Response:
    """Takes the last change of a dashboard back."""
    scope = here()
    with scope.read() as connection:
        found, _level = get_dashboard(connection, scope.actor, scope.snapshot, key)
    token = request.args.get("token", "")
    try:
        undo_save(scope.org_db, scope.actor, scope.snapshot, found, token)
    except Rejected as refusal:
        say(" ".join(problem.sentence for problem in refusal.problems), kind="bad")
    else:
        say(_("Taken back."))
    return redirect(url_for("pages.dashboard", key=key))
