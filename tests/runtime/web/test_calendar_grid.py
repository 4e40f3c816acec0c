"""Days of a calendar: which are shown, in which lane what stands, in the reader's zone and week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from trellis.platform.i18n import Localization, use_locale
from trellis.runtime.web.calendar_grid import Entry, Frame, Span, frame_of, month_grid, read_frame
from trellis.runtime.web.calendar_hours import time_grid

TODAY = date(2026, 11, 25)  # a Wednesday


@pytest.fixture(autouse=True)
def in_berlin() -> Iterator[None]:
    with use_locale(Localization("en", "de_DE", "Europe/Berlin")):
        yield


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November in Berlin, an hour ahead of UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=1)


def november() -> Frame:
    return frame_of(Span.MONTH, TODAY)


def lanes(entries: list[Entry], day: int, most: int = 4) -> list[str]:
    """The titles in the lanes of a day of November, "-" where a lane is free."""
    grid = month_grid(november(), entries, TODAY, most)
    found = next(d for week in grid.weeks for d in week if d.date == date(2026, 11, day))
    return [slot.entry.title if slot else "-" for slot in found.slots] + ["+"] * found.more


def test_a_month_is_shown_in_whole_weeks_of_the_reader() -> None:
    frame = november()
    assert (frame.first, frame.last) == (date(2026, 10, 26), date(2026, 12, 6))
    with use_locale(Localization("en", "en_US", "UTC")):
        frame = november()
        assert (frame.first, frame.last) == (date(2026, 11, 1), date(2026, 12, 5))
        assert frame.title == "November 2026"
    with use_locale(Localization("zh_CN", "zh_CN", "Asia/Shanghai")):
        assert november().title == "2026年11月"


def test_a_frame_leads_to_what_is_beside_it() -> None:
    assert (november().previous, november().next) == (date(2026, 10, 1), date(2026, 12, 1))
    week = frame_of(Span.WEEK, TODAY)
    assert (week.first, week.previous, week.next) == (
        date(2026, 11, 23), date(2026, 11, 16), date(2026, 11, 30),
    )  # fmt: skip
    day = frame_of(Span.DAY, TODAY)
    assert (day.previous, day.next) == (date(2026, 11, 24), date(2026, 11, 26))


def test_the_moments_of_a_frame_are_midnights_of_the_reader() -> None:
    day = frame_of(Span.DAY, TODAY)
    assert day.begins == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert day.ends - day.begins == timedelta(days=1)
    longer = frame_of(Span.DAY, date(2026, 10, 25))  # clocks go back
    assert (longer.ends - longer.begins.astimezone(UTC)) == timedelta(hours=25)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-13-01", "0001-01-01"])
def test_a_day_that_is_none_is_taken_for_today(day: str) -> None:
    assert read_frame("week", day, TODAY).day == TODAY
    assert read_frame("decade", "2026-11-02", TODAY) == frame_of(Span.MONTH, date(2026, 11, 2))


def test_an_entry_of_several_days_keeps_one_lane_through_a_week() -> None:
    fair = Entry("1", "Fair", date(2026, 11, 3), date(2026, 11, 5))
    early = Entry("2", "Early", date(2026, 11, 2), date(2026, 11, 3))
    call = Entry("3", "Call", date(2026, 11, 5))
    entries = [fair, early, call]
    assert lanes(entries, 2) == ["Early"]
    assert lanes(entries, 3) == ["Early", "Fair"]
    assert lanes(entries, 4) == ["-", "Fair"]
    assert lanes(entries, 5) == ["Call", "Fair"]


def test_a_bar_is_named_where_it_begins_and_at_the_start_of_each_week() -> None:
    fair = Entry("1", "Fair", date(2026, 11, 7), date(2026, 11, 9))
    grid = month_grid(november(), [fair], TODAY)
    marks = {
        day.date.day: (one.starts, one.ends, one.is_named)
        for week in grid.weeks
        for day in week
        for one in day.segments
    }
    assert marks == {7: (True, False, True), 8: (False, False, False), 9: (False, True, True)}


def test_a_day_says_how_many_entries_found_no_lane() -> None:
    entries = [Entry(str(n), f"Deal {n}", date(2026, 11, 4)) for n in range(6)]
    assert lanes(entries, 4) == ["Deal 0", "Deal 1", "Deal 2", "Deal 3", "+", "+"]


def test_moments_stand_on_the_days_of_the_reader() -> None:
    late = Entry("1", "Late", datetime(2026, 11, 3, 23, 30, tzinfo=UTC))
    assert (late.first, late.clock) == (date(2026, 11, 4), "00:30")
    with use_locale(Localization("en", "en_US", "America/New_York")):
        assert (late.first, late.clock) == (date(2026, 11, 3), "6:30\u202fPM")
    until_midnight = Entry("2", "Dinner", at(4, 20), at(5, 0))
    assert (until_midnight.first, until_midnight.last) == (date(2026, 11, 4), date(2026, 11, 4))


def test_hours_are_shown_from_opening_to_closing_and_as_far_as_entries_ask() -> None:
    frame = frame_of(Span.DAY, TODAY)
    hours = [h.hour for h in time_grid(frame, [], at(25, 9)).days[0].hours]
    assert hours == list(range(8, 18))
    early = Entry("1", "Flight", at(25, 5, 45), at(25, 7))
    late = Entry("2", "Dinner", at(25, 20), at(25, 22, 10))
    hours = [h.hour for h in time_grid(frame, [early, late], at(25, 9)).days[0].hours]
    assert (hours[0], hours[-1]) == (5, 22)
    whole = time_grid(frame, [], at(25, 9), is_whole=True)
    assert whole.is_whole
    assert [h.hour for h in whole.days[0].hours if h.is_now] == [9]


def test_entries_that_overlap_stand_beside_each_other() -> None:
    entries = [
        Entry("1", "A", at(25, 10), at(25, 12)),
        Entry("2", "B", at(25, 10, 30), at(25, 11)),
        Entry("3", "C", at(25, 11), at(25, 11, 30)),
        Entry("4", "D", at(25, 13)),
    ]
    grid = time_grid(frame_of(Span.DAY, TODAY), entries, at(25, 9))
    placed = {p.entry.title: p for hour in grid.days[0].hours for p in hour.placed}
    assert {t: (p.lane, p.lanes) for t, p in placed.items()} == {
        "A": (1, 2), "B": (2, 2), "C": (2, 2), "D": (1, 1),
    }  # fmt: skip
    assert (placed["B"].quarter, placed["B"].length) == (2, 2)
    assert placed["D"].length == 2


def test_what_runs_over_midnight_goes_on_at_the_top_of_the_next_day() -> None:
    night = Entry("1", "Night shift", at(24, 22), at(25, 6))
    grid = time_grid(frame_of(Span.DAY, TODAY), [night], at(25, 9))
    (hour,) = [h for h in grid.days[0].hours if h.placed]
    (part,) = hour.placed
    assert (hour.hour, part.length, part.starts) == (0, 24, False)


def test_what_takes_a_day_or_more_stands_above_the_hours() -> None:
    trip = Entry("1", "Trip", at(24, 9), at(26, 17))
    grid = time_grid(frame_of(Span.WEEK, TODAY), [trip], at(25, 9))
    named = {d.day.date.day: [s.entry.title for s in d.day.segments] for d in grid.days}
    assert named[24] == named[25] == named[26] == ["Trip"]
    assert not any(hour.placed for day in grid.days for hour in day.hours)
