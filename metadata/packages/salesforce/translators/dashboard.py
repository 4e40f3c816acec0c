"""Dashboard: components on a grid or in three columns, each with a report of the project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from .....platform.errors import Rejected
from .....platform.i18n import _
from ....definition import Document
from ....kinds.dashboard import COLUMNS, MOST_ROWS
from ....kinds.report_model import Report
from ..components import Component
from ..markup import Element, element
from ..report_tables import COUNT, Frame, frame_of, written_column
from ..report_words import total_name
from ..translator import (
    TRANSLATORS,
    Draft,
    Find,
    Ground,
    Translated,
    Translator,
    plain,
    stated,
)
from .report_folders import SEPARATOR, full_name, name_of

_KINDS: Mapping[str, str] = {
    "Bar": "bar", "BarGrouped": "barGrouped", "BarStacked": "barStacked",
    "BarStacked100": "barStacked", "Column": "column", "ColumnGrouped": "columnGrouped",
    "ColumnStacked": "columnStacked", "ColumnStacked100": "columnStacked",
    "ColumnLine": "combination", "ColumnLineGrouped": "combination",
    "ColumnLineStacked": "combination", "Line": "line", "LineGrouped": "line",
    "LineCumulative": "lineCumulative", "LineGroupedCumulative": "lineCumulative", "Pie": "pie",
    "Donut": "donut", "Funnel": "funnel", "Scatter": "scatter", "ScatterGrouped": "scatter",
    "Gauge": "gauge", "Metric": "metric", "Table": "heat", "FlexTable": "heat",
}  # fmt: skip
_SECTIONS = {"l": "leftSection", "m": "middleSection", "r": "rightSection"}
_GRID, _CELL = "dashboardGridLayout", "dashboardGridComponents"
_ROWS = 4  # of Salesforce's grid in one of ours
_LIMITS = ("gaugeMin", "indicatorBreakpoint1", "indicatorBreakpoint2", "gaugeMax")


class Dashboards(Translator):
    """Components whose report is not here are left out."""

    name = "Dashboard"
    kind = "Dashboard"
    order = 70
    reads = frozenset(
        {"title", "description", "isGridLayout", _GRID, *_SECTIONS.values(), "dashboardType"}
    )
    may_lack = frozenset({"components.chart", "components", "description"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        name, folder = name_of(component, ground, self.kind)
        notes = list[str]()
        if tree.value("dashboardType") not in ("LoggedInUser", ""):
            notes.append(_("runningUser: everybody sees what they may see themselves."))
        rows = []
        for id_, one, width, height in _placed(tree):
            try:
                rows.append(_tile(id_, one, width, height, ground))
            except Rejected as refusal:
                notes += map(str, refusal.problems)
        draft = {
            "name": name, "folder": folder,
            "label": plain(tree.value("title")) or name.rpartition(SEPARATOR)[2],
            "description": plain(tree.value("description"))[:1000],
            "components": [row for row in rows if row],
        }  # fmt: skip
        lost = sum(not row for row in rows)
        if lost:
            notes.append(_("%(n)s components show no report that is here.", n=lost))
        return Translated((stated(draft),), tuple(dict.fromkeys(notes)))

    def full_name(self, document: Document) -> str:
        return full_name(document)

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        rows = list(document.get("components", ()))
        if document.get("description"):
            yield element("description", document["description"])
        yield element("dashboardType", "LoggedInUser")
        is_grid = not rows or any(row["id"][0] not in _SECTIONS for row in rows)
        yield element("isGridLayout", is_grid)
        yield from _written_grid(rows, find) if is_grid else _written_sections(rows, find)
        yield element("title", document["label"])


# -- components ----------------------------------------------------------------------------------


def _placed(tree: Element) -> Iterator[tuple[str, Element, int, int]]:
    """(id, component, columns, rows of our grid) in reading order."""
    if (grid := tree.find(_GRID)) is not None:
        cells = sorted(grid.all(_CELL), key=lambda c: (_number(c, "rowIndex"),
                                                       _number(c, "columnIndex")))  # fmt: skip
        for i, cell in enumerate(cells):
            one = cell.find("dashboardComponent")
            width, height = _number(cell, "colSpan", 4), _number(cell, "rowSpan", 8) // _ROWS
            if one is not None:
                yield f"g{i + 1}", one, width, height
        return
    sections = {k: tree.find(name) for k, name in _SECTIONS.items()}
    columns = {k: s.all("components") for k, s in sections.items() if s and s.all("components")}
    width = COLUMNS // max(len(columns), 1)
    for n, row in enumerate(zip_longest(*columns.values())):
        for key, one in zip(columns, row, strict=True):
            if one is not None:
                yield (
                    f"{key}{n + 1}",
                    one,
                    width,
                    1 if one.value("componentType") == "Metric" else 2,
                )


def _tile(id_: str, one: Element, width: int, height: int, ground: Ground) -> Draft:
    """A tile of ours; {} where its report is not here."""
    report = _report(plain(one.value("report")), ground)
    if report is None:
        return {}
    title = plain(one.value("header") or one.value("title"))
    chart = {} if one.flag("useReportChart") and report.chart else _chart(one, report, ground)
    return stated(
        {
            "id": id_, "report": report.name, "title": title,
            "footer": plain(one.value("footer")), "width": min(max(width, 2), COLUMNS),
            "height": min(max(height, 1), MOST_ROWS), "chart": chart,
        }
    )  # fmt: skip


def _report(name: str, ground: Ground) -> Report | None:
    folder, _mark, local = name.rpartition(SEPARATOR)
    found = ground.snapshot.find("Report", local)
    if found is None or found.folder != folder:
        found = ground.snapshot.find("Report", name)
    return found if isinstance(found, Report) else None


def _chart(one: Element, report: Report, ground: Ground) -> Draft:
    kind = _KINDS.get(one.value("componentType"), "bar")
    groups = [row.field for row in report.groupings]
    if not groups and kind != "gauge":
        kind = "metric"
    source = ground.find("Report", plain(one.value("report")))
    frame = frame_of(source.root.value("reportType"), ground.snapshot) if source else None
    group = _column(one.value("groupingColumn"), frame)
    totals = {COUNT, *(f"{c.field}:{t}" for c in report.columns for t in c.aggregates)}
    bands = [float(one.value(key)) for key in _LIMITS if _is_number(one.value(key))]
    most = one.value("maxValuesDisplayed")
    return stated(
        {
            "chartType": kind, "group": group if group in groups else "",
            "measures": [name for name in _measures(one, frame) if name in totals],
            "showValues": one.flag("showValues") or None,
            "legend": {"Right": "right", "Bottom": "bottom"}.get(one.value("legendPosition")),
            "bands": bands[1:] if kind == "gauge" and bands and bands[0] == 0 else None,
            "most": min(int(most), 200) if most.isdigit() and int(most) else None,
        }
    )  # fmt: skip


def _measures(one: Element, frame: Frame | None) -> list[str]:
    if frame is None:
        return []
    found = []
    for row in one.all("chartSummary"):
        try:
            found.append(total_name(row, frame))
        except Rejected:
            continue
    return list(dict.fromkeys(found))[:5]


def _column(token: str, frame: Frame | None) -> str:
    try:
        return frame.path(token) if token and frame is not None else ""
    except Rejected:
        return ""


def _number(one: Element, name: str, default: int = 0) -> int:
    text = one.value(name)
    return int(text) if text.isdigit() else default


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


# -- back ----------------------------------------------------------------------------------------


def _written_grid(rows: list[Draft], find: Find) -> Iterator[Element]:
    cells, x, y, highest = [], 0, 0, 0
    for row in rows:
        width, height = row.get("width", 4), row.get("height", 2) * _ROWS
        if x + width > COLUMNS:
            x, y, highest = 0, y + highest, 0
        cells.append(
            element(
                _CELL, element("colSpan", width), element("columnIndex", x),
                _written("dashboardComponent", row, find), element("rowIndex", y),
                element("rowSpan", height),
            )
        )  # fmt: skip
        x, highest = x + width, max(highest, height)
    yield element(_GRID, *cells, element("numberOfColumns", COLUMNS), element("rowHeight", 36))


def _written_sections(rows: list[Draft], find: Find) -> Iterator[Element]:
    for key, name in _SECTIONS.items():
        own = [_written("components", row, find) for row in rows if row["id"][0] == key]
        if own:
            yield element(name, element("columnSize", "Medium"), *own)


def _written(name: str, row: Draft, find: Find) -> Element:
    report = find("Report", row["report"]) or {}
    chart = row.get("chart", {})
    kinds = {ours: theirs for theirs, ours in reversed(list(_KINDS.items()))}
    said = full_name(report) if report else row["report"]
    type_ = str(report.get("reportType", ""))
    group = chart.get("group")
    return element(
        name, *(_written_total(one, type_, find) for one in chart.get("measures", ())),
        element("componentType", kinds.get(chart.get("chartType", "column"), "Column")),
        element("footer", row["footer"]) if row.get("footer") else None,
        *_written_limits(chart.get("bands", ())),
        element("groupingColumn", written_column(group, type_, find)) if group else None,
        element("header", row["title"]) if row.get("title") else None,
        element("legendPosition", chart["legend"].title()) if chart.get("legend") else None,
        element("maxValuesDisplayed", chart["most"]) if chart.get("most") else None,
        element("report", said), element("showValues", bool(chart.get("showValues", False))),
        element("useReportChart", not chart),
    )  # fmt: skip


def _written_limits(bands: Sequence[float]) -> Iterator[Element]:
    """The bands of a gauge, which begins at nought."""
    if bands:
        yield from map(element, _LIMITS, ("0.0", *map(str, bands)))


def _written_total(total: str, type_: str, find: Find) -> Element:
    path, mark, name = total.rpartition(":")
    return element(
        "chartSummary", element("aggregate", name) if mark else None, element("axisBinding", "y"),
        element("column", written_column(path, type_, find) if mark else total),
    )  # fmt: skip


TRANSLATORS.register(Dashboards())
