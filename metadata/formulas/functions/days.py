"""Days and moments: made, taken apart, moved by months. Moments are taken apart in UTC."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ....platform.i18n import _, lazy
from .. import exact, readings
from ..pieces import Column, Condition, Sql, number, reading
from ..pieces import whole as whole_of
from ..typed import Type
from .base import DAYS, NUMBER, TEXT, Family, FormulaError, Types, function
from .words import whole

TIME: Types = frozenset({Type.TIME})
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})Z?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{3}))?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
MS_PER_DAY, SECONDS_PER_DAY = 86_400_000, 86_400
FAMILY = Family.DATE


def no_such_day(text: str) -> FormulaError:
    return FormulaError("no_such_day", _("%(text)s is not a day.", text=repr(text)[:60]))


def _date(year: Decimal, month: Decimal, day: Decimal) -> date:
    numbers = whole(year), whole(month), whole(day)
    try:
        return date(*numbers)
    except ValueError:
        raise no_such_day("-".join(map(str, numbers))) from None


def _date_value(value: str | date) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    if isinstance(value, date):
        return value
    if not value:
        return None
    found = _DAY.fullmatch(value)
    if found is None:
        raise no_such_day(value)
    return _date(*map(Decimal, found.groups()))


def _moment_value(value: str | date) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if not value:
        return None
    found = _MOMENT.fullmatch(value.rstrip(" "))
    try:
        if found is not None:
            year, month, day, hour, minute, second = map(int, found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        pass
    message = _("%(text)s is not a date with a time.", text=repr(value)[:60])
    raise FormulaError("no_such_moment", message, _("Write it like 2026-01-31 09:30:00."))


def _time_value(value: str | datetime) -> time | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).time()
    if not value:
        return None
    found = _CLOCK.fullmatch(value)
    try:
        if found is not None:
            hour, minute, second, ms = (int(part or 0) for part in found.groups())
            return time(hour, minute, second, ms * 1000)
    except ValueError:
        pass
    message = _("%(text)s is not a time of day.", text=repr(value)[:60])
    raise FormulaError("no_such_time", message)


def _add_months(value: date, months: Decimal) -> date:
    """The end of a month stays the end of a month."""
    steps = int(max(Decimal(-readings.MOST_MONTHS), min(Decimal(readings.MOST_MONTHS), months)))
    count = value.year * 12 + value.month - 1 + steps
    year, month = divmod(count, 12)
    if not 1 <= year <= 9999:
        raise out_of_range()
    last = calendar.monthrange(year, month + 1)[1]
    is_end = value.day == calendar.monthrange(value.year, value.month)[1]
    return value.replace(year=year, month=month + 1, day=last if is_end else min(value.day, last))


def _from_unix(seconds: Decimal) -> datetime:
    try:
        return _EPOCH + _whole(exact.multiply(seconds, Decimal(1000))) * MS
    except OverflowError:
        raise out_of_range() from None


def out_of_range() -> FormulaError:
    return FormulaError("out_of_range", _("This is outside the years 1 to 9999."))


def moved(value: Any, days: Decimal) -> Any:
    """A day moved by whole days, a moment to the second, a time of day around the clock."""
    try:
        if isinstance(value, datetime):
            return value + _whole(exact.multiply(days, Decimal(SECONDS_PER_DAY))) * SECOND
        if isinstance(value, time):
            return _turned(value, days)
        return value + timedelta(days=_bounded(days))
    except OverflowError:
        raise out_of_range() from None


def _turned(value: time, milliseconds: Decimal) -> time:
    now = (datetime.combine(date(2000, 1, 1), value) - datetime(2000, 1, 1)) // MS  # noqa: DTZ001
    later = (now + _whole(milliseconds)) % MS_PER_DAY
    return (datetime(2000, 1, 1) + later * MS).time()  # noqa: DTZ001


def _whole(number: Decimal) -> int:
    return _bounded(exact.rounded(number, exact.ZERO))


def _bounded(number: Decimal) -> int:
    if number.copy_abs() > 10**15:
        raise out_of_range()
    return int(number)


def _part(
    name: str, help: str, takes: Types, python: Callable[..., int], unit: str = "", more: int = 0
) -> None:
    signature = f"{name}({'time' if takes is TIME else 'date'})"

    def read(value: Any) -> Decimal:
        return Decimal(python(value.astimezone(UTC) if isinstance(value, datetime) else value))

    def in_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
        day = args[0].value
        at = sa.func.timezone("UTC", day) if args[0].type is Type.DATETIME else day
        found = sa.cast(sa.func.date_part(unit, at), sa.Numeric())
        return Sql(found + number(more) if more else found, kind, args[0].fails)

    sql: Any = in_sql if unit else None
    if takes is TIME:
        sql = readings.part_of_clock("milliseconds" if name == "MILLISECOND" else name.lower())
    function(name, signature, help, FAMILY, (takes,), Type.NUMBER, read, sql=sql)


def _day_of_year(day: date) -> int:
    return day.timetuple().tm_yday


def _iso_week(day: date) -> int:
    return day.isocalendar().week


def _iso_year(day: date) -> int:
    return day.isocalendar().year


_part("YEAR", lazy("The year of a date."), DAYS, lambda day: day.year, "year")
_part("MONTH", lazy("The month of a date, 1 to 12."), DAYS, lambda day: day.month, "month")
_part("DAY", lazy("The day of the month, 1 to 31."), DAYS, lambda day: day.day, "day")
_part(
    "WEEKDAY",
    lazy("1 for Sunday to 7 for Saturday."),
    DAYS,
    lambda d: d.isoweekday() % 7 + 1,
    "dow",
    1,
)
_part(
    "DAYOFYEAR",
    lazy("The day of the year, 1 to 366."),
    DAYS,
    lambda d: d.timetuple().tm_yday,
    "doy",
)
_part(
    "ISOWEEK",
    lazy("The number of the week, 1 to 53."),
    DAYS,
    lambda day: day.isocalendar()[1],
    "week",
)
_part(
    "ISOYEAR",
    lazy("The year that the week belongs to."),
    DAYS,
    lambda d: d.isocalendar()[0],
    "isoyear",
)
_part("HOUR", lazy("The hour of a time of day, 0 to 23."), TIME, lambda at: at.hour)
_part("MINUTE", lazy("The minute of a time of day."), TIME, lambda at: at.minute)
_part("SECOND", lazy("The second of a time of day."), TIME, lambda at: at.second)
_part(
    "MILLISECOND",
    lazy("The milliseconds of a time of day, 0 to 999."),
    TIME,
    lambda at: at.microsecond // 1000,
)
function(
    "TODAY",
    "TODAY()",
    lazy("The day it is for whoever asks."),
    FAMILY,
    (),
    Type.DATE,
    lambda: None,
    ambient="TODAY",
)
function(
    "NOW",
    "NOW()",
    lazy("The moment it is."),
    FAMILY,
    (),
    Type.DATETIME,
    lambda: None,
    ambient="NOW",
)
function(
    "TIMENOW",
    "TIMENOW()",
    lazy("The time of day it is, in UTC."),
    FAMILY,
    (),
    Type.TIME,
    lambda: None,
    ambient="TIMENOW",
)


def _day_sql(year: Column, month: Column, day: Column) -> Column:
    """Any numbers make some day, so that nothing is refused before `_no_day` is asked."""
    y = sa.func.least(sa.func.greatest(whole_of(year), 1), 9999)
    m = sa.func.least(sa.func.greatest(whole_of(month), 1), 12)
    d = sa.func.least(sa.func.greatest(whole_of(day), 1), 28)
    more = sa.func.least(sa.func.greatest(whole_of(day), 1), 31) - d
    return sa.func.make_date(y, m, d).op("+", return_type=sa.Date())(more)


def _no_day(year: Column, month: Column, day: Column) -> Condition:
    made = _day_sql(year, month, day)
    return sa.or_(
        sa.func.date_part("year", made) != whole_of(year),
        sa.func.date_part("month", made) != whole_of(month),
        sa.func.date_part("day", made) != whole_of(day),
    )


function(
    "DATE",
    "DATE(year, month, day)",
    lazy("The day of these numbers."),
    FAMILY,
    (NUMBER, NUMBER, NUMBER),
    Type.DATE,
    _date,
    sql=reading(_day_sql, _no_day, passes_blank=False),
    sql_weight=6,
)
function(
    "DATEVALUE",
    "DATEVALUE(text or moment)",
    lazy("The day of a moment, or of a text like 2026-01-31."),
    FAMILY,
    (TEXT | DAYS,),
    Type.DATE,
    _date_value,
    sql=readings.day_of,
    sql_takes=readings.from_types(Type.DATE, Type.DATETIME),
)
function(
    "DATETIMEVALUE",
    "DATETIMEVALUE(text or date)",
    lazy("The moment that a text like 2026-01-31 09:30:00 says, or at which a day begins."),
    FAMILY,
    (TEXT | DAYS,),
    Type.DATETIME,
    _moment_value,
    sql=readings.moment_of,
    sql_takes=readings.from_types(Type.DATE, Type.DATETIME),
)
function(
    "TIMEVALUE",
    "TIMEVALUE(text or moment)",
    lazy("The time of day of a moment, or of a text like 09:30:00."),
    FAMILY,
    (TEXT | {Type.DATETIME},),
    Type.TIME,
    _time_value,
    sql=readings.clock_of,
    sql_takes=readings.from_types(Type.DATETIME),
)
function(
    "ADDMONTHS",
    "ADDMONTHS(date, months)",
    lazy("The date so many months later; the last day of a month stays the last."),
    FAMILY,
    (DAYS, NUMBER),
    lambda types: Type.DATE if types[0] is Type.BLANK else types[0],
    _add_months,
    sql=readings.months_later,
    sql_weight=4,
    sql_takes=readings.from_types(Type.DATE),
)
function(
    "UNIXTIMESTAMP",
    "UNIXTIMESTAMP(moment)",
    lazy("The seconds since 1970."),
    FAMILY,
    (DAYS,),
    Type.NUMBER,
    lambda value: Decimal((_moment_value(value) - _EPOCH) // MS).scaleb(-3),  # type: ignore[operator]
)
function(
    "FROMUNIXTIME",
    "FROMUNIXTIME(seconds)",
    lazy("The moment so many seconds after the start of 1970."),
    FAMILY,
    (NUMBER,),
    Type.DATETIME,
    _from_unix,
)
