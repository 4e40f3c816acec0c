"""When a company works: hours of each weekday, and holidays. Refuses hours that end before they
begin, and holidays without a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import sqlalchemy as sa

from .errors import Problem, require
from .i18n import _
from .org_settings import read_setting, save_setting

SETTING = "org.working_time"
MOST_HOLIDAYS = 400
LONGEST_NAME = 80
Hours = tuple[time, time]
_USUAL: Hours = (time(9), time(17))


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which nobody works; a yearly one comes back on its day and month."""

    day: date
    name: str
    is_yearly: bool = False

    def is_on(self, day: date) -> bool:
        if self.is_yearly:
            return (self.day.month, self.day.day) == (day.month, day.day)
        return self.day == day


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Hours from Monday to Sunday, None where nobody works, and the holidays."""

    week: tuple[Hours | None, ...] = (*[_USUAL] * 5, None, None)
    holidays: tuple[Holiday, ...] = ()

    def holiday_on(self, day: date) -> str:
        """The name of the holiday; "" for any other day."""
        return next((one.name for one in self.holidays if one.is_on(day)), "")

    def hours_on(self, day: date) -> Hours | None:
        return None if self.holiday_on(day) else self.week[day.weekday()]


def read_working_time(conn: sa.Connection) -> WorkingTime:
    """What the company has said; the usual hours when it has not."""
    kept = read_setting(conn, SETTING)
    if not kept:
        return WorkingTime()
    return WorkingTime(
        tuple(_hours(one) for one in kept["week"]),
        tuple(_holiday(one) for one in kept["holidays"]),
    )


def save_working_time(conn: sa.Connection, working: WorkingTime) -> None:
    """Keeps it; raises Rejected for what cannot be. The caller audits."""
    require(check_working_time(working))
    save_setting(conn, SETTING, as_json(working))


def as_json(working: WorkingTime) -> dict[str, Any]:
    """The form that is kept and audited."""
    return {
        "week": [one and [at.isoformat("minutes") for at in one] for one in working.week],
        "holidays": [
            {"day": one.day.isoformat(), "name": one.name, "yearly": one.is_yearly}
            for one in sorted(working.holidays, key=lambda one: (one.day, one.name))
        ],
    }


def check_working_time(working: WorkingTime) -> tuple[Problem, ...]:
    """Everything that is wrong with it, at the control of the weekday or the holiday."""
    problems = []
    for n, hours in enumerate(working.week):
        if hours is not None and hours[0] >= hours[1]:
            message = _("Work ends after it begins.")
            problems.append(Problem("working_time.hours", (f"to_{n}",), message))
    if len(working.holidays) > MOST_HOLIDAYS:
        message = _("At most %(n)s holidays.", n=MOST_HOLIDAYS)
        problems.append(Problem("working_time.many", ("holidays",), message))
    for n, holiday in enumerate(working.holidays):
        if not 0 < len(holiday.name) <= LONGEST_NAME:
            message = _("Enter a name of up to 80 characters.")
            problems.append(Problem("working_time.name", (f"name_{n}",), message))
    return tuple(problems)


def _hours(kept: Sequence[str] | None) -> Hours | None:
    return (time.fromisoformat(kept[0]), time.fromisoformat(kept[1])) if kept else None


def _holiday(kept: Mapping[str, Any]) -> Holiday:
    return Holiday(date.fromisoformat(kept["day"]), kept["name"], kept["yearly"])
