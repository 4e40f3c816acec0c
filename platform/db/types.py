"""Column types that give the same value on SQLite and PostgreSQL, or refuse it.

SQLite tables are STRICT, so every type maps to INTEGER, REAL, TEXT or BLOB there. Decimals are
scaled integers on SQLite, because its NUMERIC is a float. Refused on the way in, with Rejected:
NaN, infinity, digits that do not fit, text with NUL or a lone surrogate, moments outside the years
1 to 9999.
"""

from __future__ import annotations

import json
import math
import operator
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..i18n import _
from .values import INT64, checked_decimal, checked_text, dump_json, unstorable
from .values import fold as fold
from .values import rounded as rounded


class _Portable(TypeDecorator[Any]):
    """A type with one implementation for SQLite and another for PostgreSQL."""

    cache_ok = True
    impl: Any = sa.Text

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.cache_ok = True  # SQLAlchemy asks each class itself, not its base

    def _sqlite(self) -> TypeEngine[Any]:
        return sa.Text()

    def _postgresql(self) -> TypeEngine[Any]:
        raise NotImplementedError

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        mine = self._postgresql() if dialect.name == "postgresql" else self._sqlite()
        return dialect.type_descriptor(mine)


class _SameScale(TypeDecorator.Comparator[Any], sa.Numeric.Comparator[Any]):
    """Refuses what would be wrong with scaled integers, on both databases alike."""

    def operate(self, op: Any, *other: Any, **options: Any) -> Any:
        self._refuse_mixed(op, other)
        return super().operate(op, *other, **options)

    def reverse_operate(self, op: Any, other: Any, **options: Any) -> Any:
        self._refuse_mixed(op, (other,))
        return super().reverse_operate(op, other, **options)

    def _refuse_mixed(self, op: Any, others: tuple[Any, ...]) -> None:
        scale = getattr(self.type, "scale", None)
        if op in _SCALING:
            raise TypeError("an exact column cannot be multiplied or divided in SQL")
        for other in others:
            kind = getattr(other, "type", None)
            if (
                isinstance(kind, Exact | ExactTotal | Whole | Real)
                and getattr(kind, "scale", None) != scale
            ):
                raise TypeError("exact columns of different scales cannot meet in one operation")


class Exact(_Portable):
    """A Decimal of at most `precision` digits, `scale` of them decimals; never rounded here."""

    impl = sa.Numeric
    comparator_factory = _SameScale

    def __init__(self, precision: int = 18, scale: int = 2) -> None:
        if not 0 <= scale <= precision <= 18:
            raise ValueError(f"at most 18 digits can be kept exactly, not ({precision}, {scale})")
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def _sqlite(self) -> TypeEngine[Any]:
        return sa.Integer()

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.Numeric(self.precision, self.scale)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = checked_decimal(value, self.precision, self.scale)
        return exact if dialect.name == "postgresql" else _scaled(exact, self.scale)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return (
            value
            if value is None or isinstance(value, Decimal)
            else Decimal(value).scaleb(-self.scale)
        )


class Utc(_Portable):
    """An aware datetime, kept in UTC to the millisecond (finer parts are cut off)."""

    impl = sa.DateTime

    def _postgresql(self) -> TypeEngine[Any]:
        return postgresql.TIMESTAMP(timezone=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise TypeError(f"a moment needs its zone: {value!r}")
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            message = _("This moment is outside the years 1 to 9999.")
            raise unstorable("datetime.out_of_range", message) from None
        if dialect.name == "postgresql":
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value if value is None else value.astimezone(UTC)


class Day(_Portable):
    """A calendar day without a zone."""

    impl = sa.Date

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.Date()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise TypeError(f"a day is a date, not {value!r}")
        return value if dialect.name == "postgresql" else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class Clock(_Portable):
    """A time of day without a zone, to the millisecond."""

    impl = sa.Time

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.Time()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, time) or value.tzinfo is not None:
            raise TypeError(f"a time of day is a time without a zone, not {value!r}")
        short = value.replace(microsecond=value.microsecond // 1000 * 1000)
        return short if dialect.name == "postgresql" else short.isoformat(timespec="milliseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> time | None:
        return time.fromisoformat(value) if isinstance(value, str) else value


class Flag(_Portable):
    """True or False."""

    impl = sa.Boolean

    def _sqlite(self) -> TypeEngine[Any]:
        return sa.Integer()

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.Boolean()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or isinstance(value, bool):
            return value if dialect.name == "postgresql" or value is None else int(value)
        raise TypeError(f"a flag is True or False, not {value!r}")

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return value if value is None else bool(value)


class Words(_Portable):
    """Text of any length, compared and sorted by code point on both databases."""

    impl: Any = sa.Text

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.Text(collation="C")

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError(f"a text column takes a str, not {value!r}")
        return checked_text(value)


class Json(_Portable):
    """A JSON value; None is NULL. PostgreSQL does not keep the order of keys."""

    impl = sa.JSON

    def _postgresql(self) -> TypeEngine[Any]:
        return postgresql.JSONB(none_as_null=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        # On PostgreSQL the engine's json_serializer is dump_json, so the checks are the same.
        return value if value is None or dialect.name == "postgresql" else dump_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else json.loads(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        return self


class Bytes(_Portable):
    """Bytes as they are."""

    impl = sa.LargeBinary

    def _sqlite(self) -> TypeEngine[Any]:
        return sa.LargeBinary()

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.LargeBinary()


class Whole(_Portable):
    """An integer of 64 bits."""

    impl = sa.BigInteger

    def _sqlite(self) -> TypeEngine[Any]:
        return sa.Integer()

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.BigInteger()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"a whole-number column takes an int, not {value!r}")
        if not -INT64 <= value < INT64:
            raise unstorable("number.too_large", _("This number is too large."))
        return value


class Real(_Portable):
    """A double: for measures such as coordinates, never for money."""

    impl = sa.Double

    def _sqlite(self) -> TypeEngine[Any]:
        return sa.REAL()

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.Double()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not math.isfinite(value):
            raise unstorable("number.not_finite", _("This is not a number."))
        return float(value)


class ExactTotal(_Portable):
    """What `exact_sum` answers: a Decimal of any size with `scale` decimals; not for columns."""

    impl = sa.Numeric
    comparator_factory = _SameScale

    def __init__(self, scale: int) -> None:
        super().__init__(38, scale)
        self.scale = scale

    def _sqlite(self) -> TypeEngine[Any]:
        return sa.Integer()

    def _postgresql(self) -> TypeEngine[Any]:
        return sa.Numeric(38, self.scale)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = checked_decimal(value, 38, self.scale)
        if dialect.name == "postgresql":
            return exact
        scaled = _scaled(exact, self.scale)
        return scaled if -INT64 <= scaled < INT64 else float(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, str):
            high, low = value.split(":")
            value = int(high) * _HALF + int(low)
        return Decimal(value).scaleb(-self.scale, _WIDE)

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any] | None:
        return _selected_sum(column) if isinstance(column, exact_sum) else column


_SCALING = {operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow}
_HALF = 2**32
_WIDE = Context(prec=60)


class exact_sum(FunctionElement[Any]):  # noqa: N801 - reads as a function in a statement, like func.sum
    """SUM of an Exact or Whole column without rounding or overflow; a Decimal, or None of no rows.

    SQLite's SUM fails beyond 64 bits, so two halves are added apart. A total beyond 64 bits is
    exact where it is selected; where it only orders or filters, SQLite compares a double.
    """

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        self.type = ExactTotal(getattr(column.type, "scale", 0) or 0)  # before a comparator asks
        super().__init__(column)


@compiles(exact_sum)
def _compile_sum(element: exact_sum, compiler: SQLCompiler, **kw: Any) -> str:
    return f"SUM({compiler.process(element.clauses, **kw)})"


@compiles(exact_sum, "sqlite")
def _compile_sum_sqlite(element: exact_sum, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({_halves(element, compiler, kw)[2]})"


class _selected_sum(FunctionElement[Any]):  # noqa: N801
    """An exact_sum in the list of columns: text "high:low" where 64 bits do not suffice."""

    inherit_cache = True

    def __init__(self, total: exact_sum) -> None:
        self.type = total.type
        super().__init__(total)


@compiles(_selected_sum)
def _compile_selected(element: _selected_sum, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(_selected_sum, "sqlite")
def _compile_selected_sqlite(element: _selected_sum, compiler: SQLCompiler, **kw: Any) -> str:
    (inner,) = element.clauses
    high, low, total = _halves(inner, compiler, kw)
    return f"CASE WHEN typeof({total}) = 'real' THEN {high} || ':' || {low} ELSE {total} END"


def _halves(total: Any, compiler: SQLCompiler, kw: dict[str, Any]) -> tuple[str, str, str]:
    column = compiler.process(total.clauses, **kw)
    high, low = f"SUM(({column}) / {_HALF})", f"SUM(({column}) % {_HALF})"
    return high, low, f"{high} * {_HALF} + {low}"


def _scaled(value: Decimal, scale: int) -> int:
    return int(value.scaleb(scale, _WIDE))
