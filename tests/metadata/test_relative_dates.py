"""Relative dates: a table of spans, and a slow oracle over many days."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from trellis.metadata.relative_dates import TOKENS, DayRange, in_words, is_relative, resolve
from trellis.platform.errors import Rejected

MONDAY = 0
SUNDAY = 6
TODAY = date(2026, 11, 23)  # a Monday


def span(first: str, last: str | None = None) -> DayRange:
    return DayRange(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("TODAY", span("2026-11-23")),
        ("today", span("2026-11-23")),
        ("YESTERDAY", span("2026-11-22")),
        ("TOMORROW", span("2026-11-24")),
        ("THIS_WEEK", span("2026-11-22", "2026-11-28")),
        ("LAST_WEEK", span("2026-11-15", "2026-11-21")),
        ("NEXT_WEEK", span("2026-11-29", "2026-12-05")),
        ("THIS_MONTH", span("2026-11-01", "2026-11-30")),
        ("LAST_MONTH", span("2026-10-01", "2026-10-31")),
        ("NEXT_MONTH", span("2026-12-01", "2026-12-31")),
        ("THIS_QUARTER", span("2026-10-01", "2026-12-31")),
        ("LAST_QUARTER", span("2026-07-01", "2026-09-30")),
        ("NEXT_QUARTER", span("2027-01-01", "2027-03-31")),
        ("THIS_YEAR", span("2026-01-01", "2026-12-31")),
        ("LAST_YEAR", span("2025-01-01", "2025-12-31")),
        ("NEXT_YEAR", span("2027-01-01", "2027-12-31")),
        ("LAST_N_DAYS:7", span("2026-11-16", "2026-11-23")),
        ("LAST_90_DAYS", span("2026-08-25", "2026-11-23")),
        ("last 7 days", span("2026-11-16", "2026-11-23")),
        ("LAST_N_DAYS:0", span("2026-11-23")),
        ("NEXT_N_DAYS:7", span("2026-11-24", "2026-11-30")),
        ("N_DAYS_AGO:7", span("2026-11-16")),
        ("7 days ago", span("2026-11-16")),
        ("LAST_N_WEEKS:2", span("2026-11-08", "2026-11-21")),
        ("NEXT_N_WEEKS:2", span("2026-11-29", "2026-12-12")),
        ("N_WEEKS_AGO:1", span("2026-11-15", "2026-11-21")),
        ("LAST_N_MONTHS:3", span("2026-08-01", "2026-10-31")),
        ("NEXT_N_MONTHS:3", span("2026-12-01", "2027-02-28")),
        ("N_MONTHS_AGO:12", span("2025-11-01", "2025-11-30")),
        ("LAST_N_QUARTERS:1", span("2026-07-01", "2026-09-30")),
        ("N_QUARTERS_AGO:4", span("2025-10-01", "2025-12-31")),
        ("LAST_N_YEARS:2", span("2024-01-01", "2025-12-31")),
        ("NEXT_N_YEARS:2", span("2027-01-01", "2028-12-31")),
        ("N_YEARS_AGO:2", span("2024-01-01", "2024-12-31")),
    ],
)
def test_a_token_means_its_days(token: str, expected: DayRange) -> None:
    assert resolve(token, TODAY) == expected
    assert is_relative(token)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("THIS_FISCAL_YEAR", span("2026-04-01", "2027-03-31")),
        ("LAST_FISCAL_YEAR", span("2025-04-01", "2026-03-31")),
        ("NEXT_FISCAL_YEAR", span("2027-04-01", "2028-03-31")),
        ("THIS_FISCAL_QUARTER", span("2026-10-01", "2026-12-31")),
        ("NEXT_N_FISCAL_QUARTERS:2", span("2027-01-01", "2027-06-30")),
        ("LAST_N_FISCAL_YEARS:1", span("2025-04-01", "2026-03-31")),
        ("N_FISCAL_YEARS_AGO:1", span("2025-04-01", "2026-03-31")),
        ("N_FISCAL_QUARTERS_AGO:1", span("2026-07-01", "2026-09-30")),
    ],
)
def test_fiscal_spans_follow_the_first_month(token: str, expected: DayRange) -> None:
    assert resolve(token, TODAY, fiscal_start=4) == expected


@pytest.mark.abuse("F33")
def test_a_fiscal_year_may_begin_in_any_month() -> None:
    assert resolve("THIS_FISCAL_QUARTER", date(2024, 2, 29), fiscal_start=2) == span(
        "2024-02-01", "2024-04-30"
    )
    assert resolve("THIS_FISCAL_YEAR", date(2026, 1, 31), fiscal_start=2) == span(
        "2025-02-01", "2026-01-31"
    )
    assert resolve("THIS_FISCAL_YEAR", date(2026, 12, 1), fiscal_start=12) == span(
        "2026-12-01", "2027-11-30"
    )


def test_weeks_begin_where_the_locale_says() -> None:
    sunday = date(2026, 11, 22)
    assert resolve("THIS_WEEK", sunday, SUNDAY) == span("2026-11-22", "2026-11-28")
    assert resolve("THIS_WEEK", sunday, MONDAY) == span("2026-11-16", "2026-11-22")
    assert resolve("THIS_WEEK", date(2025, 12, 31), MONDAY) == span("2025-12-29", "2026-01-04")


@pytest.mark.abuse("F35")
@pytest.mark.parametrize("token", ["LAST_N_DAYS:99999", "N_YEARS_AGO:9999", "LAST_N_MONTHS:99999"])
def test_spans_end_at_the_first_and_the_last_year(token: str) -> None:
    assert resolve(token, date(3, 1, 1)).first == date.min
    ahead = resolve(token.replace("LAST", "NEXT"), date(9998, 1, 1))
    assert ahead.last <= date.max


@pytest.mark.parametrize("unit", ["WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_YEAR"])
def test_the_edges_of_the_calendar_do_not_break(unit: str) -> None:
    for today in (date.min, date.max):
        for which in ("LAST", "THIS", "NEXT"):
            days = resolve(f"{which}_{unit}", today, fiscal_start=7)
            assert days.first <= days.last
    assert resolve("THIS_YEAR", date.max).end_exclusive is None
    assert resolve("TODAY", TODAY).end_exclusive == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text", ["", "NOW", "LAST_N_DAYS", "LAST_N_DAYS:", "LAST_N_DAYS:-1", "LAST_N_DAYS:123456", "5"]
)
def test_what_is_no_relative_date_is_refused(text: str) -> None:
    assert not is_relative(text)
    with pytest.raises(Rejected) as refusal:
        resolve(text, TODAY)
    assert refusal.value.problems[0].code == "date.unknown_relative"


def test_a_misspelling_gets_a_hint() -> None:
    with pytest.raises(Rejected) as refusal:
        resolve("THIS_MONHT", TODAY)
    assert "THIS_MONTH" in refusal.value.problems[0].hint


def test_every_offered_token_resolves() -> None:
    for token in TOKENS:
        assert str(token.label)
        name = f"{token.name}:3" if token.counted else token.name
        assert resolve(name, TODAY).first <= resolve(name, TODAY).last


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("THIS_MONTH", "This month"),
        ("LAST_N_DAYS:30", "Last 30 days"),
        ("last_30_days", "Last 30 days"),
        ("N_FISCAL_YEARS_AGO:2", "2 fiscal years ago"),
        ("2026-11-23", ""),
    ],
)
def test_a_relative_date_is_said_in_words(text: str, said: str) -> None:
    assert in_words(text) == said


@pytest.mark.abuse("F33")
def test_units_follow_each_other_without_a_gap_on_ten_thousand_days() -> None:
    """An oracle that walks day by day: the unit changes exactly where the span ends."""
    chance = random.Random(7)
    for _turn in range(10_000):
        today = date(1900, 1, 1) + timedelta(days=chance.randrange(80_000))
        start, week = chance.randrange(1, 13), chance.randrange(7)
        unit = chance.choice(["WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"])
        this, last, following = (
            resolve(f"{which}_{unit}", today, week, start) for which in ("THIS", "LAST", "NEXT")
        )
        assert today in this
        assert last.end_exclusive == this.first
        assert this.end_exclusive == following.first
        assert this == _walked(today, unit, week, start)


def _walked(today: date, unit: str, week: int, start: int) -> DayRange:
    """The span found by stepping over months (or weekdays) one at a time."""
    if unit == "WEEK":
        first = today
        while first.weekday() != week:
            first -= timedelta(days=1)
        return DayRange(first, first + timedelta(days=6))
    length = {"MONTH": 1, "YEAR": 12, "FISCAL_YEAR": 12}.get(unit, 3)
    anchor = start if unit.startswith("FISCAL") else 1
    year, month = today.year, today.month
    while (month - anchor) % length:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    end_year, end_month = year, month
    for _month in range(length):
        end_year, end_month = (end_year, end_month + 1) if end_month < 12 else (end_year + 1, 1)
    return DayRange(date(year, month, 1), date(end_year, end_month, 1) - timedelta(days=1))
