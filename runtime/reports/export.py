"""A report as a file: its rows alone, streamed, or as it is shown, with groups and totals.

Rights are those of the report: nobody exports what they cannot run. Rows are read and written batch
by batch, so memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..query.record import Record
from ..transfer.export import Cell, csv_lines, csv_of, new_book, xlsx_of
from .details import all_rows, value_of
from .planning import Column, ReportPlan
from .result import Group, ReportResult, Totals

Texts = list[Any]  # of one line: texts, numbers, None


# -- rows alone ----------------------------------------------------------------------------------


def cells_of(plan: ReportPlan, actor: Actor, snapshot: Snapshot) -> tuple[Cell, ...]:
    """The columns of the file: those of the report, after the fields it is grouped by."""
    shown = {column.path for column in plan.columns}
    keys = tuple(
        Column(key.level.path, (), key.level.field, key.level.label, "", "", key.bucket, key.title,
               source=None)
        for key in plan.keys
        if key.level.path not in shown and key.bucket is None
    )  # fmt: skip
    return tuple(_cell(column, actor, snapshot) for column in (*keys, *plan.columns))


def _cell(column: Column, actor: Actor, snapshot: Snapshot) -> Cell:
    field = column.field
    if column.title:
        return Cell(column.label, field, _reader(column.title), lambda value: str(value or ""))
    if column.bucket is not None:
        return Cell(
            column.label, field, lambda record: value_of(column, record, actor, snapshot), str
        )
    if snapshot.values(field):
        show = field.field_type.display_in
        return Cell(column.label, field, _reader(column.path), lambda v: show(v, field, snapshot))
    return Cell(
        column.label, field, _reader(column.path), lambda v: field.field_type.export(v, field)
    )


def _reader(path: str) -> Callable[[Record], Value]:
    return lambda record: record.values.get(path)


def write_rows_csv(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan
) -> Iterator[bytes]:
    """The rows as CSV, in pieces."""
    limit = plan.report.row_limit or None
    rows = all_rows(conn, actor, snapshot, plan, limit=limit)
    return csv_of(cells_of(plan, actor, snapshot), rows)


def write_rows_xlsx(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, stream: IO[bytes]
) -> int:
    """The rows as a workbook; returns how many."""
    limit = plan.report.row_limit or None
    rows = all_rows(conn, actor, snapshot, plan, limit=limit)
    title = snapshot.label(plan.report)
    return xlsx_of(cells_of(plan, actor, snapshot), rows, title, stream)


# -- as it is shown ------------------------------------------------------------------------------


def shown_lines(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, result: ReportResult
) -> Iterator[Texts]:
    """Every line of the report: headings, groups with totals, rows where it shows them."""
    if result.across_levels:
        yield from _matrix(result)
        return
    depth = len(result.down_levels)
    cells = cells_of(plan, actor, snapshot) if plan.report.show_details else ()
    totals = [total.label for total in result.totals]
    yield [level.label for level in result.down_levels] + totals + [c.heading for c in cells]
    for group in result.down:
        yield from _group(conn, actor, snapshot, plan, result, group, depth, cells)
    yield [_("Total"), *[None] * (depth - 1), *_values(result, result.grand)]


def _group(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, result: ReportResult,
    group: Group, depth: int, cells: Sequence[Cell],
) -> Iterator[Texts]:  # fmt: skip
    before = len(group.keys) - 1
    place = [None] * before + [group.label] + [None] * (depth - before - 1)
    yield [*place, *_values(result, group.totals)]
    for inner in group.groups:
        yield from _group(conn, actor, snapshot, plan, result, inner, depth, cells)
    if cells and not group.groups:
        blank = [None] * (depth + len(result.totals))
        for batch in all_rows(conn, actor, snapshot, plan, group.keys):
            for record in batch:
                yield [*blank, *(_shown(cell, record) for cell in cells)]


def _shown(cell: Cell, record: Record) -> Any:
    value = cell.read(record)
    if value is None:
        return None
    typed = cell.field.field_type.cell(value, cell.field)
    is_number = isinstance(typed, Decimal | int) and not isinstance(typed, bool)
    return typed if is_number else cell.text(value)


def _values(result: ReportResult, totals: Totals) -> Texts:
    return [totals.get(total.name) for total in result.totals]


def _matrix(result: ReportResult) -> Iterator[Texts]:
    columns = [leaf for group in result.across for leaf in group.leaves()]
    depth, many = len(result.down_levels), len(result.totals)
    tops = [group.label for group in result.across for _leaf in group.leaves()]
    if len(result.across_levels) > 1:
        yield [*[None] * depth, *(top for top in tops for _n in range(many))]
    labels = [leaf.label for leaf in columns] + [_("Total")]
    yield [*(level.label for level in result.down_levels),
           *(label for label in labels for _n in range(many))]  # fmt: skip
    yield [*[None] * depth, *(t.label for _label in labels for t in result.totals)]

    def lines(groups: Sequence[Group]) -> Iterator[Texts]:
        for group in groups:
            before = len(group.keys) - 1
            place = [None] * before + [group.label] + [None] * (depth - before - 1)
            cells = [result.cells.get((group.keys, leaf.keys), {}) for leaf in columns]
            cells.append(group.totals)
            yield [*place, *(v for cell in cells for v in _values(result, cell))]
            yield from lines(group.groups)

    yield from lines(result.down)
    below = [*(leaf.totals for leaf in columns), result.grand]
    yield [_("Total"), *[None] * (depth - 1), *(v for t in below for v in _values(result, t))]


def write_shown_csv(lines: Iterator[Texts]) -> Iterator[bytes]:
    """The lines as CSV."""
    is_first = True
    for line in lines:
        yield csv_lines([[_text(value) for value in line]], first=is_first)
        is_first = False


def _text(value: Any) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def write_shown_xlsx(lines: Iterator[Texts], title: str, stream: IO[bytes]) -> None:
    """The lines as a workbook: numbers as numbers, headings and totals in bold."""
    book = new_book(stream)
    name = "".join(c for c in title if c not in "[]:*?/\\'")[:31].strip() or "Report"
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            form = bold if row == 0 or (column < 3 and value is not None) else None
            if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
                sheet.write_number(row, column, float(value), form)
            elif value is not None:
                sheet.write_string(row, column, str(value)[:32_767], form)
    book.close()
