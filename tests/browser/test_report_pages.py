"""The pages of report folders and types, and the dialogs of the builder, for everybody's eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_nothing_is_wrong_with_the_dialogs_of_the_builder(
    open_page: Opens, axe: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = Hand(open_page(width, dark=dark)).open("/reports/new?type=Opportunity").page
    page.wait_for_selector("#preview table")
    with page.expect_response("**/reports/preview"):
        page.click("[data-group=StageName]")
    page.wait_for_selector("#preview:not([aria-busy])")  # it is dim while it waits for its answer
    for fold in ("[data-filters]", "details:has([data-rows-form])"):
        page.locator(f"{fold} > summary").press("Enter")
    axe(page)
    page.click("[data-new-formula]")
    axe(page)
    page.keyboard.press("Escape")
    page.click("[data-new-bucket]")
    for field in ("Amount", "StageName"):
        page.select_option("[name=bucket_field]", field)
        axe(page)
    page.keyboard.press("Escape")
    page.locator("[data-add-cross]").press("Enter")
    page.wait_for_selector("#cross-dialog [data-rule]")
    axe(page)


def test_folders_and_types_are_made_by_hand(open_page: Opens, axe: Callable[[Page], None]) -> None:
    for start in ("/setup/report-folders", "/setup/report-types"):
        page = Hand(open_page(360)).open(start).page
        axe(page)
        page.goto(f"{start}/new")
        axe(page)
    page = Hand(open_page()).open("/setup/report-folders").page
    page.locator("table a").first.click()
    page.wait_for_url("**/setup/report-folders/*")
    axe(page)
