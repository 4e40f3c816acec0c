"""The gallery: every component in a browser, by mouse, by keys, without scripts, in each look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from .conftest import Opens

pytestmark = pytest.mark.browser

Check = Callable[[Page], None]
LOOKS = {
    "light": (1440, False, "/_ui"),
    "dark": (1440, True, "/_ui"),
    "chinese": (1440, False, "/_ui?lang=zh_CN"),
    "phone": (360, False, "/_ui"),
    "dark phone with sheet": (360, True, "/_ui?sheet=1"),
    "sheet": (1440, False, "/_ui?sheet=1"),
}


@pytest.fixture
def gallery(page: Page, ready: Check) -> Page:
    page.goto("/_ui")
    ready(page)
    return page


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_nothing_runs_out_of_the_page(
    open_page: Opens, axe: Check, ready: Check, look: str
) -> None:
    width, dark, address = LOOKS[look]
    page = open_page(width, dark=dark)
    page.goto(address)
    ready(page)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        page.evaluate("(m => m.scrollWidth - m.clientWidth)(document.querySelector('#main'))") <= 0
    )


def test_the_page_speaks_the_language_that_was_chosen(page: Page) -> None:
    page.goto("/_ui?lang=zh_CN")
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_the_page_works_without_scripts(open_page: Opens) -> None:
    page = open_page(360, 740, scripts=False)
    page.goto("/_ui")
    page.click("a[href='#side']")
    expect(page.locator("#side .nav").first).to_be_visible()
    page.goto("/_ui")
    page.click(".top details.menu:last-of-type > summary")
    expect(page.get_by_role("link", name="My settings")).to_be_visible()
    expect(page.locator("[data-rules-add]")).to_be_hidden()


def test_a_menu_is_worked_by_keys(gallery: Page) -> None:
    summary = gallery.locator("main summary.btn", has_text="Menu")
    summary.focus()
    gallery.keyboard.press("ArrowDown")
    expect(gallery.get_by_role("link", name="Clone")).to_be_focused()
    gallery.keyboard.press("End")
    expect(gallery.locator(".mi-bad").first).to_be_focused()
    gallery.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(gallery.get_by_role("link", name="Clone")).to_be_hidden()


def test_a_lookup_is_filled_by_typing_and_enter(gallery: Page) -> None:
    box = gallery.get_by_role("combobox", name="Account")
    box.fill("kestrel a")
    expect(gallery.get_by_role("option", name="Kestrel Aviation")).to_have_attribute(
        "aria-selected", "true"
    )
    box.press("Enter")
    expect(box).to_have_value("Kestrel Aviation")
    expect(gallery.locator("input[name=account]")).to_have_value("0012")
    expect(gallery.get_by_role("listbox", name="Account")).to_be_hidden()


@pytest.mark.nightly
def test_axe_finds_nothing_in_what_opens(gallery: Page, axe: Check) -> None:
    gallery.get_by_role("combobox", name="Account").fill("kestrel")
    expect(gallery.get_by_role("option", name="Kestrel Robotics")).to_be_visible()
    axe(gallery)
    gallery.get_by_role("combobox", name="Account").fill("no such name")
    expect(gallery.get_by_text("Nothing found")).to_be_visible()
    axe(gallery)
    gallery.locator("main summary.btn", has_text="Menu").click()
    axe(gallery)
    gallery.keyboard.press("Escape")
    gallery.locator("#interests").click()
    axe(gallery)
    gallery.keyboard.press("Escape")
    gallery.get_by_role("button", name="Open a dialog").click()
    axe(gallery)


def test_typing_into_a_lookup_forgets_the_record_chosen_before(gallery: Page) -> None:
    gallery.get_by_role("combobox", name="Account").press_sequentially("x")
    expect(gallery.locator("input[name=account]")).to_have_value("")


def test_help_shows_on_focus_and_goes_with_escape(gallery: Page) -> None:
    gallery.keyboard.press("Tab")
    gallery.get_by_role("button", name="Help stands here").focus()
    expect(gallery.locator(".tip")).to_have_text("Help stands here")
    gallery.keyboard.press("Escape")
    expect(gallery.locator(".tip")).to_have_count(0)


def test_a_long_picklist_can_be_searched(gallery: Page) -> None:
    box = gallery.get_by_role("combobox", name="Country")
    expect(box).to_have_value("Country 3")
    box.fill("try 22")
    box.press("Enter")
    expect(gallery.locator("input[name=country]")).to_have_value("22")


def test_a_sheet_opens_over_the_page_and_escape_gives_the_focus_back(gallery: Page) -> None:
    opener = gallery.get_by_role("link", name="Open the sheet")
    opener.click()
    label = gallery.get_by_label("Label")
    expect(label).to_be_focused()
    assert gallery.url.endswith("/_ui")
    gallery.keyboard.press("Escape")
    expect(label).to_have_count(0)
    expect(opener).to_be_focused()


def test_an_api_name_follows_its_label(gallery: Page) -> None:
    gallery.get_by_role("link", name="Open the sheet").click()
    gallery.get_by_label("Label").fill("Delivery región 2")
    expect(gallery.get_by_label("API name")).to_have_value("Delivery_region_2")
    gallery.get_by_label("API name").fill("Own")
    gallery.get_by_label("Label").fill("Other")
    expect(gallery.get_by_label("API name")).to_have_value("Own")


def test_leaving_a_sheet_with_unsaved_text_is_asked_about(gallery: Page) -> None:
    gallery.get_by_role("link", name="Open the sheet").click()
    gallery.get_by_label("Label").fill("Region")
    gallery.keyboard.press("Escape")
    dialog = gallery.get_by_role("dialog")
    expect(dialog).to_contain_text("would be lost")
    dialog.get_by_role("button", name="Cancel").click()
    expect(gallery.get_by_label("Label")).to_have_value("Region")


def test_a_question_stands_before_a_deed(gallery: Page) -> None:
    gallery.locator("main summary.btn", has_text="Menu").click()
    gallery.locator(".mi-bad").first.click()
    dialog = gallery.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete this record?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_ctrl_k_goes_to_the_search_and_slash_to_the_list(gallery: Page) -> None:
    gallery.keyboard.press("Control+k")
    expect(gallery.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("Tab")
    gallery.keyboard.press("/")
    expect(gallery.get_by_role("searchbox", name="Find a component")).to_be_focused()


def test_shortcuts_are_listed_and_can_be_turned_off(gallery: Page) -> None:
    gallery.keyboard.press("?")
    listed = gallery.get_by_role("dialog", name="Keyboard shortcuts")
    expect(listed).to_be_visible()
    listed.get_by_label("Single-key shortcuts").uncheck()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("?")
    expect(listed).to_be_hidden()


def test_rows_are_walked_and_chosen_by_keys(gallery: Page) -> None:
    bar = gallery.locator("#bulk")
    expect(bar).to_contain_text("1 selected")
    gallery.keyboard.press("j")
    gallery.keyboard.press("x")
    expect(bar).to_contain_text("2 selected")
    gallery.get_by_label("Clear the selection").click()
    expect(bar).to_be_hidden()
    gallery.get_by_label("Select all rows shown").check()
    expect(bar).to_contain_text("3 selected")


def test_filter_rows_offer_what_fits_the_field(gallery: Page) -> None:
    rules = gallery.locator("[data-rule]")
    expect(rules.nth(0).locator(".pill")).to_have_text(["Propose", "Won"])
    gallery.get_by_role("button", name="Add filter").click()
    expect(rules).to_have_count(4)
    rules.nth(3).locator("[data-rule-field]").select_option("Stage")
    expect(rules.nth(3).locator("[data-rule-operator] option")).to_have_text(["equals", "is empty"])
    rules.nth(3).locator("details.pick > summary").click()
    rules.nth(3).get_by_label("Won").check()
    expect(rules.nth(3).locator("[name=filter_value]")).to_have_value("Won")


MOVES = """() => { window.__moves = [];
  document.addEventListener('trellis:move', e => __moves.push(
    [e.detail.key, e.detail.from, e.detail.to, e.detail.index])); }"""


def test_a_chip_is_dragged_by_mouse_to_where_it_is_dropped(gallery: Page) -> None:
    gallery.evaluate(MOVES)
    chip = gallery.locator("[data-drag=Campaign]")
    target = gallery.locator("[data-drag=Type]")
    chip.scroll_into_view_if_needed()
    start, end = chip.bounding_box(), target.bounding_box()
    assert start
    assert end
    gallery.mouse.move(start["x"] + 30, start["y"] + 10)
    gallery.mouse.down()
    gallery.mouse.move(start["x"] + 40, start["y"] + 20, steps=4)
    gallery.mouse.move(end["x"] + 20, end["y"] + end["height"] / 2, steps=12)
    gallery.mouse.up()
    assert gallery.evaluate("__moves") == [["Campaign", "palette", "s1", 1]]


def test_a_field_is_moved_by_keys_and_by_its_menu(gallery: Page) -> None:
    gallery.evaluate(MOVES)
    gallery.locator("[data-drag=Name]").press("Alt+ArrowDown")
    expect(gallery.locator("#live")).to_contain_text("Name is now 2 of 3")
    cell = gallery.locator("[data-drag=Type]")
    cell.hover()
    cell.locator("summary").click()
    cell.get_by_role("button", name="Move down").click()
    assert gallery.evaluate("__moves") == [["Name", "s1", "s1", 1], ["Type", "s1", "s1", 2]]


def test_values_are_added_by_enter_and_by_pasted_lines(gallery: Page) -> None:
    box = gallery.get_by_role("textbox", name="Add a value")
    box.fill("Overseas")
    box.press("Enter")
    gallery.evaluate(
        """() => { const sent = new DataTransfer(); sent.setData('text', 'West\\nEast\\n远东');
        document.querySelector('[data-value-add]').dispatchEvent(
          new ClipboardEvent('paste', {clipboardData: sent, bubbles: true, cancelable: true})); }"""
    )
    values = gallery.locator("[data-values] input").evaluate_all("all => all.map(i => i.value)")
    assert values == ["North", "East", "South", "Overseas", "West", "远东", ""]


def test_the_theme_is_kept_for_the_next_page(gallery: Page) -> None:
    gallery.get_by_role("button", name="Light or dark").first.click()
    expect(gallery.locator("html")).to_have_attribute("data-theme", "dark")
    gallery.reload()
    expect(gallery.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_side_is_narrowed_and_stays_so(gallery: Page) -> None:
    gallery.keyboard.press("[")
    expect(gallery.locator("html")).to_have_attribute("data-nav", "slim")
    gallery.reload()
    assert gallery.locator("#side").bounding_box()["width"] < 60  # type: ignore[index]


def test_a_part_of_the_page_is_swapped_by_its_attributes(gallery: Page) -> None:
    """The swap library runs under the content policy."""
    before = gallery.locator("#swapped").text_content()
    gallery.get_by_role("button", name="Swap a part").click()
    expect(gallery.locator("#swapped")).not_to_have_text(before or "")
