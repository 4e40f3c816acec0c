"""Formulas in statements of SQLite as arithmetic of whole numbers, wherever that is exact.

SQLite keeps a number as a whole one, counted in its last decimal. What stays within 64 bits is
worked out by SQLite itself, with the same answer as in memory and at a fraction of the cost of a
call of ours for each row. What may not, or cannot be worked out for some values, is left to it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from . import exact
from .pieces import Column, Condition, blank_of, holds
from .sql import is_percent, written
from .typed import Ambient, Apply, Constant, Expression, FieldValue, Type

MOST_PARTS = 400  # of a statement that one formula is written out to
INT64 = 2**63 - 1
_TOO_LARGE = 10**18  # no field keeps as much, in its last decimal
_FINEST = 10  # decimals of a quotient whose halves are told apart for certain
_CAPS = (18, 17, 16, 15, 14, 13, 12, 11, 10, 9)  # digits of a column's number, decimals included
_KEPT_AS_TEXT = (Type.TEXT, Type.PICKLIST, Type.DATE, Type.DATETIME, Type.TIME)
_TEXTS = (Type.TEXT, Type.PICKLIST)

AmbientColumn = tuple[Column, bool]  # its column, and whether it is a percentage


class Unfit(Exception):
    """SQLite cannot work the expression out by itself."""


class TooLarge(Unfit):
    """A number may need more than 64 bits; smaller ones in the columns may do."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What SQLite works out; a number is counted in its last decimal."""

    value: Column
    type: Type
    scale: int = 0
    most: int = 0  # what a number is at most, either way
    known: int | None = None  # the number, if it is one and the same for all rows


Reading = Callable[[Sequence[Whole], Type], Whole]


@dataclass(frozen=True, slots=True)
class Scaled:
    """A field's value as a column keeps it; where `outside` holds, it may be wrong."""

    value: Column
    outside: Condition | None


def scaled(
    expression: Expression,
    scale: int,
    columns: Mapping[str, Column],
    ambients: Mapping[str, AmbientColumn],
) -> Scaled | None:
    """The expression over its columns, a number with so many decimals; None where it is unfit."""
    if written(expression) > MOST_PARTS:
        return None
    for digits in _CAPS:
        reader = _Reader(columns, ambients, 10**digits - 1)
        try:
            value = reader.result(expression, scale)
        except TooLarge:
            continue
        except Unfit:
            return None
        return Scaled(value, sa.or_(*reader.outside) if reader.outside else None)
    return None


class _Reader:
    """Reads an expression over columns whose numbers are at most `cap`."""

    def __init__(
        self, columns: Mapping[str, Column], ambients: Mapping[str, AmbientColumn], cap: int
    ) -> None:
        self._columns, self._ambients, self._cap = columns, ambients, cap
        self._outside: dict[int, Condition] = {}  # {id of a column: beyond the cap}

    @property
    def outside(self) -> list[Condition]:
        return list(self._outside.values())

    def result(self, expression: Expression, scale: int) -> Column:
        """What the field's column would keep."""
        if expression.type is Type.NUMBER:
            found = self._rounded(expression, scale)
            if found.most >= _TOO_LARGE:
                raise TooLarge
            return found.value
        if expression.type not in (Type.BOOLEAN, *_KEPT_AS_TEXT):
            raise Unfit
        value = self.read(expression).value
        if expression.type is Type.BOOLEAN:
            return holds(value)
        return sa.func.nullif(value, "") if expression.type in _TEXTS else value

    def read(self, expression: Expression) -> Whole:
        """The expression, which can be worked out for all values within the cap."""
        match expression:
            case Constant(value):
                return _constant(value, expression.type)
            case Ambient(name):
                column, percent = self._ambients[name]
                return self._column(column, expression.type, percent=percent)
            case FieldValue():
                column, percent = self._columns[expression.key], is_percent(expression.field)
                found = self._column(column, expression.type, percent=percent)
                if not expression.blank_is_zero or expression.type is not Type.NUMBER:
                    return found
                return replace(found, value=sa.func.coalesce(found.value, _int(0)))
            case Apply(function, (a, Constant(Decimal() as b))) if function.name == "/":
                by = _constant(_inverse(b), Type.NUMBER)
                return _fitting(_product([self.read(a), by], Type.NUMBER))
            case Apply(function, args):
                if (reading := _READINGS.get(function.name)) is None:
                    raise Unfit
                given = [self.read(arg) for arg in args]
                if function.name not in _TAKING_BLANK and _has_blank(given):
                    raise Unfit
                return _fitting(reading(given, expression.type))

    def _column(self, column: Column, kind: Type, *, percent: bool) -> Whole:
        if kind is Type.NUMBER:
            return self._number(column, percent=percent)
        if kind is Type.BOOLEAN:
            return Whole(holds(sa.type_coerce(column, sa.Boolean())), kind)
        if kind not in _KEPT_AS_TEXT:
            raise Unfit
        value = sa.type_coerce(column, sa.Text())
        return Whole(sa.func.coalesce(value, "") if kind in _TEXTS else value, kind)

    def _number(self, column: Column, *, percent: bool) -> Whole:
        precision, scale = (getattr(column.type, name, None) for name in ("precision", "scale"))
        if precision is None or scale is None:
            raise Unfit
        value = sa.type_coerce(column, sa.BigInteger())
        if (most := 10**precision - 1) > self._cap:
            most = self._cap
            self._outside[id(column)] = sa.not_(value.between(_int(-most), _int(most)))
        return Whole(value, Type.NUMBER, scale + 2 * percent, most)

    # -- the way to the result, where what cannot be worked out is blank

    def _rounded(self, expression: Expression, scale: int) -> Whole:
        """A number with so many decimals, halves away from zero."""
        if isinstance(expression, Apply):
            match expression.function.name, expression.args:
                case "/", (a, b) if not _ends(b):
                    return _quotient(self.read(a), self.read(b), scale)
                case "IF", (asked, *branches):
                    chosen = [self._rounded(one, scale) for one in branches]
                    return _if([self.read(asked), *chosen], Type.NUMBER)
                case "ROUND", (value, Constant(places)) if places is not None:
                    if places in range(_FINEST + 1):
                        return _to(self._rounded(value, int(places)), scale)
        return _to(self.read(expression), scale)


def _has_blank(args: Sequence[Whole]) -> bool:
    return any(one.type is Type.BLANK for one in args)


# -- numbers


def _int(value: int) -> Column:
    return sa.literal(value, sa.BigInteger())


def _fitting(found: Whole) -> Whole:
    if found.most > INT64:
        raise TooLarge
    return found


def _constant(value: Any, kind: Type) -> Whole:
    if value is None:
        return Whole(sa.null(), Type.BLANK)
    if isinstance(value, Decimal):
        sign, digits, exponent = Decimal(exact.plain(value)).as_tuple()
        assert isinstance(exponent, int)  # noqa: S101 - formulas write no infinities
        number = int("".join(map(str, digits))) * (-1 if sign else 1) * 10 ** max(exponent, 0)
        return _fitting(Whole(_int(number), kind, max(-exponent, 0), abs(number), number))
    if isinstance(value, bool):
        return Whole(sa.type_coerce(_int(value), sa.Boolean()), kind)
    if isinstance(value, str):
        return Whole(sa.literal(value, sa.Text()), kind)
    raise Unfit


def _inverse(divisor: Decimal) -> Decimal:
    """What a product takes in place of a division by it; Unfit where that has no end."""
    found = exact.divide(exact.ONE, divisor) if divisor else exact.ZERO
    if exact.multiply(found, divisor) != exact.ONE:
        raise Unfit
    return found


def _ends(divisor: Expression) -> bool:
    """Says whether a division by it is as good as a product."""
    if not isinstance(divisor, Constant) or not isinstance(divisor.value, Decimal):
        return False
    try:
        return bool(_inverse(divisor.value))
    except Unfit:
        return False


def _raised(one: Whole, scale: int) -> Whole:
    """The number with more decimals."""
    if one.type is not Type.NUMBER or one.scale >= scale:
        return one
    return replace(_times(one, 10 ** (scale - one.scale)), scale=scale)


def _times(one: Whole, factor: int) -> Whole:
    _fitting(replace(one, most=max(factor, one.most * factor)))
    if factor == 1:
        return one
    if one.known is not None:
        number = one.known * factor
        return replace(one, value=_int(number), most=abs(number), known=number)
    return replace(one, value=one.value * _int(factor), most=one.most * factor)


def _to(one: Whole, scale: int) -> Whole:
    """The number with so many decimals, fewer by rounding halves away from zero."""
    if one.type is not Type.NUMBER or one.scale <= scale:
        return _raised(one, scale)
    step = 10 ** (one.scale - scale)
    _fitting(replace(one, most=one.most + step))
    half = sa.case((one.value < 0, _int(-(step // 2))), else_=_int(step // 2))
    return Whole((one.value + half) // _int(step), Type.NUMBER, scale, one.most // step + 1)


def _quotient(a: Whole, b: Whole, scale: int) -> Whole:
    """With so many decimals; blank by zero."""
    if scale > _FINEST or _has_blank((a, b)):
        raise Unfit
    shift = scale + b.scale - a.scale
    a, b = _times(a, 10 ** max(shift, 0)), _times(b, 10 ** max(-shift, 0))
    _fitting(replace(a, most=2 * max(a.most, b.most) + b.most))
    size, by = sa.func.abs(a.value, type_=a.value.type), sa.func.abs(b.value, type_=b.value.type)
    steps = (size * _int(2) + by) // (by * _int(2))
    value = sa.case(((a.value < 0) == (b.value < 0), steps), else_=-steps)
    return Whole(value, Type.NUMBER, scale, a.most + 1)


def _alike(args: Sequence[Whole]) -> list[Whole]:
    """The numbers among them with as many decimals."""
    scale = max(one.scale for one in args)
    return [_raised(one, scale) for one in args]


def _largest(args: Sequence[Whole], kind: Type, value: Column) -> Whole:
    """One of the arguments, which are alike."""
    return Whole(value, kind, max(a.scale for a in args), max(a.most for a in args))


def _sum(args: Sequence[Whole], kind: Type) -> Whole:
    return _added(args, kind, lambda a, b: a + b)


def _added(args: Sequence[Whole], kind: Type, add: Callable[[Column, Column], Column]) -> Whole:
    if {one.type for one in args} != {Type.NUMBER}:
        raise Unfit
    a, b = _alike(args)
    return Whole(add(a.value, b.value), kind, a.scale, a.most + b.most)


def _difference(args: Sequence[Whole], kind: Type) -> Whole:
    a, b = args
    if a.type is b.type is Type.DATE:
        days = sa.func.julianday(a.value, type_=sa.Float()) - sa.func.julianday(b.value)
        return Whole(sa.cast(days, sa.Integer()), Type.NUMBER, 0, 4_000_000)
    return _added(args, kind, lambda x, y: x - y)


def _product(args: Sequence[Whole], kind: Type) -> Whole:
    a, b = args
    scale = a.scale + b.scale
    if scale > exact.SCALE:
        raise Unfit
    return Whole(a.value * b.value, kind, scale, a.most * b.most)


def _same(args: Sequence[Whole], _kind: Type) -> Whole:
    return args[0]


def _negative(args: Sequence[Whole], _kind: Type) -> Whole:
    return replace(args[0], value=-args[0].value, known=None)


def _size(args: Sequence[Whole], _kind: Type) -> Whole:
    value = sa.func.abs(args[0].value, type_=sa.BigInteger())
    return replace(args[0], value=value, known=None)


def _extreme(function: Any) -> Reading:
    def read(args: Sequence[Whole], kind: Type) -> Whole:
        args = _alike(args)
        if len(args) == 1:
            return args[0]  # SQLite would take the one of all rows
        value = function(*(one.value for one in args), type_=sa.BigInteger())
        return _largest(args, kind, value)

    return read


def _part_of_day(first: int, length: int) -> Reading:
    def read(args: Sequence[Whole], kind: Type) -> Whole:
        if args[0].type is not Type.DATE:
            raise Unfit
        part = sa.cast(sa.func.substr(args[0].value, first, length), sa.Integer())
        return Whole(part, kind, 0, 9999)

    return read


# -- comparisons and choices


def _compared(compare: Callable[[Any, Any], Any]) -> Reading:
    def read(args: Sequence[Whole], kind: Type) -> Whole:
        a, b = (one.value for one in _alike(args))
        is_so = compare(a, b)
        if args[0].type is Type.TEXT and compare not in (operator.eq, operator.ne):
            is_so = sa.and_(a != "", b != "", is_so)
        return Whole(is_so, kind)

    return read


def _if(args: Sequence[Whole], kind: Type) -> Whole:
    asked, *branches = args
    then, otherwise = _alike(branches)
    value = sa.case((holds(asked.value), _as(then, kind)), else_=_as(otherwise, kind))
    return _largest((then, otherwise), kind, value)


def _case(args: Sequence[Whole], kind: Type) -> Whole:
    chosen, *asked = _alike((args[0], *args[1:-1:2]))
    results = _alike((*args[2::2], args[-1]))
    value = _as(results[-1], kind)
    for one, result in zip(asked[::-1], results[-2::-1], strict=True):
        if one.type is not Type.BLANK:
            value = sa.case((holds(chosen.value == one.value), _as(result, kind)), else_=value)
    return _largest(results, kind, value)


def _instead(args: Sequence[Whole], kind: Type) -> Whole:
    """Of a value that is blank, which a text is when it is empty."""
    value, other = _alike(args)
    is_text = kind is Type.TEXT
    asked = value.value == "" if is_text else value.value.is_(None)
    chosen = sa.case((asked, _as(other, kind)), else_=_as(value, kind))
    return _largest((value, other), kind, chosen)


def _as(one: Whole, kind: Type) -> Column:
    """Its value beside those of the kind: blank among texts is the empty text."""
    if one.type is not Type.BLANK:
        return one.value
    return sa.cast(sa.null(), sa.BigInteger()) if kind is Type.NUMBER else blank_of(kind)


def _blank(args: Sequence[Whole], kind: Type) -> Whole:
    value = args[0].value
    return Whole(value == "" if args[0].type in _TEXTS else value.is_(None), kind)


def _is_picked(args: Sequence[Whole], kind: Type) -> Whole:
    return Whole(args[0].value == args[1].value, kind)


_TAKING_BLANK = frozenset({"IF", "CASE", "BLANKVALUE", "AND", "OR"})
_READINGS: Mapping[str, Reading] = {
    "+": _sum, "-": _difference, "*": _product, "NEGATIVE": _negative, "POSITIVE": _same,
    "ABS": _size, "MIN": _extreme(sa.func.min), "MAX": _extreme(sa.func.max),
    "YEAR": _part_of_day(1, 4), "MONTH": _part_of_day(6, 2), "DAY": _part_of_day(9, 2),
    "=": _compared(operator.eq), "<>": _compared(operator.ne),
    "<": _compared(operator.lt), "<=": _compared(operator.le),
    ">": _compared(operator.gt), ">=": _compared(operator.ge),
    "IF": _if, "CASE": _case, "BLANKVALUE": _instead, "ISBLANK": _blank,
    "ISPICKVAL": _is_picked,
    "AND": lambda args, kind: Whole(sa.and_(*(holds(one.value) for one in args)), kind),
    "OR": lambda args, kind: Whole(sa.or_(*(holds(one.value) for one in args)), kind),
    "NOT": lambda args, kind: Whole(sa.not_(args[0].value), kind),
}  # fmt: skip
