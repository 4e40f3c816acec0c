"""The rep's main pages are reached by keys alone with the focus in sight, and fit a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

LIST = "/o/Account?view=AllAccounts&limit=9"
#: what can be pressed and is in sight, but was not among what Tab came to
PRESSED = "a[href], button, input, select, textarea, summary"
MISSED = """pressed => [...document.querySelectorAll(pressed)]
  .filter(one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !one.disabled && one.tabIndex >= 0 && !one.dataset.came
    && !one.closest('[inert], .menu-b, dialog')
    && !(one.type === 'radio' && document.querySelector(`[name="${one.name}"][data-came]`)))
  .map(one => one.outerHTML.slice(0, 120))"""
#: marks what has the focus; says whether it can be seen, and whether it was there before
HERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return ['', true]; // between the last and the first
  for (const moving of document.getAnimations()) moving.finish();
  const again = one.dataset.came; one.dataset.came = '1';
  const box = one.getBoundingClientRect();
  const about = [one, one.parentElement, one.nextElementSibling].filter(Boolean);
  const isMarked = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  const marked = about.some(near => isMarked(getComputedStyle(near)));
  const inSight = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return [again ? 'end' : one.outerHTML.slice(0, 120), marked && inSight];
}"""


def main_pages(served: Served) -> list[str]:
    account = served.site.find_id("Account")
    return [LIST, "/o/Account/new", f"/r/{account}", f"/r/{account}/edit", "/home"]


def walk_by_tab(page: Page) -> list[Any]:
    """What Tab came to and could not be seen."""
    hidden = []
    for _n in range(400):
        page.keyboard.press("Tab")
        where, seen = page.evaluate(HERE)
        if where == "end":
            break
        if not seen:
            hidden.append(where)
    return hidden


@pytest.mark.parametrize("n", range(5), ids=["list", "new", "record", "edit", "home"])
def test_tab_comes_to_everything_and_its_place_is_seen(
    shared: Served, open_page: Opens, n: int
) -> None:
    page = open_page(who="rep")
    Hand(page).open(main_pages(shared)[n])
    page.evaluate("document.activeElement.blur()")
    assert walk_by_tab(page) == []
    assert page.evaluate(MISSED, PRESSED) == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_main_page_scrolls_sideways_on_a_phone(
    shared: Served, open_page: Opens, language: str
) -> None:
    page = open_page(360, 740, who="rep" if language == "en" else "chinese", touch=True)
    account = shared.site.find_id("Account")
    for address in (*main_pages(shared), f"/r/{account}/activity"):
        Hand(page).open(address)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, address


def test_a_record_lives_and_ends_without_scripts(served: Served, open_page: Opens) -> None:
    page = open_page(who="rep", scripts=False)
    page.goto("/o/Account/new")
    page.fill("[name=Name]", "Aardvark Works")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/r/\w{18}$"))
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.fill("[name=Phone]", "4711")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text("4711")
    page.locator(".rec-top details.menu > summary").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.goto("/o/Account?view=AllAccounts&q=Aardvark")
    expect(page.locator("tr[data-row]")).to_have_count(0)


def test_a_list_is_sorted_paged_and_filtered_without_scripts(open_page: Opens) -> None:
    page = open_page(who="rep", scripts=False)
    page.goto(LIST)
    first = page.locator("tr[data-row]").first
    before = first.get_attribute("data-row")
    page.get_by_role("link", name="Next page").click()
    expect(first).not_to_have_attribute("data-row", str(before))
    page.goto("/o/Account?view=AllAccounts&limit=9&sort=-Name")
    expect(first).not_to_have_attribute("data-row", str(before))
    page.goto(f"{LIST}&filter=Industry:equals:Banking")
    expect(page.locator(".chip-x")).to_have_count(1)
    page.locator(".chip-x").click()
    page.wait_for_url(lambda url: "filter=" not in url)
    expect(page.locator(".chip-x")).to_have_count(0)
