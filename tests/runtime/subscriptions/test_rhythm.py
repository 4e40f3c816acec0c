from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.runtime.subscriptions.rhythm import DAY, EVERY, MONTH, WEEK, WORKDAYS, Rhythm

ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
RHYTHMS = st.builds(
    Rhythm, st.sampled_from(list(EVERY)), st.integers(0, 6), st.integers(1, 31), st.integers(0, 23)
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
#: the longest pause, with an hour for clocks that are changed
PAUSES = {DAY: 1, WORKDAYS: 3, WEEK: 7, MONTH: 31}


@given(RHYTHMS, MOMENTS, st.sampled_from(ZONES))
def test_the_next_letter_is_later_at_its_hour_and_none_is_passed_over(
    rhythm: Rhythm, moment: datetime, zone: str
) -> None:
    due = rhythm.next_after(moment, zone)
    assert moment < due <= moment + timedelta(days=PAUSES[rhythm.every], hours=2)
    local = due.astimezone(ZoneInfo(zone))
    is_skipped = local.replace(fold=0).utcoffset() != (local - timedelta(hours=2)).utcoffset()
    assert local.hour == rhythm.hour or is_skipped
    assert rhythm.falls_on(local.date())
    assert rhythm.next_after(due, zone) > due


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (Rhythm(WEEK, 0, 1, 8), "2026-03-09T00:00:00+00:00"),
        (Rhythm(WORKDAYS, 0, 1, 8), "2026-03-09T00:00:00+00:00"),
        (Rhythm(MONTH, 0, 31, 0), "2026-03-30T16:00:00+00:00"),
    ],
)
def test_the_hour_is_that_of_the_readers_zone(rhythm: Rhythm, expected: str) -> None:
    friday = datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert rhythm.next_after(friday, "Asia/Shanghai").isoformat() == expected
