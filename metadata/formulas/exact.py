"""Decimal arithmetic of formulas: exact, with division and every product kept to 30 decimals.

Halves are rounded away from zero, as everywhere in the house.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

from ...platform.i18n import _
from .functions.base import FormulaError

SCALE = 30  # decimals that are kept of a product or quotient
MAX_DIGITS = 40  # before the point, of a result
_ROOMY = Context(prec=50_000, rounding=ROUND_HALF_UP, Emax=999_999, Emin=-999_999)
_FINE = Context(prec=MAX_DIGITS + SCALE + 10, rounding=ROUND_HALF_UP, Emax=9999, Emin=-9999)
_UNIT = Decimal(1).scaleb(-SCALE)
ZERO, ONE = Decimal(0), Decimal(1)
STEPS = Decimal(18)  # decimals that are looked at for the whole number next to a value


def add(a: Decimal, b: Decimal) -> Decimal:
    return _ROOMY.add(a, b)


def subtract(a: Decimal, b: Decimal) -> Decimal:
    return _ROOMY.subtract(a, b)


def multiply(a: Decimal, b: Decimal) -> Decimal:
    return kept(_ROOMY.multiply(a, b))


def divide(a: Decimal, b: Decimal) -> Decimal:
    """Raises FormulaError by zero."""
    if not b:
        raise division_by_zero()
    scaled = _ROOMY.multiply(a.copy_abs(), Decimal(2).scaleb(SCALE))
    doubled = _ROOMY.multiply(b.copy_abs(), Decimal(2))
    whole = _ROOMY.divide_int(_ROOMY.add(scaled, b.copy_abs()), doubled)
    quotient = whole.scaleb(-SCALE, _ROOMY)
    return quotient if (a < 0) == (b < 0) else quotient.copy_negate()


def remainder(a: Decimal, b: Decimal) -> Decimal:
    """With the sign of the dividend; raises FormulaError by zero."""
    if not b:
        raise division_by_zero()
    return _ROOMY.remainder(a, b)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """Raises FormulaError where the result is no number, or one too large."""
    if not base:
        if exponent < 0:
            raise division_by_zero()
        return ONE if not exponent else ZERO
    is_whole = exponent == exponent.to_integral_value()
    if base < 0 and not is_whole:
        message = _("A negative number has no power of a fraction.")
        raise FormulaError("no_power", message)
    if exponent.copy_abs() > 10_000 or (abs(base.adjusted()) + 1) * exponent.copy_abs() > 5_000:
        raise _too_large()
    return bounded(kept(_FINE.power(base, exponent)))


def square_root(value: Decimal) -> Decimal:
    if value < 0:
        raise FormulaError("no_root", _("A negative number has no square root."))
    return kept(_FINE.sqrt(value))


def exponential(value: Decimal) -> Decimal:
    if value > 2_000:
        raise _too_large()
    return kept(_FINE.exp(max(value, Decimal(-200))))


def logarithm(value: Decimal) -> Decimal:
    _check_positive(value)
    return kept(_FINE.ln(value))


def decimal_logarithm(value: Decimal) -> Decimal:
    _check_positive(value)
    return kept(_FINE.log10(value))


def rounded(value: Decimal, places: Decimal, how: str = ROUND_HALF_UP) -> Decimal:
    """To so many decimals; with negative ones, to tens and hundreds."""
    digits = max(-MAX_DIGITS, min(SCALE, int(max(Decimal(-99), min(Decimal(99), places)))))
    unit = Decimal(1).scaleb(-digits)
    return value.quantize(unit, how, _ROOMY) if _is_finer(value, -digits) else value


def floor(value: Decimal) -> Decimal:
    return rounded(value, ZERO, ROUND_FLOOR)


def ceiling(value: Decimal) -> Decimal:
    return rounded(value, ZERO, ROUND_CEILING)


def toward_zero(value: Decimal) -> Decimal:
    return rounded(value, ZERO, ROUND_DOWN)


def from_zero(value: Decimal) -> Decimal:
    return rounded(value, ZERO, ROUND_UP)


def truncated(value: Decimal, places: Decimal) -> Decimal:
    return rounded(value, places, ROUND_DOWN)


def kept(value: Decimal) -> Decimal:
    """The value with at most SCALE decimals."""
    return value.quantize(_UNIT, ROUND_HALF_UP, _ROOMY) if _is_finer(value, -SCALE) else value


def bounded(value: Decimal) -> Decimal:
    """The value; raises FormulaError when no field could ever hold it."""
    if value and value.adjusted() >= MAX_DIGITS:
        raise _too_large()
    return value


def plain(value: Decimal) -> str:
    """Without exponent, trailing zeros and minus zero."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def division_by_zero() -> FormulaError:
    hint = _("Ask before dividing: IF(x = 0, …, y / x).")
    return FormulaError("division_by_zero", _("This divides by zero."), hint)


def _too_large() -> FormulaError:
    return FormulaError("too_large", _("This number is too large."))


def _check_positive(value: Decimal) -> None:
    if value <= 0:
        raise FormulaError("no_logarithm", _("Only positive numbers have a logarithm."))


def _is_finer(value: Decimal, exponent: int) -> bool:
    own = value.as_tuple().exponent
    return isinstance(own, int) and own < exponent
