"""The path of a deal in a browser: one click to the next stage, one to take it back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize(("who", "language"), [("rep", "en"), ("chinese", "zh_CN")])


def deal(served: Served, who: str) -> str:
    values = {"Name": "Pump hall", "StageName": "Qualification", "CloseDate": date(2026, 12, 24)}
    return served.site.records(who).create("Opportunity", values)


def stage(served: Served, record_id: str) -> object:
    return served.site.records().get(record_id, ["StageName"])["StageName"]


def current(page: Page) -> str:
    return page.locator(".path [aria-current]").inner_text()


@BOTH
def test_a_deal_moves_on_by_one_click_and_back_by_one(
    served: Served, open_page: Opens, who: str, language: str
) -> None:
    record_id = deal(served, who)
    page = open_page(who=who)
    hand = Hand(page, language).open(f"/r/{record_id}")
    before = current(page)
    with page.expect_response(lambda answer: answer.url.endswith(f"/r/{record_id}")):
        hand.press_button("Mark stage complete")
    expect(page.locator(".path [aria-current]")).not_to_have_text(before)
    assert hand.clicks == 1
    assert stage(served, record_id) == "Needs Analysis"
    hand.press_button("Undo", ".toasts")
    expect(page.locator(".path [aria-current]")).to_have_text(before)
    assert stage(served, record_id) == "Qualification"


def test_a_deal_is_won_by_keys_alone(served: Served, open_page: Opens) -> None:
    record_id = deal(served, "rep")
    page = open_page(who="rep")
    Hand(page).open(f"/r/{record_id}")
    page.locator(".pa-do summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Closed Won").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".path [aria-current]")).to_have_text("Closed Won")
    assert stage(served, record_id) == "Closed Won"


def test_the_path_works_with_scripts_off_on_a_phone(served: Served, open_page: Opens) -> None:
    record_id = deal(served, "rep")
    page = open_page(360, 740, who="rep", scripts=False)
    page.goto(f"/r/{record_id}")
    page.get_by_role("button", name="Mark stage complete").click()
    expect(page.locator(".path [aria-current]")).to_have_text("Needs Analysis")
    page.wait_for_load_state("networkidle")  # all of its styles are there
    assert page.evaluate("document.documentElement.scrollWidth") == 360
