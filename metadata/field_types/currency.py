"""Currency: an exact amount in the org's currency."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ...platform.i18n import format_currency, lazy
from .base import FIELD_TYPES, Example, Value
from .numeric import NumericType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


class Currency(NumericType):
    """Money. Kept without its currency, which is the org's; shown with it."""

    name = "Currency"
    label = lazy("Currency")
    help = lazy("An amount of money, exact to the last digit.")
    icon = "banknote"
    widget = "number"
    control = "money"
    formula_kind = "currency"
    default_scale = 2
    examples = (
        Example("1234.50", Decimal("1234.5")),
        Example("99999999999999.99", Decimal("99999999999999.99")),
        Example("-0.01", Decimal("-0.01")),
        Example("0", Decimal(0)),
        Example("", None),
    )
    refused = ("1.234", "1,234.50", "$5", "NaN", "1e5", "10000000000000000")

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else format_currency(value, scale=self.scale(f))


FIELD_TYPES.register(Currency())
