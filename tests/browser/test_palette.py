"""The palette in a browser: by arrows on a phone, and without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def test_a_page_is_reached_by_arrows_on_a_phone_too(served: Served, open_page: Opens) -> None:
    page = open_page(360, 740, who="rep")
    Hand(page).open("/home")
    page.keyboard.press("Control+k")
    page.keyboard.type("contac")
    option = page.get_by_role("option", name="Contacts")
    expect(option).to_be_visible()
    while option.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("/o/Contact"))


def test_without_scripts_the_box_leads_to_the_results(served: Served, open_page: Opens) -> None:
    served.site.records("rep").create("Account", {"Name": "Wyvern Quays"})
    page = open_page(who="rep", scripts=False)
    page.goto("/home")
    page.get_by_role("searchbox", name="Search all records").fill("wyve")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Wyvern Quays")).to_be_visible()
