"""What can be wrong with a report in a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _
from .base import check_ids
from .list_view import Filter, check_filter, check_logic
from .report_formulas import check_summaries
from .report_model import MOST_DOWN, Grouping, Report, path_at, path_places
from .report_schema import ROW_COUNT
from .report_type import ReportType, check_typed_path, find_type, resolve_typed

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

DAYS = ("Date", "DateTime")
#: {aggregate of a report: function of a query}
FUNCTIONS = {
    "Sum": "sum", "Average": "avg", "Minimum": "min", "Maximum": "max", "Unique": "count_distinct",
}  # fmt: skip


def check_report(report: Report, snapshot: Snapshot) -> tuple[Problem, ...]:
    """Every problem of the report."""
    type_ = find_type(snapshot, report.report_type)
    if type_ is None:
        message = _("There is no report type %(name)s.", name=repr(report.report_type))
        hint = did_you_mean(report.report_type, (o.name for o in snapshot.objects()))
        return (Problem("report.type", ("reportType",), message, hint),)
    return tuple(_problems(report, type_, snapshot))


def _problems(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Problem]:
    yield from _check_places(report, snapshot)
    yield from _check_shape(report)
    lost = list(_check_paths(report, type_, snapshot))
    yield from lost
    yield from check_logic(report)
    yield from check_ids((row.id for row in report.filters), "filters")
    yield from check_ids((one.name for one in report.buckets), "buckets")
    yield from check_ids((one.name for one in report.formulas), "aggregates")
    yield from _check_crossing(report, type_, snapshot)
    if not lost:
        yield from _check_columns(report, type_, snapshot)
        yield from _check_groups(report, type_, snapshot)
        yield from check_summaries(report, type_, snapshot)
    yield from check_chart(report.chart, report, "chart")


def _check_places(report: Report, snapshot: Snapshot) -> Iterator[Problem]:
    if snapshot.find("ReportFolder", report.folder) is None:
        hint = did_you_mean(report.folder, (one.name for one in snapshot.of_kind("ReportFolder")))
        message = _("There is no folder %(name)s.", name=repr(report.folder))
        yield Problem("report.folder", ("folder",), message, hint)
    if report.role and snapshot.find("Role", report.role) is None:
        message = _("There is no role %(name)s.", name=repr(report.role))
        yield Problem("report.role", ("roleHierarchyFilter",), message)


def _check_shape(report: Report) -> Iterator[Problem]:
    """Each format has its groups."""
    match report.format:
        case "Tabular" if report.groupings:
            message = _("A tabular report has no groups.")
            yield Problem("report.format", ("format",), message, _("Make it a summary report."))
        case "Summary" if not report.down or report.across:
            message = _("A summary report has groups of rows, and none of columns.")
            yield Problem("report.format", ("groupingsDown",), message)
        case "Matrix" if not report.down or not report.across or len(report.down) == MOST_DOWN:
            message = _("A matrix has one or two groups of rows, and one or two of columns.")
            yield Problem("report.format", ("groupingsAcross",), message)


def _check_paths(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Problem]:
    for place, _out in path_places(report.document):
        text = path_at(report.document, place)
        if place[0] == "filters":
            row = report.filters[int(place[1])]
            yield from _check_filter(row, type_, snapshot, *place[:2])
        else:
            yield from check_typed_path(snapshot, type_, text, *place)


def _check_filter(
    row: Filter, type_: ReportType, snapshot: Snapshot, *place: str | int
) -> tuple[Problem, ...]:
    object_name, rest = type_.object_of(row.field)
    if not object_name:
        return check_typed_path(snapshot, type_, row.field, *place, "field")
    return check_filter(
        object_name, Filter(row.id, rest, row.operator, row.value), snapshot, *place
    )


def _check_crossing(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Problem]:
    for i, cross in enumerate(report.cross_filters):
        if all(one.name != cross.relation for one in snapshot.children(type_.object)):
            name = repr(cross.relation)
            message = _("%(name)s is no lookup to %(object)s.", name=name, object=type_.object)
            yield Problem("report.cross_filter", ("crossFilters", i, "relation"), message)
            continue
        for j, row in enumerate(cross.filters):
            yield from check_filter(cross.object, row, snapshot, "crossFilters", i, "filters", j)


def _check_columns(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Problem]:
    for i, column in enumerate(report.columns):
        if column.field in {other.field for other in report.columns[:i]}:
            message = _("%(name)s is there twice.", name=repr(column.field))
            yield Problem("list.doubled", ("columns", i), message)
        if report.bucket(column.field) is not None:
            continue
        known = resolve_typed(snapshot, type_, column.field)[-1].field_type.aggregates
        for j, name in enumerate(column.aggregates):
            if FUNCTIONS[name] not in known:
                message = _("%(path)s cannot be added up.", path=column.field)
                place = ("columns", i, "aggregateTypes", j)
                yield Problem("field.not_aggregated", place, message)
    frame = report.time_frame
    if frame and resolve_typed(snapshot, type_, frame.field)[-1].type not in DAYS:
        message = _("%(path)s is no date.", path=frame.field)
        yield Problem("field.no_date", ("timeFrameFilter", "field"), message)


def _check_groups(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Problem]:
    totals = {ROW_COUNT, *totals_of(report), *(one.name for one in report.formulas)}
    for part, groupings in (("groupingsDown", report.down), ("groupingsAcross", report.across)):
        for i, grouping in enumerate(groupings):
            bucket = report.bucket(grouping.field)
            path = grouping.field if bucket is None else bucket.field
            field = resolve_typed(snapshot, type_, path)[-1]
            if bucket is None:
                yield from _check_group(grouping, field, part, i)
            if grouping.by and grouping.by not in totals:
                message = _("%(name)s is no total of this report.", name=repr(grouping.by))
                yield Problem("report.sort", (part, i, "sortByAggregate"), message)


def check_chart(chart: Mapping[str, Any], report: Report, *place: str | int) -> Iterator[Problem]:
    """What a chart asks of the report that it has not."""
    paths = {one.field for one in report.groupings}
    for part in ("group", "secondGroup"):
        if chart.get(part) and chart[part] not in paths:
            message = _("%(name)s is no group of this report.", name=repr(chart[part]))
            yield Problem("report.chart", (*place, part), message)
    if chart.get("group") and chart.get("group") == chart.get("secondGroup"):
        message = _("A chart has two different groups, or one.")
        yield Problem("report.chart", (*place, "secondGroup"), message)
    totals = {ROW_COUNT, *totals_of(report)}
    for i, name in enumerate(chart.get("measures", ())):
        if name not in totals:
            message = _("%(name)s is no total of this report.", name=repr(name))
            yield Problem("report.chart", (*place, "measures", i), message)


def _check_group(grouping: Grouping, field: CustomField, *place: str | int) -> Iterator[Problem]:
    if not field.field_type.groupable or not field.field_type.columns(field):
        message = _("%(path)s cannot be grouped by.", path=grouping.field)
        yield Problem("field.not_groupable", (*place, "field"), message)
    is_day = grouping.granularity == "Day" or field.type in DAYS
    if not is_day or (grouping.granularity == "HourInDay" and field.type != "DateTime"):
        message = _("%(path)s has no such periods.", path=grouping.field)
        yield Problem("report.granularity", (*place, "dateGranularity"), message)


def totals_of(report: Report) -> tuple[str, ...]:
    """The names of the totals that the report's columns ask for: "Amount:Sum"."""
    return tuple(
        f"{column.field}:{name}" for column in report.columns for name in column.aggregates
    )
