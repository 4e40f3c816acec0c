"""Numbers: rounding, the least and the greatest, powers and logarithms."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ....platform.i18n import lazy
from .. import exact
from ..pieces import from_zero, is_zero, number, reading
from ..typed import Type
from .base import NUMBER, Family, function

AMOUNTS = Family.NUMBER


def _places(count: Any) -> Any:
    return sa.cast(
        sa.func.least(sa.func.greatest(sa.func.trunc(count), -exact.MAX_DIGITS), exact.SCALE),
        sa.Integer(),
    )


_ceil, _floor = sa.func.ceil, sa.func.floor


def _truncated(number: Any, places: Any = None) -> Any:
    return sa.func.trunc(number, 0 if places is None else _places(places))


def _one(name: str, help: str, python: Callable[..., Any], sql: Any = None) -> None:
    read = reading(sql) if sql else None
    function(name, f"{name}(number)", help, AMOUNTS, (NUMBER,), Type.NUMBER, python, sql=read)


def _steps(
    name: str, help: str, python: Callable[[Decimal], Decimal], sql: Callable[[Any], Any]
) -> None:
    """Of what a division left: (1 / 9) * 9 has the whole number 1, though 1 / 9 has an end."""
    _one(
        name,
        help,
        lambda number: python(exact.rounded(number, exact.STEPS)),
        lambda number: sql(sa.func.round(number, int(exact.STEPS))),
    )


_one("ABS", lazy("The number without its sign."), Decimal.copy_abs, sa.func.abs)
_steps("FLOOR", lazy("The whole number next to it toward zero."), exact.toward_zero, sa.func.trunc)
_steps("CEILING", lazy("The whole number next to it away from zero."), exact.from_zero, from_zero)
_steps("MFLOOR", lazy("The next smaller whole number: -2.5 becomes -3."), exact.floor, _floor)
_steps("MCEILING", lazy("The next greater whole number: -2.5 becomes -2."), exact.ceiling, _ceil)
_one("SQRT", lazy("The square root."), exact.square_root)
_one("EXP", lazy("e to the power of the number."), exact.exponential)
_one("LN", lazy("The natural logarithm."), exact.logarithm)
_one("LOG", lazy("The logarithm to base 10."), exact.decimal_logarithm)
function(
    "ROUND",
    "ROUND(number, places)",
    lazy("Rounded to so many decimals, halves away from zero; -2 rounds to hundreds."),
    AMOUNTS,
    (NUMBER, NUMBER),
    Type.NUMBER,
    exact.rounded,
    sql=reading(lambda x, n: sa.func.round(x, _places(n)), passes_blank=False),
    sql_weight=2,
)
function(
    "TRUNC",
    "TRUNC(number, places)",
    lazy("Cut off after so many decimals."),
    AMOUNTS,
    (NUMBER, NUMBER),
    Type.NUMBER,
    lambda number, places=Decimal(0): exact.truncated(number, places),
    optional=1,
    sql=reading(_truncated, passes_blank=False),
    sql_weight=2,
)
function(
    "MOD",
    "MOD(number, divisor)",
    lazy("What is left after a division, with the sign of the number."),
    AMOUNTS,
    (NUMBER, NUMBER),
    Type.NUMBER,
    exact.remainder,
    sql=reading(lambda a, b: sa.func.mod(a, sa.func.nullif(b, number(0))), is_zero),
    sql_weight=3,
)
function(
    "MIN",
    "MIN(number, number, …)",
    lazy("The least of the numbers."),
    AMOUNTS,
    (NUMBER,),
    Type.NUMBER,
    lambda *numbers: min(numbers),
    more=NUMBER,
    sql=reading(sa.func.least, passes_blank=False),
    sql_weight=2,
)
function(
    "MAX",
    "MAX(number, number, …)",
    lazy("The greatest of the numbers."),
    AMOUNTS,
    (NUMBER,),
    Type.NUMBER,
    lambda *numbers: max(numbers),
    more=NUMBER,
    sql=reading(sa.func.greatest, passes_blank=False),
    sql_weight=2,
)
function(
    "POWER",
    "POWER(number, exponent)",
    lazy("The number to that power, as the operator ^ says it."),
    AMOUNTS,
    (NUMBER, NUMBER),
    Type.NUMBER,
    exact.power,
)
