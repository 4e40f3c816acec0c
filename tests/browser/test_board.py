"""Boards in a browser: cards moved by mouse, by keys, by a sheet; read on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.demo_site import Site

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

BOARD = "/o/Case?view=AllCases&as=board"


def lane(page: Page, value: str) -> Locator:
    return page.locator(f"[data-board] .bc-l[data-zone='{value}']")


def status(site: Site, record_id: str) -> str:
    return str(site.records().get(record_id, ["Status"]).values["Status"])


def working(page: Page) -> None:
    """Waits until cards can be dragged and the heads have their figures."""
    page.wait_for_function("() => document.querySelector('link[href$=\"drag.css\"]')")
    expect(page.locator(".bc-f .count").first).to_be_visible()


@pytest.mark.parametrize(("who", "language"), [("rep", "en"), ("chinese", "zh_CN")])
def test_a_card_is_moved_by_one_drag_and_the_move_taken_back(
    served: Served, open_page: Opens, who: str, language: str
) -> None:
    page = open_page(who=who)
    hand = Hand(page, language).open(BOARD)
    working(page)
    card = lane(page, "New").locator(".bc-card").first
    key = card.get_attribute("data-drag")
    assert key
    counts = page.locator(".bc-f .count")
    before = [int(text) for text in counts.all_inner_texts()]
    with page.expect_response(lambda answer: "/move" in answer.url):
        hand.drag(card, lane(page, "Working"))
    expect(lane(page, "Working").locator(f"[data-drag='{key}']")).to_be_visible()
    expect(page.locator(f"[data-drag='{key}'] .bc-t")).to_be_focused()
    expect(counts.nth(0)).to_have_text(str(before[0] - 1))
    assert status(served.site, key) == "Working"
    assert page.url.endswith(BOARD)
    toast = page.locator(".toasts [data-toast]")
    expect(toast).to_have_count(1)
    hand.click(toast.get_by_role("button", name=hand.words("Undo")))
    expect(lane(page, "New").locator(f"[data-drag='{key}']")).to_be_visible()
    assert status(served.site, key) == "New"


def test_cards_are_walked_by_arrows_and_moved_by_alt_and_arrows(
    served: Served, open_page: Opens
) -> None:
    page = open_page(who="rep")
    Hand(page).open(BOARD)
    working(page)
    first = lane(page, "New").locator(".bc-t").nth(0)
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(lane(page, "New").locator(".bc-t").nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(lane(page, "Working").locator(".bc-t").nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    key = lane(page, "New").locator(".bc-card").nth(1).get_attribute("data-drag")
    assert key
    with page.expect_response(lambda answer: "/move" in answer.url):
        page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(f"[data-drag='{key}'] .bc-t")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Status is now Working")
    assert status(served.site, key) == "Working"


def test_a_card_is_moved_by_two_presses_and_without_scripts(
    served: Served, open_page: Opens
) -> None:
    page = open_page(360, 740, who="rep", touch=True)
    hand = Hand(page).open(BOARD)
    card = lane(page, "New").locator(".bc-card").first
    key = card.get_attribute("data-drag")
    assert key
    hand.click(card.locator(".bc-mv"))
    hand.click(page.locator("#sheet").get_by_role("button", name="Working"))
    expect(lane(page, "Working").locator(f"[data-drag='{key}']")).to_have_count(1)
    assert hand.clicks == 2
    plain = open_page(who="rep", scripts=False)
    plain.goto(BOARD)
    plain.locator(f"[data-drag='{key}'] .bc-mv").click(force=True)
    plain.locator("#sheet").get_by_role("button", name="New", exact=True).click()
    expect(plain.locator(".bc-l[data-zone=New]").locator(f"[data-drag='{key}']")).to_have_count(1)
    assert status(served.site, key) == "New"


def test_more_cards_come_in_place_and_the_address_follows(open_page: Opens) -> None:
    page = open_page()
    hand = Hand(page).open("/o/Opportunity?view=AllOpportunities&as=board")
    working(page)
    won = lane(page, "Closed Won")
    expect(won.locator(".bc-card")).to_have_count(20)
    won.locator("[data-more]").scroll_into_view_if_needed()
    hand.click(won.locator("[data-more]"))
    expect(won.locator(".bc-card")).to_have_count(40)
    expect(won.locator(".bc-t").nth(20)).to_be_focused()
    assert "each=40" in page.url


def test_the_layout_is_chosen_by_links_and_back_leads_to_the_one_before(open_page: Opens) -> None:
    page = open_page()
    hand = Hand(page).open("/o/Opportunity?view=AllOpportunities&q=monitoring")
    hand.follow("Board")
    hand.arrives("as=board")
    hand.click(page.locator("summary", has_text="Columns: Stage"))
    hand.click(page.get_by_role("link", name="Lead source", exact=True))
    hand.arrives("group=LeadSource")
    expect(lane(page, "Web")).to_have_count(1)
    page.go_back()
    expect(lane(page, "Closed Won")).to_have_count(1)
    page.go_back()
    expect(page.locator("table.dt")).to_have_count(1)
