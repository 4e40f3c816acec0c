"""Lists in a browser: columns by mouse and keys, and what else a list can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def headings(page: Page) -> list[str]:
    """The columns of the table on the page, by their paths."""
    return page.locator("th[data-col]").evaluate_all("all => all.map(th => th.dataset.col)")


def column_menu(page: Page, name: str) -> Locator:
    """The menu of a column, opened by keys."""
    head = page.locator("th[data-col]", has_text=name)
    head.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(head.locator(".menu-b")).to_be_visible()
    return head


def test_fields_are_chosen_and_ordered_by_mouse_by_keys_and_by_buttons(
    served: Served, open_page: Opens
) -> None:
    page = open_page(who="rep")
    hand = Hand(page).open("/o/Account?view=AllAccounts")
    before = headings(page)
    hand.follow("Fields")
    rows = page.locator("#sheet .col")
    expect(rows.first).to_be_visible()
    page.wait_for_function("() => document.querySelector('#sheet .cols[data-dnd]')")
    page.get_by_label("Find a field").fill("website")
    page.get_by_role("checkbox", name="Website").check()
    page.get_by_label("Find a field").fill("")
    page.get_by_role("button", name="Move Account name down").click()
    rows.nth(1).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#live")).to_contain_text("3 of")
    hand.drag(rows.nth(3).locator(".grip"), rows.nth(0), below=False)
    hand.press_button("Apply", "#sheet")
    page.wait_for_function(
        "n => document.querySelectorAll('th[data-col]').length > n", arg=len(before)
    )
    assert headings(page) == [before[3], before[1], before[2], before[0], *before[4:], "Website"]
    assert page.locator("tr[data-row] a.row-t").count() > 10


def test_a_columns_edge_is_dragged_and_moved_by_keys_and_stays(
    served: Served, open_page: Opens
) -> None:
    page = open_page(who="rep")
    hand = Hand(page).open("/o/Account?view=AllAccounts")
    edge = page.get_by_role("separator", name="Width of Account name")
    expect(edge).to_have_count(1)
    box = edge.bounding_box()
    assert box
    with page.expect_response(lambda answer: "/settings" in answer.url):
        page.mouse.move(box["x"] + 3, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + 123, box["y"] + 5, steps=6)
        page.mouse.up()
    wide = page.locator("th[data-col=Name]").bounding_box()
    assert wide
    with page.expect_response(lambda answer: "/settings" in answer.url):
        edge.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Tab")
    expect(edge).to_have_attribute("aria-valuenow", str(round(wide["width"]) - 32))
    hand.open("/o/Account?view=AllAccounts")
    kept = page.locator("th[data-col=Name]").bounding_box()
    assert kept
    assert abs(kept["width"] - wide["width"] + 32) <= 2


def test_the_menu_of_a_column_sorts_adds_up_and_hides(served: Served, open_page: Opens) -> None:
    page = open_page(who="rep")
    hand = Hand(page).open("/o/Opportunity?view=AllOpportunities")
    column_menu(page, "Amount").get_by_role("button", name="Highest").click()
    expect(page.locator("#figures")).to_contain_text(re.compile("Amount · Highest .*[0-9]"))
    column_menu(page, "Amount").get_by_role("button", name="Descending").click()
    hand.arrives("sort=-Amount")
    column_menu(page, "Stage").get_by_role("button", name="Hide").click()
    expect(page.locator("th[data-col=StageName]")).to_have_count(0)
    assert "Amount" in headings(page)


def test_totals_come_after_the_page_and_a_page_without_scripts_has_a_link(
    open_page: Opens,
) -> None:
    page = open_page()
    Hand(page).open("/o/Opportunity?view=AllOpportunities")
    expect(page.locator("#figures b")).to_contain_text("$")
    expect(page.locator("#standing")).to_contain_text(re.compile(r"1–50 of [\d,]+$"))
    plain = open_page(scripts=False)
    plain.goto("/o/Opportunity?view=AllOpportunities")
    plain.get_by_role("link", name="Show totals").click()
    expect(plain.locator("#figures b")).to_contain_text("$")


def test_stars_fill_the_navigation_and_are_ordered_by_mouse_and_keys(
    served: Served, open_page: Opens
) -> None:
    page = open_page(who="rep")
    hand = Hand(page).open(f"/r/{served.site.find_id('Account')}")
    name = page.locator("h1").inner_text()
    hand.click(page.get_by_role("button", name="Favourite"))
    group = page.locator("#favourites .nav .cut")
    expect(group).to_have_text([name])
    assert "/r/" in page.url
    hand.open("/o/Contact?view=AllContacts").click(page.get_by_role("button", name="Favourite"))
    expect(group).to_have_count(2)
    hand.open("/o/Lead?view=HotLeads").click(page.get_by_role("button", name="Favourite"))
    expect(group).to_have_text([name, "All contacts", "Hot leads"])
    hand.open("/home")
    page.wait_for_function("() => document.querySelector('link[href$=\"drag.css\"]')")
    with page.expect_response(lambda answer: "/favourites/move" in answer.url):
        hand.drag(group.nth(2), group.nth(0), below=False)
    expect(group).to_have_text(["Hot leads", name, "All contacts"])
    assert page.url.endswith("/home")
    with page.expect_response(lambda answer: "/favourites/move" in answer.url):
        page.locator("#favourites .nav").nth(0).focus()
        page.keyboard.press("Alt+ArrowDown")
    hand.open("/favourites")
    expect(group).to_have_text([name, "Hot leads", "All contacts"])
    hand.click(page.get_by_role("button", name=f"Move {name} down"))
    expect(group).to_have_text(["Hot leads", name, "All contacts"])


def test_cells_are_edited_by_keys(served: Served, open_page: Opens) -> None:
    """F2 opens, Tab saves and goes on, Enter saves and goes down, Escape leaves all as it was."""
    records = served.site.records()
    ids = [records.create("Account", {"Name": f"Zulu {n}", "Phone": "1"}) for n in range(2)]
    page = open_page(who="rep")
    Hand(page).open("/o/Account?view=AllAccounts&q=zulu&sort=Name&columns=Name,Phone,Website")
    page.wait_for_function("() => document.querySelector('tr[data-row]')")
    first = page.locator(f"tr[data-row='{ids[0]}']")
    first.locator("td").nth(2).dblclick()
    box = page.locator(".cell-form input[name=Phone]")
    expect(box).to_be_focused()
    box.fill("4711")
    page.keyboard.press("Tab")
    site = page.locator(".cell-form input[name=Website]")
    expect(site).to_be_focused()
    expect(first).to_contain_text("4711")
    site.fill("https://zulu.example")
    page.keyboard.press("Enter")
    below = page.locator(f"tr[data-row='{ids[1]}'] .cell-form input[name=Website]")
    expect(below).to_be_focused()
    below.fill("https://other.example")
    page.keyboard.press("Escape")
    expect(page.locator(".cell-form")).to_have_count(0)
    names = ["Phone", "Website"]
    assert [records.get(ids[0], names)[name] for name in names] == ["4711", "https://zulu.example"]
    assert records.get(ids[1], names)["Website"] is None
    page.keyboard.press("F2")
    expect(page.locator(f"tr[data-row='{ids[1]}'] .cell-form input[name=Name]")).to_be_focused()
    records.update(ids[1], {"Name": "Theirs"})
    page.locator(".cell-form input[name=Name]").fill("Mine")
    page.keyboard.press("Enter")
    expect(page.locator("fieldset.clash")).to_contain_text("Mine")
    expect(page.locator("fieldset.clash")).to_contain_text("Theirs")
