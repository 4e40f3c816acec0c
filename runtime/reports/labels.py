"""What groups are called, in which order they stand, and how an address writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from ...metadata.snapshot import Snapshot
from ...platform.db.values import fold
from ...platform.errors import Problem, Rejected
from ...platform.i18n import (
    _,
    format_by,
    format_date,
    format_time,
    month_name,
    weekday_name,
)
from .periods import NUMBERS, Calendar
from .planning import KeyPlan, bucket_label
from .result import Key

LAST = 1  # blanks come after all that is there


def label_of_key(
    key: KeyPlan, value: Key, titles: Mapping[Key, Any], snapshot: Snapshot, calendar: Calendar
) -> str:
    """The label of a group; "(none)" of what has no value."""
    if key.bucket is not None:
        return bucket_label(key.bucket, value) or none()
    if value is None or value == "":
        return none()
    field = key.level.field
    if field.reference_to:
        return str(titles.get(value) or _("(not visible)"))
    if field.type in ("Date", "DateTime"):
        return period_label(value, key.grouping.granularity, calendar)
    shown = titles.get(value, value)
    return field.field_type.display_in(shown, field, snapshot) or none()


def none() -> str:
    """What a group without a value is called."""
    return _("(none)")


def period_label(value: Any, granularity: str, calendar: Calendar) -> str:
    """A period in words: "March 2026", "Q1 2026", "FY 2026"."""
    if granularity in NUMBERS:
        return _number_label(int(value), granularity)
    day: date = value
    match granularity:
        case "Month":
            return format_by(day, "yMMM")
        case "Year":
            return format_by(day, "y")
        case "Quarter":
            return format_by(day, "yQQQ")
        case "FiscalYear":
            return _("FY %(year)s", year=fiscal_year(day, calendar))
        case "FiscalQuarter":
            quarter = (day.month - calendar.fiscal_start) % 12 // 3 + 1
            return _("Q%(n)s FY %(year)s", n=quarter, year=fiscal_year(day, calendar))
        case "Week":
            return _("Week of %(day)s", day=format_date(day))
        case _:
            return format_date(day)


def fiscal_year(day: date, calendar: Calendar) -> int:
    """A fiscal year is called by the calendar year in which it ends."""
    starts = calendar.fiscal_start
    return day.year + (1 if starts > 1 and day.month >= starts else 0)


def _number_label(number: int, granularity: str) -> str:
    match granularity:
        case "MonthInYear":
            return month_name(number)
        case "DayInWeek":
            return weekday_name(date(2024, 1, 1 + number), "wide")  # the 1st was a Monday
        case "HourInDay":
            return format_time(time(number))
        case _:
            return str(number)


# -- order ---------------------------------------------------------------------------------------


def sort_key(key: KeyPlan, value: Key, label: str, snapshot: Snapshot, calendar: Calendar) -> Any:
    """What orders the values of a level: lists by their own order, lookups by name."""
    if key.bucket is not None:
        return len(key.bucket.values) if value is None else value
    field = key.level.field
    if field.type == "Picklist":
        names = [one.name for one in snapshot.values(field)]
        return (names.index(str(value)), "") if value in names else (len(names), str(value))
    if field.reference_to:
        return fold(label), str(value)
    if key.grouping.granularity == "DayInWeek":
        return (int(str(value)) - calendar.week_start) % 7
    return value


# -- addresses -----------------------------------------------------------------------------------


def token_of(value: Key) -> str:
    """The key as an address writes it: "-" for none, else "=" and its neutral text."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "=true" if value else "=false"
    return f"={value.isoformat() if isinstance(value, date) else value}"


def read_token(key: KeyPlan, token: str) -> Key:
    """The key that an address writes; raises Rejected for what is none of the level's."""
    if token == token_of(None):
        return None
    text = token.removeprefix("=")
    try:
        return _read(key, text) if token.startswith("=") else _refuse(token)
    except (ValueError, ArithmeticError):
        return _refuse(token)


def _read(key: KeyPlan, text: str) -> Key:
    field = key.level.field
    if key.bucket is not None:
        return int(text[:6])
    if field.type in ("Date", "DateTime"):
        is_number = key.grouping.granularity in NUMBERS
        return int(text[:6]) if is_number else date.fromisoformat(text)
    if field.type == "Checkbox":
        return text == "true"
    if "sum" in field.field_type.aggregates:
        number = Decimal(text[:60])
        return number if number.is_finite() else _refuse(text)
    return text


def _refuse(text: str) -> Key:
    message = _("%(text)s is not understood.", text=repr(text)[:60])
    raise Rejected(Problem("report.group", ("in",), message))
