"""Dashboards in a browser: from a new report to a tile in few clicks, and the editor by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser
MOST_CLICKS = 9


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_report_by_stage_goes_onto_a_dashboard(
    served: Served, open_page: Opens, language: str
) -> None:
    served.site.speak(language)
    page = open_page(who="rep")
    hand = Hand(page, language).open("/home")
    hand.follow("Reports", "nav")
    hand.arrives("/reports")
    hand.follow("New report", ".acts")
    hand.arrives("/reports/new")
    hand.click("a[href='/reports/new?type=Opportunity']")
    hand.arrives("type=Opportunity")
    hand.click("[data-group='StageName']")
    page.wait_for_selector("#preview .rep-group")
    hand.press_button("Save", ".rb-top")
    page.fill("#save-report [name=label]", "By stage")
    hand.press_button("Save", "#save-report")
    hand.arrives("/reports/my-")
    hand.follow("Add to dashboard", ".tools")
    page.wait_for_selector("#sheet [name=chart_type]:checked", state="attached")
    hand.click("#sheet [data-save]")
    hand.arrives("/dashboards/my-")
    assert hand.clicks <= MOST_CLICKS
    page.wait_for_selector(".db-t svg.ch-svg a")
    assert page.locator(".db-t h2").inner_text() == "By stage"
    page.locator(".db-t summary").click()
    page.locator(".db-t table a").first.click()
    hand.arrives("/reports/my-")
    assert "in=" in page.url


def test_the_editor_moves_sizes_and_saves_by_keys(served: Served, open_page: Opens) -> None:
    page = open_page(who="rep")
    hand = Hand(page).open("/dashboards/new")
    hand.click("[data-report=OpportunityPipeline]")
    hand.click("[data-report=LeadSources]")
    page.wait_for_selector("[data-id='2'] .ch")
    page.focus("[data-id='2']")
    page.keyboard.press("ArrowLeft")
    assert page.locator("[data-id]").first.get_attribute("data-id") == "2"
    page.keyboard.press("Shift+ArrowRight")
    assert "dw-7" in str(page.locator("[data-id='2']").get_attribute("class"))
    page.keyboard.press("Control+z")
    assert "dw-6" in str(page.locator("[data-id='2']").get_attribute("class"))
    page.keyboard.press("Enter")
    page.fill("#tile-settings [name=title]", "Where from")
    page.select_option("#tile-settings [name=chartType]", "donut")
    hand.press_button("Apply", "#tile-settings")
    page.select_option("[data-add-filter]", "Opportunity.Type")
    hand.press_button("Save", ".de-top")
    page.fill("#save-dashboard [name=label]", "Mine")
    hand.press_button("Save", "#save-dashboard")
    hand.arrives("/dashboards/my-")
    assert page.locator(".db-t h2").all_inner_texts() == ["Where from", "Opportunity pipeline"]
    page.wait_for_selector(".ch-k-donut .ch-slice")
    page.click(".db-filters summary")
    page.locator(".db-filters .mi").nth(1).click()
    hand.arrives("f.1=0")
    page.wait_for_selector(".db-t .ch-k-funnel")
    assert page.locator(".db-b").first.inner_text().count("Not filtered by")
