"""A result as lines of a table: groups with their totals, rows under them, the grand total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ...metadata.field_types.base import Value
from ...metadata.kinds.report_schema import ROW_COUNT
from ...platform.i18n import _, format_number
from ..layouts.forms import REFERENCE_TYPES
from ..query.record import Record
from ..query.run import find_titles
from ..reports.details import DetailPage, value_of
from ..reports.planning import Column, ReportPlan
from ..reports.result import Group, ReportResult, Total, Totals
from .cells import DisplayCell, display_cell, record_url
from .display import NUMERIC, figure_text
from .scope import Here

MOST_LINES = 2000  # groups on one page
Url = Callable[[Sequence[str], Sequence[str]], str]  # tokens down, tokens across -> address


@dataclass(frozen=True, slots=True)
class Figure:
    """A total in a cell: its text, and what it is where the column does not say."""

    text: str
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a group, a row under it, or the grand total."""

    kind: str  # "group", "row", "total"
    label: str = ""
    level: int = 0
    count: str = ""
    url: str = ""
    cells: tuple[Any, ...] = ()  # of a row: DisplayCell; else tuples of Figure


@dataclass(frozen=True, slots=True)
class Head:
    """A heading of a column."""

    label: str
    is_numeric: bool = False
    sort: str = ""  # path to sort by
    sorted: str = ""  # "asc", "desc"


# -- totals --------------------------------------------------------------------------------------


FORMULA = "formula"  # the function of totals that are worked out of others


def total_text(scope: Here, total: Total, value: Value) -> str:
    """A figure as the reader writes it."""
    return figure_text(scope.snapshot, total.field, value)


def count_text(totals: Totals) -> str:
    """The number of records of a group."""
    return format_number(int(totals[ROW_COUNT]))


def short_label(function: str) -> str:
    """What a total is called beside its figure, where sums say nothing."""
    words = {
        "avg": _("Avg"), "min": _("Lowest"), "max": _("Highest"), "count_distinct": _("Different"),
    }  # fmt: skip
    return words.get(function, "")


# -- groups without rows -------------------------------------------------------------------------


def summary_heads(result: ReportResult) -> list[Head]:
    """The headings of groups without rows under them: the groups, then every total."""
    name = " › ".join(level.label for level in result.down_levels)
    return [Head(name or _("Total")), *(Head(total.label, True) for total in result.totals)]


def summary_lines(scope: Here, result: ReportResult, url: Url) -> list[Line]:
    """Groups under groups, each with its totals in columns; the grand total last."""
    lines = list(_capped(_summary(scope, result, result.down, (), url)))
    cells = _in_columns(scope, result.totals, result.grand)
    return [*lines, Line("total", _("Total"), cells=cells)]


def _summary(
    scope: Here, result: ReportResult, groups: Iterable[Group], above: tuple[str, ...], url: Url
) -> Iterator[Line]:
    for group in groups:
        tokens = (*above, group.token)
        cells = _in_columns(scope, result.totals, group.totals)
        level = len(above)
        yield Line("group", group.label, level, count_text(group.totals), url(tokens, ()), cells)
        yield from _summary(scope, result, group.groups, tokens, url)


def _in_columns(scope: Here, totals: Sequence[Total], values: Totals) -> tuple[Any, ...]:
    return tuple((Figure(total_text(scope, one, values.get(one.name))),) for one in totals)


def _capped(lines: Iterator[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        if number >= MOST_LINES:
            return
        yield line


# -- rows ----------------------------------------------------------------------------------------


def row_heads(plan: ReportPlan) -> list[Head]:
    """The headings of rows."""
    first = plan.report.sort[0] if plan.report.sort else None
    return [
        Head(
            column.label,
            column.field.type in NUMERIC,
            column.path if column.sort else "",
            ("desc" if first.descending else "asc")
            if first is not None and first.field in (column.path, column.sort)
            else "",
        )
        for column in plan.columns
    ]


def row_lines(
    conn: Connection, scope: Here, plan: ReportPlan, records: Sequence[Record]
) -> list[Line]:
    """Rows as lines; names of lookups to several objects are asked for together."""
    titles = _titles(conn, scope, plan, records)
    return [_row(scope, plan, record, titles) for record in records]


def _titles(
    conn: Connection, scope: Here, plan: ReportPlan, records: Iterable[Record]
) -> Mapping[str, str]:
    open_ = [c for c in plan.columns if c.field.type in REFERENCE_TYPES and not c.title]
    wanted = {str(id_) for r in records for c in open_ if (id_ := r.values.get(c.path))}
    return find_titles(conn, scope.actor, scope.snapshot, wanted) if wanted else {}


def _row(scope: Here, plan: ReportPlan, record: Record, titles: Mapping[str, str]) -> Line:
    cells = tuple(row_cell(scope, column, record, titles) for column in plan.columns)
    return Line("row", cells=cells, url=record_url(record.id))


def row_cell(scope: Here, column: Column, record: Record, titles: Mapping[str, str]) -> DisplayCell:
    """The cell of a column in a row; a record's name leads to the record."""
    value = value_of(column, record, scope.actor, scope.snapshot)
    if column.title and value:
        named = record.values.get(column.title)
        titles = {value: named} if named else titles
    cell = display_cell(column.field, value, scope.snapshot, titles)
    if column.link and column.link != column.path and (id_ := record.values.get(column.link)):
        return DisplayCell(cell.widget, cell.text, cell.value, record_url(str(id_)))
    return cell


def detail_lines(
    conn: Connection, scope: Here, plan: ReportPlan, result: ReportResult, page: DetailPage,
    url: Url,
) -> list[Line]:  # fmt: skip
    """Rows under their groups; a group is told where its first row is, or where the page begins."""
    records = [record for part in page.parts for record in part.records]
    rows = iter(row_lines(conn, scope, plan, records))
    found: list[Line] = []
    told: tuple[str, ...] = ()
    tokens_of = _tokens(result)
    for part in page.parts:
        chain = tokens_of[part.group.keys]
        for depth in range(len(chain)):
            tokens = tuple(group.token for group in chain[: depth + 1])
            if told[: depth + 1] == tokens:
                continue
            group = chain[depth]
            cells = _under_columns(scope, plan, result, group.totals)
            count = count_text(group.totals)
            found.append(Line("group", group.label, depth, count, url(tokens, ()), cells))
        told = tuple(group.token for group in chain)
        found += [next(rows) for _record in part.records]
    if page.next is None:
        cells = _under_columns(scope, plan, result, result.grand)
        found.append(Line("total", _("Total"), 0, count_text(result.grand), "", cells))
    return found


def _tokens(result: ReportResult) -> dict[Any, tuple[Group, ...]]:
    """{keys of a lowest group: it and those above it, topmost first}."""
    found: dict[Any, tuple[Group, ...]] = {}

    def walk(groups: Iterable[Group], above: tuple[Group, ...]) -> None:
        for group in groups:
            found[group.keys] = (*above, group)
            walk(group.groups, (*above, group))

    walk(result.down, ())
    return found


def _under_columns(
    scope: Here, plan: ReportPlan, result: ReportResult, values: Totals
) -> tuple[Any, ...]:
    """The totals of each column of rows; formulas, which are of none, stand under the last."""
    worked = [total for total in result.totals if total.function == FORMULA]
    found = []
    for n, column in enumerate(plan.columns, 1):
        own = [total for total in result.totals if total.path and total.path == column.path]
        found.append(
            tuple(
                Figure(
                    total_text(scope, total, values.get(total.name)),
                    total.label if total.function == FORMULA else short_label(total.function),
                )
                for total in (own + worked if n == len(plan.columns) else own)
            )
        )
    return tuple(found)


# -- matrix --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """One column of a matrix: a lowest group across, or the total of a group above them."""

    tokens: tuple[str, ...]
    keys: Any
    label: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix as a table: rows of headings, lines with a cell for each column."""

    heads: tuple[tuple[tuple[str, int], ...], ...]  # rows of (label, columns)
    columns: tuple[MatrixColumn, ...]
    lines: tuple[Line, ...]
    legend: tuple[str, ...]  # what the figures of a cell are, one under the other


def matrix_of(scope: Here, result: ReportResult, url: Url) -> Matrix:
    """The crossings, with totals to the right and below."""
    columns = tuple(_matrix_columns(result))
    lines = list(_capped(_matrix_lines(scope, result, columns, result.down, (), url)))
    cells = tuple(
        _figures(scope, result, _across_totals(result, column), url((), column.tokens))
        for column in columns
    )
    lines.append(Line("total", _("Total"), cells=cells))
    legend = tuple(total.label for total in result.totals)
    return Matrix(_matrix_heads(result), columns, tuple(lines), legend)


def _matrix_columns(result: ReportResult) -> Iterator[MatrixColumn]:
    for group in result.across:
        for inner in group.groups:
            yield MatrixColumn((group.token, inner.token), inner.keys, inner.label)
        label = _("Total") if group.groups else group.label
        yield MatrixColumn((group.token,), group.keys, label, bool(group.groups))
    yield MatrixColumn((), (), _("Total"), True)


def _matrix_heads(result: ReportResult) -> tuple[tuple[tuple[str, int], ...], ...]:
    if len(result.across_levels) < 2:
        return ()
    spans = [(group.label, len(group.groups) + 1) for group in result.across]
    return ((*spans, ("", 1)),)


def _across_totals(result: ReportResult, column: MatrixColumn) -> Totals | None:
    if not column.keys:
        return result.grand
    groups, found = result.across, None
    for depth in range(1, len(column.keys) + 1):
        found = next((one for one in groups if one.keys == column.keys[:depth]), None)
        if found is None:
            return None
        groups = found.groups
    return None if found is None else found.totals


def _matrix_lines(
    scope: Here, result: ReportResult, columns: Sequence[MatrixColumn], groups: Iterable[Group],
    above: tuple[str, ...], url: Url,
) -> Iterator[Line]:  # fmt: skip
    for group in groups:
        tokens = (*above, group.token)
        cells = tuple(
            _figures(
                scope,
                result,
                group.totals if not column.keys else result.cells.get((group.keys, column.keys)),
                url(tokens, column.tokens),
            )
            for column in columns
        )
        yield Line("group", group.label, len(above), "", url(tokens, ()), cells)
        yield from _matrix_lines(scope, result, columns, group.groups, tokens, url)


def _figures(
    scope: Here, result: ReportResult, values: Totals | None, url: str
) -> tuple[Figure, ...]:
    if values is None:
        return ()
    return tuple(
        Figure(total_text(scope, total, values.get(total.name)), "", url if n == 0 else "")
        for n, total in enumerate(result.totals)
    )


# -- one group -----------------------------------------------------------------------------------


def totals_of_column(result: ReportResult, across: Any) -> Any:
    """The totals of a column of a matrix by its keys; None where there is no such."""
    groups, found = result.across, None
    for n in range(1, len(across) + 1):
        found = next((one for one in groups if one.keys == across[:n]), None)
        groups = found.groups if found else ()
    return found.totals if found else None


def path_labels(result: ReportResult, down: Any, across: Any) -> list[tuple[str, str]]:
    """(level, label of the group) along the way to a group."""
    found: list[tuple[str, str]] = []
    for keys, levels, groups in (
        (down, result.down_levels, result.down),
        (across, result.across_levels, result.across),
    ):
        inner: tuple[Group, ...] = groups
        for n, level in enumerate(levels[: len(keys)], 1):
            group = next((one for one in inner if one.keys == keys[:n]), None)
            found.append((level.label, group.label if group else ""))
            inner = group.groups if group else ()
    return found
