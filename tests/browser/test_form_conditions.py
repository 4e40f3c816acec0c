"""A form whose layout has conditions, in a browser: places come and go while it is filled."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

WON = {"filters": [{"field": "StageName", "operator": "equals", "value": "Closed Won"}]}


def conditioned(served: Served) -> None:
    """The next step of a deal is shown when it is won, and required when it is large."""
    site = served.site
    layout = next(one for one in site.snapshot.of_kind("Layout") if one.object == "Opportunity")
    document: dict[str, Any] = dict(deepcopy(layout.document))
    for section in document["sections"]:
        for cell in section["cells"]:
            if cell.get("field") == "NextStep":
                cell |= {"visibleWhen": WON, "requiredWhen": {"formula": "Amount > 5000"}}
    site.put_live(document)


def test_a_field_appears_is_required_and_goes_again(served: Served, open_page: Opens) -> None:
    conditioned(served)
    page = open_page()
    page.goto("/o/Opportunity/new")
    step = page.locator("[name=NextStep]")
    expect(step).to_be_hidden()
    page.select_option("[name=StageName]", "Closed Won")
    expect(step).to_be_visible()
    expect(step).to_be_enabled()
    expect(step).not_to_have_attribute("aria-required", "true")
    page.fill("[name=Amount]", "9000")
    expect(step).to_have_attribute("aria-required", "true")
    page.select_option("[name=StageName]", "Prospecting")
    expect(step).to_be_hidden()


def test_without_a_script_the_server_says_it_at_the_save(served: Served, open_page: Opens) -> None:
    conditioned(served)
    page = open_page(scripts=False)
    page.goto("/o/Opportunity/new")
    expect(page.locator("[name=NextStep]")).to_be_hidden()
    page.fill("[name=Name]", "Wyvern")
    page.fill("[name=Amount]", "9000")
    page.fill("[name=CloseDate]", "2026-12-24")
    page.select_option("[name=StageName]", "Closed Won")
    page.locator(".form-foot button[type=submit]").last.click()
    expect(page.locator("[name=NextStep]")).to_be_visible()
    expect(page.locator("[name=NextStep]")).to_have_attribute("aria-invalid", "true")
