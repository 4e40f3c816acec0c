"""A formula field is written in the browser: words are offered, the check speaks, it is shown."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opens, Served

NEW = "/setup/objects/Opportunity/fields/new-formula"


def test_words_are_offered_and_taken_by_keyboard(served: Served, open_page: Opens) -> None:
    page = open_page()
    page.goto(NEW)
    page.get_by_label("Label").fill("Twice")
    page.locator(".opt", has_text="Currency").click()
    expect(page.get_by_label("Decimal places")).to_be_visible()
    formula = page.locator("#formula")
    formula.press_sequentially("Accou")
    words = page.get_by_role("listbox", name="Fields and functions")
    expect(words.get_by_role("option").first).to_contain_text("Account.")
    formula.press("Enter")
    expect(words).to_contain_text("Account.AnnualRevenue")
    formula.press_sequentially("annual")
    formula.press("Tab")
    expect(formula).to_have_value("Account.AnnualRevenue")
    formula.press_sequentially(" * 2 &")
    expect(page.locator("[data-formula-says]")).to_contain_text("ends too early")
    formula.press("Backspace")
    expect(page.locator("[data-formula-says]")).to_contain_text("understood")
    formula.press("Escape")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_text("The field would be")).to_be_visible()
    page.get_by_role("button", name="Create field").click()
    expect(page.get_by_text("Formula (Currency)")).to_be_visible()
