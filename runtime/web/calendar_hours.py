"""A week or a day with its hours: timed entries where the clock says, long ones above them.

Pure, as `calendar_grid` is; hours that nothing asks for are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from ...platform.i18n import format_date, format_time, to_local
from ...platform.working_time import WorkingTime
from .calendar_grid import ALWAYS, Day, Entry, Frame, in_order, lanes_of

OPENS, CLOSES = 8, 18  # hours that are shown when nothing asks for more
MOST_BESIDE = 4  # entries beside each other in one hour
QUARTERS = 4 * 24


@dataclass(frozen=True, slots=True)
class Placed:
    """A timed entry in the hours of a day: quarters of an hour, and its place beside others."""

    entry: Entry
    begins: int  # quarters after midnight
    length: int  # quarters, at least 2 so that there is room for its name
    lane: int = 1
    lanes: int = 1
    starts: bool = True  # not carried on from the day before

    @property
    def quarter(self) -> int:
        """Which quarter of its hour it begins in: 0–3."""
        return self.begins % 4

    @property
    def hour(self) -> int:
        return self.begins // 4


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one day, and what begins in it."""

    hour: int
    date: date
    placed: tuple[Placed, ...] = ()
    is_now: bool = False
    is_off: bool = False  # the company does not work in any of it

    @property
    def key(self) -> str:
        return f"{self.date.isoformat()}T{self.hour:02}:00"

    @property
    def label(self) -> str:
        return f"{format_date(self.date, 'full')}, {self.clock}"

    @property
    def clock(self) -> str:
        return format_time(time(self.hour))


@dataclass(frozen=True, slots=True)
class TimedDay:
    """A day with its hours; what is long stands in the lanes above them."""

    day: Day
    hours: tuple[Hour, ...]


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """Days beside each other, with their hours from top to bottom."""

    frame: Frame
    days: tuple[TimedDay, ...]
    is_whole: bool  # all 24 hours are shown


def time_grid(
    frame: Frame,
    entries: Iterable[Entry],
    now: datetime,
    *,
    is_whole: bool = False,
    working: WorkingTime = ALWAYS,
) -> TimeGrid:
    """The entries in hours; hours that nothing asks for are left out unless it is whole."""
    known = sorted(entries, key=in_order)
    local = to_local(now)
    long = [entry for entry in known if entry.is_long]
    above = lanes_of(frame.days, long, frame, local.date(), len(known), working)
    placed = {day: _placed(day, [e for e in known if not e.is_long]) for day in frame.days}
    hours = _hours_of([one for some in placed.values() for one in some], is_whole)
    days = (
        TimedDay(
            day, tuple(_hour(day.date, hour, placed[day.date], local, working) for hour in hours)
        )
        for day in above
    )
    return TimeGrid(frame, tuple(days), len(hours) == 24)


def _placed(day: date, entries: Sequence[Entry]) -> list[Placed]:
    """The timed entries of a day, those that overlap beside each other."""
    found = [one for entry in entries if (one := _place(day, entry)) is not None]
    found.sort(key=lambda one: (one.begins, -one.length))
    return [one for cluster in _clusters(found) for one in _beside(cluster)]


def _place(day: date, entry: Entry) -> Placed | None:
    """Where the entry stands in the hours of a day; None when it is on other days."""
    if not entry.first <= day <= entry.last or not isinstance(entry.starts, datetime):
        return None
    begins = _quarters(entry.starts) if entry.first == day else 0
    ends = QUARTERS
    if entry.last == day:
        is_over = isinstance(entry.ends, datetime) and to_local(entry.ends).date() == day
        ends = _quarters(entry.ends, up=True) if is_over else QUARTERS  # type: ignore[arg-type]
        ends = begins + 2 if entry.ends is None else ends
    length = max(2, min(ends, QUARTERS) - begins)
    return Placed(entry, begins, length, starts=entry.first == day)


def _clusters(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Runs of entries that overlap, one with the next."""
    cluster: list[Placed] = []
    until = 0
    for one in placed:
        if cluster and one.begins >= until:
            yield cluster
            cluster, until = [], 0
        cluster.append(one)
        until = max(until, one.begins + one.length)
    if cluster:
        yield cluster


def _beside(cluster: list[Placed]) -> list[Placed]:
    """The entries of a cluster in as few lanes as they need."""
    free: list[int] = []  # when each lane is free again
    found = []
    for one in cluster:
        lane = next((n for n, at in enumerate(free) if at <= one.begins), len(free))
        if lane == len(free):
            free.append(0)
        free[lane] = one.begins + one.length
        found.append(replace(one, lane=min(lane + 1, MOST_BESIDE)))
    return [replace(one, lanes=min(len(free), MOST_BESIDE)) for one in found]


def _hours_of(placed: Sequence[Placed], is_whole: bool) -> range:
    if is_whole:
        return range(24)
    first = min([OPENS, *(one.hour for one in placed)])
    last = max([CLOSES, *((one.begins + one.length + 3) // 4 for one in placed)])
    return range(first, min(last, 24))


def _hour(
    day: date, hour: int, placed: Sequence[Placed], now: datetime, working: WorkingTime
) -> Hour:
    mine = tuple(one for one in placed if one.hour == hour)
    hours = working.hours_on(day)
    is_off = hours is None or not hours[0] < time(hour, 59) or not time(hour) < hours[1]
    return Hour(hour, day, mine, day == now.date() and hour == now.hour, is_off)


def _quarters(moment: datetime, *, up: bool = False) -> int:
    local = to_local(moment)
    minutes = local.hour * 60 + local.minute
    return -(-minutes // 15) if up else minutes // 15
