"""A likely duplicate is shown while one types the name of a new record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def test_typing_a_known_name_shows_who_has_it(served: Served, open_page: Opens) -> None:
    served.site.records("rep").create("Account", {"Name": "Wyvern Steel LLC"})
    page = open_page(who="rep")
    Hand(page).open("/o/Account/new")
    page.locator("#Name").press_sequentially("Wyvern Steel")
    link = page.locator("[data-duplicates-here] a")
    expect(link).to_have_text("Wyvern Steel LLC")
    page.locator("#Name").fill("Something else")
    expect(link).to_have_count(0)
