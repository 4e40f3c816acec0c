"""Reading of days, times of day and moments that people and files wrote.

Days: ISO always (2026-11-23); with slashes or dots when the Reading says which comes first, the day
or the month; year first and Chinese (2026年11月23日) are never in doubt. Years have four digits.
Moments are read in the Reading's zone unless they carry an offset. Of an hour that the clocks show
twice the first is meant; an hour that they skip is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..platform.errors import Problem, Rejected
from ..platform.i18n import _
from .relative_dates import DayRange

if TYPE_CHECKING:
    from .field_types.base import Reading

_MS = timedelta(milliseconds=1)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(microsecond=999000, tzinfo=UTC)
_MAX_TEXT = 60
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(am|pm|AM|PM|上午|下午)?", re.ASCII
)
_CHINESE_TIME = re.compile(r"(上午|下午)\s*(\d{1,2}:.*)", re.ASCII)
_OFFSET = re.compile(r"(.*?)\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class MomentRange:
    """Moments in UTC from `first` to `last`, both included, to the millisecond."""

    first: datetime
    last: datetime


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    return ZoneInfo(name)


def read_day(text: str, reading: Reading, name: str = "") -> date | None:
    """The day that the text means, None for blank; raises Rejected `date.*`."""
    bare = text.strip()
    if not bare:
        return None
    if len(bare) <= _MAX_TEXT:
        if found := _YEAR_FIRST.fullmatch(bare):
            return _day(int(found[1]), int(found[3]), int(found[4]), text, name)
        if found := _CHINESE.fullmatch(bare):
            return _day(int(found[1]), int(found[2]), int(found[3]), text, name)
        if found := _YEAR_LAST.fullmatch(bare):
            return _year_last(found, reading, text, name)
    raise _malformed(text, name)


def read_time(text: str, name: str = "") -> time | None:
    """The time of day that the text means, None for blank; raises Rejected `time.malformed`."""
    bare = text.strip()
    if not bare:
        return None
    if len(bare) <= _MAX_TEXT:
        found = _TIME.fullmatch(_CHINESE_TIME.sub(r"\2 \1", bare))
        if found and (clock := _clock(found)) is not None:
            return clock
    message = _("%(text)s is not a time of day.", text=repr(text)[:60])
    raise _refused("time.malformed", name, message, _("Write it like 14:30."))


def read_moment(text: str, reading: Reading, name: str = "") -> datetime | None:
    """The moment in UTC that the text means, None for blank; a day alone is its midnight."""
    bare = text.strip()
    if not bare:
        return None
    if len(bare) > _MAX_TEXT:
        raise _malformed_moment(text, name)
    head, clock = _split(bare)
    zoned = _OFFSET.fullmatch(clock) if clock else None
    try:
        day = read_day(head, reading, name)
        clock_time = read_time(zoned[1] if zoned else clock, name) if clock else time()
    except Rejected as err:
        if err.problems[0].code in ("date.malformed", "time.malformed"):
            raise _malformed_moment(text, name) from err
        raise
    if day is None or clock_time is None:
        raise _malformed_moment(text, name)
    local = datetime.combine(day, clock_time)
    return (
        _at_offset(local, zoned[2], text, name) if zoned else to_utc(local, reading.time_zone, name)
    )


def to_utc(local: datetime, zone_name: str, name: str = "") -> datetime:
    """The moment at which the clocks of the zone show that time; the first one if they do twice.

    Raises Rejected `datetime.gap` for a time that they skip, `datetime.out_of_range` at the edges.
    """
    try:
        moment = local.replace(tzinfo=zone(zone_name), fold=0).astimezone(UTC)
        shown = moment.astimezone(zone(zone_name)).replace(tzinfo=None)
    except OverflowError:
        raise _out_of_range(name) from None
    if shown != local:
        message = _("The clocks skip %(time)s on that day.", time=local.strftime("%H:%M"))
        hint = _("Write %(time)s or an earlier time.", time=shown.strftime("%H:%M"))
        raise _refused("datetime.gap", name, message, hint)
    return moment


def moments_of(days: DayRange, zone_name: str) -> MomentRange:
    """All moments of the days as the clocks of the zone count them, midnight skipped or not."""
    begin = _midnight(days.first, zone_name)
    after = days.end_exclusive
    end = _LATEST if after is None else _midnight(after, zone_name) - _MS
    return MomentRange(begin, max(begin, end))


def _midnight(day: date, zone_name: str) -> datetime:
    try:
        # of a midnight in a gap this is the moment of the change, the first one of the day
        return datetime.combine(day, time(), zone(zone_name)).astimezone(UTC)
    except OverflowError:
        return _EARLIEST if day.year == 1 else _LATEST


def _year_last(found: re.Match[str], reading: Reading, text: str, name: str) -> date:
    one, other, year = int(found[1]), int(found[3]), int(found[4])
    if reading.day_first is None:
        message = _("It is not clear which day %(text)s is.", text=repr(text)[:60])
        hint = _("Write year, month, day: 2026-11-23.")
        raise _refused("date.ambiguous", name, message, hint)
    day, month = (one, other) if reading.day_first else (other, one)
    return _day(year, month, day, text, name)


def _day(year: int, month: int, day: int, text: str, name: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        message = _("There is no day %(text)s.", text=repr(text)[:60])
        raise _refused("date.no_such_day", name, message) from None


def _clock(found: re.Match[str]) -> time | None:
    """The time of a match; None for what no clock shows. Finer than a millisecond is cut off."""
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[5].lower() in ("pm", "下午") else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return time(hour, minute, second, int((found[4] or "").ljust(3, "0")[:3]) * 1000)


def _split(text: str) -> tuple[str, str]:
    """The day and the time of day of a moment's text, the latter "" when there is none."""
    head, _gap, clock = text.partition("T") if "T" in text[:11] else text.partition(" ")
    if "日" in head:
        head, mark, rest = text.partition("日")
        return head + mark, rest.strip()
    return head, clock.strip()


def _at_offset(local: datetime, offset: str, text: str, name: str) -> datetime:
    if offset.upper() in ("Z", "UTC", "GMT"):
        return local.replace(tzinfo=UTC)
    hours, minutes = int(offset[1:3]), int(offset[3:].lstrip(":") or 0)
    if hours > 18 or minutes > 59:
        raise _malformed_moment(text, name)
    span = timedelta(hours=hours, minutes=minutes)
    try:
        moment = local - span if offset[0] == "+" else local + span
    except OverflowError:
        raise _out_of_range(name) from None
    return moment.replace(tzinfo=UTC)


def _malformed(text: str, name: str) -> Rejected:
    message = _("%(text)s is not a date.", text=repr(text)[:60])
    return _refused("date.malformed", name, message, _("Write it like 2026-11-23."))


def _malformed_moment(text: str, name: str) -> Rejected:
    message = _("%(text)s is not a date and time.", text=repr(text)[:60])
    return _refused("datetime.malformed", name, message, _("Write it like 2026-11-23 14:30."))


def _out_of_range(name: str) -> Rejected:
    message = _("This moment is outside the years 1 to 9999.")
    return _refused("datetime.out_of_range", name, message)


def _refused(code: str, name: str, message: str, hint: str = "") -> Rejected:
    return Rejected(Problem(code, (name,) if name else (), message, hint))
