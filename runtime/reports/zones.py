"""What a time zone adds to UTC, as spans of moments: SQLite knows no zones, so statements say it.

The rules of a zone are those of the IANA data that Python has; PostgreSQL has its own copy of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
STEP = timedelta(days=7)  # no zone changes twice within a week
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From this moment on (in UTC) the zone is so many seconds ahead of UTC."""

    begins: datetime
    seconds: int


@lru_cache(maxsize=64)
def spans_of(zone_name: str) -> tuple[Span, ...]:
    """The spans of a zone, earliest first; the first one also counts for all time before."""
    zone = ZoneInfo(zone_name)
    found = [Span(FIRST, _offset(zone, FIRST))]
    at = FIRST
    while at < LAST:
        later = at + STEP
        if _offset(zone, later) != found[-1].seconds:
            begins = _change(zone, at, later)
            found.append(Span(begins, _offset(zone, begins)))
        at = later
    return tuple(found)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second of the new offset, which `after` has and `before` has not."""
    old = _offset(zone, before)
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    shift = moment.astimezone(zone).utcoffset()
    return int(shift.total_seconds()) if shift is not None else 0
