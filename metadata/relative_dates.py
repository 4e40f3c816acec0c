"""Relative dates by SOQL's names (TODAY, LAST_N_DAYS:30, THIS_FISCAL_QUARTER) as spans of days.

Spans are calendar units (a week from the week's first day, a fiscal quarter from the year's first
month), except these: LAST_N_DAYS:n begins n days ago and ends today, so it has n + 1 days;
NEXT_N_DAYS:n begins tomorrow and has n. LAST_N_MONTHS:n and its like leave the current unit out.
Spans that would leave the years 1 to 9999 end there. Refused: unknown names, counts above 99,999.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from ..platform.errors import Problem, Rejected, did_you_mean
from ..platform.i18n import _, lazy

_SUNDAY = 6
_UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12, "FISCAL_QUARTER": 3, "FISCAL_YEAR": 12}
_ONE = {"YESTERDAY": ("DAY", -1), "TODAY": ("DAY", 0), "TOMORROW": ("DAY", 1)}
_ONE |= {
    f"{which}_{unit}": (unit, offset)
    for unit in _UNITS[1:]
    for which, offset in (("LAST", -1), ("THIS", 0), ("NEXT", 1))
}
_UNIT = f"({'|'.join(_UNITS)})S"
_RUN = re.compile(rf"(LAST|NEXT)_(?:N_{_UNIT}:(\d{{1,5}})|(\d{{1,5}})_{_UNIT})", re.ASCII)
_AGO = re.compile(rf"(?:N_{_UNIT}_AGO:(\d{{1,5}})|(\d{{1,5}})_{_UNIT}_AGO)", re.ASCII)


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def end_exclusive(self) -> date | None:
        """The day after the last one; None after the last day there is."""
        return None if self.last == date.max else self.last + timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Token:
    """A relative date as a picker offers it; `counted` ones need ":n" at the end."""

    name: str  # "LAST_N_DAYS"
    label: str
    counted: bool = False


def is_relative(text: str) -> bool:
    """Whether the text is meant as a relative date: a word, not a day."""
    return _parsed(text) is not None


def resolve(token: str, today: date, week_start: int = _SUNDAY, fiscal_start: int = 1) -> DayRange:
    """The days that a relative date means today; raises Rejected `date.unknown_relative`.

    `week_start` is Monday = 0 … Sunday = 6, `fiscal_start` the first month of the fiscal year.
    """
    parsed = _parsed(token)
    if parsed is None:
        known = [*_ONE, *(t.name for t in TOKENS)]
        message = _("%(text)s is not a relative date.", text=repr(token)[:60])
        hint = did_you_mean(token.partition(":")[0], known)
        raise Rejected(Problem("date.unknown_relative", (), message, hint))
    unit, begin, end = parsed
    calendar = _Calendar(today, week_start, fiscal_start)
    return DayRange(calendar.start(unit, begin), calendar.end(unit, end))


def in_words(text: str) -> str:
    """The relative date as people say it: LAST_N_DAYS:30 is "Last 30 days"; "" for another text."""
    if not is_relative(text):
        return ""
    token = re.sub(r"[\s_]+", "_", text.strip().upper())
    name, count = re.sub(r"\d+", "N", re.sub(r":\d+$", "", token)), re.search(r"\d+", token)
    label = next((str(t.label) for t in TOKENS if t.name == name), text)
    return re.sub(r"\bn\b", count[0], label) if count else label


def _parsed(text: str) -> tuple[str, int, int] | None:
    """(unit, offset of the first unit, offset of the last unit), or None."""
    token = re.sub(r"[\s_]+", "_", text.strip().upper())
    if (one := _ONE.get(token)) is not None:
        return one[0], one[1], one[1]
    if (ago := _AGO.fullmatch(token)) is not None:
        n = int(ago[2] or ago[3])
        return ago[1] or ago[4], -n, -n
    if (run := _RUN.fullmatch(token)) is None:
        return None
    unit, n = run[2] or run[5], int(run[3] or run[4])
    if run[1] == "LAST":
        return unit, -n, 0 if unit == "DAY" or n == 0 else -1
    return unit, 1 if n else 0, n


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Starts and ends of calendar units, counted from the one that holds today."""

    today: date
    week_start: int
    fiscal_start: int

    def start(self, unit: str, offset: int) -> date:
        """The first day of a unit; beyond the years 1 to 9999: the edge."""
        try:
            return self._start(unit, offset)
        except (OverflowError, ValueError):
            return self._edge(offset)

    def end(self, unit: str, offset: int) -> date:
        """The last day of a unit; beyond the years 1 to 9999: the edge."""
        try:
            return self._start(unit, offset + 1) - timedelta(days=1)
        except (OverflowError, ValueError):
            return self._edge(offset)

    def _edge(self, offset: int) -> date:
        early = offset < 0 or (offset == 0 and self.today.year == 1)
        return date.min if early else date.max

    def _start(self, unit: str, offset: int) -> date:
        if unit == "DAY":
            return self.today + timedelta(days=offset)
        if unit == "WEEK":
            into = (self.today.weekday() - self.week_start) % 7
            return self.today + timedelta(days=7 * offset - into)
        months = _MONTHS[unit]
        lead = (self.fiscal_start - 1) % 12 if unit.startswith("FISCAL") else 0
        number = self.today.year * 12 + self.today.month - 1 - lead
        number = (number // months + offset) * months + lead
        return date(number // 12, number % 12 + 1, 1)


_LABELS = {
    "TODAY": lazy("Today"), "YESTERDAY": lazy("Yesterday"), "TOMORROW": lazy("Tomorrow"),
    "THIS_WEEK": lazy("This week"), "LAST_WEEK": lazy("Last week"), "NEXT_WEEK": lazy("Next week"),
    "THIS_MONTH": lazy("This month"), "LAST_MONTH": lazy("Last month"),
    "NEXT_MONTH": lazy("Next month"), "THIS_QUARTER": lazy("This quarter"),
    "LAST_QUARTER": lazy("Last quarter"), "NEXT_QUARTER": lazy("Next quarter"),
    "THIS_YEAR": lazy("This year"), "LAST_YEAR": lazy("Last year"), "NEXT_YEAR": lazy("Next year"),
    "THIS_FISCAL_QUARTER": lazy("This fiscal quarter"),
    "LAST_FISCAL_QUARTER": lazy("Last fiscal quarter"),
    "NEXT_FISCAL_QUARTER": lazy("Next fiscal quarter"),
    "THIS_FISCAL_YEAR": lazy("This fiscal year"), "LAST_FISCAL_YEAR": lazy("Last fiscal year"),
    "NEXT_FISCAL_YEAR": lazy("Next fiscal year"),
}  # fmt: skip
_COUNTED = {
    "LAST_N_DAYS": lazy("Last n days"), "NEXT_N_DAYS": lazy("Next n days"),
    "N_DAYS_AGO": lazy("n days ago"),
    "LAST_N_WEEKS": lazy("Last n weeks"), "NEXT_N_WEEKS": lazy("Next n weeks"),
    "N_WEEKS_AGO": lazy("n weeks ago"),
    "LAST_N_MONTHS": lazy("Last n months"), "NEXT_N_MONTHS": lazy("Next n months"),
    "N_MONTHS_AGO": lazy("n months ago"),
    "LAST_N_QUARTERS": lazy("Last n quarters"), "NEXT_N_QUARTERS": lazy("Next n quarters"),
    "N_QUARTERS_AGO": lazy("n quarters ago"),
    "LAST_N_YEARS": lazy("Last n years"), "NEXT_N_YEARS": lazy("Next n years"),
    "N_YEARS_AGO": lazy("n years ago"),
    "LAST_N_FISCAL_QUARTERS": lazy("Last n fiscal quarters"),
    "NEXT_N_FISCAL_QUARTERS": lazy("Next n fiscal quarters"),
    "N_FISCAL_QUARTERS_AGO": lazy("n fiscal quarters ago"),
    "LAST_N_FISCAL_YEARS": lazy("Last n fiscal years"),
    "NEXT_N_FISCAL_YEARS": lazy("Next n fiscal years"),
    "N_FISCAL_YEARS_AGO": lazy("n fiscal years ago"),
}  # fmt: skip
TOKENS: tuple[Token, ...] = (
    *(Token(name, label) for name, label in _LABELS.items()),
    *(Token(name, label, counted=True) for name, label in _COUNTED.items()),
)
