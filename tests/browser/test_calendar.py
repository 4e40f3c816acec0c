"""The calendar in a browser: an event dragged to another day, and back by Undo."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("who", "language"), [("rep", "en"), ("chinese", "zh_CN")])
def test_an_event_is_dragged_to_another_day(
    served: Served, open_page: Opens, who: str, language: str
) -> None:
    start = datetime(2031, 5, 6, 15, tzinfo=UTC)
    values = {"Subject": "Site visit", "StartDateTime": start, "EndDateTime": start}
    record_id = served.site.records(who).create("Event", values)
    page = open_page(who=who)
    hand = Hand(page, language).open("/calendar?day=2031-05-01")
    page.wait_for_function("() => document.querySelector('link[href$=\"drag.css\"]')")
    entry = page.locator(f"[data-drag='{record_id}']").first
    with page.expect_response(lambda answer: "/move" in answer.url):
        hand.drag(entry, page.locator("[data-zone='2031-05-15']"))
    expect(page.locator(f"[data-zone='2031-05-15'] [data-drag='{record_id}']")).to_be_visible()
    found = served.site.records().get(record_id, ["StartDateTime"])["StartDateTime"]
    assert (found - start).days in (8, 9)  # the day of the reader's zone
    hand.press_button("Undo", ".toasts")
    expect(page.locator(f"[data-zone='2031-05-15'] [data-drag='{record_id}']")).to_have_count(0)
    assert served.site.records().get(record_id, ["StartDateTime"])["StartDateTime"] == start


def test_a_record_of_a_list_is_dragged_to_another_day_and_taken_back(
    served: Served, open_page: Opens
) -> None:
    day = date(2031, 5, 6)
    values = {"Name": "Zulu", "StageName": "Prospecting", "CloseDate": day}
    record_id = served.site.records().create("Opportunity", values)
    page = open_page(who="rep")
    address = "/o/Opportunity?view=AllOpportunities&as=calendar&on=CloseDate&day=2031-05-01"
    hand = Hand(page).open(address)
    page.wait_for_function("() => document.querySelector('link[href$=\"drag.css\"]')")
    with page.expect_response(lambda answer: "/move" in answer.url):
        hand.drag(
            page.locator(f"[data-drag='{record_id}']"), page.locator("[data-zone='2031-05-15']")
        )
    expect(page.locator(f"[data-zone='2031-05-15'] [data-drag='{record_id}']")).to_be_visible()
    records = served.site.records()
    assert records.get(record_id, ["CloseDate"])["CloseDate"] == date(2031, 5, 15)
    hand.press_button("Undo", ".toasts")
    expect(page.locator(f"[data-zone='2031-05-06'] [data-drag='{record_id}']")).to_be_visible()
    assert records.get(record_id, ["CloseDate"])["CloseDate"] == day
