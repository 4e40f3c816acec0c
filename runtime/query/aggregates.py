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
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ...metadata.field_types.base import Value
from ...platform.db.types import Exact, ExactTotal, Real, Whole, exact_sum, rounded
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
        return _single(_count(sa.func.count()))
    column = columns[""]
    match measure.function:
        case "count":
            return _single(_count(sa.func.count(column)))
        case "count_distinct":
            return _single(_count(sa.func.count(sa.distinct(column))))
        case "sum":
            return _of_type(measure, _sum(column))
        case "avg":
            return _average(column)
        case "min" | "max":
            function = sa.func.min if measure.function == "min" else sa.func.max
            return _of_type(measure, sa.type_coerce(function(column), column.type))
        case unknown:
            raise ValueError(unknown)


def _first(values: Sequence[Any]) -> Value:
    return values[0]


def _count(expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(expression, Whole())


def _single(expression: sa.ColumnElement[Any]) -> Measured:
    return Measured((expression,), _first, sa.type_coerce(expression, Exact(18, 0)))


def _sum(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(sa.func.sum(column), Real()) if _is_real(column) else exact_sum(column)


def _is_real(column: sa.ColumnElement[Any]) -> bool:
    return not isinstance(column.type, Exact | Whole)


def _of_type(measure: Measure, expression: sa.ColumnElement[Any]) -> Measured:
    """An aggregate that is a value of the field's own type."""
    assert measure.path is not None  # noqa: S101 - only a count has no field
    f, from_columns = measure.path.field, measure.path.field.field_type.from_columns

    def read(values: Sequence[Any]) -> Value:
        return None if values[0] is None else from_columns({"": values[0]}, f)

    return Measured((expression,), read, expression)


def _average(column: sa.ColumnElement[Any]) -> Measured:
    total, count = _sum(column), _count(sa.func.count(column))
    scale = getattr(column.type, "scale", 0) or 0

    def read(values: Sequence[Any]) -> Value:
        if values[0] is None:
            return None
        if isinstance(values[0], float):
            return values[0] / values[1]
        average = _WIDE.divide(Decimal(values[0]), Decimal(values[1]))
        return plain(rounded(average, scale + AVERAGE_DECIMALS))

    compared = sa.type_coerce(sa.func.avg(column), Real())
    return Measured((total, count), read, compared if _is_real(column) else exact_average(column))


def plain(number: Decimal) -> Decimal:
    """The number without trailing zeros or an exponent."""
    whole = number == number.to_integral_value()
    return number.quantize(Decimal(1)) if whole else number.normalize(_WIDE)


class exact_average(FunctionElement[Any]):  # noqa: N801 - reads as a function in a statement
    """AVG as `read` rounds it, to filter and sort by; of sums beyond 4 * 10^14 units a double."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        self.decimals = (getattr(column.type, "scale", 0) or 0) + AVERAGE_DECIMALS
        self.type = ExactTotal(self.decimals)  # before the comparator is made, which asks for it
        super().__init__(column)


@compiles(exact_average)
def _average_of_numerics(element: exact_average, compiler: SQLCompiler, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    return f"ROUND(SUM({column}) / NULLIF(COUNT({column}), 0), {element.decimals})"


@compiles(exact_average, "sqlite")
def _average_of_integers(element: exact_average, compiler: SQLCompiler, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    total, count = f"(SUM({column}) * {2 * 10**AVERAGE_DECIMALS})", f"COUNT({column})"
    half = f"(CASE WHEN {total} < 0 THEN -{count} ELSE {count} END)"
    return f"(({total} + {half}) / NULLIF(2 * {count}, 0))"
