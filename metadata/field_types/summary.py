"""Summary: what the records below add up to, kept at their parent; a roll-up.

Its values are of the type of what it adds up, which the document says as `resultType`, so that a
roll-up of amounts filters, sorts and looks as an amount. What it reads is `metadata/rollups.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ...platform.errors import Problem
from ...platform.i18n import lazy
from .base import FIELD_TYPES, FieldType
from .currency import Currency
from .date import Date
from .date_time import DateTime
from .number import Number
from .numeric import MAX_PRECISION
from .percent import Percent

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

SUMMARY = "Summary"
OPERATIONS = ("count", "sum", "min", "max")
RESULT_TYPES = ("Number", "Currency", "Percent", "Date", "DateTime")
MAX_FILTERS = 10
_TEXT = {"type": "string", "minLength": 1, "maxLength": 240}
OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "summaryOperation": {"enum": list(OPERATIONS)},
        "summaryForeignKey": _TEXT,
        "summarizedField": _TEXT,
        "summaryFilterItems": {
            "type": "array",
            "maxItems": MAX_FILTERS,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "operation"],
                "properties": {
                    "field": _TEXT,
                    "operation": _TEXT,
                    "value": {"type": "string", "maxLength": 1000},
                },
            },
        },
        "resultType": {"enum": list(RESULT_TYPES)},
        "precision": {"type": "integer", "minimum": 1, "maximum": MAX_PRECISION},
        "scale": {"type": "integer", "minimum": 0, "maximum": 17},
    }
)


class _RolledUp(FieldType):
    """What all roll-ups share, whatever the type of their values."""

    name = SUMMARY
    label = lazy("Roll-up summary")
    help = lazy("What the records below come to: their number, sum, least or greatest value.")
    icon = "sigma"
    group = "more"
    options_schema: ClassVar[Mapping[str, Any]] = OPTIONS
    editable = False
    may_be_unique = False
    may_be_combined = False

    def of(self, f: CustomField) -> FieldType:
        return _BY_RESULT.get(str(f.options.get("resultType", "Number")), _BY_RESULT["Number"])

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        return ()  # what it reads is checked by its kind, which knows the other fields

    def default_options(self) -> dict[str, Any]:
        return {}


class Summary(_RolledUp, Number):
    """A roll-up of numbers, or a count."""

    value_name = "Number"


class _OfCurrency(_RolledUp, Currency):
    value_name = "Currency"


class _OfPercent(_RolledUp, Percent):
    value_name = "Percent"


class _OfDates(_RolledUp, Date):
    value_name = "Date"


class _OfMoments(_RolledUp, DateTime):
    value_name = "DateTime"


_BY_RESULT: dict[str, FieldType] = {
    one.value_name: one
    for one in (Summary(), _OfCurrency(), _OfPercent(), _OfDates(), _OfMoments())
}
FIELD_TYPES.register(_BY_RESULT["Number"])
