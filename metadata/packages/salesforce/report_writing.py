"""A report of ours as Salesforce's XML: it follows from the document alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ...definition import Document
from .markup import Element, element
from .report_tables import COUNT, written_column, written_type
from .report_words import (
    AGGREGATES,
    CHARTS,
    CUSTOM_SPAN,
    INTERVALS,
    SPANS,
    THEIR_SCOPES,
    written_bucket,
)
from .translator import Draft, Find

_OWN = ("span1", "span2", "open", "chance")  # filters that Salesforce says apart
_JOINED = re.compile(r"\((.*)\)(?: AND \d+)+")


def written_report(document: Document, find: Find) -> Iterator[Element]:
    """The elements that say what the report says."""
    type_ = str(document["reportType"])

    def word(path: str) -> str:
        named = {row["name"] for row in document.get("buckets", ())}
        return path if path in named else written_column(path, type_, find)

    for row in document.get("buckets", ()):
        yield written_bucket(dict(row), word(row["field"]))
    for row in document.get("aggregates", ()):
        yield _written_formula(row, word)
    if document.get("chart"):
        yield _written_chart(document["chart"], word)
    for row in document.get("columns", ()):
        totals = (element("aggregateTypes", name) for name in row.get("aggregateTypes", ()))
        yield element("columns", *totals, element("field", word(row["field"])))
    yield from _written_filters(document, word, type_, find)
    yield from (element(key, document[key]) for key in ("description",) if document.get(key))
    yield element("format", document.get("format", "Tabular"))
    for part in ("groupingsDown", "groupingsAcross"):
        for row in document.get(part, ()):
            yield element(
                part, element("dateGranularity", row.get("dateGranularity", "Day")),
                element("field", word(row["field"])), *_written_order(row, word),
            )  # fmt: skip
    yield element("name", document.get("label", document["name"]))
    yield element("reportType", written_type(type_, find))
    if document.get("roleHierarchyFilter"):
        yield element("roleHierarchyFilter", document["roleHierarchyFilter"])
    if document.get("rowLimit"):
        yield element("rowLimit", document["rowLimit"])
    yield element("scope", THEIR_SCOPES[document.get("scope", "organization")])
    yield element("showDetails", bool(document.get("showDetails", True)))
    for row in document.get("sort", ())[:1]:
        yield element("sortColumn", word(row["field"]))
        yield element("sortOrder", "Desc" if row.get("descending") else "Asc")


def _written_order(row: Draft, word: Callable[[str], str]) -> Iterator[Element]:
    total = row.get("sortByAggregate", "")
    path, mark, name = total.rpartition(":")
    if mark:
        yield element("aggregateType", name)
        yield element("sortByName", word(path))
    elif total:
        yield element("aggregateType", COUNT)
        yield element("sortByName", total)
    yield element("sortOrder", row.get("sortOrder", "Asc"))
    if total:
        yield element("sortType", "Aggregate")


def _written_filters(
    document: Document, word: Callable[[str], str], type_: str, find: Find
) -> Iterator[Element]:
    rows = document.get("filters", ())
    logic = str(document.get("booleanFilter", ""))
    apart = [row for row in rows if row["id"] in _OWN]
    if apart and (found := _JOINED.fullmatch(logic)) is not None:
        logic = found[1]
    elif logic:
        apart = []  # the logic names them: they are filters like the others
    plainly = [row for row in rows if row not in apart]
    if plainly:
        yield element(
            "filter", element("booleanFilter", logic) if logic else None,
            *(_written_criterion(row, word) for row in plainly),
        )  # fmt: skip
    for row in document.get("crossFilters", ()):
        related, _dot, link = row["relation"].rpartition(".")
        yield element(
            "crossFilters", *(_written_criterion(one, lambda path: path)
                              for one in row.get("filters", ())),
            element("operation", row["operation"]), element("primaryTableColumn", word("Id")),
            element("relatedTable", related), element("relatedTableJoinColumn", link),
        )  # fmt: skip
    yield from _written_span(document, apart, word)
    yield from _written_params(apart, find)


def _written_criterion(row: Draft, word: Callable[[str], str]) -> Element:
    value = row.get("value")
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else value
    return element(
        "criteriaItems", element("column", word(row["field"])),
        element("operator", row["operator"]),
        element("value", "" if text is None else str(text)),
    )  # fmt: skip


def _written_span(
    document: Document, apart: list[Draft], word: Callable[[str], str]
) -> Iterator[Element]:
    frame = document.get("timeFrameFilter")
    bounds = [row for row in apart if row["id"].startswith("span")]
    if frame:
        span = next((k for k, v in INTERVALS.items() if v == frame.get("interval")), CUSTOM_SPAN)
        days = (element(key, frame[key]) for key in ("startDate", "endDate") if frame.get(key))
        column = element("dateColumn", word(frame["field"]))
        yield element("timeFrameFilter", column, *days, element("interval", span))
    elif bounds:
        said = tuple(row["value"] for row in bounds)
        spans = {**SPANS, **{name: ([one],) for name, one in INTERVALS.items()}}
        span = next((k for k, v in spans.items() if v == said), CUSTOM_SPAN)
        column = element("dateColumn", word(bounds[0]["field"]))
        yield element("timeFrameFilter", column, element("interval", span))


def _written_params(apart: list[Draft], find: Find) -> Iterator[Element]:
    """Which opportunities, and how probable ones."""
    for row in apart:
        if row["id"] == "chance":
            yield _param("probability", f">{row['value']}")
        elif row["id"] == "open":
            values = (find("StandardValueSet", "OpportunityStage") or {}).get("values", ())
            won = {one["name"] for one in values if one.get("won")}
            is_won = set(row["value"]) <= won
            text = "open" if row["operator"] == "notEqual" else "closedwon" if is_won else "closed"
            yield _param("open", text)


def _param(name: str, text: str) -> Element:
    return element("params", element("name", name), element("value", text))


def _written_formula(row: Draft, word: Callable[[str], str]) -> Element:
    marks = {ours: theirs for theirs, ours in AGGREGATES.items()}
    text = re.sub(
        rf"([\w.$]+):({'|'.join(marks)})\b", lambda m: f"{word(m[1])}:{marks[m[2]]}", row["formula"]
    )
    return element(
        "aggregates", element("calculatedFormula", text),
        element("datatype", row.get("type", "Number").lower()),
        element("developerName", row["name"]), element("isActive", True),
        element("isCrossBlock", False), element("masterLabel", row["label"]),
        element("scale", row.get("scale", 2)),
    )  # fmt: skip


def _written_chart(chart: Draft, word: Callable[[str], str]) -> Element:
    kinds = {ours: theirs for theirs, ours in reversed(list(CHARTS.items()))}
    summaries = []
    for name in chart.get("measures", ()):
        path, mark, total = name.rpartition(":")
        summaries.append(
            element(
                "chartSummaries", element("aggregate", total) if mark else None,
                element("axisBinding", "y"), element("column", word(path) if mark else name),
            )
        )  # fmt: skip
    position = {"top": "CHART_TOP", "bottom": "CHART_BOTTOM"}.get(chart.get("position", ""))
    return element(
        "chart", *summaries, element("chartType", kinds.get(chart["chartType"], "Plugin")),
        element("groupingColumn", word(chart["group"])) if chart.get("group") else None,
        element("legendPosition", chart["legend"].title()) if chart.get("legend") else None,
        element("location", position) if position else None,
        element("secondaryGroupingColumn", word(chart["secondGroup"]))
        if chart.get("secondGroup") else None,
        element("showValues", bool(chart.get("showValues", False))),
        element("size", chart["size"].title()) if chart.get("size") else None,
        element("title", chart["title"]) if chart.get("title") else None,
    )  # fmt: skip
