"""Aggregates: exact on both databases, and what having and order compare.

Sums are exact at any size. An average is the exact sum divided by the count, rounded half away from
zero to four decimals more than the column keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...platform.db.types import Exact, Real, Whole, exact_sum, rounded
from .plan import Measure

_WIDE = Context(prec=80)
AVERAGE_DECIMALS = 4  # more than the column's own


@dataclass(frozen=True, slots=True)
class Measured:
    """The columns an aggregate selects, how its value is read, and what compares and sorts."""

    selected: tuple[sa.ColumnElement[Any], ...]
    read: Callable[[Sequence[Any]], Value]
    compared: sa.ColumnElement[Any]


def measured(measure: Measure, columns: Mapping[str, sa.ColumnElement[Any]]) -> Measured:
    """The expressions of an aggregate over a field's columns ({part: column}; none: rows)."""
    if not columns:
        return _single(sa.type_coerce(sa.func.count(), Whole()))
    column = columns[""]
    match measure.function:
        case "count":
            return _single(sa.type_coerce(sa.func.count(column), Whole()))
        case "count_distinct":
            return _single(sa.type_coerce(sa.func.count(sa.distinct(column)), Whole()))
        case "sum":
            return _single(_sum(column))
        case "avg":
            return _average(column)
        case "min" | "max":
            return _extreme(measure, columns)
        case function:
            raise ValueError(function)


def _first(values: Sequence[Any]) -> Value:
    return values[0]


def _single(expression: sa.ColumnElement[Any]) -> Measured:
    return Measured((expression,), _first, expression)


def _sum(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(sa.func.sum(column), Real()) if _is_real(column) else exact_sum(column)


def _is_real(column: sa.ColumnElement[Any]) -> bool:
    return not isinstance(column.type, Exact | Whole)


def _extreme(measure: Measure, columns: Mapping[str, sa.ColumnElement[Any]]) -> Measured:
    column = columns[""]
    function = sa.func.min if measure.function == "min" else sa.func.max
    return _single(sa.type_coerce(function(column), column.type))


def _average(column: sa.ColumnElement[Any]) -> Measured:
    total, count = _sum(column), sa.type_coerce(sa.func.count(column), Whole())
    scale = getattr(column.type, "scale", 0) or 0

    def read(values: Sequence[Any]) -> Value:
        if values[0] is None:
            return None
        if isinstance(values[0], float):
            return values[0] / values[1]
        return rounded(_WIDE.divide(Decimal(values[0]), values[1]), scale + AVERAGE_DECIMALS)

    plain = sa.type_coerce(sa.cast(sa.func.sum(column), sa.Double()), Real())
    compared = sa.type_coerce(plain / sa.func.nullif(count, 0), Real())
    return Measured((total, count), read, compared)
