"""The timeline of a record by HTTP: what is added, what is shown to whom, tasks checked off."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import Guest, Site, hidden_fields
from trellis.metadata.predicates import Condition
from trellis.platform import clock
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run


def account(site: Site, **values: Any) -> str:
    return site.records("rep").create("Account", {"Name": "Kelp & Sons"} | values)


def deal(site: Site, **values: Any) -> str:
    usual = {"Name": "Pump hall", "StageName": "Qualification", "CloseDate": date(2026, 12, 24)}
    return site.records("rep").create("Opportunity", usual | values)


def found(
    site: Site, name: str, lookup: str, record_id: str, *fields: str
) -> list[tuple[Any, ...]]:
    query = Query(name, fields, Condition(lookup, "equals", (record_id,)))
    with site.db.read() as conn:
        records = run(conn, site.actor(), query, site.snapshot).records
    return sorted(tuple(record[f] for f in fields) for record in records)


def log(guest: Guest, record_id: str, **form: str) -> Any:
    page = guest.read(f"/r/{record_id}/activity")
    return guest.post(f"/r/{record_id}/activity", hidden_fields(page, "activity-form") | form)


def titles(page: str) -> list[str]:
    return re.findall(r"<b>([^<]+)</b>", page.split('id="activity"')[1].split("</section>")[0])


def test_a_call_is_logged_with_a_task_to_follow_up(either_site: Site) -> None:
    record_id = deal(either_site)
    rep = either_site.guest("rep")
    due = date.today() + timedelta(days=9)  # noqa: DTZ011 - a day as a person types it
    answer = log(
        rep, record_id, kind="call", subject="Spoke with Ana", text="They agree.", follow_up="1",
        follow_subject="Send the offer", follow_due=due.isoformat(),
    )  # fmt: skip
    assert answer.status_code == 302
    rows = found(either_site, "Task", "WhatId", record_id, "Subject", "Status", "TaskSubtype")
    assert rows == [
        ("Send the offer", "Not Started", "Task"), ("Spoke with Ana", "Completed", "Call"),
    ]  # fmt: skip
    page = rep.read(f"/r/{record_id}")
    assert titles(page) == ["Send the offer", "Spoke with Ana"]
    assert "They agree." in page


def test_the_same_form_sent_twice_adds_one(either_site: Site) -> None:
    record_id = deal(either_site)
    rep = either_site.guest("rep")
    form = hidden_fields(rep.read(f"/r/{record_id}/activity"), "activity-form")
    form |= {"kind": "email", "subject": "Offer", "follow_up": "1"}
    for _time in range(2):
        rep.post(f"/r/{record_id}/activity", form)
    rows = found(either_site, "Task", "WhatId", record_id, "Subject")
    assert rows == [("Follow up",), ("Offer",)]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "event", "subject": "Visit", "text": "Bring maps", "starts": ""}, "Say when"),
        ({"kind": "task", "subject": "Visit", "text": "Bring maps", "due": "soon"}, "due"),
        ({"kind": "note", "subject": "", "text": ""}, "required"),
        ({"kind": "call", "text": "Bring maps", "follow_up": "1", "follow_due": "x"}, "follow"),
    ],
)
def test_what_cannot_be_added_comes_back_as_it_was_typed(
    site: Site, form: dict[str, str], said: str
) -> None:
    record_id = deal(site)
    answer = log(site.guest("rep"), record_id, **form)
    assert answer.status_code == 422
    assert said in answer.text
    assert all(text in answer.text for text in form.values())
    assert found(site, "Task", "WhatId", record_id, "Id") == []


def test_an_event_lies_ahead_and_then_behind(either_site: Site) -> None:
    record_id = deal(either_site)
    rep = either_site.guest("rep")
    log(rep, record_id, kind="event", subject="Visit", starts="2031-05-05T10:00", minutes="90")
    log(rep, record_id, kind="event", subject="Kick-off", starts="2021-05-05T10:00", minutes="30")
    ((start, end),) = found(
        either_site, "Event", "Subject", "Visit", "StartDateTime", "EndDateTime"
    )
    assert end - start == timedelta(minutes=90)
    page = rep.read(f"/r/{record_id}")
    ahead, behind = page.split("May 2021")
    assert "Visit" in ahead.split('id="activity"')[1]
    assert "Kick-off" in behind


def test_an_account_has_the_activities_of_its_deals_and_contacts(either_site: Site) -> None:
    home = account(either_site)
    contact = either_site.records("rep").create("Contact", {"LastName": "Reed", "AccountId": home})
    log(
        either_site.guest("rep"), deal(either_site, AccountId=home), kind="call", subject="About it"
    )
    log(either_site.guest("rep"), contact, kind="task", subject="Ask Reed")
    log(either_site.guest("rep"), home, kind="note", subject="Big plans", text="Next year.")
    page = either_site.guest("rep").read(f"/r/{home}")
    assert sorted(titles(page)) == ["About it", "Ask Reed", "Big plans"]
    # a contact who goes to another company leaves it behind
    other = account(either_site, Name="Elsewhere")
    either_site.records("rep").update(contact, {"AccountId": other})
    assert "Ask Reed" in either_site.guest("rep").read(f"/r/{home}")
    assert "Ask Reed" not in either_site.guest("rep").read(f"/r/{other}")


def test_a_task_is_checked_off_and_taken_back(either_site: Site) -> None:
    record_id = deal(either_site)
    rep = either_site.guest("rep")
    log(rep, record_id, kind="task", subject="Send it", due="2020-01-05")
    page = rep.read(f"/r/{record_id}")
    assert "is-late" in page
    ((task,),) = found(either_site, "Task", "WhatId", record_id, "Id")
    before = clock.now()
    done = rep.post(
        f"/r/{task}/done?back=/r/{record_id}", hidden_fields(page), follow_redirects=True
    )
    ((status, when),) = found(
        either_site, "Task", "WhatId", record_id, "Status", "CompletedDateTime"
    )
    assert status == "Completed"
    assert when >= before.replace(microsecond=0)
    undo = re.search(r'action="(/r/\w+/undo[^"]*)"', done.text)
    assert undo
    rep.post(undo[1], hidden_fields(done.text))
    assert found(either_site, "Task", "WhatId", record_id, "Status", "CompletedDateTime") == [
        ("Not Started", None)
    ]


def test_nothing_private_and_nothing_of_closed_records_is_shown(either_site: Site) -> None:
    record_id = deal(either_site)
    start = datetime(2031, 1, 1, 9, tzinfo=UTC)
    either_site.records("admin").create(
        "Event",
        {"Subject": "Secret talk", "WhatId": record_id, "IsPrivate": True, "StartDateTime": start,
         "EndDateTime": start},
    )  # fmt: skip
    assert "Secret talk" in either_site.guest("admin").read(f"/r/{record_id}")
    assert "Secret talk" not in either_site.guest("rep").read(f"/r/{record_id}")
    assert either_site.guest("rep").get("/r/0060000000000000AA/activity").status_code == 404


def test_who_may_only_read_sees_no_composer(site: Site) -> None:
    record_id = deal(site)
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET profile = 'ReadOnly' WHERE name LIKE 'Ana%'"))
    assert "ac-new" not in site.guest("rep").read(f"/r/{record_id}")
    assert log(site.guest("rep"), record_id, kind="call", subject="No").status_code == 422


def test_a_long_timeline_is_paged_without_a_gap(site: Site) -> None:
    record_id = deal(site)
    rows = [
        {"Subject": f"Call {n:03}", "WhatId": record_id, "Status": "Completed",
         "CompletedDateTime": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n)}
        for n in range(90)
    ]  # fmt: skip
    site.records("rep").create_many("Task", rows)
    address, seen = f"/r/{record_id}/activity", []
    for _page in range(3):
        page = site.guest("rep").read(address)
        seen += titles(page)
        more = re.search(r'class="ac-more"><a class="link" href="([^"]+)"', page)
        address = more[1] if more else ""
    assert seen == [f"Call {n:03}" for n in reversed(range(90))]
    assert not address
