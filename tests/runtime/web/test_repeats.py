"""Repeating tasks and events by HTTP: made ahead, changed alone or with all that follow, ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine

from tests.demo_site import Site, hidden_fields
from tests.runtime.web.test_notices import told, user, work_off
from trellis.metadata.predicates import Condition
from trellis.platform import clock
from trellis.platform.migrations.tables import sys_series, sys_user
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _zone(either_site: Site) -> None:
    with either_site.db.write() as conn:
        mine = sys_user.c.id == user(either_site, "rep")
        conn.execute(sa.update(sys_user).where(mine).values(time_zone="Europe/Berlin"))


def rows(
    site: Site, name: str, subject: str, *fields: str, who: str = "rep"
) -> list[tuple[Any, ...]]:
    where = Condition("Subject", "startsWith", (subject,))
    with site.db.read() as conn:
        found = run(conn, site.actor(who), Query(name, (*fields, "Subject"), where), site.snapshot)
    return sorted(tuple(one[f] for f in fields) for one in found.records)


def starts(site: Site, subject: str = "Visit") -> list[str]:
    """When events begin, on the clocks of Berlin."""
    found = rows(site, "Event", subject, "StartDateTime")
    return [f"{at.astimezone(BERLIN):%m-%d %H:%M}" for (at,) in found]


def ids_of(
    site: Site, subject: str = "Visit", name: str = "Event", by: str = "StartDateTime"
) -> list[str]:
    return [i for _at, i in rows(site, name, subject, by, "Id")]


def new(site: Site, name: str, **form: Any) -> Any:
    rep = site.guest("rep")
    page = rep.read(f"/o/{name}/new")
    return rep.post(f"/o/{name}/new", hidden_fields(page) | form)


def visit(site: Site, **form: Any) -> Any:
    """A visit each Monday and Thursday, five times, across the end of summer time."""
    usual = {
        "Subject": "Visit", "StartDateTime": "2031-10-20T10:00", "EndDateTime": "2031-10-20T11:30",
        "repeat": "WEEKLY", "repeat_interval": "1", "repeat_weekday": ["0", "3"],
        "repeat_end": "count", "repeat_count": "5",
    }  # fmt: skip
    return new(site, "Event", **usual | form)


def edit(site: Site, record_id: str, **form: Any) -> Any:
    rep = site.guest("rep")
    page = rep.read(f"/r/{record_id}/edit")
    return rep.post(f"/r/{record_id}/edit", hidden_fields(page) | form)


FIVE = ["10-20 10:00", "10-23 10:00", "10-27 10:00", "10-30 10:00", "11-03 10:00"]
FOLLOWING = {
    "repeat_scope": "following", "repeat": "WEEKLY", "repeat_interval": "1",
    "repeat_end": "count",
}  # fmt: skip


def test_an_event_repeats_at_the_same_time_of_day_whatever_the_clocks_do(
    either_site: Site,
) -> None:
    assert visit(either_site).status_code == 302
    assert starts(either_site) == FIVE
    lengths = rows(either_site, "Event", "Visit", "StartDateTime", "EndDateTime")
    assert {end - start for start, end in lengths} == {timedelta(minutes=90)}
    page = either_site.guest("rep").read(f"/r/{ids_of(either_site)[0]}")
    assert "Every week on Monday and Thursday, 5 times" in page
    work_off(either_site)
    assert starts(either_site) == FIVE


def test_a_day_that_the_rule_does_not_have_gives_way_to_the_first_it_has(
    either_site: Site,
) -> None:
    visit(either_site, repeat_weekday=["3"], repeat_count="2")
    assert starts(either_site) == ["10-23 10:00", "10-30 10:00"]


def test_one_is_changed_or_deleted_alone(either_site: Site) -> None:
    visit(either_site)
    ids = ids_of(either_site)
    edit(either_site, ids[1], Subject="Visit to the plant", repeat="")
    either_site.records("rep").delete([ids[2]])
    subjects = rows(either_site, "Event", "Visit", "StartDateTime", "Subject")
    assert [one for _at, one in subjects] == ["Visit", "Visit to the plant", "Visit", "Visit"]
    work_off(either_site)
    assert len(starts(either_site)) == 4


def test_all_that_follow_change_and_exceptions_stay(either_site: Site) -> None:
    visit(either_site)
    ids = ids_of(either_site)
    edit(either_site, ids[3], Subject="Visit abroad")
    either_site.records("rep").delete([ids[2]])
    answer = edit(
        either_site, ids[1], Subject="Visit later", StartDateTime="2031-10-23T15:00",
        repeat_weekday=["0", "3"], repeat_count="4", **FOLLOWING,
    )  # fmt: skip
    assert answer.status_code == 302, answer.text[-500:]
    found = rows(either_site, "Event", "Visit", "StartDateTime", "EndDateTime", "Subject")
    shown = [
        (f"{start.astimezone(BERLIN):%m-%d %H:%M}", (end - start).seconds // 60, subject)
        for start, end, subject in found
    ]
    assert shown == [
        ("10-20 10:00", 90, "Visit"), ("10-23 15:00", 90, "Visit later"),
        ("10-30 10:00", 90, "Visit abroad"), ("11-03 15:00", 90, "Visit later"),
    ]  # fmt: skip


def test_a_form_shows_how_often_it_still_comes(either_site: Site) -> None:
    visit(either_site)
    page = either_site.guest("rep").read(f"/r/{ids_of(either_site)[2]}/edit")
    assert 'name="repeat_count" value="3"' in page
    assert '<option value="WEEKLY" selected>' in page


def test_what_follows_is_deleted_with_one_press(either_site: Site) -> None:
    visit(either_site)
    ids = ids_of(either_site)
    rep = either_site.guest("rep")
    assert rep.post(f"/r/{ids[3]}/repeat/end").status_code == 302
    assert starts(either_site) == FIVE[:4]
    rep.post(f"/r/{ids[1]}/repeat/end", {"too": "1"})
    assert starts(either_site) == FIVE[:1]
    work_off(either_site)
    assert starts(either_site) == FIVE[:1]


def test_whoever_may_only_look_ends_nothing(either_site: Site) -> None:
    visit(either_site)
    first = ids_of(either_site)[0]
    with either_site.db.write() as conn:
        mine = sys_user.c.id == user(either_site, "chinese")
        conn.execute(sa.update(sys_user).where(mine).values(profile="ReadOnly"))
    reader = either_site.guest("chinese")
    assert reader.post(f"/r/{first}/repeat/end", {"too": "1"}).status_code in (403, 404)
    either_site.records("rep").update(first, {"IsPrivate": True})
    assert reader.post(f"/r/{first}/repeat/end", {"too": "1"}).status_code == 404
    assert len(starts(either_site)) == 5


def test_a_task_without_an_end_is_made_ahead_day_by_day(either_site: Site) -> None:
    today = clock.today("Europe/Berlin")
    new(
        either_site, "Task", Subject="Water", ActivityDate=today.isoformat(), repeat="DAILY",
        repeat_interval="7", repeat_end="never",
    )  # fmt: skip
    first = [today + n * WEEK for n in range(9)]
    assert [day for (day,) in rows(either_site, "Task", "Water", "ActivityDate")] == first
    done = ids_of(either_site, "Water", "Task", "ActivityDate")[-1]
    either_site.records("rep").update(done, {"Status": "Completed"})
    with time_machine.travel(clock.now() + 2 * WEEK, tick=True):
        work_off(either_site)
        work_off(either_site)
    found = rows(either_site, "Task", "Water", "ActivityDate", "Status")
    assert [day for day, _status in found] == [today + n * WEEK for n in range(11)]
    assert [status for _day, status in found[-3:]] == ["Completed", "Not Started", "Not Started"]


def test_a_series_of_somebody_who_left_ends(either_site: Site) -> None:
    today = clock.today("Europe/Berlin")
    new(
        either_site, "Task", Subject="Water", ActivityDate=today.isoformat(), repeat="DAILY",
        repeat_interval="7", repeat_end="never",
    )  # fmt: skip
    with either_site.db.write() as conn:
        mine = sys_user.c.id == user(either_site, "rep")
        conn.execute(sa.update(sys_user).where(mine).values(is_active=False))
    with time_machine.travel(clock.now() + 2 * WEEK, tick=True):
        work_off(either_site)
    assert len(rows(either_site, "Task", "Water", "Id", who="admin")) == 9
    with either_site.db.read() as conn:
        assert list(conn.execute(sa.select(sys_series.c.is_ended)).scalars()) == [True]


def test_who_may_not_make_these_any_more_is_told(either_site: Site) -> None:
    today = clock.today("Europe/Berlin")
    new(
        either_site, "Task", Subject="Water", ActivityDate=today.isoformat(), repeat="DAILY",
        repeat_interval="7", repeat_end="never",
    )  # fmt: skip
    with either_site.db.write() as conn:
        mine = sys_user.c.id == user(either_site, "rep")
        conn.execute(sa.update(sys_user).where(mine).values(profile="ReadOnly"))
    with time_machine.travel(clock.now() + 2 * WEEK, tick=True):
        work_off(either_site)
    (said,) = told(either_site.guest("rep").read("/notices"))
    assert said.startswith("What you had repeated does not go on: ")


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"repeat_end": "until", "repeat_until": "2031-10-01"}, "after the beginning"),
        ({"repeat_count": "many"}, "whole number"),
        ({"repeat_interval": "0"}, "from 1 to 99"),
        ({"repeat": "HOURLY"}, "is not a rule"),
    ],
)
def test_a_rule_that_makes_no_sense_saves_nothing(
    either_site: Site, form: dict[str, str], word: str
) -> None:
    answer = visit(either_site, **form)
    assert answer.status_code == 422
    assert word in answer.text
    assert starts(either_site) == []


def test_what_is_on_no_day_does_not_repeat(either_site: Site) -> None:
    answer = new(either_site, "Task", Subject="Water", repeat="DAILY")
    assert answer.status_code == 422
    assert "Say on which day it begins." in answer.text


def test_a_task_begins_to_repeat_later(either_site: Site) -> None:
    record_id = either_site.records("rep").create(
        "Task", {"Subject": "Water", "ActivityDate": date(2031, 1, 31)}
    )
    edit(
        either_site, record_id, ActivityDate="2031-01-31", repeat="MONTHLY", repeat_end="until",
        repeat_until="2031-03-31",
    )  # fmt: skip
    assert [day for (day,) in rows(either_site, "Task", "Water", "ActivityDate")] == [
        date(2031, 1, 31), date(2031, 2, 28), date(2031, 3, 31),
    ]  # fmt: skip
