"""Rules of repetition against a count by hand, day after day."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from trellis.metadata.field_types.base import NEUTRAL
from trellis.platform.errors import Rejected
from trellis.platform.i18n import Localization, use_locale
from trellis.runtime.activities.recurrence import Rule, Unit, parse
from trellis.runtime.activities.repeating import (
    choice_of,
    chosen,
    in_words,
    monthly_choices,
    read_rule,
)

DAY = timedelta(days=1)
LONG = timedelta(days=366 * 20)  # as far as is counted by hand
days = st.dates(date(2019, 1, 1), date(2033, 12, 31))
ends = st.one_of(
    st.just({}),
    st.integers(1, 40).map(lambda n: {"count": n}),
    st.dates(date(2020, 1, 1), date(2035, 1, 1)).map(lambda day: {"until": day}),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    unit, interval, end = draw(st.sampled_from(Unit)), draw(st.integers(1, 6)), draw(ends)
    if unit is Unit.WEEK:
        weekdays = draw(st.sets(st.integers(0, 6), min_size=1))
        return Rule(unit, interval, tuple(sorted(weekdays)), **end)
    if unit is Unit.MONTH and draw(st.booleans()):
        nth = draw(st.sampled_from([1, 2, 3, 4, -1]))
        return Rule(unit, interval, (draw(st.integers(0, 6)),), nth=nth, **end)
    if unit is Unit.MONTH:
        return Rule(unit, interval, day=draw(st.integers(1, 31)), **end)
    if unit is Unit.YEAR:
        day = draw(st.dates(date(2024, 1, 1), date(2024, 12, 31)))
        return Rule(unit, interval, day=day.day, month=day.month, **end)
    return Rule(unit, interval, **end)


def by_hand(rule: Rule, start: date) -> Iterator[date]:
    """Every day from the start on that keeps the rule: no library, no cleverness."""
    day, found = start, 0
    while day < start + LONG:
        if rule.until and day > rule.until:
            return
        if keeps(rule, start, day):
            yield day
            found += 1
            if found == rule.count:
                return
        day += DAY


def keeps(rule: Rule, start: date, day: date) -> bool:
    months = (day.year - start.year) * 12 + day.month - start.month
    if rule.unit is Unit.DAY:
        return (day - start).days % rule.interval == 0
    if rule.unit is Unit.WEEK:
        monday = start - start.weekday() * DAY
        weeks = (day - monday).days // 7
        return weeks % rule.interval == 0 and day.weekday() in rule.weekdays
    if rule.unit is Unit.MONTH:
        if months % rule.interval:
            return False
        return is_nth(rule, day) if rule.nth else is_day(day, rule.day)
    years = day.year - start.year
    return years % rule.interval == 0 and day.month == rule.month and is_day(day, rule.day)


def is_day(day: date, wanted: int) -> bool:
    """The day of the month, or its last when it is too short."""
    return day.day == min(wanted, calendar.monthrange(day.year, day.month)[1])


def is_nth(rule: Rule, day: date) -> bool:
    if day.weekday() != rule.weekdays[0]:
        return False
    if rule.nth < 0:
        return (day + 7 * DAY).month != day.month
    return (day.day + 6) // 7 == rule.nth


@given(rules(), days)
@settings(max_examples=400)
def test_a_rule_falls_on_the_days_that_a_count_by_hand_finds(rule: Rule, start: date) -> None:
    known = list(islice(by_hand(rule, start), 12))
    assert [day for day in islice(rule.days(start), 12) if day < start + LONG] == known


@given(rules(), days, st.integers(0, 900), st.integers(0, 500))
@settings(max_examples=200)
def test_what_lies_between_two_days_and_what_comes_next_are_parts_of_the_whole(
    rule: Rule, start: date, skip: int, length: int
) -> None:
    after, last = start + skip * DAY, start + (skip + length) * DAY
    known = [day for day in islice(by_hand(rule, start), 1500) if after < day]
    assert list(rule.between(start, after, last)) == [day for day in known if day <= last]
    coming = rule.next(start, after)
    assert coming == (known[0] if known else None) or (coming and coming >= start + LONG)


@given(rules())
def test_a_rule_is_read_as_it_was_written(rule: Rule) -> None:
    assert parse(rule.text) == rule


@given(rules(), days)
def test_a_form_shows_a_rule_and_reads_the_same_one(rule: Rule, start: date) -> None:
    choice = choice_of(rule)
    posted = MultiDict[str, str]()
    for name in choice.__slots__:
        value = getattr(choice, name)
        posted.setlist(name, list(value) if isinstance(value, tuple) else [value])
    assert chosen(posted) == choice
    first = next(rule.days(start), None)
    if first is None:  # it ends before it begins
        return
    fits = (
        first.day == rule.day or not rule.day
    )  # the last of a short month says nothing of the 31st
    if rule.nth in (-1, 4) or not fits:
        return
    assert read_rule(choice, first, NEUTRAL) == rule


@pytest.mark.parametrize(
    "text", ["", "FREQ=HOURLY", "FREQ=WEEKLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=x",
             "FREQ=DAILY;BYHOUR=3", "INTERVAL=2;FREQ=DAILY", "FREQ=DAILY;COUNT=100000"],
)  # fmt: skip
def test_a_text_that_is_no_rule_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as refusal:
        parse(text)
    assert refusal.value.problems[0].code.startswith("recurrence.")


def test_leap_days_and_short_months_fall_on_the_last_day() -> None:
    leap = Rule(Unit.YEAR, day=29, month=2)
    assert list(islice(leap.days(date(2024, 2, 29)), 3)) == [
        date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28),
    ]  # fmt: skip
    monthly = Rule(Unit.MONTH, day=31)
    assert list(islice(monthly.days(date(2026, 1, 31)), 3)) == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip


def test_a_rule_is_told_in_words() -> None:
    with use_locale(Localization("en", "en_US", "UTC")):
        weekly = Rule(Unit.WEEK, 2, (0, 6), until=date(2026, 3, 5))
        assert in_words(weekly) == "Every 2 weeks on Sunday and Monday, until Mar 5, 2026"
        assert in_words(Rule(Unit.MONTH, weekdays=(4,), nth=-1)) == "Every month on the last Friday"
        assert in_words(Rule(Unit.DAY, count=3)) == "Every day, 3 times"
        assert in_words(Rule(Unit.YEAR, day=29, month=2)) == "Every year on February 29"
        assert monthly_choices(date(2026, 3, 31)) == [
            ("day", "On day 31"), ("last", "On the last Tuesday"),
        ]  # fmt: skip
    with use_locale(Localization("zh_CN", "zh_CN", "Asia/Shanghai")):
        assert in_words(Rule(Unit.MONTH, day=15)) == "每月15日"
        assert in_words(Rule(Unit.WEEK, 2, (0, 2))) == "每2周的星期一和星期三"


@pytest.mark.parametrize(
    ("posted", "at"),
    [
        ({"repeat": "HOURLY"}, "repeat"),
        ({"repeat": "DAILY", "repeat_interval": "many"}, "repeat_interval"),
        ({"repeat": "DAILY", "repeat_interval": "0"}, "repeat_interval"),
        ({"repeat": "DAILY", "repeat_end": "until", "repeat_until": "2026-03-01"}, "repeat_until"),
        ({"repeat": "DAILY", "repeat_end": "until", "repeat_until": ""}, "repeat_until"),
        ({"repeat": "DAILY", "repeat_end": "count", "repeat_count": ""}, "repeat_count"),
        ({"repeat": "DAILY", "repeat_end": "count", "repeat_count": "1001"}, "repeat_count"),
    ],
)
def test_what_a_form_says_wrong_is_told_at_its_control(posted: dict[str, str], at: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read_rule(chosen(MultiDict(posted)), date(2026, 3, 2), NEUTRAL)
    assert refusal.value.problems[0].path == (at,)
