"""What a report or a dashboard says to one reader, as tables of texts in the reader's language.

A letter cannot scroll: rows beyond a bound are left out, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.kinds.dashboard import Component, Dashboard
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _, ngettext
from ...platform.people.actor import Actor
from ..dashboards.tiles import Tile, run_tile
from ..layouts.forms import REFERENCE_TYPES
from ..query.record import Record
from ..query.run import find_titles
from ..reports.details import START, rows_page, value_of
from ..reports.planning import Column, ReportPlan
from ..reports.result import Group, ReportResult, Totals
from .alerts import figure_text

MOST_ROWS, MOST_TILE_ROWS = 50, 15
WIDTH = 600  # a tile is laid out for; nothing of its drawing is sent


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a letter; `figure` is a single large number, `refusal` stands for both."""

    title: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: frozenset[int] = frozenset()  # columns that hold numbers
    notes: tuple[str, ...] = ()
    figure: str = ""
    refusal: str = ""
    has_total: bool = False  # the last row adds up the others


# -- a report ------------------------------------------------------------------------------------


def report_table(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, result: ReportResult
) -> Table:
    """The groups of a report with their totals; without groups its first rows."""
    if result.down_levels:
        return _groups(snapshot, result)
    return _rows(conn, actor, snapshot, plan, result)


def _groups(snapshot: Snapshot, result: ReportResult) -> Table:
    depth = len(result.down_levels)
    lines = [_line(group, depth, result, snapshot) for group in _all(result.down)]
    whole = (_("Total"), *[""] * (depth - 1), *_figures(result.grand, result, snapshot))
    heads = (*(one.label for one in result.down_levels), *(one.label for one in result.totals))
    notes = [*result.notices, *_left(len(lines) - MOST_ROWS)]
    if result.across_levels:
        names = ", ".join(one.label for one in result.across_levels)
        notes.append(_("The report also splits this by %(names)s: open it to see.", names=names))
    numbers = frozenset(range(depth, len(heads)))
    shown = (*lines[:MOST_ROWS], whole)
    return Table("", heads, shown, numbers, tuple(notes), has_total=True)


def _all(groups: Iterable[Group]) -> Iterable[Group]:
    for group in groups:
        yield group
        yield from _all(group.groups)


def _line(group: Group, depth: int, result: ReportResult, snapshot: Snapshot) -> tuple[str, ...]:
    before = len(group.keys) - 1
    place = [""] * before + [group.label] + [""] * (depth - before - 1)
    return (*place, *_figures(group.totals, result, snapshot))


def _figures(totals: Totals, result: ReportResult, snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(figure_text(totals.get(one.name), one.field, snapshot) for one in result.totals)


def _rows(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, result: ReportResult
) -> Table:
    count = min(result.row_count, plan.report.row_limit or result.row_count)
    records = rows_page(conn, actor, snapshot, plan, START, min(MOST_ROWS, max(count, 1))).records
    titles = _titles(conn, actor, snapshot, plan, records)
    lines = tuple(
        tuple(_text(column, record, actor, snapshot, titles) for column in plan.columns)
        for record in records
    )
    numeric = ("Number", "Currency", "Percent")
    numbers = frozenset(n for n, one in enumerate(plan.columns) if one.field.type in numeric)
    notes = (*result.notices, *_left(count - len(records)))
    return Table("", tuple(one.label for one in plan.columns), lines, numbers, notes)


def _titles(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan,
    records: Iterable[Record],
) -> Mapping[str, str]:  # fmt: skip
    """Names of what lookups to several objects point at, all at once."""
    open_ = [one for one in plan.columns if one.field.type in REFERENCE_TYPES and not one.title]
    wanted = {str(id_) for r in records for one in open_ if (id_ := r.values.get(one.path))}
    return find_titles(conn, actor, snapshot, wanted) if wanted else {}


def _text(
    column: Column, record: Record, actor: Actor, snapshot: Snapshot, titles: Mapping[str, str]
) -> str:
    value = value_of(column, record, actor, snapshot)
    if value is None or value == "":
        return ""
    if column.title:
        return str(record.values.get(column.title) or "")
    if column.field.type in REFERENCE_TYPES:
        return titles.get(str(value), "")
    if column.bucket is not None:
        return str(value)
    return figure_text(value, column.field, snapshot)


def _left(number: int) -> tuple[str, ...]:
    if number <= 0:
        return ()
    return (ngettext("%(n)s more row is not shown.", "%(n)s more rows are not shown.", number),)


# -- a dashboard ---------------------------------------------------------------------------------


def dashboard_tables(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, dashboard: Dashboard
) -> tuple[Table, ...]:
    """The tiles of a dashboard, each as the table beside its chart."""
    return tuple(_tile(_run(conn, actor, snapshot, dashboard, one)) for one in dashboard.components)


def _run(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, dashboard: Dashboard, one: Component
) -> Tile:
    def nowhere(_saved: object, _now: object) -> object:
        return lambda _down, _across: ""

    return run_tile(conn, actor, snapshot, dashboard, one, {}, nowhere, WIDTH)  # type: ignore[arg-type]


def _tile(tile: Tile) -> Table:
    chart = tile.chart
    if chart is None:
        return Table(tile.title, refusal=tile.refusal)
    if chart.refusal or chart.is_empty:
        refusal = chart.refusal or _("There is nothing to show.")
        return Table(tile.title, refusal=refusal, notes=tile.notices)
    rows = tuple((one.label, *(cell.text for cell in cells)) for one, cells in chart.rows)
    notes = (*tile.notices, *([chart.note] if chart.note else ()),
             *_left(len(rows) - MOST_TILE_ROWS))  # fmt: skip
    numbers = frozenset(range(1, len(chart.heads)))
    figure = "" if rows else chart.figure.text
    return Table(tile.title, chart.heads, rows[:MOST_TILE_ROWS], numbers, notes, figure)
