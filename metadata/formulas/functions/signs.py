"""The operators. Numbers are added, texts joined, days moved; nothing is turned silently."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ....platform.i18n import lazy
from .. import exact, readings
from ..pieces import (
    Sql,
    blank_of,
    concatenated,
    count,
    either,
    is_long,
    is_zero,
    number,
    ordered,
    product,
    quotient,
    reading,
    whole,
    worded,
)
from ..typed import Type
from .base import NUMBER, PLAIN, TEXT, Family, Types, function, together
from .days import MS, MS_PER_DAY, moved
from .words import joined

SIGNS = Family.OPERATOR
_MOVED = {Type.DATE, Type.DATETIME, Type.TIME}
_TIMED = {Type.DATETIME, Type.TIME}  # moments and times of day are moved in memory only
_ADDED: Types = NUMBER | TEXT | _MOVED
_TAKEN: Types = NUMBER | _MOVED


def _sum(types: Sequence[Type]) -> Type | None:
    first, second = types
    if first in _MOVED and second in (Type.NUMBER, Type.BLANK):
        return first
    if second in _MOVED and first in (Type.NUMBER, Type.BLANK):
        return second
    same = together(types)
    if same is Type.BLANK:
        return Type.NUMBER
    return same if same in (Type.NUMBER, Type.TEXT) else None


def _difference(types: Sequence[Type]) -> Type | None:
    first, second = types
    if first in _MOVED and second in (Type.NUMBER, Type.BLANK):
        return first
    same = together(types)
    if same in (Type.NUMBER, Type.BLANK) or same in _MOVED:
        return Type.NUMBER
    return None


def _add(a: Any, b: Any) -> Any:
    if isinstance(a, str):
        return joined(a, b)
    if isinstance(a, Decimal):
        return exact.add(a, b) if isinstance(b, Decimal) else moved(b, a)
    return moved(a, b)


def _subtract(a: Any, b: Any) -> Any:
    if isinstance(a, Decimal):
        return exact.subtract(a, b)
    if isinstance(b, Decimal):
        return moved(a, b.copy_negate())
    if isinstance(a, datetime):
        return exact.divide(Decimal(between(b, a)), Decimal(MS_PER_DAY))
    if isinstance(a, date):
        return Decimal((a - b).days)
    return Decimal(between(b, a) % MS_PER_DAY)


def between(first: Any, second: Any) -> int:
    """The milliseconds from one moment to another, or between two times of the same day."""
    if isinstance(first, datetime):
        return int((second - first) // MS)
    return _clock(second) - _clock(first)


def _clock(at: Any) -> int:
    seconds = (at.hour * 60 + at.minute) * 60 + at.second
    return int(seconds * 1000 + at.microsecond // 1000)


def _compared(types: Sequence[Type]) -> Type | None:
    return None if together(types) is None else Type.BOOLEAN


def _ordered(types: Sequence[Type]) -> Type | None:
    return None if together(types) in (None, Type.BOOLEAN) else Type.BOOLEAN


def _plus_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    a, b = args
    if kind is Type.TEXT:
        return reading(concatenated, is_long)(args, kind)
    if kind is Type.NUMBER:
        return reading(lambda x, y: x + y)(args, kind)
    return _moved_sql(a, b, 1) if a.type is kind else _moved_sql(b, a, 1)


def _minus_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    a, b = args
    if kind is Type.NUMBER and a.type in (Type.NUMBER, Type.BLANK):
        return reading(lambda x, y: x - y)(args, kind)
    if kind is Type.NUMBER and a.type is b.type is Type.DATE:
        return reading(lambda x, y: count(_days(x, y)))(args, kind)
    if a.type is b.type is Type.DATETIME:
        return reading(readings.days_between)(args, kind)
    if b.type in (Type.NUMBER, Type.BLANK):
        return _moved_sql(a, b, -1)
    raise LookupError("-")


def _days(later: Any, earlier: Any) -> Any:
    return later.op("-", return_type=sa.Integer())(earlier)


def _moved_sql(day: Sql, days: Sql, sign: int) -> Sql:
    """A day so many days later or earlier, within the calendar whatever is asked.

    The server works constants out before it looks at the condition that guards them.
    """
    if day.type is not Type.DATE:
        raise LookupError("+")
    steps = whole(days.value, _DAYS) * sign
    first = sa.cast(sa.literal("0001-01-01", sa.Text()), sa.Date())
    later = _days(day.value, first) + steps
    last = (date.max - date.min).days
    outside = sa.not_(later.between(0, last))
    near = sa.func.least(sa.func.greatest(later, 0), last)
    value = first.op("+", return_type=sa.Date())(near)
    is_there = sa.and_(day.value.is_not(None), days.value.is_not(None))
    kept = sa.case((is_there, value), else_=blank_of(Type.DATE))
    return Sql(kept, Type.DATE, either(day.fails, days.fails, sa.and_(is_there, outside)))


_DAYS = 4_000_000  # more than there are, so that a larger number is outside as well


Compare = Callable[[Any, Any], Any]


def _equality(sign: str, help: str, compare: Compare) -> None:
    read = reading(lambda a, b: compare(ordered(a), ordered(b)))
    function(sign, f"a {sign} b", help, SIGNS, (PLAIN, PLAIN), _compared, compare, sql=read)


def _order(sign: str, help: str, compare: Compare) -> None:
    """A blank text stands neither before nor after anything."""

    def python(a: Any, b: Any) -> Any:
        return False if a == "" or b == "" else compare(a, b)

    def sql(a: Any, b: Any) -> Any:
        is_so = compare(ordered(a), ordered(b))
        is_text = isinstance(a.type, sa.Text)
        return sa.and_(a != worded(""), b != worded(""), is_so) if is_text else is_so

    read = reading(sql)
    function(sign, f"a {sign} b", help, SIGNS, (PLAIN, PLAIN), _ordered, python, sql=read)


_equality("=", lazy("Equal; case matters in texts."), operator.eq)
_equality("<>", lazy("Not equal."), operator.ne)
_order("<", lazy("Less than, or before."), operator.lt)
_order("<=", lazy("At most, or not after."), operator.le)
_order(">", lazy("More than, or after."), operator.gt)
_order(">=", lazy("At least, or not before."), operator.ge)
function(
    "+",
    "a + b",
    lazy("The sum; of texts, one after the other; of a date and a number, so many days later."),
    SIGNS,
    (_ADDED, _ADDED),
    _sum,
    _add,
    sql=_plus_sql,
    sql_takes=lambda types: not set(types) & _TIMED,
    sql_weight=2,
)
function(
    "-",
    "a - b",
    lazy("The difference; of two dates in days; of a date and a number, so many days earlier."),
    SIGNS,
    (_TAKEN, _TAKEN),
    _difference,
    _subtract,
    sql=_minus_sql,
    sql_takes=lambda types: not set(types) & _TIMED or types == [Type.DATETIME] * 2,
    sql_weight=2,
)
function(
    "*",
    "a * b",
    lazy("The product."),
    SIGNS,
    (NUMBER, NUMBER),
    Type.NUMBER,
    exact.multiply,
    sql=reading(product),
)
function(
    "/",
    "a / b",
    lazy("The quotient."),
    SIGNS,
    (NUMBER, NUMBER),
    Type.NUMBER,
    exact.divide,
    sql=reading(quotient, is_zero),
    sql_weight=5,
)
function(
    "^",
    "a ^ b",
    lazy("The power; it binds looser than * and /."),
    SIGNS,
    (NUMBER, NUMBER),
    Type.NUMBER,
    exact.power,
)
function(
    "&",
    "a & b",
    lazy("Two texts, one after the other."),
    SIGNS,
    (TEXT, TEXT),
    Type.TEXT,
    joined,
    more=TEXT,
    sql=reading(concatenated, is_long),
)
function(
    "NEGATIVE",
    "-a",
    lazy("The number with the other sign."),
    SIGNS,
    (NUMBER,),
    Type.NUMBER,
    lambda number: exact.subtract(exact.ZERO, number),
    sql=reading(lambda x: number(0) - x),
)
function(
    "POSITIVE",
    "+a",
    lazy("The number as it is."),
    SIGNS,
    (NUMBER,),
    Type.NUMBER,
    lambda number: number,
    sql=reading(lambda x: x),
)
