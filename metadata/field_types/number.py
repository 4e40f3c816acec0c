"""Number: an exact decimal with a fixed count of digits."""

from __future__ import annotations

from decimal import Decimal

from ...platform.i18n import lazy
from .base import FIELD_TYPES, Example
from .numeric import NumericType

_TWO = {"precision": 18, "scale": 2}


class Number(NumericType):
    """Up to 18 digits, as many of them after the point as the field says (none by default)."""

    name = "Number"
    label = lazy("Number")
    help = lazy("An exact number of up to 18 digits, with or without decimals.")
    icon = "hash"
    widget = "number"
    control = "number"
    examples = (
        Example("42", Decimal(42)),
        Example("-7", Decimal(-7)),
        Example("0", Decimal(0)),
        Example("-0", Decimal(0)),
        Example("12.50", Decimal("12.5"), _TWO),
        Example("9999999999999999.99", Decimal("9999999999999999.99"), _TWO),
        Example("", None),
    )
    refused = (
        "1.9",
        "NaN",
        "Infinity",
        "1e5",
        "1e1000000",
        "9" * 5000,
        "٣",
        "true",
        "1,000",
        "0x1f",
    )


FIELD_TYPES.register(Number())
