from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.working_time import (
    Holiday,
    WorkingTime,
    check_working_time,
    read_working_time,
    save_working_time,
)

LONG = WorkingTime(
    ((time(8), time(18, 30)), None, *[(time(9), time(17))] * 3, None, (time(10), time(12))),
    (Holiday(date(2026, 2, 17), "春节"), Holiday(date(2020, 12, 25), "Christmas", is_yearly=True)),
)


def test_a_fresh_org_works_on_weekdays(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        usual = read_working_time(conn)
    assert usual.hours_on(date(2026, 11, 27)) == (time(9), time(17))
    assert usual.hours_on(date(2026, 11, 28)) is None


def test_hours_and_holidays_are_kept_whole(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        save_working_time(conn, WorkingTime())
        save_working_time(conn, LONG)
    with org_db.read() as conn:
        kept = read_working_time(conn)
    assert kept.week == LONG.week
    assert set(kept.holidays) == set(LONG.holidays)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 12, 25), "Christmas"),
        (date(2026, 2, 17), "春节"),
        (date(2027, 2, 17), ""),
    ],
)
def test_nobody_works_on_a_holiday(day: date, name: str) -> None:
    assert LONG.holiday_on(day) == name
    assert (LONG.hours_on(day) is None) == (bool(name) or LONG.week[day.weekday()] is None)


def test_what_cannot_be_is_refused_whole(org_db: OrgDatabase) -> None:
    wrong = replace(
        LONG,
        week=((time(9), time(9)), *LONG.week[1:]),
        holidays=(Holiday(date(2026, 1, 1), ""), Holiday(date(2026, 1, 2), "x" * 81)),
    )
    assert [p.path for p in check_working_time(wrong)] == [("to_0",), ("name_0",), ("name_1",)]
    with pytest.raises(Rejected), org_db.write() as conn:
        save_working_time(conn, wrong)
    with org_db.read() as conn:
        assert read_working_time(conn) == WorkingTime()
