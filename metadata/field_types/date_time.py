"""DateTime: a moment, kept in UTC to the millisecond, read and shown in the reader's zone."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.i18n import format_datetime, lazy, to_local
from ..moments import moments_of, read_day, read_moment, to_utc
from ..relative_dates import DayRange
from .base import FIELD_TYPES, NEUTRAL, Example, FieldType, Part, Reading, Value
from .controls import MomentControl, with_attributes
from .date import relative_days
from .operators import SPANS

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


class DateTime(FieldType):
    """A moment. A day alone, as an operand, is all of the day in the reader's zone."""

    name = "DateTime"
    label = lazy("Date and time")
    help = lazy("A moment; each reader sees it in their own time zone.")
    icon = "calendar-clock"
    group = "more"
    control = "datetime"
    formula_kind = "datetime"
    operators = SPANS
    may_be_unique = True
    may_be_combined = True
    json_schema = MappingProxyType({"type": "string", "format": "date-time"})
    examples = (
        Example("2026-11-23T14:30:00Z", dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)),
        Example(
            "2026-11-23 14:30:00.123+02:00", dt.datetime(2026, 11, 23, 12, 30, 0, 123000, dt.UTC)
        ),
        Example("2026-11-23 14:30", dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)),
        Example("2026-11-23", dt.datetime(2026, 11, 23, tzinfo=dt.UTC)),
        Example("0001-01-01T00:00:00Z", dt.datetime(1, 1, 1, tzinfo=dt.UTC)),
        Example("9999-12-31T23:59:59.999Z", dt.datetime(9999, 12, 31, 23, 59, 59, 999000, dt.UTC)),
        Example("", None),
    )
    refused = (
        "0001-01-01T00:00:00+05:00", "9999-12-31T23:00:00-05:00", "2026-11-23T25:00",
        "2026-13-01 10:00", "03/04/2026 10:00", "2026-11-23T10:00+99:00", "now",
    )  # fmt: skip

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "utc"),)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        return read_moment(text, reading, f.local_name)

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """A spreadsheet's date-time has no zone: it is read in the reading's."""
        if isinstance(raw, dt.datetime):
            if raw.tzinfo is None:
                raw = to_utc(raw, reading.time_zone, f.local_name)
            return self.parse(raw.isoformat(), f, reading)
        if isinstance(raw, dt.date):
            return to_utc(dt.datetime.combine(raw, dt.time()), reading.time_zone, f.local_name)
        return super().accept(raw, f, reading)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """A moment, or the `MomentRange` of a day or a relative date in the reader's zone."""
        days = relative_days(raw, reading) or _single_day(raw, reading)
        return self.accept(raw, f, reading) if days is None else moments_of(days, reading.time_zone)

    def display(self, value: Value, f: CustomField) -> str:
        if value is None:
            return ""
        try:
            return format_datetime(value)
        except OverflowError:  # the reader's zone would need the year 0 or 10000
            return _iso(value)

    def export(self, value: Value, f: CustomField) -> str:
        return "" if value is None else _iso(value)

    def cell(self, value: Value, f: CustomField) -> Any:
        """In the reader's zone, for spreadsheets know none."""
        return None if value is None else _local(value)

    def json(self, value: Value, f: CustomField) -> Any:
        return None if value is None else _iso(value)

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return MomentControl(**with_attributes(kwargs, step="any"))

    def form_text(self, value: Value, f: CustomField) -> Any:
        """The local time; seconds only when there are some."""
        if value is None:
            return ""
        local = _local(value)
        unit = "milliseconds" if local.microsecond else "seconds" if local.second else "minutes"
        return local.isoformat(timespec=unit)


def _iso(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _local(value: dt.datetime) -> dt.datetime:
    try:
        return to_local(value).replace(tzinfo=None)
    except OverflowError:
        return value.astimezone(dt.UTC).replace(tzinfo=None)


def _single_day(raw: Any, reading: Reading) -> DayRange | None:
    """The day that an operand names without a time, else None."""
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return DayRange(raw, raw)
    if not isinstance(raw, str) or ":" in raw or not raw.strip():
        return None
    day = read_day(raw, reading)
    return None if day is None else DayRange(day, day)


FIELD_TYPES.register(DateTime())
