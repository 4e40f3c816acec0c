"""Puts the chart of a report onto a dashboard, from the page of the report."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.dashboard import MOST_COMPONENTS, Dashboard
from ...metadata.kinds.report_schema import CHARTS
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.ids import new_id
from ...platform.web.access import SIGNED_IN, requires
from ..dashboards.catalog import dashboards_of, get_dashboard
from ..dashboards.kept import is_own, recent_keys
from ..dashboards.saving import save_dashboard, save_new
from ..lists.kept import OWN
from ..reports.catalog import get_report, may_build
from ..reports.charts.figures import default_chart
from ..reports.kept import PRIVATE
from ..reports.running import run_report
from ..reports.saving import content_of
from .blueprint import pages
from .feedback import say
from .report_addresses import report_url
from .report_charts import chart_choices
from .scope import Here, here
from .shell import trail

Answer = str | Response | tuple[str, int]
NEW = "new"
#: {chart type: (columns, rows)} of a new tile
SIZES = {"metric": (3, 1), "gauge": (4, 2), "pie": (4, 2), "donut": (4, 2), "heat": (6, 3)}
USUAL = (6, 2)


@pages.route("/reports/<key>/dashboard", methods=["GET", "POST"])
@requires(SIGNED_IN)
def add_to_dashboard(key: str) -> Answer:
    """The sheet that asks for a dashboard and a kind of chart; posting it adds the tile."""
    scope = here()
    if not may_build(scope.actor, scope.snapshot):
        raise Denied(_("You may not build dashboards."))
    if request.method == "GET":
        return _sheet(scope, key)
    try:
        return _add(scope, key)
    except Rejected as refusal:
        return _sheet(scope, key, refusal.problems), 422


def _sheet(scope: Here, key: str, problems: tuple[Problem, ...] = ()) -> str:
    snapshot, form = scope.snapshot, request.form
    with scope.read() as connection:
        report, _level = get_report(connection, scope.actor, snapshot, key)
        found = dashboards_of(connection, scope.actor, snapshot).changeable()
        recent = recent_keys(connection, scope.actor)
        chart = dict(report.chart)
        if "chartType" not in chart:
            try:
                chart = default_chart(run_report(connection, scope.actor, snapshot, report))
            except Rejected:
                chart = {"chartType": "metric"}
    is_private = report.name.startswith(OWN)
    found = tuple(one for one in found if is_own(one) or not is_private)
    known = {str(one.uid): one.name for one in found}
    latest = next((known[uid] for uid in recent if uid in known), NEW)
    label = snapshot.label(report)
    trail((_("Reports"), url_for("pages.reports")), (label, ""), active="reports")
    alone = bool(request.headers.get("X-Sheet"))
    return render_template(
        "runtime/dashboard_add.html", base="runtime/page.html", alone=alone, problems=problems,
        label=label, report=report, back_url=report_url(report),
        choices=[*((one.name, snapshot.label(one)) for one in found), (NEW, _("A new dashboard"))],
        chosen=form.get("dashboard", latest), types=chart_choices(), promise=new_id("0RP"),
        type_now=form.get("chart_type", chart["chartType"]),
        new_label=form.get("new_label", "") or _("My dashboard"), title=form.get("title", ""),
    )  # fmt: skip


def _add(scope: Here, key: str) -> Response:
    snapshot, form = scope.snapshot, request.form
    kind = form.get("chart_type", "")
    if kind not in CHARTS:
        raise NotFound(kind)
    chosen = form.get("dashboard", NEW)
    with scope.read() as connection:
        report, _level = get_report(connection, scope.actor, snapshot, key)
        found = None if chosen == NEW else get_dashboard(connection, scope.actor, snapshot, chosen)
    row = tile_of(report.name, kind, form.get("title", "").strip(), found[0] if found else None)
    if found is None:
        document = {"label": form.get("new_label", ""), "components": [row]}
        promise = form.get("promise", "")
        name = save_new(scope.org_db, scope.actor, snapshot, document, PRIVATE, promise)
        say(_("%(name)s is on a dashboard of your own now.", name=snapshot.label(report)))
        return redirect(url_for("pages.dashboard", key=name))
    dashboard = found[0]
    document = content_of(dashboard.document)
    rows = [*document.get("components", ()), row]
    if len(rows) > MOST_COMPONENTS:
        text = _("A dashboard has at most %(n)s tiles.", n=MOST_COMPONENTS)
        raise Rejected(Problem("dashboard.full", ("components",), text))
    token = save_dashboard(
        scope.org_db, scope.actor, snapshot, dashboard, {**document, "components": rows}
    )
    undo = url_for("pages.undo_dashboard", key=dashboard.name, token=token)
    text = _("%(name)s was added.", name=snapshot.label(report))
    say(text, undo=undo, undo_label=_("Undo"))
    return redirect(url_for("pages.dashboard", key=dashboard.name))


def tile_of(report: str, kind: str, title: str, dashboard: Dashboard | None) -> dict[str, Any]:
    """A new component of a dashboard, under an id that no other has."""
    taken = {one.id for one in dashboard.components} if dashboard else set[str]()
    id_ = next(str(n) for n in range(1, len(taken) + 2) if str(n) not in taken)
    width, height = SIZES.get(kind, USUAL)
    found = {"id": id_, "report": report, "width": width, "height": height,
             "chart": {"chartType": kind}}  # fmt: skip
    return found | ({"title": title} if title else {})
