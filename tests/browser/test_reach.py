"""The rep's main pages are reached by keys alone with the focus in sight, and fit a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect

from trellis.metadata.predicates import Condition
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run

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


@dataclass
class Way:
    """How somebody works: by mouse without scripts, by keys alone, or by touch on a phone."""

    page: Page

    def press(self, what: Locator) -> None:
        what.click()

    def write(self, into: Locator, text: str) -> None:
        self.press(into)
        self.page.keyboard.type(text)

    def choose(self, menu: Locator, name: str) -> None:
        """Opens a menu and presses one of its lines."""
        self.press(menu.locator("summary"))
        self.press(menu.get_by_role("button", name=name, exact=True))

    def find(self, name: str) -> None:
        """Comes from any page to a record by the search over everything."""
        self.write(self.page.locator("header [name=q]"), name)
        self.page.keyboard.press("Enter")
        self.press(self.page.locator("main").get_by_role("link", name=name, exact=True))


class ByKeys(Way):
    """Nothing but keys, each place come to as somebody without a mouse does."""

    def come_to(self, what: Locator, key: str = "Tab") -> None:
        for _n in range(150):
            self.page.keyboard.press(key)
            if what.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"{key} does not come to {what}")

    def press(self, what: Locator) -> None:
        self.come_to(what)
        self.page.keyboard.press("Enter")

    def write(self, into: Locator, text: str) -> None:
        if not into.evaluate("one => one === document.activeElement"):
            self.come_to(into)
        self.page.keyboard.type(text)

    def choose(self, menu: Locator, name: str) -> None:
        self.press(menu.locator("summary"))
        self.come_to(menu.get_by_role("button", name=name, exact=True), "ArrowDown")
        self.page.keyboard.press("Enter")

    def find(self, name: str) -> None:
        self.page.keyboard.press("Control+k")
        self.page.keyboard.type(name)
        expect(self.page.locator("dialog [aria-selected=true]")).to_contain_text(name)
        self.page.keyboard.press("Enter")


class ByTouch(Way):
    """A finger on a phone."""

    def press(self, what: Locator) -> None:
        what.tap()

    def find(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name="Search", exact=True))
        self.write(self.page.locator("main [name=q]"), name)
        self.page.keyboard.press("Enter")  # of the phone's own keyboard
        self.press(self.page.locator("main").get_by_role("link", name=name, exact=True))


WAYS: dict[str, tuple[type[Way], dict[str, Any]]] = {
    "without scripts": (Way, {"scripts": False}),
    "by keys": (ByKeys, {}),
    "on a phone": (ByTouch, {"width": 360, "height": 740, "touch": True}),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_record_is_made_found_changed_and_deleted(
    served: Served, open_page: Opens, name: str
) -> None:
    kind, looks = WAYS[name]
    page = open_page(who="rep", **looks)
    way, rows, main = kind(page), page.locator("tr[data-row]"), page.locator("main")
    page.goto(LIST)
    way.press(main.get_by_role("link", name="New Account"))
    page.wait_for_url("**/o/Account/new")
    way.write(page.locator("[name=Name]"), "Aardvark Works")
    way.press(page.get_by_role("button", name="Save", exact=True))
    page.wait_for_url(re.compile(r"/r/\w{18}$"))
    record = page.url
    page.goto(LIST)
    way.find("Aardvark Works")
    page.wait_for_url(record)
    way.press(main.get_by_role("link", name="Edit", exact=True).first)
    page.wait_for_url("**/edit")
    way.write(page.locator("[name=Phone]"), "4711")
    way.press(page.get_by_role("button", name="Save", exact=True))
    page.wait_for_url(record)
    expect(main).to_contain_text("4711")
    page.goto(LIST)
    way.write(main.locator("[name=q]"), "Aardvark")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    way.press(rows.get_by_role("link", name="Aardvark Works"))
    page.wait_for_url(record)
    way.choose(main.locator(".rec-top details.menu"), "Delete")
    page.wait_for_url("**/o/Account")
    page.goto(f"{LIST}&q=Aardvark")
    expect(rows).to_have_count(0)


def test_a_list_is_sorted_paged_and_filtered_without_scripts(open_page: Opens) -> None:
    page = open_page(who="rep", scripts=False)
    page.goto(LIST)
    first = page.locator("tr[data-row]").first
    before = first.get_attribute("data-row")
    page.get_by_role("link", name="Next page").click()
    expect(first).not_to_have_attribute("data-row", str(before))
    page.goto(LIST)
    page.locator("th").get_by_role("link", name="Account name").click()
    page.wait_for_url(lambda url: "sort=-Name" in url)
    expect(first).not_to_have_attribute("data-row", str(before))
    page.get_by_role("link", name="Sort", exact=True).click()
    page.locator("#sheet [name=sort_field]").first.select_option("Industry")
    page.locator("#sheet [name=sort_way]").first.select_option("up")
    page.locator("#sheet").get_by_role("button", name="Apply").click()
    page.wait_for_url(lambda url: "sort=Industry" in url and "limit=9" in url)
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Industry")
    page.get_by_role("link", name="Add filter").click()
    rule = page.locator("#sheet [data-rule]").first
    rule.locator("[name=filter_field]").select_option("Industry")
    rule.locator("[name=filter_operator]").select_option("equals")
    rule.locator("[name=filter_value]").fill("Banking")
    page.locator("#sheet").get_by_role("button", name="Apply").click()
    page.wait_for_url(lambda url: "filter=" in url and "sort=Industry" in url)
    expect(page.locator(".chip-x")).to_have_count(1)
    page.locator(".chip-x").click()
    page.wait_for_url(lambda url: "filter=" not in url)
    expect(page.locator(".chip-x")).to_have_count(0)


def call_is_logged(page: Page, served: Served, record: str) -> None:
    """The call and what shall follow stand on the page, and are done and open tasks."""
    timeline = page.locator(".act .tl")
    expect(timeline.get_by_text("Send the offer")).to_be_visible()
    expect(timeline.get_by_text("Spoke with Ana")).to_be_visible()
    query = Query("Task", ("Subject", "Status"), Condition("WhatId", "equals", (record,)))
    with served.site.db.read() as conn:
        found = run(conn, served.site.actor("rep"), query, served.site.snapshot).records
    made = {one["Subject"]: one["Status"] for one in found}
    assert made["Spoke with Ana"] == "Completed"
    assert made["Send the offer"] == "Not Started"


def test_a_call_is_logged_by_keys_alone(served: Served, open_page: Opens) -> None:
    record = served.site.records("rep").create("Account", {"Name": "Called By Keys"})
    page = open_page(who="rep")
    Hand(page).open(f"/r/{record}")
    page.evaluate("document.activeElement.blur()")
    kind = "document.activeElement.name === 'kind' && Boolean(document.activeElement.form)"
    for _n in range(200):
        page.keyboard.press("Tab")
        if page.evaluate(kind):
            break
    while page.evaluate("document.activeElement.value") != "call":
        page.keyboard.press("ArrowRight")
    for text in ("Spoke with Ana", "They agree"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Send the offer")
    page.keyboard.press("Control+Enter")
    call_is_logged(page, served, record)


def test_a_call_is_logged_without_scripts(served: Served, open_page: Opens) -> None:
    record = served.site.records("rep").create("Account", {"Name": "Called Without Scripts"})
    page = open_page(who="rep", scripts=False)
    page.goto(f"/r/{record}")
    form = page.locator("#activity-form")
    form.locator("[name=kind][value=call]").check(force=True)
    form.locator("[name=subject]").fill("Spoke with Ana")
    form.locator("[name=text]").fill("They agree")
    form.locator("[name=follow_up]").check()
    form.locator("[name=follow_subject]").fill("Send the offer")
    form.get_by_role("button", name="Add").click()
    call_is_logged(page, served, record)
