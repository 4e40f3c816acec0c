"""Rules by which something comes again: on which days, in words, and as an RRULE (RFC 5545).

A day that a month does not have is its last: monthly on the 31st is 30 June, yearly on 29 February
is 28 February. Refuses (`recurrence.…`) a rule that no day keeps, and text that is no such rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _

MOST_OFTEN = 99  # days, weeks, months or years between
LONGEST = 1000  # times
LAST_YEAR = 2200
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Unit(StrEnum):
    """What a rule counts in."""

    DAY = "DAILY"
    WEEK = "WEEKLY"
    MONTH = "MONTHLY"
    YEAR = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """Every so many days, weeks, months or years; without an end, until a day, or so many times.

    A week has weekdays (Monday = 0), a month a day or the nth weekday (-1: the last one); a year
    has the day that it begins on.
    """

    unit: Unit
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    day: int = 0  # of a month: 1–31
    nth: int = 0  # of a month: which of its `weekdays[0]`
    month: int = 0  # of a year: 1–12, with `day`
    until: date | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.interval <= MOST_OFTEN:
            raise _refused("interval", _("Write a number from 1 to %(n)s.", n=MOST_OFTEN))
        if self.count is not None and not 1 <= self.count <= LONGEST:
            raise _refused("count", _("Write a number from 1 to %(n)s.", n=LONGEST))
        if self.until is not None and self.until.year > LAST_YEAR:
            raise _refused("until", _("That is too far away."))
        if self.unit is Unit.WEEK and not self.weekdays:
            raise _refused("weekdays", _("Choose a day of the week."))

    @property
    def text(self) -> str:
        """The RRULE, without a start: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE"."""
        parts = [f"FREQ={self.unit}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        parts += self._which()
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        return ";".join(parts)

    def _which(self) -> Iterator[str]:
        if self.unit is Unit.WEEK:
            yield "BYDAY=" + ",".join(_DAYS[day] for day in self.weekdays)
        elif self.unit is Unit.MONTH and self.nth:
            yield f"BYDAY={self.nth}{_DAYS[self.weekdays[0]]}"
        elif self.day:
            if self.unit is Unit.YEAR:
                yield f"BYMONTH={self.month}"
            yield from _day_of_month(self.day)

    def days(self, start: date) -> Iterator[date]:
        """The days from `start` on, in order; never ends for a rule without an end."""
        for moment in _compiled(self.text, start):
            yield moment.date()

    def first(self, start: date) -> date:
        """The first day that is not before `start`."""
        for day in self.days(start):
            return day
        raise _refused("until", _("No day fits: the end is before the beginning."))

    def between(self, start: date, after: date, last: date) -> tuple[date, ...]:
        """The days of a series begun at `start` that are later than `after`, up to `last`."""
        lower = datetime.combine(after, datetime.min.time())
        upper = datetime.combine(last, datetime.max.time())
        found = _compiled(self.text, start).xafter(lower)
        days = []
        for moment in found:
            if moment > upper:
                break
            days.append(moment.date())
        return tuple(days)

    def next(self, start: date, after: date) -> date | None:
        """The first day of a series begun at `start` that is later than `after`."""
        lower = datetime.combine(after, datetime.min.time())
        found = next(islice(_compiled(self.text, start).xafter(lower), 1), None)
        return found.date() if found else None


def parse(text: str) -> Rule:
    """The rule of an RRULE that `Rule.text` wrote; raises Rejected for any other."""
    try:
        parts = dict(part.split("=", 1) for part in text.split(";"))
        rule = _read(parts)
    except (ValueError, KeyError, IndexError) as err:
        raise _refused("text", _("%(text)s is not a rule.", text=repr(text)[:80])) from err
    if rule.text != text:
        raise _refused("text", _("%(text)s is not a rule.", text=repr(text)[:80]))
    return rule


def _read(parts: dict[str, str]) -> Rule:
    unit = Unit(parts["FREQ"])
    by_day = parts.get("BYDAY", "")
    days = tuple(_DAYS.index(part[-2:]) for part in by_day.split(",") if part)
    until, count = parts.get("UNTIL"), parts.get("COUNT")
    return Rule(
        unit,
        int(parts.get("INTERVAL", "1")),
        days,
        int(parts["BYMONTHDAY"].split(",")[-1]) if "BYMONTHDAY" in parts else 0,
        int(by_day[:-2]) if unit is Unit.MONTH and by_day else 0,
        int(parts.get("BYMONTH", "0")),
        datetime.strptime(until, "%Y%m%d").date() if until else None,  # noqa: DTZ007 - a day
        int(count) if count else None,
    )


def _day_of_month(day: int) -> Iterator[str]:
    """A day, or the last of a month that is too short for it."""
    if day <= 28:
        yield f"BYMONTHDAY={day}"
    else:
        yield "BYMONTHDAY=" + ",".join(str(one) for one in range(28, day + 1))
        yield "BYSETPOS=-1"


@lru_cache(maxsize=512)
def _compiled(text: str, start: date) -> rrule:
    """The library's rule; it counts in naive days, so no zone or clock has a say in it."""
    begin = datetime.combine(start, datetime.min.time())
    made = rrulestr(text, dtstart=begin)
    assert isinstance(made, rrule)  # noqa: S101 - one RRULE, no set of them
    return made


def _refused(what: str, message: str) -> Rejected:
    return Rejected(Problem(f"recurrence.{what}", (f"repeat_{what}",), message))
