"""Reminders: at their moment, to the owner, and only of what still asks for one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine

from tests.demo_site import Site
from tests.runtime.web.test_activities import found, log
from tests.runtime.web.test_notices import deal, letters, told, user, work_off
from trellis.platform import clock
from trellis.platform.errors import Rejected
from trellis.platform.migrations.tables import sys_user

WHILE = timedelta(minutes=30)  # a session lasts longer


def soon() -> datetime:
    return clock.now().replace(second=0, microsecond=0) + WHILE


def task(site: Site, who: str = "rep", **values: Any) -> str:
    return site.records(who).create("Task", {"Subject": "Call Ana"} | values)


def heard(site: Site, who: str, at: datetime) -> list[str]:
    """What somebody was told by then."""
    with time_machine.travel(at, tick=True):
        work_off(site)
        return told(site.guest(who).read("/notices"))


def test_the_owner_is_reminded_at_the_moment_and_once(either_site: Site) -> None:
    when = soon()
    record_id = task(either_site, ReminderDateTime=when)
    either_site.records("rep").update(record_id, {"Description": "Ask for the map"})
    with either_site.db.write() as conn:
        admin = sys_user.c.id == user(either_site, "rep")
        conn.execute(sa.update(sys_user).where(admin).values(time_zone="America/New_York"))
    either_site.guest("rep").post("/notices/settings", {"mail.reminder": "true"})
    assert heard(either_site, "rep", when - timedelta(minutes=1)) == []
    assert heard(either_site, "rep", when + timedelta(minutes=1)) == ["Reminder: Call Ana"]
    assert heard(either_site, "rep", when + WHILE) == ["Reminder: Call Ana"]
    assert [subject for _to, subject, _text in letters(either_site)] == ["Reminder: Call Ana"]


def test_what_changed_in_between_is_looked_at_again(either_site: Site) -> None:
    when = soon()
    records = either_site.records("rep")
    done, moved, off, gone, given, again = (
        task(either_site, Subject=name, ReminderDateTime=when)
        for name in ("Done", "Moved", "Off", "Gone", "Given", "Again")
    )
    records.update(done, {"Status": "Completed"})
    records.update(moved, {"ReminderDateTime": when + WHILE})
    records.update(off, {"IsReminderSet": False})
    records.delete([gone])
    records.update(given, {"OwnerId": user(either_site, "admin")})
    records.update(again, {"Status": "Completed"})
    records.update(again, {"Status": "Not Started"})
    at = when + timedelta(minutes=1)
    assert heard(either_site, "rep", at) == ["Reminder: Again"]
    assert "Reminder: Given" in heard(either_site, "admin", at)
    assert heard(either_site, "rep", at + WHILE) == ["Reminder: Moved", "Reminder: Again"]


def test_an_event_that_is_moved_takes_its_reminder_along(either_site: Site) -> None:
    start = soon() + WHILE
    times = {"StartDateTime": start, "EndDateTime": start + WHILE}
    event = either_site.records("rep").create(
        "Event", {"Subject": "Visit", "IsReminderSet": True} | times
    )
    either_site.records("rep").update(event, {"StartDateTime": start + WHILE})
    found_at = either_site.records().get(event, ["ReminderDateTime"])["ReminderDateTime"]
    assert found_at == start + WHILE - timedelta(minutes=15)
    assert heard(either_site, "rep", start) == []
    assert heard(either_site, "rep", start + WHILE) == ["Reminder: Visit"]


def test_a_task_reminds_in_the_morning_of_its_day_where_its_owner_is(site: Site) -> None:
    with site.db.write() as conn:
        mine = sys_user.c.id == user(site, "rep")
        conn.execute(sa.update(sys_user).where(mine).values(time_zone="Asia/Shanghai"))
    record_id = task(site, IsReminderSet=True, ActivityDate=date(2031, 5, 5))
    when = site.records().get(record_id, ["ReminderDateTime"])["ReminderDateTime"]
    assert when == datetime(2031, 5, 5, 1, tzinfo=UTC)
    with pytest.raises(Rejected, match="Say when"):
        task(site, IsReminderSet=True)
    site.records("rep").update(record_id, {"ReminderDateTime": None})
    assert site.records().get(record_id, ["IsReminderSet"])["IsReminderSet"] is False


def test_what_is_long_past_reminds_of_nothing(site: Site) -> None:
    task(site, ReminderDateTime=soon() - 2 * WHILE)
    assert heard(site, "rep", soon()) == []


def test_the_composer_asks_when_to_remind(either_site: Site) -> None:
    record_id, rep = deal(either_site), either_site.guest("rep")
    log(rep, record_id, kind="task", subject="Send it", remind="2031-05-05T08:30")
    log(
        rep, record_id, kind="event", subject="Visit", starts="2031-05-05T10:00", minutes="30",
        remind_before="60",
    )  # fmt: skip
    log(
        rep, record_id, kind="event", subject="Fair", starts="2031-05-05T10:00", all_day="1",
        remind_before="1440",
    )  # fmt: skip
    fields = ("Subject", "IsReminderSet", "ReminderDateTime")
    with either_site.db.read() as conn:
        mine = sys_user.c.id == user(either_site, "rep")
        zone = conn.scalar(sa.select(sys_user.c.time_zone).where(mine))
    rows = found(either_site, "Task", "WhatId", record_id, *fields)
    rows += found(either_site, "Event", "WhatId", record_id, *fields)
    assert [(name, is_set) for name, is_set, _at in rows] == [
        ("Send it", True), ("Fair", True), ("Visit", True),
    ]  # fmt: skip
    clocks = [f"{at.astimezone(ZoneInfo(str(zone))):%m-%d %H:%M}" for _name, _set, at in rows]
    assert clocks == ["05-05 08:30", "05-04 09:00", "05-05 09:00"]
    answer = log(rep, record_id, kind="task", subject="Send it", remind="someday")
    assert answer.status_code == 422
