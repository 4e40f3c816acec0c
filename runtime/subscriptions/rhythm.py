"""When a letter is due: an hour of a day, in the zone of whoever gets it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ...platform.i18n import _, format_number, format_time, lazy
from ..activities.repeating import weekday

DAY, WORKDAYS, WEEK, MONTH = "day", "workdays", "week", "month"
EVERY: Mapping[str, str] = {
    DAY: lazy("Every day"),
    WORKDAYS: lazy("From Monday to Friday"),
    WEEK: lazy("Every week"),
    MONTH: lazy("Every month"),
}
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Once a day, a week or a month; a month without the day takes its last."""

    every: str = WEEK
    weekday: int = 0  # Monday
    day: int = 1  # of the month
    hour: int = 8

    def falls_on(self, day: date) -> bool:
        """Says whether a letter is due on the day."""
        if self.every == MONTH:
            return day.day == min(self.day, monthrange(day.year, day.month)[1])
        if self.every == WEEK:
            return day.weekday() == self.weekday
        return self.every == DAY or day.weekday() < SATURDAY

    def next_after(self, moment: datetime, zone: str) -> datetime:
        """The first due moment after this one, in UTC."""
        here = ZoneInfo(zone)
        day = moment.astimezone(here).date()
        while True:
            due = datetime.combine(day, time(self.hour), here).astimezone(UTC)
            if due > moment and self.falls_on(day):
                return due
            day += timedelta(days=1)

    def in_words(self) -> str:
        """ "Every Monday at 8:00 AM"."""
        hour = format_time(time(self.hour))
        if self.every == WEEK:
            return _("Every %(day)s at %(hour)s", day=weekday(self.weekday), hour=hour)
        if self.every == MONTH:
            day = format_number(self.day)
            return _("Every month on day %(day)s at %(hour)s", day=day, hour=hour)
        if self.every == WORKDAYS:
            return _("From Monday to Friday at %(hour)s", hour=hour)
        return _("Every day at %(hour)s", hour=hour)
