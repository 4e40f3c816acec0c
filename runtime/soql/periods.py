"""The date functions of SOQL as expressions: numbers of a day, of the reader's zone or of UTC.

Days count from 1: of a week its Sunday; weeks of a year and of a month begin with its first day. A
fiscal year is called by the calendar year in which it ends.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...metadata.field_types.base import Reading
from ...platform.db.types import Whole
from ..reports.periods import Calendar, period

LOCAL = ":local"  # behind the name of a function of what convertTimezone gives
_Column = sa.ColumnElement[Any]


def period_of(column: _Column, function: str, reading: Reading) -> _Column:
    """The period that a day or a moment falls into; NULL of NULL."""
    name, local, _rest = function.partition(LOCAL)
    calendar = Calendar(reading.time_zone if local else "UTC", 6, reading.fiscal_start)
    if name == "HOUR_IN_DAY":
        return period(column, "HourInDay", calendar)
    day = period(column, "Day", calendar)
    if name == "DAY_ONLY":
        return day
    return sa.type_coerce(sa.cast(_number(name, day, reading.fiscal_start), sa.BigInteger), Whole())


def _number(name: str, day: _Column, start: int) -> _Column:
    year, month = _part("year", day), _part("month", day)
    in_month, in_year = _part("day", day), _part("doy", day)
    fiscal_month = (month - start + 12) % 12 + 1
    match name:
        case "CALENDAR_YEAR":
            return year
        case "CALENDAR_QUARTER":
            return (month + 2) // 3
        case "CALENDAR_MONTH":
            return month
        case "FISCAL_YEAR":
            return year + sa.case((month >= start, 1), else_=0) if start > 1 else year
        case "FISCAL_QUARTER":
            return (fiscal_month + 2) // 3
        case "FISCAL_MONTH":
            return fiscal_month
        case "DAY_IN_MONTH":
            return in_month
        case "DAY_IN_WEEK":
            return _part("dow", day) + 1
        case "DAY_IN_YEAR":
            return in_year
        case "WEEK_IN_MONTH":
            return (in_month + 6) // 7
        case "WEEK_IN_YEAR":
            return (in_year + 6) // 7
        case unknown:
            raise ValueError(unknown)


def _part(name: str, day: _Column) -> _Column:
    return sa.cast(sa.extract(name, day), sa.Integer)
