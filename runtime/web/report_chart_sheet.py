"""The sheet that chooses the chart of a report.

Who may change the report saves the chart with it; everybody else has it in the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.report_model import Report
from ...platform.errors import Denied, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..reports.catalog import may_build, may_change
from ..reports.changes import chart_text, read_chart
from ..reports.saving import content_of, save_report
from .blueprint import pages
from .feedback import say
from .report_addresses import report_url
from .report_charts import chart_choices, group_choices, measure_choices
from .reports import Opened, open_report, report_page
from .scope import Here, here

Answer = str | Response | tuple[str, int]
NONE = "none"


@pages.route("/reports/<key>/chart", methods=["GET", "POST"])
@requires(SIGNED_IN)
def report_chart(key: str) -> Answer:
    """The sheet that chooses a chart; who may change the report saves it so."""
    scope = here()
    if request.method == "GET":
        return _sheet(scope, key)
    form = request.form
    kind = form.get("chart_type", NONE)
    parts = (kind, form.get("measure", ""), form.get("second", ""), form.get("position", ""))
    text = "-" if kind == NONE else ";".join(parts).rstrip(";")
    with scope.read() as connection:
        opened = open_report(connection, scope, key)
    try:
        chart = read_chart(text, opened.now)
        if not _may_save(scope, opened):
            return redirect(report_url(opened.saved, replace(opened.state.first_page, chart=text)))
        _save(scope, opened.saved, chart)
    except Rejected as refusal:
        return _sheet(scope, key, refusal.problems), 422
    say(
        _("The chart was saved with the report."), undo_label=_("Undo"),
        undo=url_for("pages.undo_chart", key=key, chart=chart_text(opened.saved.chart)),
    )  # fmt: skip
    return redirect(report_url(opened.saved, replace(opened.state.first_page, chart="")))


@pages.post("/reports/<key>/chart/undo")
@requires(SIGNED_IN)
def undo_chart(key: str) -> Answer:
    """Gives the report the chart that it had."""
    scope = here()
    with scope.read() as connection:
        opened = open_report(connection, scope, key)
    if not _may_save(scope, opened):
        raise Denied(_("You may not change this report; save it as one of your own."))
    _save(scope, opened.saved, read_chart(request.args.get("chart", "-"), opened.saved))
    return redirect(report_url(opened.saved))


def _may_save(scope: Here, opened: Opened) -> bool:
    return may_build(scope.actor, scope.snapshot) and may_change(opened.saved, opened.level)


def _save(scope: Here, report: Report, chart: Mapping[str, Any]) -> None:
    document = content_of(report.document)
    document.pop("chart", None)
    document |= {"chart": dict(chart)} if chart else {}
    save_report(scope.org_db, scope.actor, scope.snapshot, report, document)


def _sheet(scope: Here, key: str, problems: tuple[Problem, ...] = ()) -> str:
    with scope.read() as connection:
        opened = open_report(connection, scope, key)
    chart = opened.now.chart
    measures = chart.get("measures") or ("",)
    return report_page(
        key, "runtime/report_chart.html", problems=problems,
        types=[(NONE, _("No chart"), "minus"), *chart_choices()],
        type_now=chart.get("chartType", NONE) if chart.get("isShown", True) else NONE,
        measures=measure_choices(scope, opened.type, opened.now), measure_now=measures[0],
        groups=group_choices(scope, opened.type, opened.now),
        second_now=chart.get("secondGroup", ""), position_now=chart.get("position", "top"),
        will_save=_may_save(scope, opened),
        post_url=report_url(opened.saved, opened.state.first_page, "pages.report_chart"),
    )  # fmt: skip
