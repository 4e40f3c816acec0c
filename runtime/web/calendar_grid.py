"""Days as a grid of what happens on them: pure, for every calendar page.

First a `Frame` says which days are shown, so that a page can ask for what falls into them; then
`month_grid`, or `time_grid` of `calendar_hours`, lays the entries out. Days are the reader's: their
zone, their first day of the week (`platform/i18n`). A day that is none is taken for today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from ...platform.i18n import (
    first_weekday,
    format_by,
    format_date,
    format_time,
    local_moment,
    to_local,
    weekday_name,
)
from ...platform.working_time import WorkingTime

DAY = timedelta(days=1)
ALWAYS = WorkingTime(((time.min, time.max),) * 7)
LANES = 4  # entries shown in a day of a month; the day itself has the rest


class Span(StrEnum):
    """How much a calendar shows at once."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Entry:
    """What happens: on whole days (`starts` and `ends` are days, both included) or at a time."""

    id: str
    title: str
    starts: date | datetime
    ends: date | datetime | None = None  # of a time: when it is over
    url: str = ""
    tone: int = 0
    icon: str = ""
    detail: str = ""  # a few words more, shown where there is room
    is_done: bool = False
    move_url: str = ""  # the form that takes another day; "" = it stays where it is
    version: int = 0

    @property
    def first(self) -> date:
        return _day_of(self.starts)

    @property
    def last(self) -> date:
        """The last day it takes part of; what ends at midnight ends the day before."""
        if self.ends is None:
            return self.first
        if not isinstance(self.ends, datetime):
            return max(self.first, self.ends)
        local = to_local(self.ends)
        day = local.date() - DAY if local.time() == time() else local.date()
        return max(self.first, day)

    @property
    def clock(self) -> str:
        """When on its first day, as the reader writes it; "" for whole days."""
        return format_time(self.starts) if isinstance(self.starts, datetime) else ""

    @property
    def is_long(self) -> bool:
        """Says whether it stands above the hours: whole days, and whatever takes a day or more."""
        if not isinstance(self.starts, datetime):
            return True
        return isinstance(self.ends, datetime) and self.ends - self.starts >= DAY


@dataclass(frozen=True, slots=True)
class Frame:
    """Which days a calendar shows."""

    span: Span
    day: date  # the day it was asked for
    first: date
    last: date

    @property
    def title(self) -> str:
        if self.span is Span.MONTH:
            return format_by(self.day, "yMMMM")
        if self.span is Span.DAY:
            return format_date(self.day, "full")
        return f"{format_by(self.first, 'MMMd')} – {format_by(self.last, 'yMMMd')}"

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + DAY * n for n in range((self.last - self.first).days + 1))

    @property
    def previous(self) -> date:
        """The day to ask for to see what comes before."""
        if self.span is Span.MONTH:
            return (self.day.replace(day=1) - DAY).replace(day=1)
        return self.first - (DAY if self.span is Span.DAY else 7 * DAY)

    @property
    def next(self) -> date:
        if self.span is Span.MONTH:
            return (self.day.replace(day=1) + 32 * DAY).replace(day=1)
        return self.last + DAY

    @property
    def begins(self) -> datetime:
        """The moment of its first midnight in the reader's zone."""
        return local_moment(self.first)

    @property
    def ends(self) -> datetime:
        """The moment of the midnight after its last day."""
        return local_moment(self.last + DAY)


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of an entry that stands on one day."""

    entry: Entry
    starts: bool = True  # the entry begins on this day
    ends: bool = True
    is_named: bool = True  # its first day in this row; the days after carry the bar on


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a grid; `slots` are its lanes from the top, None where one is free."""

    date: date
    slots: tuple[Segment | None, ...] = ()
    more: int = 0  # entries that found no lane
    is_today: bool = False
    is_outside: bool = False  # of the month before or after
    is_off: bool = False  # the company does not work
    holiday: str = ""

    @property
    def key(self) -> str:
        return self.date.isoformat()

    @property
    def label(self) -> str:
        return format_date(self.date, "full")

    @property
    def weekday(self) -> str:
        return weekday_name(self.date)

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(slot for slot in self.slots if slot is not None)


@dataclass(frozen=True, slots=True)
class MonthGrid:
    """The weeks of a month."""

    frame: Frame
    weeks: tuple[tuple[Day, ...], ...]


def frame_of(span: Span, day: date) -> Frame:
    """The days that a calendar of that span shows around a day."""
    if span is Span.DAY:
        return Frame(span, day, day, day)
    if span is Span.WEEK:
        first = _week_start(day)
        return Frame(span, day, first, first + 6 * DAY)
    first = day.replace(day=1)
    last = (first + 32 * DAY).replace(day=1) - DAY
    return Frame(span, day, _week_start(first), _week_start(last) + 6 * DAY)


def read_frame(span: str, day: str, today: date) -> Frame:
    """The frame that an address names; what it does not name well is the month of today."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        wanted = today
    near = wanted if 1900 < wanted.year < 9000 else today
    return frame_of(Span(span) if span in tuple(Span) else Span.MONTH, near)


def month_grid(
    frame: Frame,
    entries: Iterable[Entry],
    today: date,
    lanes: int = LANES,
    working: WorkingTime = ALWAYS,
) -> MonthGrid:
    """The entries in weeks of seven days; a day shows so many lanes and says what is left out."""
    known = sorted(entries, key=in_order)
    days = frame.days
    rows = (days[n : n + 7] for n in range(0, len(days), 7))
    return MonthGrid(
        frame, tuple(lanes_of(row, known, frame, today, lanes, working) for row in rows)
    )


# -- lanes of days -------------------------------------------------------------------------------


def lanes_of(
    days: Sequence[date],
    entries: Sequence[Entry],
    frame: Frame,
    today: date,
    lanes: int,
    working: WorkingTime,
) -> tuple[Day, ...]:
    """One row of days: each entry keeps one lane all through it."""
    rows: dict[date, list[Segment | None]] = {day: [] for day in days}
    more = dict.fromkeys(days, 0)
    for entry in entries:
        covered = [day for day in days if entry.first <= day <= entry.last]
        if not covered:
            continue
        lane = _free_lane([rows[day] for day in covered])
        for day in covered:
            if lane >= lanes:
                more[day] += 1
                continue
            at = rows[day]
            at += [None] * (lane + 1 - len(at))
            at[lane] = Segment(entry, day == entry.first, day == entry.last, day == covered[0])
    month = frame.day.month if frame.span is Span.MONTH else 0
    return tuple(
        Day(
            day,
            tuple(rows[day]),
            more[day],
            day == today,
            bool(month) and day.month != month,
            working.hours_on(day) is None,
            working.holiday_on(day),
        )
        for day in days
    )


def _free_lane(rows: Sequence[Sequence[Segment | None]]) -> int:
    """The first lane that is free in every row."""
    lane = 0
    while any(lane < len(row) and row[lane] is not None for row in rows):
        lane += 1
    return lane


def in_order(entry: Entry) -> tuple[date, bool, int, str, str, str]:
    """Longer ones first, then whole days, then by the clock."""
    length = (entry.last - entry.first).days
    starts = entry.starts
    clock = to_local(starts).time().isoformat() if isinstance(starts, datetime) else ""
    return entry.first, not entry.is_long, -length, clock, entry.title.casefold(), entry.id


# -- days ----------------------------------------------------------------------------------------


def _day_of(moment: date | datetime) -> date:
    return to_local(moment).date() if isinstance(moment, datetime) else moment


def _week_start(day: date) -> date:
    return day - DAY * ((day.weekday() - first_weekday()) % 7)
