"""A colleague is mentioned in a comment, sees the bell, and opens the record from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.runtime.web.test_notices import deal

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def test_a_colleague_who_is_mentioned_opens_the_record_from_the_bell(
    served: Served, open_page: Opens, axe: Callable[[Page], None]
) -> None:
    record_id = deal(served.site, "rep", Name="Pump hall")
    mine = open_page(who="rep")
    mine.goto(f"/r/{record_id}?tab=comments")
    mine.locator("#cm-text").click()
    mine.keyboard.type("Please look, @ale")
    option = mine.get_by_role("option", name="Alex Moran")
    expect(option).to_have_attribute("aria-selected", "true")
    axe(mine)
    mine.keyboard.press("Enter")
    expect(mine.locator("#cm-text")).to_have_value("Please look, @Alex Moran ")
    mine.keyboard.press("Control+Enter")
    expect(mine.locator(".cm b", has_text="@Alex Moran")).to_be_visible()
    theirs = open_page(360, 740, who="admin")
    theirs.goto("/home")
    bell = theirs.locator("[data-bell] > summary")
    expect(bell).to_contain_text("1")
    bell.click()
    notice = theirs.locator("#bell a", has_text="mentioned you in a comment on Pump hall")
    expect(notice).to_be_visible()
    axe(theirs)
    assert theirs.evaluate("document.documentElement.scrollWidth") == 360
    notice.click()
    theirs.wait_for_url(re.compile(rf"/r/{record_id}\?tab=comments#c-"))
    expect(theirs.locator(".cm")).to_contain_text("Please look")
    expect(bell).not_to_contain_text("1")
