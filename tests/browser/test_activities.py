"""Activities in a browser: a task is done by one click; one is added on a phone without scripts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def deal(served: Served, who: str) -> str:
    values = {"Name": "Pump hall", "StageName": "Qualification", "CloseDate": date(2026, 12, 24)}
    return served.site.records(who).create("Opportunity", values)


@pytest.mark.parametrize(("who", "language"), [("rep", "en"), ("chinese", "zh_CN")])
def test_a_follow_up_of_a_call_is_done_by_one_click(
    served: Served, open_page: Opens, who: str, language: str
) -> None:
    page = open_page(who=who)
    hand = Hand(page, language).open(f"/r/{deal(served, who)}")
    hand.click(page.locator("#ac-subject"))
    page.keyboard.type("Spoke with Ana")
    page.keyboard.press("Tab")
    page.keyboard.type("They agree")
    hand.click(page.locator("[name=follow_up]"))
    page.keyboard.press("Tab")
    page.keyboard.type("Send the offer")
    page.keyboard.press("Control+Enter")
    timeline = page.locator(".act .tl")
    expect(timeline.get_by_text("Send the offer")).to_be_visible()
    hand.click(page.locator(".tl-check").first)
    expect(page.locator(".tl-check")).to_have_count(0)


def test_a_task_is_added_on_a_phone_with_scripts_off(served: Served, open_page: Opens) -> None:
    record_id = deal(served, "rep")
    page = open_page(360, 740, who="rep", scripts=False)
    page.goto(f"/r/{record_id}/activity")
    page.locator("[name=kind][value=task]").check()
    page.locator("#ac-subject").fill("Send the offer")
    page.locator("#ac-due").fill("2031-05-05")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".act .tl")).to_contain_text("Send the offer")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
