"""A person's calendar by HTTP: what is on it, for whom, and how entries move."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.demo_site import Guest, Site, hidden_fields

START = datetime(2031, 5, 6, 15, tzinfo=UTC)


def event(site: Site, who: str = "rep", **values: Any) -> str:
    usual = {"Subject": "Site visit", "StartDateTime": START, "EndDateTime": START}
    return site.records(who).create("Event", usual | values)


def move(guest: Guest, page: str, to: str) -> str:
    address = re.search(r'data-move-url="([^"]+)"', page)
    assert address
    form = hidden_fields(page) | {"to": to}
    return guest.post(address[1].replace("&amp;", "&"), form, follow_redirects=True).text


def test_own_events_and_due_tasks_are_on_their_days(either_site: Site) -> None:
    event(either_site)
    event(either_site, "admin", Subject="Of another")
    task = {"Subject": "Send the plan", "ActivityDate": date(2031, 5, 20)}
    either_site.records("rep").create("Task", task)
    page = either_site.guest("rep").read("/calendar?day=2031-05-01")
    assert "Site visit" in page
    assert "Send the plan" in page
    assert "Of another" not in page
    assert "Site visit" in either_site.guest("rep").read("/calendar?span=week&day=2031-05-06")
    assert "Site visit" not in either_site.guest("rep").read("/calendar?span=day&day=2031-05-09")


def test_an_event_that_is_moved_keeps_its_length_and_goes_back(either_site: Site) -> None:
    record_id = event(either_site, EndDateTime=START + timedelta(minutes=90))
    rep = either_site.guest("rep")
    page = move(rep, rep.read("/calendar?span=week&day=2031-05-06"), "2031-05-08")
    names = ["StartDateTime", "EndDateTime"]
    found = either_site.records().get(record_id, names)
    assert found["EndDateTime"] - found["StartDateTime"] == timedelta(minutes=90)
    assert found["StartDateTime"] == START + timedelta(days=2)
    undo = re.search(r'action="(/r/\w+/undo[^"]*)"', page)
    assert undo
    rep.post(undo[1].replace("&amp;", "&"), hidden_fields(page))
    found = either_site.records().get(record_id, names)
    assert [found[name] for name in names] == [START, START + timedelta(minutes=90)]


def test_an_event_without_an_end_takes_half_an_hour(site: Site) -> None:
    record_id = site.records("rep").create("Event", {"Subject": "Call", "StartDateTime": START})
    end = site.records().get(record_id, ["EndDateTime"])["EndDateTime"]
    assert end == START + timedelta(minutes=30)


def test_a_day_leads_to_the_form_of_an_event_on_it(site: Site) -> None:
    rep = site.guest("rep")
    found = re.search(r'class="cal-add" href="([^"]+)"', rep.read("/calendar?day=2031-05-01"))
    assert found
    assert "T09:00" in rep.read(found[1].replace("&amp;", "&"))


@pytest.mark.parametrize("query", ["span=x&day=y", "day=0001-01-01", "day=9999-12-31", "span=week"])
def test_an_address_that_names_no_days_shows_this_month_or_near(site: Site, query: str) -> None:
    assert site.guest("rep").get(f"/calendar?{query}").status_code == 200
