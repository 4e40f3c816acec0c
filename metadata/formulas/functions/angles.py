"""Angles, in radians. They are as exact as a float: about 15 digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from ....platform.i18n import _, lazy
from ..pieces import number, reading
from ..typed import Type
from .base import NUMBER, Family, FormulaError, function

ANGLES = Family.NUMBER
PI = Decimal("3.141592653589793238462643383280")


def _worked(work: Callable[..., float], *numbers: Decimal) -> Decimal:
    try:
        return Decimal(repr(work(*map(float, numbers))))
    except (ValueError, OverflowError):
        message = _("No angle belongs to %(number)s.", number=str(numbers[0])[:40])
        raise FormulaError("no_angle", message) from None


def _of_number(name: str, help: str, work: Callable[[float], float]) -> None:
    function(
        name,
        f"{name}(number)",
        help,
        ANGLES,
        (NUMBER,),
        Type.NUMBER,
        lambda number: _worked(work, number),
    )


_of_number("SIN", lazy("The sine of an angle in radians."), math.sin)
_of_number("COS", lazy("The cosine of an angle in radians."), math.cos)
_of_number("TAN", lazy("The tangent of an angle in radians."), math.tan)
_of_number("ASIN", lazy("The angle in radians that has this sine."), math.asin)
_of_number("ACOS", lazy("The angle in radians that has this cosine."), math.acos)
_of_number("ATAN", lazy("The angle in radians that has this tangent."), math.atan)
function(
    "ATAN2",
    "ATAN2(y, x)",
    lazy("The angle in radians of the point x, y, seen from the middle."),
    ANGLES,
    (NUMBER, NUMBER),
    Type.NUMBER,
    lambda y, x: _worked(math.atan2, y, x),
)
function(
    "PI",
    "PI()",
    lazy("The number pi."),
    ANGLES,
    (),
    Type.NUMBER,
    lambda: PI,
    sql=reading(lambda: number(str(PI))),
)
