"""Report: columns, groups, totals, filters, chart and summary formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from .....platform.errors import Rejected
from .....platform.i18n import _
from ....definition import Document
from ....kinds.report_checks import DAYS
from ....kinds.report_schema import FORMATS, GRANULARITIES
from ..components import Component
from ..markup import Element, element
from ..report_tables import COUNT, Frame, Table, frame_of
from ..report_words import (
    AGGREGATES,
    CUSTOM_SPAN,
    INTERVALS,
    SCOPES,
    SPANS,
    allows,
    bucket_row,
    chart_row,
    day_of,
    formula_of,
    formula_row,
)
from ..report_writing import written_report
from ..translator import (
    TRANSLATORS,
    Draft,
    Find,
    Ground,
    Translated,
    Translator,
    plain,
    refuse,
    stated,
)
from .report_folders import full_name, name_of

_T = TypeVar("_T")
_OPEN = {"open": ("IsClosed", "0"), "closed": ("IsClosed", "1"), "closedwon": ("IsWon", "1")}


class Reports(Translator):
    """A report may lack columns, groups and its chart, but never filters."""

    name = "Report"
    kind = "Report"
    order = 65
    reads = frozenset(
        {"name", "description", "reportType", "format", "columns", "groupingsDown",
         "groupingsAcross", "filter", "crossFilters", "timeFrameFilter", "scope", "sortColumn",
         "sortOrder", "rowLimit", "showDetails", "buckets", "aggregates", "chart", "params",
         "roleHierarchyFilter"}
    )  # fmt: skip
    may_lack = frozenset(
        {"columns", "chart", "aggregates", "sort", "description", "groupingsDown",
         "groupingsAcross", "rowLimit"}
    )  # fmt: skip

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        if tree.value("format") not in FORMATS:
            raise refuse("joined", _("Reports of several blocks are only kept."))
        frame = frame_of(tree.value("reportType"), ground.snapshot)
        name, folder = name_of(component, ground, self.kind)
        reading = _Reading(tree, frame)
        draft = {
            "name": name, "folder": folder, "reportType": frame.type.name,
            "label": plain(tree.value("name")) or name.rpartition("/")[2],
            "description": plain(tree.value("description"))[:1000],
            "scope": self.scope(tree.value("scope")),
            "roleHierarchyFilter": _role(tree.value("roleHierarchyFilter"), ground),
            **reading.document(),
        }  # fmt: skip
        return Translated((stated(draft),), tuple(dict.fromkeys(reading.notes)))

    def scope(self, text: str) -> str:
        if text not in SCOPES:
            raise refuse("scope", _("Reports of the scope %(scope)s do nothing here.", scope=text))
        return SCOPES[text]

    def full_name(self, document: Document) -> str:
        return full_name(document)

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield from written_report(document, find)


def _role(name: str, ground: Ground) -> str:
    if name and ground.snapshot.find("Role", name) is None:
        raise refuse("role", _("There is no role %(name)s.", name=repr(name)))
    return name


class _Reading:
    """One report's XML; what of it is not here goes into the notes."""

    def __init__(self, tree: Element, frame: Frame) -> None:
        self.tree, self.frame = tree, frame
        self.notes: list[str] = []
        self.buckets = {one.value("developerName"): one for one in tree.all("buckets")}
        self.columns: dict[str, list[str]] = {}  # {path: totals}

    def document(self) -> Draft:
        for one in self.tree.all("columns"):
            self.attempt(self.column, one)
        formulas = self.all("aggregates", self.formula)
        down, across = self.groups("groupingsDown"), self.groups("groupingsAcross")
        form = self.tree.value("format")
        if across and not down:
            down, across = across, []
        form = "Tabular" if not down else "Matrix" if across and len(down) < 3 else "Summary"
        totals = {COUNT, *(f"{path}:{total}" for path, all_ in self.columns.items()
                           for total in all_)}  # fmt: skip
        groups = [row["field"] for row in (*down, *across)]
        found = self.tree.find("chart")
        chart = self.attempt(lambda one: chart_row(one, groups, totals, self.frame), found)
        if found is not None and not chart:
            self.notes.append(_("The chart does nothing here."))
        return {
            "format": form, **self.filters(),
            "columns": [stated({"field": path, "aggregateTypes": list(all_)})
                        for path, all_ in self.columns.items()],
            "groupingsDown": down, "groupingsAcross": across if form == "Matrix" else [],
            "crossFilters": list(map(self.cross, self.tree.all("crossFilters"))),
            "sort": self.sort(), "rowLimit": int(self.tree.value("rowLimit") or 0) or None,
            "showDetails": self.tree.flag("showDetails", True),
            "buckets": [bucket_row(one, self.frame.path(one.value("sourceColumnName")))
                        for one in self.buckets.values()],
            "aggregates": formulas, "chart": chart,
        }  # fmt: skip

    def all(self, part: str, read: Callable[[Element], Draft | None]) -> list[Draft]:
        """What is read of all elements of that name."""
        return [row for one in self.tree.all(part) if (row := self.attempt(read, one))]

    def attempt(self, read: Callable[[Element], _T], one: Element | None) -> _T | None:
        """What is read of the element; None, and a note, where it is not here."""
        try:
            return None if one is None else read(one)
        except Rejected as refusal:
            self.notes += [f"{one.name if one else ''}: {p.message}" for p in refusal.problems]
            return None

    def path(self, token: str) -> str:
        return token if token in self.buckets else self.frame.path(token)

    def column(self, one: Element) -> None:
        token = one.value("field")
        if token == COUNT:
            return
        path = self.path(token)
        totals = self.columns.setdefault(path, [])
        for name in one.values("aggregateTypes"):
            if token in self.buckets or name not in AGGREGATES.values():
                continue
            if allows(self.frame, path, name):
                totals.append(name)
            else:
                self.notes.append(_("%(path)s cannot be added up.", path=path))

    def formula(self, one: Element) -> Draft | None:
        if not one.flag("isActive", True) or one.flag("isCrossBlock"):
            return None
        text, needed = formula_of(one.value("calculatedFormula"), self.frame)
        for path, totals in needed.items():
            known = self.columns.setdefault(path, [])
            known += sorted(totals - set(known))
        return formula_row(one, text)

    def groups(self, part: str) -> list[Draft]:
        found: dict[str, Draft] = {}
        for row in self.all(part, self.group):
            if found.setdefault(row["field"], row) is not row:
                self.notes.append(_("%(path)s groups once.", path=row["field"]))
        return list(found.values())

    def group(self, one: Element) -> Draft:
        token = plain(one.value("field"))
        path = self.path(token)
        period = {"FISCAL_YEAR": "FiscalYear", "FISCAL_QUARTER": "FiscalQuarter",
                  "CLOSE_MONTH": "Month"}.get(token, one.value("dateGranularity"))  # fmt: skip
        total = ""
        if one.value("sortType") == "Aggregate":
            total = self.attempt(self.total, one) or ""
        return stated(
            {
                "field": path,
                "dateGranularity": period if period in GRANULARITIES and period != "Day" else None,
                "sortOrder": "Desc" if one.value("sortOrder") == "Desc" else None,
                "sortByAggregate": total,
            }
        )

    def total(self, one: Element) -> str:
        """The total that orders groups; a column that lacks it gets it."""
        token, name = one.value("sortByName"), one.value("aggregateType")
        if token == COUNT or name == COUNT:
            return COUNT
        path = self.frame.path(token)
        if name not in AGGREGATES.values() or not allows(self.frame, path, name):
            raise refuse("total", _("%(path)s cannot be added up.", path=path))
        known = self.columns.setdefault(path, [])
        known += [] if name in known else [name]
        return f"{path}:{name}"

    def sort(self) -> list[Draft]:
        token = self.tree.value("sortColumn")
        if not token or token in self.buckets:
            return []
        try:
            path = self.frame.path(token)
        except Rejected:
            return []
        is_down = self.tree.value("sortOrder") == "Desc"
        return [stated({"field": path, "descending": is_down or None})]

    # -- filters

    def filters(self) -> Draft:
        given = self.tree.find("filter") or element("filter")
        logic = given.value("booleanFilter")
        items = [one for one in given.all("criteriaItems") if logic or not _says_nothing(one)]
        rows = [self.criterion(i, one, self.frame) for i, one in enumerate(items)]
        frame, spans = self.time_frame()
        extra = [*spans, *self.params()]
        if logic and extra:
            numbers = (str(len(rows) + i + 1) for i in range(len(extra)))
            logic = " AND ".join([f"({logic})", *numbers])
        return {"filters": [*rows, *extra], "booleanFilter": logic, "timeFrameFilter": frame}

    def criterion(self, i: int, one: Element, frame: Frame) -> Draft:
        operator = one.value("operator")
        if (flagged := _flagged(f"f{i + 1}", one, frame)) is not None:
            return flagged
        path = frame.path(one.value("column"))
        field = frame.field(path)
        if one.flag("columnToColumn"):
            raise refuse("column", _("Filters that compare two columns do nothing here."))
        text = day_of(plain(one.value("value")))
        row: Draft = {"id": f"f{i + 1}", "field": path, "operator": operator, "value": text}
        known = field.field_type.operator(operator)
        operands = list(field.field_type.operands_of(text)) if known.arity < 0 else []
        if field.type == "RecordType":
            row["value"] = [name.rpartition(".")[2] for name in operands]
        elif operands and text:
            row["value"] = operands
        return row

    def time_frame(self) -> tuple[Draft, list[Draft]]:
        """The standard filter, and filters of spans that it cannot say."""
        found = self.tree.find("timeFrameFilter")
        if found is None:
            return {}, []
        span = found.value("interval")
        start, end = day_of(found.value("startDate")), day_of(found.value("endDate"))
        if span == CUSTOM_SPAN and not start and not end:
            return {}, []
        path = self.frame.path(found.value("dateColumn"))
        if span == CUSTOM_SPAN:
            return stated({"field": path, "startDate": start, "endDate": end}), []
        if span in INTERVALS and self.frame.field(path).type not in DAYS:
            span = INTERVALS[span]  # a day that is worked out has no standard filter, but filters
            return {}, [{"id": "span1", "field": path, "operator": "equals", "value": [span]}]
        if span in INTERVALS:
            return {"field": path, "interval": INTERVALS[span]}, []
        if span not in SPANS:
            raise refuse("span", _("The time frame %(name)s is not known here.", name=span))
        bounds = zip(("span1", "span2"), ("greaterOrEqual", "lessOrEqual"), SPANS[span],
                     strict=True)  # fmt: skip
        return {}, [{"id": id_, "field": path, "operator": op, "value": text}
                    for id_, op, text in bounds]  # fmt: skip

    def params(self) -> Iterator[Draft]:
        """The filters that Salesforce says apart: which opportunities, how probable."""
        said = {one.value("name"): one.value("value") for one in self.tree.all("params")}
        table = next((t for t in self.frame.tables if t.object == "Opportunity"), None)
        if table is None:
            return
        if (flag := _OPEN.get(said.get("open", ""))) is not None:
            item = element("criteriaItems", element("column", f"Opportunity.{flag[0]}"),
                           element("operator", "equals"), element("value", flag[1]))  # fmt: skip
            yield {**self.criterion(0, item, self.frame), "id": "open"}
        if said.get("probability", "").startswith(">") and said["probability"][1:].isdigit():
            yield _row("chance", table, "Probability", "greaterThan", said["probability"][1:])

    def cross(self, one: Element) -> Draft:
        related = plain(one.value("relatedTable"))
        link = plain(one.value("relatedTableJoinColumn"))
        first = self.frame.path(one.value("primaryTableColumn"))
        if first != "Id":
            raise refuse("cross_filter", _("The cross filter asks for no record of the report."))
        inner = frame_of(f"CustomEntity${related}", self.frame.snapshot)
        items = enumerate(one.all("criteriaItems"))
        rows = [self.criterion(i, row, inner) for i, row in items]
        relation = f"{inner.type.name}.{inner.path(link)}"
        return stated({"operation": one.value("operation"), "relation": relation, "filters": rows})


def _flagged(id_: str, one: Element, frame: Frame) -> Draft | None:
    """A filter on what the values of a picklist say: of won opportunities, on their stage."""
    found, operator = frame.flagged(one.value("column")), one.value("operator")
    if found is None or operator not in ("equals", "notEqual"):
        return None
    wants = one.value("value").casefold() in ("1", "true")
    is_in = wants == (operator == "equals")
    return {"id": id_, "field": found[0], "operator": "equals" if is_in else "notEqual",
            "value": found[1]}  # fmt: skip


def _says_nothing(one: Element) -> bool:
    """Every text begins with nothing and contains it."""
    return one.value("operator") in ("startsWith", "contains") and not one.value("value")


def _row(id_: str, table: Table, name: str, operator: str, value: Any) -> Draft:
    return {"id": id_, "field": table.prefix + name, "operator": operator, "value": value}


TRANSLATORS.register(Reports())
