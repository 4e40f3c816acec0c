"""The charts of reports on pages: drawn with links to the rows behind, and named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...metadata.kinds.report_model import Report
from ...metadata.kinds.report_schema import CHARTS, ROW_COUNT
from ...metadata.kinds.report_type import ReportType
from ...platform.i18n import _
from ..reports.changes import RunState
from ..reports.charts.chart import Chart, draw_chart
from ..reports.planning import label_of
from ..reports.result import ReportResult
from .report_addresses import group_url
from .report_words import readable_chain
from .scope import Here

ICONS = {
    "bar": "align-left", "barStacked": "align-left", "barGrouped": "align-left",
    "line": "trending-up", "lineCumulative": "trending-up", "pie": "circle-dot",
    "donut": "circle-dot", "funnel": "list-filter", "gauge": "timer", "metric": "hash",
    "heat": "layout-grid", "scatter": "sparkles",
}  # fmt: skip


def chart_labels() -> dict[str, str]:
    """What the kinds of charts are called."""
    words = {
        "bar": _("Bars"), "barStacked": _("Stacked bars"), "barGrouped": _("Grouped bars"),
        "column": _("Columns"), "columnStacked": _("Stacked columns"),
        "columnGrouped": _("Grouped columns"), "line": _("Line"),
        "lineCumulative": _("Cumulative line"), "combination": _("Columns and line"),
        "pie": _("Pie"), "donut": _("Donut"), "funnel": _("Funnel"), "scatter": _("Scatter"),
        "gauge": _("Gauge"), "metric": _("Figure"), "heat": _("Heat table"),
    }  # fmt: skip
    return {name: words[name] for name in CHARTS}


def chart_choices() -> list[tuple[str, str, str]]:
    """(value, label, icon) of every kind of chart."""
    return [
        (name, label, ICONS.get(name, "chart-column")) for name, label in chart_labels().items()
    ]


def chart_on_page(
    scope: Here, saved: Report, now: Report, state: RunState, result: ReportResult | None
) -> dict[str, Any]:
    """The chart that stands on the report's page, and where; nothing where it has none."""
    setting = now.chart
    if result is None or state.down or state.across or not setting.get("isShown", bool(setting)):
        return {}
    chart = chart_for(scope, saved, state, result, setting, (860, 330))
    return {"chart": chart, "chart_position": setting.get("position", "top")}


def chart_for(
    scope: Here, saved: Report, state: RunState, result: ReportResult, setting: Mapping[str, Any],
    widths: tuple[int, ...], height: int = 280,
) -> Chart:  # fmt: skip
    """A chart of the report whose parts lead to the rows behind them."""

    def url(down: Any, across: Any) -> str:
        return group_url(saved, state, down, across)

    return draw_chart(result, setting, scope.snapshot, url, widths, height)


def measure_choices(scope: Here, type_: ReportType, report: Report) -> list[tuple[str, str]]:
    """(name, label) of the totals that a chart may show."""
    words = {
        "Sum": _("Sum"), "Average": _("Average"), "Minimum": _("Lowest"), "Maximum": _("Highest"),
        "Unique": _("Different values"),
    }  # fmt: skip
    found = [(ROW_COUNT, _("Number of records"))]
    for column in report.columns:
        if report.bucket(column.field) or readable_chain(scope, type_, column.field) is None:
            continue
        label = label_of(scope.snapshot, type_, column.field)
        found += [
            (f"{column.field}:{name}",
             _("%(aggregate)s of %(field)s", aggregate=words[name], field=label))
            for name in column.aggregates
        ]  # fmt: skip
    return found


def group_choices(scope: Here, type_: ReportType, report: Report) -> list[tuple[str, str]]:
    """(path, label) of the groups that a chart may split its values by."""
    found = [("", _("None"))]
    for grouping in report.groupings[1:]:
        bucket = report.bucket(grouping.field)
        if bucket is not None:
            found.append((grouping.field, bucket.label))
        elif readable_chain(scope, type_, grouping.field) is not None:
            found.append((grouping.field, label_of(scope.snapshot, type_, grouping.field)))
    return found
