"""Expressions in statements, for many records at once; the answers are those of `evaluation`.

On PostgreSQL each function has a reading of its own, beside its definition. SQLite has no exact
decimals: there a function of ours, called from the statement, does what Python does, and a value
that cannot be worked out is a blob that every further function passes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...platform.db.engine import offer_function
from . import exact
from .functions import FUNCTIONS
from .functions.base import FormulaError
from .limits import MAX_WRITTEN
from .pieces import SQL_TYPES, Column, Sql, either, number, worded
from .typed import Ambient, Apply, Constant, Expression, FieldValue, Type, parts

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

CALL, LEAF = "trellis_formula", "trellis_formula_value"
FAILED = b"!"
CODES = {
    Type.TEXT: "s", Type.NUMBER: "n", Type.BOOLEAN: "b", Type.DATE: "d", Type.DATETIME: "m",
    Type.TIME: "t", Type.PICKLIST: "s", Type.MULTIPICKLIST: "u", Type.BLANK: "s",
    Type.PLACE: "s",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selected:
    """What a statement selects for an expression, and how its two columns become the value."""

    value: Column
    failed: Column
    read: Callable[[Any, Any], Any]  # raises FormulaError


def is_compilable(expression: Expression) -> bool:
    """Says whether statements can work it out, on both databases alike."""
    calls = [part for part in parts(expression) if isinstance(part, Apply)]
    return all(map(_has_reading, calls)) and written(expression) <= MAX_WRITTEN


def _has_reading(call: Apply) -> bool:
    types = [arg.type for arg in call.args]
    if any(arg.type is Type.BLANK and isinstance(arg, Apply) for arg in call.args):
        return False  # a blank that is worked out has no type that a statement could know
    takes = call.function.sql_takes
    return call.function.sql is not None and (takes is None or takes(types))


def written(expression: Expression) -> int:
    """How many parts a statement has for it, about: a division writes its divisor three times."""
    if not isinstance(expression, Apply):
        return 1
    return 1 + expression.function.sql_weight * sum(map(written, expression.args))


def selected(
    expression: Expression,
    columns: Mapping[str, Column],
    dialect: str,
    ambients: Mapping[str, Any],
) -> Selected:
    """The columns of an expression; `columns` are those of the fields by path."""
    if dialect == "sqlite":
        value = on_sqlite(expression, columns, ambients)
        return Selected(value, sa.literal(0), lambda raw, _f: _read(raw, expression.type))
    sql = on_postgresql(expression, columns, ambients)
    value, fails = sql.value, sql.fails
    if expression.type is Type.NUMBER:
        value = sa.func.round(value, exact.SCALE, type_=sa.Numeric())
        too_large = sa.func.abs(value) >= number(10**exact.MAX_DIGITS)
        fails = either(fails, too_large)
    if fails is None:
        return Selected(value, sa.false(), lambda raw, _failed: _final(raw))
    kept = sa.case((fails, sa.null()), else_=value)
    return Selected(kept, fails, _checked)


def _checked(raw: Any, failed: Any) -> Any:
    if failed:
        raise FormulaError("failed", "failed")
    return _final(raw)


def _final(value: Any) -> Any:
    return None if value == "" else value


# -- PostgreSQL


def on_postgresql(
    expression: Expression, columns: Mapping[str, Column], ambients: Mapping[str, Any]
) -> Sql:
    match expression:
        case Constant(value):
            return Sql(_constant(value, expression.type), expression.type)
        case Ambient(name):
            known = ambients.get(name)
            if isinstance(known, tuple):
                column, percent = known
                value = _field(expression.type, column, percent=percent)
                return Sql(value, expression.type)
            return Sql(_constant(known, expression.type), expression.type)
        case FieldValue():
            column, zero = columns[expression.key], expression.blank_is_zero
            value = _field(expression.type, column, zero, is_percent(expression.field))
            return Sql(value, expression.type)
        case Apply(function, args):
            reading = function.sql
            if reading is None:
                raise LookupError(function.name)
            read = tuple(on_postgresql(arg, columns, ambients) for arg in args)
            made: Sql = reading(read, expression.type)
            return made


def _constant(value: Any, kind: Type) -> Column:
    if value is None:
        return sa.cast(sa.null(), SQL_TYPES[kind])
    if isinstance(value, Decimal):
        return number(exact.plain(value))
    if isinstance(value, str):
        return worded(value)
    return sa.cast(sa.literal(value, SQL_TYPES[kind]), SQL_TYPES[kind])


def is_percent(field: CustomField) -> bool:
    return field.field_type.formula_kind == "percent"


def _field(
    kind: Type, column: Column, blank_is_zero: bool = False, percent: bool = False
) -> Column:
    match kind:
        case Type.NUMBER:
            value: Column = sa.cast(column, sa.Numeric())
            if percent:
                value = value * number("0.01")
            return sa.func.coalesce(value, number(0)) if blank_is_zero else value
        case Type.BOOLEAN:
            return sa.func.coalesce(sa.cast(column, sa.Boolean()), sa.false())
        case Type.TEXT | Type.PICKLIST | Type.MULTIPICKLIST:
            return sa.func.coalesce(sa.cast(column, sa.Text()), worded(""))
        case _:
            return sa.cast(column, SQL_TYPES[kind])


# -- SQLite


def on_sqlite(
    expression: Expression, columns: Mapping[str, Column], ambients: Mapping[str, Any]
) -> Column:
    match expression:
        case Constant(value):
            return sa.literal(coded(value), sa.Text())
        case Ambient(name):
            known = ambients.get(name)
            if isinstance(known, tuple):
                column, percent = known
                return _leaf_call(expression.type, column, percent=percent)
            return sa.literal(coded(known), sa.Text())
        case FieldValue():
            column, zero = columns[expression.key], expression.blank_is_zero
            return _leaf_call(expression.type, column, zero, is_percent(expression.field))
        case Apply(function, args):
            codes = "".join(CODES[one.type] for one in (expression, *args))
            found = [on_sqlite(arg, columns, ambients) for arg in args]
            return sa.func.trellis_formula(function.name, codes, *found, type_=sa.Text())


def _leaf_call(
    kind: Type, column: Column, blank_is_zero: bool = False, percent: bool = False
) -> Column:
    scale = (getattr(column.type, "scale", None) or 0) + 2 * percent
    code = CODES[kind] + ("z" if blank_is_zero else "")
    raw = sa.type_coerce(column, sa.Text())
    return sa.func.trellis_formula_value(code, scale, raw, type_=sa.Text())


def coded(value: Any) -> Any:
    """A value as SQLite carries it between calls."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return ";".join(value)
    return value.isoformat()


_DECODERS: Mapping[str, Callable[[str], Any]] = {
    "s": str,
    "n": Decimal,
    "b": lambda raw: raw == "1",
    "d": date.fromisoformat,
    "m": lambda raw: datetime.fromisoformat(raw).replace(tzinfo=UTC),
    "t": time.fromisoformat,
    "u": lambda raw: tuple(raw.split(";")) if raw else (),
}
_BLANKS = {"s": "", "u": "", "b": "0"}


def decoded(raw: Any, code: str) -> Any:
    return None if raw is None else _DECODERS[code](raw)


def _leaf(code: str, scale: int, raw: Any) -> Any:
    """The value of a column, as `evaluation.native_reader` makes it."""
    if raw is None:
        return "0" if code.endswith("z") else _BLANKS.get(code)
    return format(Decimal(raw).scaleb(-scale), "f") if code[0] == "n" else str(raw)


def _call(name: str, codes: str, *raw: Any) -> Any:
    """What Python's reading of the function says; FAILED where it cannot."""
    function = FUNCTIONS.get(name)
    blank = "" if codes[0] == "s" else None
    try:
        if function.is_lazy:
            given = [_given(one, code) for one, code in zip(raw, codes[1:], strict=True)]
            value = function.python(*given)
        else:
            values = [passed(one, code) for one, code in zip(raw, codes[1:], strict=True)]
            if not function.takes_blank and None in values:
                return blank
            value = function.python(*values)
    except FormulaError:
        return FAILED
    return blank if value is None else coded(value)


def _given(raw: Any, code: str) -> Callable[[], Any]:
    return lambda: passed(raw, code)


def passed(raw: Any, code: str) -> Any:
    if isinstance(raw, bytes):
        raise FormulaError("failed", "failed")
    return decoded(raw, code)


def _read(raw: Any, kind: Type) -> Any:
    value = passed(raw, CODES[kind])
    if kind is Type.NUMBER and value is not None:
        return exact.bounded(exact.kept(value))
    return None if value in ("", ()) else value


offer_function(CALL, _call)
offer_function(LEAF, _leaf)
