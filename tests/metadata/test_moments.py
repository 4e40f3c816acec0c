"""Days, times and moments as people write them, in zones whose clocks jump."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from trellis.metadata.field_types.base import NEUTRAL, Reading, reading_of
from trellis.metadata.moments import (
    moments_of,
    read_day,
    read_moment,
    read_time,
    to_utc,
)
from trellis.metadata.relative_dates import DayRange
from trellis.platform.errors import Rejected
from trellis.platform.i18n import Localization

DAY_FIRST, MONTH_FIRST = Reading(day_first=True), Reading(day_first=False)
NEW_YORK = Reading(time_zone="America/New_York")


@pytest.mark.parametrize(
    ("text", "reading", "expected"),
    [
        ("2026-11-23", NEUTRAL, date(2026, 11, 23)),
        ("2026/1/5", NEUTRAL, date(2026, 1, 5)),
        ("2026年11月23日", NEUTRAL, date(2026, 11, 23)),
        ("15.09.2026", DAY_FIRST, date(2026, 9, 15)),
        ("3/4/2026", DAY_FIRST, date(2026, 4, 3)),
        ("3/4/2026", MONTH_FIRST, date(2026, 3, 4)),
        ("10/7/1993", MONTH_FIRST, date(1993, 10, 7)),
        ("03-04-2026", DAY_FIRST, date(2026, 4, 3)),
        ("9999-12-31", NEUTRAL, date.max),
        ("0001-01-01", NEUTRAL, date.min),
    ],
)
def test_days_are_read_in_the_order_of_the_reading(
    text: str, reading: Reading, expected: date
) -> None:
    assert read_day(text, reading) == expected


@pytest.mark.abuse("F34", "F35")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("03/04/2026", "date.ambiguous"),
        ("25.12.2026", "date.ambiguous"),
        ("2025-02-29", "date.no_such_day"),
        ("2026-13-01", "date.no_such_day"),
        ("0000-01-01", "date.no_such_day"),
        ("10000-01-01", "date.malformed"),
        ("23.11.26", "date.malformed"),
        ("2026-11/23", "date.malformed"),
        ("٢٠٢٦-١١-٢٣", "date.malformed"),
        ("2026-11-23T10:00", "date.malformed"),
        ("x" * 9999, "date.malformed"),
    ],
)
def test_days_in_doubt_are_refused(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read_day(text, NEUTRAL, "CloseDate")
    assert refusal.value.problems[0].code == code
    assert refusal.value.problems[0].path == ("CloseDate",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", time(14, 30)),
        ("9:05", time(9, 5)),
        ("12:00 am", time(0, 0)),
        ("12:00 PM", time(12, 0)),
        ("11:59:59.9999", time(11, 59, 59, 999000)),
        ("上午 9:30", time(9, 30)),
        ("下午2:30", time(14, 30)),
    ],
)
def test_times_of_day_are_read(text: str, expected: time) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize(
    "text", ["24:00", "23:60", "23:59:60", "13:00 PM", "0:30 am", "noon", "14"]
)
def test_times_that_no_clock_shows_are_refused(text: str) -> None:
    with pytest.raises(Rejected):
        read_time(text)


@pytest.mark.parametrize(
    ("text", "reading", "expected"),
    [
        ("2026-11-23T14:30:00Z", NEW_YORK, "2026-11-23T14:30:00+00:00"),
        ("2026-11-23T14:30:00.000+0000", NEW_YORK, "2026-11-23T14:30:00+00:00"),
        ("2026-11-23 14:30 +08:00", NEUTRAL, "2026-11-23T06:30:00+00:00"),
        ("2026-11-23T14:30-05", NEUTRAL, "2026-11-23T19:30:00+00:00"),
        ("2026-11-23 14:30", NEW_YORK, "2026-11-23T19:30:00+00:00"),
        ("2026-07-23 14:30", NEW_YORK, "2026-07-23T18:30:00+00:00"),
        ("2026-07-23", NEW_YORK, "2026-07-23T04:00:00+00:00"),
        ("11/23/2026 2:30 PM", Reading(day_first=False), "2026-11-23T14:30:00+00:00"),
        ("23.11.2026 14:30", DAY_FIRST, "2026-11-23T14:30:00+00:00"),
        ("2026年11月23日 下午2:30", NEUTRAL, "2026-11-23T14:30:00+00:00"),
    ],
)
def test_moments_are_read_in_their_zone(text: str, reading: Reading, expected: str) -> None:
    assert read_moment(text, reading) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-03-08 02:30", "datetime.gap"),
        ("0001-01-01T00:00:00+05:00", "datetime.out_of_range"),
        ("9999-12-31 23:00", "datetime.out_of_range"),
        ("9999-12-31T23:00:00-05:00", "datetime.out_of_range"),
        ("2026-02-30 10:00", "date.no_such_day"),
        ("2026-11-23 25:00", "datetime.malformed"),
        ("2026-11-23T10:00+99:99", "datetime.malformed"),
        ("03/04/2026 10:00", "date.ambiguous"),
        ("10:00", "datetime.malformed"),
        ("now", "datetime.malformed"),
    ],
)
def test_moments_that_are_none_are_refused(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read_moment(text, NEW_YORK, "StartDateTime")
    assert refusal.value.problems[0].code == code


@pytest.mark.abuse("F32")
def test_an_hour_shown_twice_is_the_first_one() -> None:
    shown = datetime.fromisoformat("2026-11-01T01:30")
    assert to_utc(shown, "America/New_York") == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.abuse("F32")
def test_a_skipped_hour_says_what_the_clocks_show() -> None:
    with pytest.raises(Rejected) as refusal:
        to_utc(datetime.fromisoformat("2026-03-08T02:30"), "America/New_York")
    assert "02:30" in refusal.value.problems[0].message
    assert "03:30" in refusal.value.problems[0].hint


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 8), "America/New_York", 23),
        (date(2026, 11, 1), "America/New_York", 25),
        (date(2026, 11, 23), "America/New_York", 24),
        (date(2026, 4, 24), "Africa/Cairo", 23),  # the clocks skip midnight itself
        (date(2026, 10, 30), "Africa/Cairo", 24),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_lasts_as_long_as_its_clocks_say(day: date, zone: str, hours: float) -> None:
    span = moments_of(DayRange(day, day), zone)
    assert span.last - span.first == timedelta(hours=hours) - timedelta(milliseconds=1)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def test_the_first_and_the_last_day_have_moments(zone: str) -> None:
    first = moments_of(DayRange(date.min, date.min), zone)
    last = moments_of(DayRange(date.max, date.max), zone)
    assert first.first <= first.last < last.first <= last.last


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("en_US", "3/4/2026", date(2026, 3, 4)),
        ("en_GB", "3/4/2026", date(2026, 4, 3)),
        ("de_DE", "03.04.2026", date(2026, 4, 3)),
        ("zh_CN", "2026/3/4", date(2026, 3, 4)),
    ],
)
def test_a_locale_says_which_number_is_the_day(locale: str, text: str, expected: date) -> None:
    assert read_day(text, reading_of(Localization("en", locale))) == expected


def test_a_locale_with_the_year_first_does_not_guess() -> None:
    with pytest.raises(Rejected):
        read_day("03/04/2026", reading_of(Localization("zh_CN", "zh_CN")))
