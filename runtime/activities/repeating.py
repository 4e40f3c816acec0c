"""Rules of repetition as people read them and choose them in a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from werkzeug.datastructures import MultiDict

from ...metadata.field_types.base import Reading
from ...metadata.moments import read_day
from ...platform.errors import Problem, Rejected
from ...platform.i18n import (
    _,
    first_weekday,
    format_by,
    format_date,
    format_list,
    format_number,
    lazy,
    ngettext,
    weekday_name,
)
from .recurrence import Rule, Unit

UNITS: Mapping[str, str] = {
    "": lazy("Does not repeat"),
    "DAILY": lazy("Daily"),
    "WEEKLY": lazy("Weekly"),
    "MONTHLY": lazy("Monthly"),
    "YEARLY": lazy("Yearly"),
}
_MONDAY = date(2024, 1, 1)  # a Monday


def in_words(rule: Rule) -> str:
    """A sentence without its stop: "Every 2 weeks on Monday, until Mar 5, 2026"."""
    said = _cycle(rule)
    if rule.until is not None:
        return _("%(rule)s, until %(day)s", rule=said, day=format_date(rule.until))
    if rule.count is not None:
        times = ngettext("%(n)s time", "%(n)s times", rule.count)
        return _("%(rule)s, %(times)s", rule=said, times=times)
    return said


def _cycle(rule: Rule) -> str:
    n = rule.interval
    if rule.unit is Unit.DAY:
        every = ngettext("Every %(n)s day", "Every %(n)s days", n)
        return _("Every day") if n == 1 else every
    if rule.unit is Unit.WEEK:
        days = format_list([weekday(day) for day in in_reader_order(rule.weekdays)])
        every = ngettext(
            "Every %(n)s week on %(days)s", "Every %(n)s weeks on %(days)s", n, days=days
        )
        return _("Every week on %(days)s", days=days) if n == 1 else every
    if rule.unit is Unit.YEAR:
        day = format_by(date(2024, rule.month, rule.day), "MMMMd")
        every = ngettext("Every %(n)s year on %(day)s", "Every %(n)s years on %(day)s", n, day=day)
        return _("Every year on %(day)s", day=day) if n == 1 else every
    if rule.nth:
        day = nth_weekday(rule.nth, rule.weekdays[0])
        every = ngettext(
            "Every %(n)s month on the %(day)s", "Every %(n)s months on the %(day)s", n, day=day
        )
        return _("Every month on the %(day)s", day=day) if n == 1 else every
    day = format_number(rule.day)
    every = ngettext(
        "Every %(n)s month on day %(day)s", "Every %(n)s months on day %(day)s", n, day=day
    )
    return _("Every month on day %(day)s", day=day) if n == 1 else every


def weekday(day: int, width: Literal["abbreviated", "wide"] = "wide") -> str:
    """The name of a weekday, Monday = 0."""
    return weekday_name(_MONDAY + timedelta(days=day), width)


def in_reader_order(weekdays: Iterable[int]) -> list[int]:
    """Weekdays from the first of the reader's week on."""
    return sorted(weekdays, key=lambda day: (day - first_weekday()) % 7)


def nth_weekday(nth: int, day: int) -> str:
    """Which weekday of a month: "second Tuesday", "last Friday"."""
    name = weekday(day)
    return {
        1: _("first %(weekday)s", weekday=name),
        2: _("second %(weekday)s", weekday=name),
        3: _("third %(weekday)s", weekday=name),
        4: _("fourth %(weekday)s", weekday=name),
    }.get(nth) or _("last %(weekday)s", weekday=name)


# -- forms ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """What the controls of a form say, as texts; the names are those of the controls."""

    repeat: str = ""  # a key of UNITS
    repeat_interval: str = "1"
    repeat_weekday: tuple[str, ...] = ()  # "0" is Monday
    repeat_monthly: str = "day"  # "day", "nth" or "last"
    repeat_end: str = "never"  # "never", "until" or "count"
    repeat_until: str = ""
    repeat_count: str = ""


def chosen(posted: MultiDict[str, str]) -> Choice:
    """What was posted, as it was typed."""
    given = {name: posted.get(name, "").strip() for name in Choice.__slots__ if posted.get(name)}
    weekdays = tuple(posted.getlist("repeat_weekday"))
    return replace(Choice(), **{**given, "repeat_weekday": weekdays})  # type: ignore[arg-type]


def choice_of(rule: Rule | None) -> Choice:
    """The controls as they show a rule."""
    if rule is None:
        return Choice()
    end = "until" if rule.until else "count" if rule.count else "never"
    monthly = {0: "day", -1: "last"}.get(rule.nth, "nth")
    return Choice(
        rule.unit,
        str(rule.interval),
        tuple(map(str, rule.weekdays)) if rule.unit is Unit.WEEK else (),
        monthly,
        end,
        rule.until.isoformat() if rule.until else "",
        str(rule.count or ""),
    )


def read_rule(choice: Choice, start: date, reading: Reading) -> Rule | None:
    """The rule of a form whose thing begins on that day; None when it does not repeat.

    Raises Rejected with the problem at its control.
    """
    if choice.repeat not in UNITS:
        message = _("%(text)s is not a rule.", text=repr(choice.repeat)[:80])
        raise Rejected(Problem("recurrence.unit", ("repeat",), message))
    if not choice.repeat:
        return None
    unit = Unit(choice.repeat)
    until = count = None
    if choice.repeat_end == "until":
        until = read_day(choice.repeat_until, reading, "repeat_until")
        if until is None or until < start:
            message = _("Write a day after the beginning.")
            raise Rejected(Problem("recurrence.until", ("repeat_until",), message))
    elif choice.repeat_end == "count":
        count = _whole(choice.repeat_count, "repeat_count")
    interval = _whole(choice.repeat_interval or "1", "repeat_interval")
    which = _which(unit, choice, start)
    return Rule(unit, interval, until=until, count=count, **which)


def _which(unit: Unit, choice: Choice, start: date) -> dict[str, Any]:
    if unit is Unit.WEEK:
        picked = {int(day) for day in choice.repeat_weekday if day in tuple("0123456")}
        return {"weekdays": tuple(sorted(picked or {start.weekday()}))}
    if unit is Unit.MONTH and choice.repeat_monthly in ("nth", "last"):
        nth = (start.day + 6) // 7
        is_last = choice.repeat_monthly == "last" or nth > 4
        return {"weekdays": (start.weekday(),), "nth": -1 if is_last else nth}
    if unit is Unit.MONTH:
        return {"day": start.day}
    return {"day": start.day, "month": start.month} if unit is Unit.YEAR else {}


def monthly_choices(start: date) -> list[tuple[str, str]]:
    """(value, label) of the ways in which a month can come back to a day."""
    found = [("day", _("On day %(day)s", day=format_number(start.day)))]
    nth = (start.day + 6) // 7
    if nth <= 4:
        found.append(("nth", _("On the %(day)s", day=nth_weekday(nth, start.weekday()))))
    if (start + timedelta(days=7)).month != start.month:
        found.append(("last", _("On the %(day)s", day=nth_weekday(-1, start.weekday()))))
    return found


def _whole(text: str, name: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    raise Rejected(Problem("recurrence.number", (name,), _("Write a whole number.")))
