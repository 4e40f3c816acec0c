"""Periods of days as expressions of SQL: the first day of a month, a fiscal quarter, a week, …

Both databases answer alike: a day, or a number for periods that come again (a month of any year).
Moments are first turned into days of the reader's zone. Constants are made here, never by people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from ...platform.db.types import Day, Utc, Whole
from .zones import Span, spans_of

MONTHS = {"Month": 1, "Quarter": 3, "Year": 12, "FiscalQuarter": 3, "FiscalYear": 12}
NUMBERS = ("MonthInYear", "DayInMonth", "DayInWeek", "HourInDay")  # periods that come again
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a reader's periods depend on."""

    zone: str = "UTC"
    week_start: int = 6  # Monday = 0 … Sunday = 6
    fiscal_start: int = 1


def period(
    column: sa.ColumnElement[Any], granularity: str, calendar: Calendar
) -> sa.ColumnElement[Any]:
    """The period that a day or moment falls into; NULL of NULL."""
    if isinstance(column.type, Utc):
        local: sa.ColumnElement[Any] = local_moment(column, calendar.zone)
        if granularity == "HourInDay":
            return hour_of(local)
        column = day_of(local)
    if granularity == "Day":
        return column
    if granularity == "Week":
        return week_of(column, calendar.week_start)
    if granularity in MONTHS:
        lead = (calendar.fiscal_start - 1) % 12 if granularity.startswith("Fiscal") else 0
        return months_of(column, MONTHS[granularity], lead)
    return part_of(column, granularity)


class _Function(FunctionElement[Any]):
    """One of ours: its constants are clauses, so they take part in the key of statements."""

    inherit_cache = True
    type: TypeEngine[Any] = Day()

    def __init__(self, column: sa.ColumnElement[Any], *constants: str | int) -> None:
        super().__init__(column, *(sa.literal_column(f"'{one}'") for one in constants))


class local_moment(_Function):  # noqa: N801 - reads as a function in a statement
    """A moment as the wall clock of a zone shows it, as text on SQLite."""

    type = sa.DateTime()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], zone: str) -> None:
        super().__init__(column, zone)
        self.zone = zone


class day_of(_Function):  # noqa: N801
    """The day of a local moment."""

    inherit_cache = True


class hour_of(_Function):  # noqa: N801
    """The hour of a local moment: 0 … 23."""

    type = Whole()
    inherit_cache = True


class week_of(_Function):  # noqa: N801
    """The first day of a day's week."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], week_start: int) -> None:
        super().__init__(column, week_start)
        self.week_start = week_start


class months_of(_Function):  # noqa: N801
    """The first day of the run of months that a day is in; runs begin `lead` months into a year."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], months: int, lead: int) -> None:
        super().__init__(column, months, lead)
        self.months, self.lead = months, lead

    @property
    def steps(self) -> list[int]:
        """How many months each month of the year, January first, lies behind its run's first."""
        return [(month - self.lead) % self.months for month in range(12)]


class part_of(_Function):  # noqa: N801
    """A number that comes again: month 1 … 12, day 1 … 31, day of the week Monday = 0."""

    type = Whole()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], part: str) -> None:
        super().__init__(column, part)
        self.part = part


def _text(element: _Function, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    first, *_constants = element.clauses
    return str(compiler.process(first, **kw))


# -- PostgreSQL ----------------------------------------------------------------------------------


@compiles(local_moment)
def _local(element: local_moment, compiler: SQLCompiler, **kw: Any) -> str:
    zone = element.zone.replace("'", "''")
    return f"({_text(element, compiler, kw)} AT TIME ZONE '{zone}')"


@compiles(day_of)
def _day(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    day = f"({_text(element, compiler, kw)})::date"
    return _not_before_all_days(day, f"LEAST({day}, DATE '{LAST_DAY}')")


@compiles(hour_of)
def _hour(element: hour_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date_part('hour', {_text(element, compiler, kw)})::bigint"


@compiles(week_of)
def _week(element: week_of, compiler: SQLCompiler, **kw: Any) -> str:
    day, start = _text(element, compiler, kw), element.week_start
    back = f"MOD(date_part('isodow', {day})::int + {6 - start}, 7)"
    return _not_before_all_days(day, f"{day} - {back}")


@compiles(months_of)
def _months(element: months_of, compiler: SQLCompiler, **kw: Any) -> str:
    day, lead = _text(element, compiler, kw), element.lead % element.months
    unit = {1: "month", 3: "quarter", 12: "year"}[element.months]
    if not lead:
        return f"date_trunc('{unit}', {day}::timestamp)::date"
    shift = f"INTERVAL '{lead} months'"
    first = f"date_trunc('{unit}', {day}::timestamp - {shift}) + {shift}"
    return _not_before_all_days(day, f"({first})::date")


def _not_before_all_days(day: str, first: str) -> str:
    """GREATEST passes over NULL, but no day has no period."""
    return f"CASE WHEN {day} IS NULL THEN NULL ELSE GREATEST({first}, DATE '{FIRST_DAY}') END"


@compiles(part_of)
def _part(element: part_of, compiler: SQLCompiler, **kw: Any) -> str:
    day = _text(element, compiler, kw)
    unit = {"MonthInYear": "month", "DayInMonth": "day", "DayInWeek": "isodow"}[element.part]
    less = " - 1" if element.part == "DayInWeek" else ""
    return f"(date_part('{unit}', {day})::bigint{less})"


# -- SQLite: days are texts ----------------------------------------------------------------------


@compiles(local_moment, "sqlite")
def _local_text(element: local_moment, compiler: SQLCompiler, **kw: Any) -> str:
    moment = _text(element, compiler, kw)
    shifted = _by_span(moment, spans_of(element.zone))
    return f"CASE WHEN {moment} >= '{LAST_DAY}' THEN {moment} ELSE {shifted} END"


def _by_span(moment: str, spans: tuple[Span, ...]) -> str:
    if len(spans) == 1:
        return _shifted(moment, spans[0])
    at = max((n for n, span in enumerate(spans) if span.begins <= _TURN), default=0)
    later = [*spans[at + 1 :]][::-1]
    earlier = [*spans[1 : at + 1]][::-1]
    past = _arms(moment, earlier, _shifted(moment, spans[0]))
    if not later:
        return past
    first = f"'{_bound(later[-1])}'"
    future = _arms(moment, later[:-1], _shifted(moment, later[-1]))
    return f"CASE WHEN {moment} >= {first} THEN {future} ELSE {past} END"


_TURN = datetime(2026, 1, 1, tzinfo=UTC)  # most moments lie not far from here: asked for first


def _arms(moment: str, spans: list[Span], otherwise: str) -> str:
    """The spans, latest first, as arms of a CASE."""
    if not spans:
        return otherwise
    arms = " ".join(f"WHEN {moment} >= '{_bound(s)}' THEN {_shifted(moment, s)}" for s in spans)
    return f"CASE {arms} ELSE {otherwise} END"


def _bound(span: Span) -> str:
    return span.begins.strftime("%Y-%m-%d %H:%M:%S.000")


def _shifted(moment: str, span: Span) -> str:
    return f"datetime({moment}, '{span.seconds} seconds')"


@compiles(day_of, "sqlite")
def _day_text(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"MAX(substr({_text(element, compiler, kw)}, 1, 10), '{FIRST_DAY}')"


@compiles(hour_of, "sqlite")
def _hour_text(element: hour_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(substr({_text(element, compiler, kw)}, 12, 2) AS INTEGER)"


@compiles(week_of, "sqlite")
def _week_text(element: week_of, compiler: SQLCompiler, **kw: Any) -> str:
    day, start = _text(element, compiler, kw), element.week_start
    back = f"((strftime('%w', {day}) + {6 - start}) % 7)"
    return f"MAX(date({day}, '-' || {back} || ' days'), '{FIRST_DAY}')"


@compiles(months_of, "sqlite")
def _months_text(element: months_of, compiler: SQLCompiler, **kw: Any) -> str:
    day = _text(element, compiler, kw)
    if element.months == 1:
        return f"substr({day}, 1, 7) || '-01'"
    if not element.lead % element.months:
        return _in_year(day, element.steps)
    # the run may begin in the year before
    arms = " ".join(f"WHEN '{n + 1:02}' THEN '-{back} months'" for n, back in _behind(element))
    back = f"CASE substr({day}, 6, 2) {arms} END"
    return f"MAX(date({day}, 'start of month', {back}), '{FIRST_DAY}')"


def _behind(element: months_of) -> list[tuple[int, int]]:
    return list(enumerate(element.steps))


def _in_year(day: str, steps: list[int]) -> str:
    """The first day of a run that lies within the day's own year."""
    firsts = sorted({month - back for month, back in enumerate(steps)})
    if len(firsts) == 1:
        return f"substr({day}, 1, 4) || '-01-01'"
    month = f"substr({day}, 6, 2)"
    arms = " ".join(
        f"WHEN {month} <= '{after:02}' THEN '-{first + 1:02}-01'"
        for first, after in pairwise(firsts)
    )
    return f"substr({day}, 1, 4) || CASE {arms} ELSE '-{firsts[-1] + 1:02}-01' END"


@compiles(part_of, "sqlite")
def _part_text(element: part_of, compiler: SQLCompiler, **kw: Any) -> str:
    day = _text(element, compiler, kw)
    if element.part == "DayInWeek":
        return f"((strftime('%w', {day}) + 6) % 7)"
    start = 6 if element.part == "MonthInYear" else 9
    return f"CAST(substr({day}, {start}, 2) AS INTEGER)"
