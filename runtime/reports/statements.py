"""From a plan to one statement for the groups of all levels.

The rows are those of the query door, with its rules for the actor. Where all totals can be added up
from the finest groups, only those are asked for; "different values" cannot, so then every level is
asked for: by GROUPING SETS on PostgreSQL, by a UNION ALL on SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import sqlalchemy as sa

from ...metadata.field_types.base import Reading
from ...metadata.predicates import All, Condition, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.db.types import Whole, Words
from ...platform.people.actor import Actor
from ..query.aggregates import Measured, measured
from ..query.compile import Frame, filtered, frame_for
from ..query.plan import FieldPath, Measure
from ..query.reading import reading_for
from .periods import Calendar, period
from .planning import KeyPlan, ReportPlan
from .result import Total

Corner = tuple[int, int]  # so many levels down, so many across
MOST_GROUPS = 50_000  # of the finest level; more are not shaped into a table
NOT_FOLDED = frozenset({"count_distinct"})


@dataclass(frozen=True, slots=True)
class GroupStatement:
    """The statement, and where its rows have what."""

    statement: sa.Select[Any] | sa.CompoundSelect[Any]
    parameters: Mapping[str, Any]
    corners: tuple[Corner, ...]  # of the rows; the number of a row's corner is its first column
    keys: int  # columns of keys follow, each with a title
    measured: tuple[Measured, ...]  # then the columns of each total


def group_paths(plan: ReportPlan) -> tuple[str, ...]:
    """The paths that the groups and totals are made of."""
    found = [path for key in plan.keys for path in (key.path, key.title) if path]
    found += [total.path for total in plan.totals if total.path]
    return tuple(dict.fromkeys(found))


def calendar_of(actor: Actor) -> Calendar:
    reading = reading_for(actor)
    return Calendar(reading.time_zone, reading.week_start, reading.fiscal_start)


def group_statement(
    plan: ReportPlan, actor: Actor, snapshot: Snapshot, dialect: str
) -> GroupStatement:
    """The statement of the plan's groups, or of its grand totals alone."""
    limit = plan.report.row_limit if not plan.keys else 0
    order = plan.query.order if limit else ()
    query = replace(plan.query, fields=group_paths(plan), order=order)
    frame = frame_for(actor, query, snapshot)
    rows = _rows(plan, frame, actor, query, snapshot, limit)
    folds = not any(total.function in NOT_FOLDED for total in plan.totals)
    corners = ((len(plan.down), len(plan.across)),) if folds else corners_of(plan)
    found = tuple(_measured(total, frame, rows, n) for n, total in enumerate(plan.totals))
    width = len(plan.keys)
    if folds:
        statement: Any = _of_corner(rows, found, width, range(width), 0)
        statement = statement.limit(MOST_GROUPS + 1)
    elif dialect == "postgresql":
        statement = _of_sets(plan, rows, found, corners)
    else:
        parts = (
            _of_corner(rows, found, width, _kept(plan, corner), n)
            for n, corner in enumerate(corners)
        )
        statement = sa.union_all(*parts)
    return GroupStatement(statement, frame.parameters(actor, snapshot), corners, width, found)


def corners_of(plan: ReportPlan) -> tuple[Corner, ...]:
    """Every level down with every level across, the finest first."""
    down, across = range(len(plan.down), -1, -1), range(len(plan.across), -1, -1)
    return tuple(product(down, across))


def _kept(plan: ReportPlan, corner: Corner) -> list[int]:
    """The places of the keys that the groups of a corner have."""
    first = len(plan.down)
    return [*range(corner[0]), *range(first, first + corner[1])]


# -- rows ----------------------------------------------------------------------------------------


def _rows(
    plan: ReportPlan, frame: Frame, actor: Actor, query: Any, snapshot: Snapshot, limit: int
) -> sa.CTE | sa.Subquery:
    """The rows that the actor may see, as keys, titles and what is added up."""
    columns: list[sa.ColumnElement[Any]] = []
    for n, key in enumerate(plan.keys):
        columns.append(key_expression(key, frame, actor, snapshot).label(f"k{n}"))
        columns.append(_title(key, frame).label(f"n{n}"))
    for n, total in enumerate(plan.totals):
        if total.path:
            columns.append(frame.columns[total.path][""].label(f"m{n}"))
    rows = filtered(frame, actor, query, snapshot)
    if limit:
        rows = rows.order_by(*(key.ordering for key in frame.keys)).limit(limit)
    columns = columns or [sa.literal_column("1").label("one")]
    return rows.with_only_columns(*columns, maintain_column_froms=True).subquery("rows")


def key_expression(
    key: KeyPlan, frame: Frame, actor: Actor, snapshot: Snapshot
) -> sa.ColumnElement[Any]:
    """What rows of one group share; text in its folded form."""
    columns, field = frame.columns[key.path], key.level.field
    if key.bucket is not None:
        return _bucketed(key, columns, frame, actor, snapshot)
    if field.type in ("Date", "DateTime"):
        return period(columns[""], key.grouping.granularity, calendar_of(actor))
    if field.type == "Checkbox":
        return sa.type_coerce(sa.func.coalesce(columns[""], sa.false()), columns[""].type)
    if is_text(key):
        return columns["key"]
    return columns[""]


def is_text(key: KeyPlan) -> bool:
    """Says whether the key is a text without regard to case, so that its label is chosen."""
    field = key.level.field
    parts = {part.name for part in field.field_type.columns(field)}
    folds = "key" in parts or field.field_type.sort_part == "key"
    return key.bucket is None and field.type != "Picklist" and folds


def _title(key: KeyPlan, frame: Frame) -> sa.ColumnElement[Any]:
    if key.title:
        return frame.columns[key.title][""]
    return frame.columns[key.path][""] if is_text(key) else sa.type_coerce(sa.null(), Words())


def _bucketed(
    key: KeyPlan, columns: Any, frame: Frame, actor: Actor, snapshot: Snapshot
) -> sa.ColumnElement[Any]:
    source = next(path for path in frame.plan.fields if path.text == key.path)
    reading = reading_for(actor)
    arms = [
        (_clause(test, source, columns, reading, snapshot), number)
        for number, test in enumerate(key.tests)
    ]
    case = sa.case(*arms, else_=sa.null()) if arms else sa.null()
    return sa.type_coerce(case, Whole())


def _clause(
    predicate: Predicate, path: FieldPath, columns: Any, reading: Reading, snapshot: Snapshot
) -> sa.ColumnElement[bool]:
    field = path.field
    if field.value_set_name or field.inline_values:
        reading = reading.for_field(field, snapshot)
    match predicate:
        case Condition(_path, operator, operands):
            bound = field.field_type.bind(operator, operands, field, reading)
            return bound.sql(columns)
        case All(parts):
            inner = [_clause(part, path, columns, reading, snapshot) for part in parts]
            return sa.and_(sa.true(), *inner)
        case other:
            raise ValueError(other)


# -- groups --------------------------------------------------------------------------------------


def _measured(total: Total, frame: Frame, rows: Any, n: int) -> Measured:
    if not total.path:
        return measured(Measure("count", None, total.name), {})
    path = next(path for path in frame.plan.fields if path.text == total.path)
    return measured(Measure(total.function, path, total.name), {"": rows.c[f"m{n}"]})


def _of_corner(
    rows: Any, found: Sequence[Measured], width: int, kept: Sequence[int], number: int
) -> sa.Select[Any]:
    """The groups of one corner: keys that it lacks are NULL."""
    columns: list[sa.ColumnElement[Any]] = [_number(number)]
    for n in range(width):
        key, title = rows.c[f"k{n}"], rows.c[f"n{n}"]
        columns.append(key if n in kept else sa.type_coerce(sa.null(), key.type).label(f"k{n}"))
        label = sa.func.max(title) if n in kept else sa.null()
        columns.append(sa.type_coerce(label, title.type))
    columns += [column for one in found for column in one.selected]
    by = [rows.c[f"k{n}"] for n in kept]
    statement = sa.select(*_labelled(columns)).select_from(rows)
    return statement.group_by(*by) if by else statement


def _of_sets(
    plan: ReportPlan, rows: Any, found: Sequence[Measured], corners: Sequence[Corner]
) -> sa.Select[Any]:
    """All corners at once; GROUPING tells which one a row is of."""
    width = len(plan.keys)
    keys = [rows.c[f"k{n}"] for n in range(width)]
    sets = [sa.tuple_(*(keys[n] for n in _kept(plan, corner))) for corner in corners]
    arms = list(_arms(plan, corners, keys))
    columns: list[sa.ColumnElement[Any]] = [sa.case(*arms, else_=0) if arms else _number(0)]
    for n in range(width):
        columns += [keys[n], sa.func.max(rows.c[f"n{n}"])]
    columns += [column for one in found for column in one.selected]
    statement = sa.select(*_labelled(columns)).select_from(rows)
    return statement.group_by(sa.func.grouping_sets(*sets)) if keys else statement


def _arms(
    plan: ReportPlan, corners: Sequence[Corner], keys: Sequence[Any]
) -> Iterator[tuple[Any, int]]:
    if not keys:
        return
    mask = sa.func.grouping(*keys)
    for number, corner in enumerate(corners):
        kept = _kept(plan, corner)
        bits = sum(0 if n in kept else 1 << (len(keys) - 1 - n) for n in range(len(keys)))
        yield mask == bits, number


def _number(number: int) -> sa.ColumnElement[Any]:
    return sa.literal_column(str(number), sa.Integer())


def _labelled(columns: Sequence[sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
    return [column.label(f"c{n}") for n, column in enumerate(columns)]
