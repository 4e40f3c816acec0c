"""Tours of three steps: offered at the edge, taken by keys, offered no more, always to be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from trellis.runtime.tours import TOURS

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

PLACES = {"home": "/home", "list": "/o/Account?view=AllAccounts&limit=9", "setup": "/setup/"}
#: whether the words stand within the window and cover neither their place nor each other
OVERLAPS = """() => {
  const card = document.querySelector('.tour-card').getBoundingClientRect();
  const ring = document.querySelector('.tour-ring').getBoundingClientRect();
  const out = card.left < 0 || card.top < 0 || card.right > innerWidth || card.bottom > innerHeight;
  const parts = [...document.querySelectorAll('.tour-card :is(h2, p, button, .num)')]
    .map(one => one.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const small = ring.height < innerHeight / 2;
  return out || (small && meet(card, ring))
    || parts.some((one, n) => parts.slice(n + 1).some(other => meet(one, other)));
}"""


def begin(page: Page, name: str) -> None:
    """From the menu of the person, where it always is."""
    hand = Hand(page).open(PLACES[name])
    hand.click(".top-end details.menu:last-of-type > summary")
    page.locator(".top-end [data-tour]").click()
    expect(page.locator("dialog.tour .tour-f button").last).to_be_focused()


def title(page: Page) -> str:
    return page.locator("#tour-title").inner_text()


@pytest.mark.parametrize("who", ["admin", "chinese"])
@pytest.mark.parametrize("width", [1440, 360])
def test_each_tour_says_three_things_beside_their_places(
    shared: Served, open_page: Opens, axe: Callable[[Page], None], who: str, width: int
) -> None:
    page = open_page(width, 740, who=who, at=shared)
    hand = Hand(page, "zh_CN" if who == "chinese" else "en")
    for name in TOURS if who == "admin" else ("home", "list"):
        begin(page, name)
        for n, step in enumerate(TOURS[name]):
            assert title(page) == hand.words(getattr(step.title, "source", str(step.title)))
            assert not page.evaluate(OVERLAPS), (name, n)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if n == 0:
                axe(page)
            page.keyboard.press("Enter")
        expect(page.locator("dialog.tour")).to_have_count(0)


def test_a_tour_is_taken_by_keys_and_gives_the_focus_back(served: Served, open_page: Opens) -> None:
    page = open_page(who="rep")
    Hand(page).open("/home")
    page.locator("[data-tour-hint] [data-tour]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog.tour")).to_be_visible()
    first = title(page)
    page.keyboard.press("ArrowLeft")
    assert title(page) == first
    page.keyboard.press("ArrowRight")
    second = title(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")  # the last stays
    assert len({first, second, title(page)}) == 3
    page.keyboard.press("ArrowLeft")
    assert title(page) == second
    for _n in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body"
                             " || Boolean(document.activeElement.closest('.tour'))")  # fmt: skip
    with page.expect_response("**/tours/home"):
        page.keyboard.press("Escape")
    expect(page.locator("#main")).to_be_focused()
    Hand(page).open("/home")
    expect(page.locator("[data-tour-hint]")).to_have_count(0)
    Hand(page).open("/o/Account")
    expect(page.locator("[data-tour-hint]")).to_be_visible()  # another tour


def test_an_offer_is_put_away_for_good_and_the_tour_stays_in_the_menu(
    served: Served, open_page: Opens
) -> None:
    page = open_page(who="rep")
    Hand(page).open("/o/Account")
    with page.expect_response("**/tours/list"):
        page.click("[data-tour-away]")
    expect(page.locator("[data-tour-hint]")).to_have_count(0)
    Hand(page).open("/o/Contact")
    expect(page.locator("[data-tour-hint]")).to_have_count(0)
    record = served.site.find_id("Account")
    Hand(page).open(f"/r/{record}").click(".top-end details.menu:last-of-type > summary")
    page.locator(".top-end [data-tour]").click()
    page.wait_for_url("**/home*")
    expect(page.locator("dialog.tour")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: url.endswith("/home"))


def test_nothing_is_offered_without_scripts(open_page: Opens) -> None:
    page = open_page(who="rep", scripts=False)
    page.goto("/home")
    expect(page.locator("[data-tour-hint]")).to_be_hidden()
