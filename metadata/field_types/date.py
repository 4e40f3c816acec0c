"""Date: a calendar day, the same day for every reader."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform import clock
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, format_date, lazy
from ..moments import read_day
from ..relative_dates import DayRange, is_relative, resolve
from .base import FIELD_TYPES, NEUTRAL, Example, FieldType, Part, Reading, Value
from .controls import DayControl
from .operators import SPANS

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


def relative_days(raw: Any, reading: Reading) -> DayRange | None:
    """The days of a relative date in the reading's calendar; None for what is none."""
    if isinstance(raw, DayRange):
        return raw
    if not isinstance(raw, str) or not is_relative(raw):
        return None
    today = reading.today or clock.today(reading.time_zone)
    return resolve(raw, today, reading.week_start, reading.fiscal_start)


class Date(FieldType):
    """A day from year 1 to 9999."""

    name = "Date"
    label = lazy("Date")
    help = lazy("A day of the calendar.")
    icon = "calendar"
    control = "date"
    formula_kind = "date"
    operators = SPANS
    may_be_unique = True
    may_be_combined = True
    json_schema = MappingProxyType({"type": "string", "format": "date"})
    examples = (
        Example("2026-11-23", dt.date(2026, 11, 23)),
        Example("2024-02-29", dt.date(2024, 2, 29)),
        Example("0001-01-01", dt.date(1, 1, 1)),
        Example("9999-12-31", dt.date(9999, 12, 31)),
        Example("2026年1月5日", dt.date(2026, 1, 5)),
        Example("", None),
    )
    refused = (
        "0000-01-01",
        "2025-02-29",
        "10000-01-01",
        "-1",
        "03/04/2026",
        "23.11.26",
        "tomorrow-ish",
    )

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "day"),)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        return read_day(text, reading, f.local_name)

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """A spreadsheet's date, or a midnight of one, is that day."""
        if isinstance(raw, dt.datetime):
            if raw.time() != dt.time():
                message = _("This is a time of day too; the field keeps a day alone.")
                raise Rejected(Problem("date.has_time", (f.local_name,), message))
            return raw.date()
        return raw if isinstance(raw, dt.date) else super().accept(raw, f, reading)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """A day, or the `DayRange` of a relative date."""
        return relative_days(raw, reading) or self.accept(raw, f, reading)

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else format_date(value)

    def export(self, value: Value, f: CustomField) -> str:
        return "" if value is None else value.isoformat()

    def cell(self, value: Value, f: CustomField) -> Any:
        return value

    def json(self, value: Value, f: CustomField) -> Any:
        return None if value is None else value.isoformat()

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return DayControl(**kwargs)


FIELD_TYPES.register(Date())
