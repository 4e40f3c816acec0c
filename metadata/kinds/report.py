"""A report: a question to the records, kept in a folder. `report_model` says what it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ...platform.i18n import lazy
from ..definition import Document, Kind, Path, Reference, WhenGone
from .base import KINDS, of_path, of_record_types, take_out
from .list_view import without_filters
from .report_checks import check_report
from .report_formulas import of_summaries
from .report_model import Report, parse_report, path_at, path_places
from .report_schema import SCHEMA
from .report_type import (
    ReportType,
    check_typed_path,
    find_type,
    of_typed_path,
    resolve_typed,
    type_references,
)  # fmt: skip

if TYPE_CHECKING:
    from ..snapshot import Snapshot


def _references(report: Report, snapshot: Snapshot) -> tuple[Reference, ...]:
    found = [Reference(("folder",), "ReportFolder", report.folder)]
    found += type_references(report.report_type, ("reportType",), snapshot)
    if report.role:
        out: Path = ("roleHierarchyFilter",)
        found.append(Reference(out, "Role", report.role, when_gone=WhenGone.TAKE_OUT, out=out))
    type_ = find_type(snapshot, report.report_type)
    if type_ is None:
        return tuple(found)
    found += of_summaries(report, type_, snapshot)
    found += _of_orders(report, type_, snapshot)
    found += _of_record_types(report, type_, snapshot)
    return (*found, *_of_paths(report, type_, snapshot), *_of_crossing(report, snapshot))


def _of_record_types(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Reference]:
    for i, row in enumerate(report.document.get("filters", ())):
        if not check_typed_path(snapshot, type_, row["field"]):
            field = resolve_typed(snapshot, type_, row["field"])[-1]
            yield from of_record_types(snapshot, field, row, ("filters", i))


def _of_paths(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Reference]:
    for place, out in path_places(report.document):
        text = path_at(report.document, place)
        yield from of_typed_path(snapshot, type_, text, place, out)
    for place, text in _total_places(report.document):
        yield from of_typed_path(snapshot, type_, text, place)


def _total_places(document: Document) -> Iterator[tuple[Path, str]]:
    """Every place that names a total, and the path that the total begins with."""
    for i, name in enumerate(document.get("chart", {}).get("measures", ())):
        if ":" in name:
            yield ("chart", "measures", i), name.rpartition(":")[0]
    for part in ("groupingsDown", "groupingsAcross"):
        for i, row in enumerate(document.get(part, ())):
            if ":" in row.get("sortByAggregate", ""):
                yield (part, i, "sortByAggregate"), row["sortByAggregate"].rpartition(":")[0]


def _of_orders(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Reference]:
    """The fields whose totals order groups: without them groups are in their own order."""
    for part, groupings in (("groupingsDown", report.down), ("groupingsAcross", report.across)):
        for i, grouping in enumerate(groupings):
            text, mark, _total = grouping.by.partition(":")
            place: Path = (part, i, "sortByAggregate")
            for found in of_typed_path(snapshot, type_, text, place) if mark else ():
                yield replace(found, span=found.span or (0, len(text)), out=place)


def _of_crossing(report: Report, snapshot: Snapshot) -> Iterator[Reference]:
    for i, cross in enumerate(report.cross_filters):
        out: Path = ("crossFilters", i)
        place, gone = (*out, "relation"), WhenGone.TAKE_OUT
        if snapshot.find("CustomField", cross.relation) is not None:
            yield Reference(place, "CustomField", cross.relation, when_gone=gone, out=out)
        for j, row in enumerate(cross.filters):
            inner = (*out, "filters", j)
            yield from of_path(snapshot, cross.object, row.field, (*inner, "field"), inner)


def take_out_of_report(document: Document, places: tuple[Path, ...]) -> Document:
    """The report without these places: logic follows its filters, groups follow their bucket."""
    filters = {int(place[1]) for place in places if place[0] == "filters" and len(place) == 2}
    gone = [place for place in places if place[0] != "filters"]
    gone = [p for p in gone if p[0] != "chart" or ("chart",) not in gone or p == ("chart",)]
    gone = [p for p in gone if p[-1] != "sortByAggregate" or p[:2] not in gone]
    buckets = {int(place[1]) for place in gone if place[0] == "buckets"}
    names = {document["buckets"][i]["name"] for i in buckets}
    for part in ("columns", "groupingsDown", "groupingsAcross"):
        rows = document.get(part, ())
        gone += [(part, i) for i, row in enumerate(rows) if row["field"] in names]
    formulas = {int(place[1]) for place in gone if place[0] == "aggregates"}
    worked = {document["aggregates"][i]["name"] for i in formulas}
    for part in ("groupingsDown", "groupingsAcross"):
        rows = document.get(part, ())
        gone += [(part, i, "sortByAggregate") for i, row in enumerate(rows)
                 if row.get("sortByAggregate") in worked]  # fmt: skip
    changed = without_filters(document, filters) if filters else document
    return _with_fitting_chart(_still_fits(take_out(changed, dict.fromkeys(gone))))


def _with_fitting_chart(document: Document) -> Document:
    """The report without what its chart asks of groups that are gone."""
    chart = document.get("chart")
    if not chart:
        return document
    paths = {row["field"] for part in ("groupingsDown", "groupingsAcross")
             for row in document.get(part, ())}  # fmt: skip
    lost = {name for name in ("group", "secondGroup") if chart.get(name, "") not in {"", *paths}}
    if "group" in lost:
        return {name: part for name, part in document.items() if name != "chart"}
    return {**document, "chart": {k: v for k, v in chart.items() if k not in lost}}


def _still_fits(document: Document) -> Document:
    """The format that what is left can have."""
    down, across = document.get("groupingsDown"), document.get("groupingsAcross")
    if document.get("format") == "Matrix" and not (down and across):
        kept = {k: v for k, v in document.items() if k != "groupingsAcross"}
        document = {**kept, "groupingsDown": down or across or [], "format": "Summary"}
    if document.get("format") == "Summary" and not document.get("groupingsDown"):
        document = {**document, "format": "Tabular"}
    return document


KINDS.register(
    Kind(
        name="Report",
        label=lazy("Report"),
        schema=SCHEMA,
        rank=62,
        folder="reports",
        suffix="report",
        parse=parse_report,
        references=_references,
        check=check_report,
        permission="CreateCustomizeReports",
        take_out=take_out_of_report,
        icon="chart-column",
    )
)
