"""What a report's document says: its type, columns, groups, totals, filters and look.

A tabular report has no groups, a summary up to three levels down, a matrix up to two down and two
across. Groups and columns are field paths, or the names of buckets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..definition import Definition, Document, Path
from ..filter_logic import parse as parse_logic
from ..predicates import All, Condition, Predicate
from .base import common
from .layout import Sort
from .list_view import Filter, read_filter

MOST_DOWN, MOST_ACROSS = 3, 2


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of the rows, and what is added up of it."""

    field: str
    aggregates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """One level of groups: by values, or by periods of a day; in their own order or by a total."""

    field: str
    granularity: str = "Day"
    descending: bool = False
    by: str = ""  # "Amount:Sum" or "RowCount": the total that orders the groups; "" = their value
    top: int = 0  # so many groups are kept of each group above; 0 = all


@dataclass(frozen=True, slots=True)
class BucketValue:
    """Values that count as one: texts of `values`, or numbers from `least` to below `below`."""

    label: str
    values: tuple[str, ...] = ()
    least: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A column made of another: its values in a few buckets, the rest under `other`."""

    name: str
    label: str
    field: str
    values: tuple[BucketValue, ...]
    other: str = ""  # "" = values that no bucket takes stand for themselves in no bucket


@dataclass(frozen=True, slots=True)
class SummaryFormula:
    """A total worked out of the totals of a group: "Amount:Sum / RowCount"."""

    name: str
    label: str
    formula: str
    type: str = "Number"
    scale: int = 2


@dataclass(frozen=True, slots=True)
class CrossFilter:
    """Only records with (or without) records of another object that point at them."""

    relation: str  # full name of the lookup: "Contact.AccountId"
    is_without: bool = False
    filters: tuple[Filter, ...] = ()

    @property
    def object(self) -> str:
        return self.relation.rpartition(".")[0]

    @property
    def predicate(self) -> Predicate:
        return All(tuple(row.condition for row in self.filters))


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """The standard filter: a day field within a relative span, or between two days."""

    field: str
    interval: str = ""  # "THIS_FISCAL_QUARTER"; "" = the days below
    start: str = ""  # ISO day, "" = open
    end: str = ""

    @property
    def condition(self) -> Predicate:
        if self.interval:
            return Condition(self.field, "equals", (self.interval,))
        found: list[Predicate] = []
        if self.start:
            found.append(Condition(self.field, "greaterOrEqual", (self.start,)))
        if self.end:
            found.append(Condition(self.field, "lessOrEqual", (self.end,)))
        return All(tuple(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Definition):
    """A saved report; `boolean_filter` joins the filters by place."""

    folder: str
    report_type: str
    format: str = "Tabular"
    columns: tuple[ReportColumn, ...] = ()
    down: tuple[Grouping, ...] = ()
    across: tuple[Grouping, ...] = ()
    filters: tuple[Filter, ...] = ()
    boolean_filter: str = ""
    cross_filters: tuple[CrossFilter, ...] = ()
    time_frame: TimeFrame | None = None
    scope: str = "organization"
    role: str = ""  # records of owners in this role or below
    sort: tuple[Sort, ...] = ()
    row_limit: int = 0
    show_details: bool = True
    buckets: tuple[Bucket, ...] = ()
    formulas: tuple[SummaryFormula, ...] = ()
    chart: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicate(self) -> Predicate:
        """The filters as one predicate. Raises Rejected when the logic is not understood."""
        return parse_logic(self.boolean_filter, tuple(row.condition for row in self.filters))

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        return (*self.down, *self.across)

    def bucket(self, name: str) -> Bucket | None:
        return next((one for one in self.buckets if one.name == name), None)


def parse_report(document: Document) -> Report:
    """The report of a document that fits the schema."""
    get = document.get
    frame = get("timeFrameFilter")
    return Report(
        **common(document),
        folder=document["folder"],
        report_type=document["reportType"],
        format=get("format", "Tabular"),
        columns=tuple(
            ReportColumn(row["field"], tuple(row.get("aggregateTypes", ())))
            for row in get("columns", ())
        ),
        down=tuple(map(_grouping, get("groupingsDown", ()))),
        across=tuple(map(_grouping, get("groupingsAcross", ()))),
        filters=tuple(map(read_filter, get("filters", ()))),
        boolean_filter=get("booleanFilter", ""),
        cross_filters=tuple(map(_cross_filter, get("crossFilters", ()))),
        time_frame=_time_frame(frame) if frame else None,
        scope=get("scope", "organization"),
        role=get("roleHierarchyFilter", ""),
        sort=tuple(Sort(row["field"], row.get("descending", False)) for row in get("sort", ())),
        row_limit=get("rowLimit", 0),
        show_details=get("showDetails", True),
        buckets=tuple(map(_bucket, get("buckets", ()))),
        formulas=tuple(map(_formula, get("aggregates", ()))),
        chart=get("chart", {}),
    )


def _grouping(row: Mapping[str, Any]) -> Grouping:
    return Grouping(
        row["field"], row.get("dateGranularity", "Day"), row.get("sortOrder") == "Desc",
        row.get("sortByAggregate", ""), row.get("top", 0),
    )  # fmt: skip


def _cross_filter(row: Mapping[str, Any]) -> CrossFilter:
    filters = tuple(map(read_filter, row.get("filters", ())))
    return CrossFilter(row["relation"], row.get("operation") == "without", filters)


def _time_frame(row: Mapping[str, Any]) -> TimeFrame:
    get = row.get
    return TimeFrame(row["field"], get("interval", ""), get("startDate", ""), get("endDate", ""))


def _bucket(row: Mapping[str, Any]) -> Bucket:
    values = tuple(
        BucketValue(
            one["label"], tuple(one.get("values", ())), one.get("from", ""), one.get("below", "")
        )
        for one in row.get("values", ())
    )
    return Bucket(row["name"], row.get("label", row["name"]), row["field"], values,
                  row.get("otherLabel", ""))  # fmt: skip


def _formula(row: Mapping[str, Any]) -> SummaryFormula:
    return SummaryFormula(
        row["name"], row["label"], row["formula"], row.get("type", "Number"), row.get("scale", 2)
    )


# -- what it names -------------------------------------------------------------------------------


def path_places(document: Document) -> Iterator[tuple[Path, Path]]:
    """Every place that holds a path of the type, and what goes when the field does."""
    named = {row["name"] for row in document.get("buckets", ())}
    for part in ("columns", "groupingsDown", "groupingsAcross", "filters", "sort", "buckets"):
        for i, row in enumerate(document.get(part, ())):
            if part == "buckets" or row["field"] not in named:
                yield (part, i, "field"), (part, i)
    for part in ("group", "secondGroup"):
        if (path := document.get("chart", {}).get(part)) and path not in named:
            yield ("chart", part), ("chart",)
    if document.get("timeFrameFilter"):
        yield ("timeFrameFilter", "field"), ("timeFrameFilter",)


def path_at(document: Document, place: Path) -> str:
    """The path that stands there."""
    found: Any = document
    for step in place:
        found = found[step]
    return str(found)
