"""Readings of functions in statements of PostgreSQL that take more than a line; see `pieces`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from .pieces import (
    Column,
    Condition,
    Sql,
    as_kind,
    blank_of,
    concatenated,
    count,
    either,
    holds,
    is_blank,
    is_long,
    number,
    quotient,
    reading,
    whole,
    worded,
)
from .typed import Type

_SPACES = " \t\r\n\f\v"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"
_PICTURE = r'^<img src="[^"<>]*" alt="[^"<>]*"( (height|width)="[0-9]+")*>$'
_MOST_DIGITS = 60
_MS_PER_DAY = 86_400_000
_ONE, _SPACE = number(1), worded(" ")
MOST_MONTHS = 120_000  # more than there are, so that a larger number is outside as well


def _matches(value: Column, pattern: str) -> Condition:
    found: Condition = sa.collate(value, "C").op("~", return_type=sa.Boolean())(worded(pattern))
    return found


def _in_utc(moment: Column) -> Column:
    return sa.func.timezone("UTC", moment, type_=sa.DateTime())


# -- texts


def spoken(args: tuple[Sql, ...], kind: Type) -> Sql:
    """The neutral text of a value."""
    return reading(_SPOKEN.get(args[0].type, lambda value: value))(args, kind)


def _written(pattern: str) -> Any:
    return lambda value: sa.func.to_char(value, worded(pattern), type_=sa.Text())


def _moment(value: Column) -> Column:
    return concatenated(_written("YYYY-MM-DD HH24:MI:SS")(_in_utc(value)), worded("Z"))


_SPOKEN: dict[Type, Any] = {
    Type.NUMBER: lambda value: sa.cast(sa.func.trim_scale(value), sa.Text()),
    Type.DATE: _written("YYYY-MM-DD"),
    Type.DATETIME: _moment,
    Type.TIME: _written("HH24:MI:SS.MS"),
}


def find(args: tuple[Sql, ...], kind: Type) -> Sql:
    def make(part: Column, whole_text: Column, start: Column = _ONE) -> Column:
        first = sa.func.greatest(whole(start), 1)
        at = sa.func.strpos(sa.func.substr(whole_text, first), part)
        found = sa.case((sa.or_(part == "", at == 0), 0), else_=at + first - 1)
        return count(found)

    return reading(make, passes_blank=False)(args, kind)


def padded(name: str) -> Any:
    def make(value: Column, length: Column, pad: Column = _SPACE) -> Column:
        most = sa.func.greatest(whole(length), 0)
        made = getattr(sa.func, name)(value, most, pad, type_=sa.Text())
        return sa.case((value == "", worded("")), else_=made)

    return reading(make)


def _bare(value: Column) -> Column:
    return sa.func.btrim(value, worded(_SPACES), type_=sa.Text())


def looks_like_number(value: Column) -> Condition:
    bare = _bare(value)
    return sa.and_(sa.func.length(bare) <= _MOST_DIGITS, _matches(bare, _NUMBER))


def read_number(value: Column) -> Column:
    bare = _bare(value)
    return sa.case((looks_like_number(value), sa.cast(bare, sa.Numeric())), else_=sa.null())


def is_no_number(value: Column) -> Condition:
    return sa.and_(_bare(value) != "", sa.not_(looks_like_number(value)))


def is_among(args: tuple[Sql, ...], kind: Type) -> Sql:
    value, *others = args
    same = [holds(value.value == as_kind(other, value.type)) for other in others]
    found = sa.and_(sa.not_(is_blank(value)), sa.or_(*same))
    return Sql(found, kind, either(*(arg.fails for arg in args)))


def includes(chosen: Column, value: Column) -> Condition:
    """Values are kept between semicolons, which none of them holds."""
    semicolon = worded(";")
    inside = concatenated(semicolon, chosen, semicolon)
    wanted = concatenated(semicolon, value, semicolon)
    is_one = sa.and_(value != "", sa.func.strpos(value, semicolon) == 0)
    return sa.and_(is_one, sa.func.strpos(inside, wanted) > 0)


def how_many(chosen: Column) -> Column:
    without = sa.func.replace(chosen, worded(";"), worded(""))
    several = sa.func.length(chosen) - sa.func.length(without) + 1
    return count(sa.case((chosen == "", 0), else_=several))


# -- links and pictures


def _escaped(value: Column) -> Column:
    for old, new in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot"), ("'", "#x27")):
        value = sa.func.replace(value, worded(old), worded(f"&{new};"), type_=sa.Text())
    return value


def _is_no_address(url: Column, schemes: str) -> Condition:
    scheme = sa.and_(
        _matches(url, r"^ *[A-Za-z][A-Za-z0-9+.-]*:"),
        sa.not_(_matches(sa.func.lower(sa.collate(url, "C")), f"^ *({schemes}):")),
    )
    return sa.or_(_matches(url, "[\\x01-\\x1f\\x7f]"), scheme)


def link(args: tuple[Sql, ...], kind: Type) -> Sql:
    url, label, *rest = (arg.value for arg in args)
    shown = sa.case((_matches(label, _PICTURE), label), else_=_escaped(label))
    target: Column = worded("")
    for name in rest:
        said = concatenated(worded(' target="'), _escaped(name), worded('"'))
        target = sa.case((name == "", worded("")), else_=said)
    opened = concatenated(worded('<a href="'), _escaped(url), worded('"'), target, worded(">"))
    value = concatenated(opened, shown, worded("</a>"))
    bad = _is_no_address(url, "https?|mailto|tel")
    fails = either(*(arg.fails for arg in args), bad, is_long(value))
    return Sql(value, kind, fails)


def picture(args: tuple[Sql, ...], kind: Type) -> Sql:
    def make(url: Column, alt: Column, *sizes: Column) -> Column:
        start = concatenated(worded('<img src="'), _escaped(url), worded('" alt="'), _escaped(alt))
        given = zip(("height", "width"), sizes, strict=False)
        return concatenated(start, worded('"'), *(_size(*one) for one in given), worded(">"))

    def fails(url: Column, alt: Column, *sizes: Column) -> Condition:
        return sa.or_(_is_no_address(url, "https?"), is_long(make(url, alt, *sizes)))

    return reading(make, fails)(args, kind)


def _size(name: str, size: Column) -> Column:
    value = whole(size)
    said = concatenated(worded(f' {name}="'), sa.cast(value, sa.Text()), worded('"'))
    return sa.case((value > 0, said), else_=worded(""))


# -- days and moments


def day_of(args: tuple[Sql, ...], kind: Type) -> Sql:
    is_moment = args[0].type is Type.DATETIME
    return reading(lambda v: sa.cast(_in_utc(v) if is_moment else v, sa.Date()))(args, kind)


def moment_of(args: tuple[Sql, ...], kind: Type) -> Sql:
    def make(value: Column) -> Column:
        if args[0].type is Type.DATETIME:
            return value
        begins = sa.cast(value, sa.DateTime())
        return sa.func.timezone("UTC", begins, type_=sa.DateTime(timezone=True))

    return reading(make)(args, kind)


def clock_of(args: tuple[Sql, ...], kind: Type) -> Sql:
    return reading(lambda value: sa.cast(_in_utc(value), sa.Time()))(args, kind)


def from_types(*wanted: Type) -> Any:
    """Says whether the first argument is of one of these, as the reading needs it."""

    def asks(types: Sequence[Type]) -> bool:
        return types[0] in wanted

    return asks


def days_between(later: Column, earlier: Column) -> Column:
    """The days between two moments, with the part of the last one."""
    span = later.op("-", return_type=sa.Interval())(earlier)
    ms = sa.func.trunc(sa.extract("epoch", span) * number(1000))
    return quotient(sa.cast(ms, sa.Numeric()), number(_MS_PER_DAY))


def part_of_clock(field: str) -> Any:
    def make(value: Column) -> Column:
        found = sa.cast(sa.extract(field, value), sa.Numeric())
        return sa.func.trunc(found % number(1000) if field == "milliseconds" else found)

    return reading(make)


def months_later(args: tuple[Sql, ...], kind: Type) -> Sql:
    day, months = args
    asked = whole(months.value, MOST_MONTHS)
    base = sa.extract("year", day.value) * 12 + sa.extract("month", day.value) - 1
    # a month beyond the calendar is an error of ours to tell, not one of the server's
    steps = sa.cast(sa.func.least(sa.func.greatest(asked, 11 - base), 120_000 - base), sa.Integer())
    begin = sa.func.date_trunc("month", sa.cast(day.value, sa.DateTime()), type_=sa.DateTime())

    def moved(start: Column, count_: Column, days: int = 0) -> Column:
        span = sa.func.make_interval(0, count_, 0, days, type_=sa.Interval())
        return start.op("+", return_type=sa.DateTime())(span)

    is_end = sa.cast(moved(begin, sa.literal(1), -1), sa.Date()) == day.value
    last = sa.cast(moved(begin, steps + 1, -1), sa.Date())
    plain = sa.cast(moved(sa.cast(day.value, sa.DateTime()), steps), sa.Date())
    outside = sa.not_((base + asked).between(12, 9999 * 12 + 11))
    is_there = sa.and_(day.value.is_not(None), months.value.is_not(None))
    value = sa.case((sa.not_(is_there), blank_of(kind)), (is_end, last), else_=plain)
    return Sql(value, kind, either(day.fails, months.fails, sa.and_(is_there, outside)))
