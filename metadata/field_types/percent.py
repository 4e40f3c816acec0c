"""Percent: kept as the number before the sign, so 12.5 means 12.5 %."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ...platform.i18n import format_percent, lazy
from .base import FIELD_TYPES, Example, Reading, Value
from .numeric import NumericType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

_ONE = {"precision": 5, "scale": 1}


class Percent(NumericType):
    """The stored, exchanged and compared value is the percentage itself: 12.5, not 0.125."""

    name = "Percent"
    label = lazy("Percent")
    help = lazy("A percentage: 12.5 means 12.5 %.")
    icon = "percent"
    group = "more"
    widget = "percent"
    control = "percent"
    formula_kind = "percent"
    default_scale = 0
    examples = (
        Example("10", Decimal(10)),
        Example("12.5", Decimal("12.5"), _ONE),
        Example("-5", Decimal(-5)),
        Example("150", Decimal(150)),
        Example("", None),
    )
    refused = ("0.125", "12%", "NaN", "1e5")

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else format_percent(value / 100, self.scale(f))

    def _read(self, text: str, f: CustomField, reading: Reading) -> Decimal | None:
        """A person may write the sign."""
        bare = text.strip()
        if reading.human and bare[-1:] in ("%", "％"):
            bare = bare[:-1]
        return super()._read(bare, f, reading)


FIELD_TYPES.register(Percent())
