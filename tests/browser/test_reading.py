"""Editing where one reads, making a parent from its lookup, drafts: on the demo company."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, Route, expect

if TYPE_CHECKING:
    from .conftest import Served

pytestmark = pytest.mark.browser

Check = Callable[[Page], None]


@pytest.fixture
def record(served: Served, page: Page, ready: Check) -> Page:
    """The page of an opportunity, in an org of its own."""
    page.goto("/o/Opportunity")
    page.locator("a.row-t").first.click()
    page.wait_for_url("**/r/*")
    ready(page)
    return page


def row(page: Page, label: str) -> Locator:
    """The line of a field on a record page."""
    return page.locator(".fr").filter(has=page.locator(".fl > span", has_text=label)).first


def edit(page: Page, label: str) -> Locator:
    """Opens the control of a field in its place."""
    row(page, label).hover()
    row(page, label).locator("a.pen").click()
    return row(page, label).locator("form.inline")


def test_a_value_is_changed_where_it_is_read(record: Page, axe: Check) -> None:
    address = record.url
    form = edit(record, "Next step")
    box = form.get_by_label("Next step")
    expect(box).to_be_focused()
    axe(record)
    box.fill("Call the buyer")
    box.press("Enter")
    expect(form).to_have_count(0)
    expect(row(record, "Next step").locator(".fv")).to_have_text("Call the buyer")
    assert record.url == address
    record.reload()
    expect(row(record, "Next step").locator(".fv")).to_have_text("Call the buyer")


def test_what_is_refused_is_said_at_the_value(record: Page) -> None:
    form = edit(record, "Amount")
    form.get_by_label("Amount").fill("much")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".err")).to_contain_text("much")
    expect(form.get_by_label("Amount")).to_have_value("much")


def test_escape_leaves_the_value_as_it_was(record: Page) -> None:
    before = row(record, "Amount").locator(".fv").inner_text()
    row(record, "Amount").locator(".fv").dblclick()
    form = row(record, "Amount").locator("form.inline")
    form.get_by_label("Amount").fill("1")
    record.keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(row(record, "Amount").locator(".fv")).to_have_text(before)
    expect(row(record, "Amount").locator("a.pen")).to_be_focused()


def test_a_parent_is_made_from_its_lookup(served: Served, page: Page, ready: Check) -> None:
    page.goto("/o/Contact/new")
    ready(page)
    box = page.get_by_role("combobox", name="Account", exact=True)
    box.fill("Zephyr Bakery")
    page.get_by_role("option", name="New Account").click()
    name = page.get_by_role("dialog", name="New Account").get_by_label("Account name")
    expect(name).to_have_value("Zephyr Bakery")
    name.press("Control+Enter")
    expect(page.get_by_role("dialog", name="New Account")).to_have_count(0)
    expect(page.locator("input[name=AccountId]")).not_to_have_value("")
    expect(box).to_have_value("Zephyr Bakery")
    expect(box).to_be_focused()


def test_what_was_typed_is_there_again_after_leaving(
    served: Served, page: Page, ready: Check
) -> None:
    """Also what was typed before the script that keeps it had come."""
    page.on("dialog", lambda dialog: dialog.accept())
    held: list[Route] = []
    page.route("**/drafts.js", lambda route: held.append(route))
    with page.expect_request("**/drafts.js"):
        page.goto("/o/Account/new", wait_until="domcontentloaded")
    page.get_by_label("Account name").fill("Half a name")
    held[0].continue_()
    page.wait_for_function("() => Object.keys(sessionStorage).some((n) => n.startsWith('draft '))")
    page.unroute("**/drafts.js")
    page.goto("/home")
    page.goto("/o/Account/new")
    ready(page)
    expect(page.get_by_label("Account name")).to_have_value("")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_label("Account name")).to_have_value("Half a name")
