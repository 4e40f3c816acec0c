"""What formulas become in a statement of PostgreSQL: a value, and when it cannot be worked out.

PostgreSQL may work out any part of a statement before it is asked for, so no part may raise an
error: what would is kept from it, and `fails` says that the value means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from .exact import SCALE
from .limits import MAX_TEXT
from .typed import Type

Column = sa.ColumnElement[Any]
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression in a statement. Blank text is "", everything else blank is NULL."""

    value: Column
    type: Type
    fails: Condition | None = None  # None: never


Reading = Callable[[tuple[Sql, ...], Type], Sql]


def reading(
    make: Callable[..., Column],
    fails: Callable[..., Condition] | None = None,
    *,
    passes_blank: bool = True,
) -> Reading:
    """Of a function that looks at all its arguments: its value and its own failure.

    Without `passes_blank`, its value would not be blank by itself where an argument is.
    """

    def read(args: tuple[Sql, ...], kind: Type) -> Sql:
        values = [arg.value for arg in args]
        own = fails(*values) if fails else None
        value = make(*values)
        blank = [value_is_null(arg) for arg in args if arg.type is not Type.TEXT]
        if blank and (kind is Type.TEXT or not passes_blank):
            value = sa.case((sa.or_(*blank), blank_of(kind)), else_=value)
        if own is not None:  # a blank argument makes the result blank before anything can fail
            own = sa.and_(*(sa.not_(one) for one in blank), own)
        return Sql(value, kind, either(*(arg.fails for arg in args), own))

    return read


def value_is_null(arg: Sql) -> Condition:
    return arg.value.is_(None)


def holds(condition: Column) -> Condition:
    """True or false, where blank is false."""
    return sa.func.coalesce(condition, sa.false())


def either(*conditions: Condition | None) -> Condition | None:
    found = [holds(condition) for condition in conditions if condition is not None]
    return sa.or_(*found) if found else None


def failing(sql: Sql) -> Condition:
    return sa.false() if sql.fails is None else holds(sql.fails)


def is_blank(sql: Sql) -> Condition:
    if sql.type in (Type.TEXT, Type.PICKLIST, Type.MULTIPICKLIST):
        return holds(sql.value == "")
    return sql.value.is_(None)


def as_kind(sql: Sql, kind: Type) -> Column:
    """Its value as that of a function of the kind: NULL among texts is the empty text."""
    if sql.type is Type.BLANK and kind is not Type.BLANK:
        return blank_of(kind)
    return sql.value


# -- values


def number(value: Decimal | int | str) -> Column:
    return sa.cast(sa.literal(str(value), sa.Text()), sa.Numeric())


def worded(value: str) -> Column:
    return sa.cast(sa.literal(value, sa.Text()), sa.Text())


def blank_of(kind: Type) -> Column:
    return worded("") if kind is Type.TEXT else sa.cast(sa.null(), SQL_TYPES[kind])


SQL_TYPES: dict[Type, sa.types.TypeEngine[Any]] = {
    Type.TEXT: sa.Text(), Type.PICKLIST: sa.Text(), Type.MULTIPICKLIST: sa.Text(),
    Type.NUMBER: sa.Numeric(), Type.BOOLEAN: sa.Boolean(), Type.DATE: sa.Date(),
    Type.DATETIME: sa.DateTime(timezone=True), Type.TIME: sa.Time(), Type.BLANK: sa.Text(),
    Type.PLACE: sa.Text(),
}  # fmt: skip


def ordered(value: Column) -> Column:
    """A text that is compared by its code points."""
    return sa.collate(value, "C") if isinstance(value.type, sa.Text) else value


def whole(value: Column, most: int = MAX_TEXT) -> Column:
    """A number without its fraction as an integer, no larger than that either way."""
    near = sa.func.least(sa.func.greatest(value, number(-most)), number(most))
    return sa.cast(sa.func.trunc(near), sa.Integer())


def count(value: Column) -> Column:
    """An integer as a number."""
    return sa.cast(value, sa.Numeric())


def from_zero(value: Column) -> Column:
    return sa.func.sign(value) * sa.func.ceil(sa.func.abs(value))


def product(a: Column, b: Column) -> Column:
    return sa.func.round(a * b, SCALE)


def quotient(a: Column, b: Column) -> Column:
    """Halves away from zero, at SCALE decimals; NULL by zero."""
    scaled = sa.func.abs(a) * number(2 * 10**SCALE) + sa.func.abs(b)
    steps = sa.func.div(scaled, sa.func.nullif(sa.func.abs(b) * number(2), number(0)))
    return sa.func.sign(a) * sa.func.sign(b) * steps * number(Decimal(1).scaleb(-SCALE))


def is_zero(_a: Column, b: Column) -> Condition:
    return b == number(0)


def is_long(*texts: Column) -> Condition:
    lengths = [sa.func.length(one) for one in texts]
    total: Column = lengths[0]
    for length in lengths[1:]:
        total = total + length
    return total > MAX_TEXT


def concatenated(*texts: Column) -> Column:
    found: Column = texts[0]
    for one in texts[1:]:
        found = sa.func.concat(found, one, type_=sa.Text())
    return found
