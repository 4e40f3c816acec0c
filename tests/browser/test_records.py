"""Work with records in a browser: conflicts, quick deeds, and everything without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def create_account(served: Served, name: str, who: str = "admin", **values: str) -> str:
    return served.site.records(who).create("Account", {"Name": name} | values)


def phone_of(served: Served, record_id: str) -> object:
    return served.site.records().get(record_id, ["Phone"]).values["Phone"]


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_who_saves_second_sees_both_values_and_chooses(
    served: Served, open_page: Opens, keep: str
) -> None:
    record_id = create_account(served, "Fought Over", Phone="1")
    mine, theirs = Hand(open_page(who="rep")), Hand(open_page())
    mine.open(f"/r/{record_id}/edit")
    theirs.open(f"/r/{record_id}/edit")
    theirs.page.fill("[name=Phone]", "222")
    theirs.page.keyboard.press("Control+Enter")
    theirs.arrives(f"/r/{record_id}")
    mine.page.fill("[name=Phone]", "333")
    mine.page.fill("[name=Website]", "https://mine.example")
    mine.page.keyboard.press("Control+Enter")
    clash = mine.page.get_by_role("group", name="Phone")
    expect(clash).to_contain_text("222")
    expect(clash).to_contain_text("333")
    expect(mine.page.locator("main")).to_contain_text("Alex Moran changed this record")
    clash.locator(f"[value={keep}]").check()
    mine.press_button("Save", "#record-form")
    mine.page.wait_for_url(re.compile(rf"/r/{record_id}$"))
    assert phone_of(served, record_id) == ("333" if keep == "mine" else "222")
    expect(mine.page.locator("main")).to_contain_text("mine.example")


def test_a_form_pressed_twice_makes_one_record(served: Served, open_page: Opens) -> None:
    rep = Hand(open_page(who="rep"))
    rep.open("/o/Account/new")
    rep.page.fill("[name=Name]", "Pressed Twice")
    rep.page.get_by_role("button", name="Save", exact=True).dblclick()
    rep.arrives("/r/")
    rep.open("/o/Account?view=AllAccounts&q=Pressed+Twice")
    expect(rep.page.locator("[data-row]")).to_have_count(1)


def test_a_value_is_edited_where_it_is_read(served: Served, open_page: Opens) -> None:
    record_id = create_account(served, "Read And Written", Phone="1")
    rep = Hand(open_page(who="rep"))
    rep.open(f"/r/{record_id}")
    rep.page.locator("a.pen[href$='#Phone']").click()
    box = rep.page.locator("form.inline [name=Phone]")
    expect(box).to_be_focused()
    box.fill("4711")
    box.press("Enter")
    expect(rep.page.locator("form.inline")).to_have_count(0)
    expect(rep.page.locator("main")).to_contain_text("4711")
    assert phone_of(served, record_id) == "4711"


def test_a_record_is_made_from_the_box_that_looks_for_it(served: Served, open_page: Opens) -> None:
    rep = Hand(open_page(who="rep"))
    rep.open("/o/Contact/new")
    rep.page.fill("[name=LastName]", "Ng")
    box = rep.page.locator("#AccountId")
    box.fill("Quuxel Works")
    rep.page.get_by_role("option", name=re.compile("New account: Quuxel Works", re.I)).click()
    dialog = rep.page.get_by_role("dialog")
    expect(dialog.locator("[name=Name]")).to_have_value("Quuxel Works")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(box).to_have_value("Quuxel Works")
    expect(box).to_be_focused()
    rep.page.keyboard.press("Control+Enter")
    rep.arrives("/r/")
    expect(rep.page.locator("main")).to_contain_text("Quuxel Works")


def test_chosen_rows_are_deleted_and_come_back_by_undo(served: Served, open_page: Opens) -> None:
    for n in range(3):
        create_account(served, f"Heap {n}", "rep")
    rep = Hand(open_page(who="rep"))
    rep.open("/o/Account?view=AllAccounts&q=Heap")
    rows = rep.page.locator("[data-row]")
    expect(rows).to_have_count(3)
    rep.page.get_by_label("Select all rows shown").check()
    rep.press_button("Delete", "#bulk")
    expect(rep.page.locator("main")).to_contain_text("Nothing found")
    rep.press_button("Undo", ".toasts")
    rep.open("/o/Account?view=AllAccounts&q=Heap")
    expect(rows).to_have_count(3)


def test_a_list_is_narrowed_in_the_sheet_of_filters(open_page: Opens) -> None:
    rep = Hand(open_page(who="rep"))
    rep.open("/o/Account?view=AllAccounts")
    rep.follow("Add filter")
    rule = rep.page.locator("#sheet [data-rule]").first
    rule.locator("[data-rule-field]").select_option("Industry")
    rule.locator("details.pick > summary").click()
    rule.get_by_label("Banking").check()
    rep.press_button("Apply", "#sheet")
    rep.arrives("filter=")
    expect(rep.page.locator(".chip", has_text="Industry")).to_contain_text("Banking")
    rep.page.get_by_role("link", name=re.compile("Remove filter Industry")).click()
    rep.page.wait_for_url(lambda url: "filter=" not in url)


def test_a_known_record_is_opened_by_keys_alone(open_page: Opens) -> None:
    rep = Hand(open_page(who="rep"))
    rep.open("/o/Account?view=AllAccounts")
    name = rep.page.locator("[data-row] .row-t").first.inner_text()
    rep.page.keyboard.press("Control+k")
    rep.page.keyboard.type(name)
    rep.page.keyboard.press("Enter")
    rep.arrives("/r/")
    expect(rep.page.locator("h1")).to_have_text(name)


# --- without scripts ----------------------------------------------------------------------------


def submit(page: Page, text: str, within: str = "body") -> None:
    page.locator(within).get_by_role("button", name=text, exact=True).click()


def test_people_work_without_scripts(served: Served, open_page: Opens) -> None:
    page = open_page(who="", scripts=False)
    page.goto("/login")
    page.fill("[name=username]", "ana.souza@northline.example")
    page.fill("[name=password]", "orchard-kiln-4410")
    submit(page, "Sign in")
    page.wait_for_url("**/home")
    page.goto("/o/Account?view=AllAccounts")
    expect(page.locator("[data-row]").first).to_be_visible()
    page.get_by_role("link", name="New Account").click()
    page.fill("[name=Name]", "Plain Paper 纸")
    submit(page, "Save", "#record-form")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Plain Paper 纸")
    address = page.url
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.fill("[name=Phone]", "+1 555 0199")
    page.select_option("[name=Rating]", "Hot")
    submit(page, "Save", "#record-form")
    expect(page.locator("main")).to_contain_text("+1 555 0199")
    page.goto("/search?q=Plain+Paper")
    expect(page.locator("main").get_by_role("link", name="Plain Paper 纸").first).to_be_visible()
    page.goto(address)
    page.locator(".rec-top details.menu > summary").click()
    submit(page, "Delete", ".rec-top")
    expect(page.locator(".toasts")).to_contain_text("recycle bin")
    page.goto("/recycle-bin")
    page.locator("[data-row]", has_text="Plain Paper").locator("[name=ids]").check()
    submit(page, "Restore", "#bulk")
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Plain Paper 纸")


def test_an_administrator_adds_a_field_without_scripts(served: Served, open_page: Opens) -> None:
    page = open_page(scripts=False)
    page.goto("/setup/objects/Account/fields")
    page.get_by_role("link", name="New field").click()
    page.locator("#sheet label.opt", has=page.locator("[value=Picklist]")).first.click()
    submit(page, "Show the options of this type")
    page.fill("#sheet #label", "Delivery region")
    page.fill("#sheet #values", "North\nEast")
    submit(page, "Create field", "#sheet")
    expect(page.locator("main")).to_contain_text("Delivery_region__c")
    page.goto("/o/Account/new")
    expect(page.get_by_label("Delivery region").locator("option")).to_have_count(3)
