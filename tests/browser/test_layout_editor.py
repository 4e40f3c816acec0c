"""The layout editor: each drag has a menu and a key, each change an undo, a save a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

LAYOUT = "Account-Account Layout"


@pytest.fixture
def editor(served: Served, open_page: Opens) -> Hand:
    """The editor of the layout of accounts."""
    hand = Hand(open_page())
    hand.open(f"/setup/layouts/{LAYOUT}/edit")
    hand.page.wait_for_selector("html[data-editor-ready]", state="attached")
    return hand


def document(served: Served) -> Any:
    return served.site.snapshot.get("Layout", LAYOUT).document


def fields_in(served: Served, column: int, section: int = 0) -> list[str]:
    cells = document(served)["sections"][section]["cells"]
    return [c["field"] for c in cells if c.get("column", 1) == column and "field" in c]


def cell(hand: Hand, name: str) -> Locator:
    return hand.page.locator(f"[data-part=canvas] [data-field={name}]")


def drawn(hand: Hand, zone: str) -> list[str]:
    found = hand.page.locator(f"[data-zone='{zone}'] > [data-field]")
    return [str(name) for name in found.evaluate_all("all => all.map(e => e.dataset.field)")]


def save(hand: Hand) -> None:
    hand.press_button("Save layout")
    hand.page.wait_for_selector("#layout-editor[data-saved]:not([data-saved=''])")


def first_zone(served: Served, column: int = 1) -> str:
    return f"{document(served)['sections'][0]['id']}/{column}"


def test_moves_by_keys_and_menu_are_saved_and_undone(editor: Hand, served: Served) -> None:
    zone = first_zone(served)
    before = drawn(editor, zone)
    cell(editor, before[1]).press("Alt+ArrowUp")
    expect(editor.page.locator("#live")).to_contain_text("is now 1 of")
    swapped = [before[1], before[0], *before[2:]]
    assert drawn(editor, zone) == swapped
    expect(editor.page.locator("[data-unsaved]")).to_be_visible()
    editor.page.locator("[data-undo]").click()
    assert drawn(editor, zone) == before
    editor.page.locator("[data-redo]").click()
    assert drawn(editor, zone) == swapped
    menu(editor.page, cell(editor, before[2]), "Move up")
    expected = [before[1], before[2], before[0], *before[3:]]
    assert drawn(editor, zone) == expected
    cell(editor, before[1]).press("Alt+ArrowRight")
    expect(
        editor.page.locator(f"[data-zone='{first_zone(served, 2)}'] [data-field={before[1]}]")
    ).to_be_visible()
    save(editor)
    assert fields_in(served, 1) == expected[1:]
    assert fields_in(served, 2)[-1] == before[1]


def menu(page: Page, item: Locator, text: str) -> None:
    item.hover()
    item.locator("summary").click()
    item.get_by_role("button", name=text, exact=True).click()


def test_a_field_is_taken_off_and_dragged_back_from_the_palette(
    editor: Hand, served: Served
) -> None:
    menu(editor.page, cell(editor, "Website"), "Remove")
    expect(cell(editor, "Website")).to_have_count(0)
    chip = editor.page.locator("[data-part=palette] [data-drag=Website]")
    editor.drag(chip, cell(editor, "Name"))
    expect(
        editor.page.locator(f"[data-zone='{first_zone(served)}'] [data-field=Website]")
    ).to_be_visible()
    save(editor)
    names = fields_in(served, 1)
    assert names.index("Website") == names.index("Name") + 1


def test_a_field_made_required_here_is_asked_for_on_the_form(
    editor: Hand, served: Served, open_page: Opens
) -> None:
    cell(editor, "Website").click()
    editor.page.get_by_role("switch", name="Required").check()
    save(editor)
    rep = Hand(open_page(who="rep"))
    rep.open("/o/Account/new")
    rep.page.fill("[name=Name]", "No Website")
    rep.page.keyboard.press("Control+Enter")
    rep.is_told("Website")
    rep.page.fill("[name=Website]", "https://here.example")
    rep.page.keyboard.press("Control+Enter")
    rep.arrives("/r/")


def test_a_section_is_added_named_filled_and_seen(editor: Hand, served: Served) -> None:
    editor.press_button("Add section")
    title = editor.page.locator("[data-part=canvas] section").last.get_by_label(
        "Title of the section"
    )
    expect(title).to_be_focused()
    editor.page.keyboard.type("Commercial terms")
    editor.page.keyboard.press("Enter")
    menu(editor.page, cell(editor, "Website"), "Move to Commercial terms 1")
    save(editor)
    last = document(served)["sections"][-1]
    assert (last["label"], [c["field"] for c in last["cells"]]) == ("Commercial terms", ["Website"])
    editor.open(f"/r/{served.site.find_id('Account')}")
    section = editor.page.locator(
        "details.sec", has=editor.page.get_by_role("heading", name="Commercial terms")
    )
    expect(section).to_contain_text("Website")


def test_a_related_list_is_taken_off_and_added_with_other_columns(
    editor: Hand, served: Served
) -> None:
    page = editor.page
    item = page.locator("[data-zone=related] [data-drag=Contacts]")
    menu(page, item, "Remove")
    page.get_by_role("tab", name="Related lists").click()
    palette = page.locator("[data-part=palette] .dchip", has_text="Contacts").first
    menu(page, palette, "Add")
    page.locator("[data-part=inspector]").get_by_label("Department").check()
    save(editor)
    added = document(served)["relatedLists"][-1]
    assert added["field"] == "Contact.AccountId"
    assert "Department" in added["columns"]


def test_leaving_with_unsaved_work_is_asked_about(editor: Hand) -> None:
    asked: list[str] = []
    editor.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    cell(editor, "Website").press("Alt+ArrowDown")
    editor.page.goto("/home")
    assert asked == ["beforeunload"]


def test_a_page_that_is_not_understood_is_refused_and_said(editor: Hand, served: Served) -> None:
    before = document(served)
    editor.page.evaluate(
        """() => { const real = window.fetch; window.fetch = (url, options) => {
          const sent = JSON.parse(options.body); sent.sections[0].cells[0].field = 'Nothing__c';
          return real(url, {...options, body: JSON.stringify(sent)}); }; }"""
    )
    cell(editor, "Website").press("Alt+ArrowDown")
    editor.press_button("Save layout")
    expect(editor.page.locator("[data-part=canvas] [role=alert]")).to_contain_text("Nothing__c")
    expect(editor.page.locator("[data-unsaved]")).to_be_visible()
    assert document(served) == before
