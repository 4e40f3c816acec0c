"""The editor of dashboards: tiles on the grid, moved and sized by buttons and keys.

The page edits one document and draws each tile on real rows, under the rights of its reader; saving
checks what the kind checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.checks import check_document
from ...metadata.kinds import KINDS
from ...metadata.kinds.dashboard import Dashboard
from ...metadata.kinds.report_folder import EDIT, MANAGE
from ...platform import clock
from ...platform.errors import Denied, Problem, Rejected, require
from ...platform.i18n import _, format_time, to_local
from ...platform.ids import new_id
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, holds, may, readable
from ..dashboards.catalog import dashboards_of, get_dashboard, may_change
from ..dashboards.saving import save_dashboard, save_new
from ..dashboards.tiles import run_tile
from ..lists.saving import new_key
from ..reports.catalog import catalog_of, may_build
from ..reports.kept import PRIVATE
from ..reports.saving import content_of
from .blueprint import pages
from .dashboards import asked_width, links_of
from .feedback import say
from .report_charts import chart_labels
from .scope import Here, here
from .shell import trail

Answer = str | Response | tuple[str | Response, int]
FILTERED = ("Picklist", "MultiselectPicklist", "Checkbox")


def _editor() -> Here:
    scope = here()
    if not may_build(scope.actor, scope.snapshot):
        raise Denied(_("You may not build dashboards."))
    return scope


@pages.get("/dashboards/new")
@requires(SIGNED_IN)
def new_dashboard() -> str:
    """The editor on nothing, or with `source` on a copy of a dashboard."""
    scope = _editor()
    document: dict[str, Any] = {"label": _("New dashboard")}
    if source := request.args.get("source", ""):
        with scope.read() as connection:
            found, _level = get_dashboard(connection, scope.actor, scope.snapshot, source)
        label = _("%(name)s (copy)", name=scope.snapshot.label(found))
        document = {**content_of(found.document), "label": label}
        document.pop("runningUser", None)
    return _page(scope, document)


@pages.get("/dashboards/<key>/edit")
@requires(SIGNED_IN)
def edit_dashboard(key: str) -> str:
    """The editor on a dashboard that is there."""
    scope = _editor()
    with scope.read() as connection:
        found, level = get_dashboard(connection, scope.actor, scope.snapshot, key)
    if not may_change(level):
        raise Denied(_("You may not change the dashboards of this folder."))
    return _page(scope, content_of(found.document), found)


def _page(scope: Here, document: Mapping[str, Any], saved: Dashboard | None = None) -> str:
    snapshot = scope.snapshot
    with scope.read() as connection:
        reports = catalog_of(connection, scope.actor, snapshot).reports
        found = dashboards_of(connection, scope.actor, snapshot)
    label = str(document.get("label", ""))
    trail((_("Dashboards"), url_for("pages.dashboards")), (label, ""), active="dashboards")
    folders = [(PRIVATE, _("My dashboards"))]
    folders += [(one.name, snapshot.label(one)) for one in found.folders
                if found.levels[one.name] in (EDIT, MANAGE)]  # fmt: skip
    listed = [{"name": one.name, "label": snapshot.label(one),
               "chart": one.chart.get("chartType", "")} for one in reports]  # fmt: skip
    is_shared = saved is not None and saved.folder != PRIVATE
    return render_template(
        "runtime/dashboard_editor.html", label=label, document=document, reports=listed,
        fields=_filter_fields(scope), charts=list(chart_labels().items()), folders=folders,
        promise=new_id("0RP"), is_shared=is_shared,
        may_choose_user=holds(scope.actor, "ViewAllData", snapshot),
        save_url=url_for("pages.save_edited_dashboard", key=saved.name) if saved else "",
        close_url=(
            url_for("pages.dashboard", key=saved.name) if saved else url_for("pages.dashboards")
        ),
    )  # fmt: skip


def _filter_fields(scope: Here) -> list[tuple[str, str]]:
    """(full name, label) of the fields that filters offer: those with few values."""
    snapshot, found = scope.snapshot, list[tuple[str, str]]()
    for obj in snapshot.objects():
        if not may(scope.actor, Operation.READ, obj, snapshot):
            continue
        for field in snapshot.fields(obj.name).values():
            if field.type in FILTERED[:2] and readable(scope.actor, field, snapshot):
                label = _("%(object)s: %(field)s", object=snapshot.label(obj),
                          field=snapshot.label(field))  # fmt: skip
                found.append((f"{obj.name}.{field.local_name}", label))
    return sorted(found, key=lambda one: one[1].casefold())


@pages.post("/dashboards/preview")
@requires(SIGNED_IN)
def preview_tile() -> Answer:
    """One component as it would be shown."""
    scope = _editor()
    row = _sent().get("component")
    try:
        dashboard = _read({"label": "draft", "components": [row]})
        with scope.read() as connection:
            made = run_tile(
                connection, scope.actor, scope.snapshot, dashboard, dashboard.components[0], {},
                links_of(scope), asked_width(dashboard.components[0].width),
            )  # fmt: skip
    except Rejected as refusal:
        return _refused(refusal)
    at = format_time(to_local(clock.now()))
    return render_template("runtime/dashboard_tile.html", tile=made, at=at)


@pages.post("/dashboards/new")
@requires(SIGNED_IN)
def save_new_dashboard() -> Answer:
    """Saves the document as a new dashboard in the folder that was chosen."""
    scope = _editor()
    sent = _sent()
    try:
        document = _read(sent.get("document")).document
        folder, promise = str(sent.get("folder") or PRIVATE), str(sent.get("promise") or "")
        is_promise = promise.startswith("0RP") and len(promise) == 18
        key = save_new(
            scope.org_db, scope.actor, scope.snapshot, document, folder,
            promise if is_promise else new_key(),
        )  # fmt: skip
    except Rejected as refusal:
        return _refused(refusal)
    say(_("%(name)s saved.", name=document["label"]))
    return jsonify({"url": url_for("pages.dashboard", key=key)})


@pages.put("/dashboards/<key>/edit")
@requires(SIGNED_IN)
def save_edited_dashboard(key: str) -> Answer:
    """Saves the document as what the dashboard is from now on; the toast takes it back."""
    scope = _editor()
    with scope.read() as connection:
        saved, _level = get_dashboard(connection, scope.actor, scope.snapshot, key)
    try:
        document = _read(_sent().get("document")).document
        token = save_dashboard(scope.org_db, scope.actor, scope.snapshot, saved, document)
    except Rejected as refusal:
        return _refused(refusal)
    undo = url_for("pages.undo_dashboard", key=key, token=token) if token else ""
    say(_("%(name)s saved.", name=document["label"]), undo=undo, undo_label=_("Undo"))
    return jsonify({"url": url_for("pages.dashboard", key=key)})


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


def _read(document: Any) -> Dashboard:
    """The dashboard of a document that was sent; raises Rejected where it does not fit."""
    if not isinstance(document, dict):
        message = _("This dashboard is not understood.")
        raise Rejected(Problem("dashboard.document", (), message))
    whole = {**content_of(document), "kind": "Dashboard", "uid": "draft", "name": "draft",
             "folder": PRIVATE}  # fmt: skip
    require(check_document(whole))
    found: Dashboard = KINDS.get("Dashboard").parse(whole)
    return found


def _refused(refusal: Rejected) -> Answer:
    return jsonify({"problems": [problem.sentence for problem in refusal.problems]}), 422
