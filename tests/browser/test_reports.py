"""The report builder in a browser: fields, groups, undo, saving, and the page that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def test_a_report_is_built_grouped_and_saved(served: Served, open_page: Opens) -> None:
    page = open_page(who="rep")
    page.goto("/reports/new?type=Opportunity")
    page.wait_for_selector("#preview table")
    page.click("[data-group='StageName']")
    page.wait_for_selector("#preview .rep-group")
    assert page.locator("[data-zone=groupingsDown] [data-index]").count() == 1
    page.click("[data-undo]")
    page.wait_for_selector("#preview .rep-group", state="detached")
    page.click("[data-redo]")
    page.wait_for_selector("#preview .rep-group")
    page.locator("[data-zone=columns] [data-index='1'] summary").focus()
    page.keyboard.press("Delete")
    page.click("[data-open-save]")
    page.fill("#save-report [name=label]", "By stage")
    page.click("#save-report [type=submit]")
    page.wait_for_url("**/reports/my-*")
    assert page.locator("h1").inner_text() == "By stage"
    assert page.locator(".rep-group").count() > 0
