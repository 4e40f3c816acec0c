"""The report builder in a browser: fields, groups, undo, saving, and the page that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from tests.demo_site import PEOPLE

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def fold(page: Page, home: str) -> None:
    """Opens a fold of the builder by its summary."""
    page.locator(f"{home} > summary").press("Enter")


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


def test_columns_and_groups_are_dragged_and_carried_by_keys(open_page: Opens) -> None:
    hand = Hand(open_page(who="rep")).open("/reports/new?type=Opportunity")
    page = hand.page
    down, across, columns = (
        page.locator(f"[data-zone={name}] > [data-drag]")
        for name in ("groupingsDown", "groupingsAcross", "columns")
    )

    def path_of(chip: Locator) -> str:
        return str(chip.get_attribute("data-drag"))

    first, second = path_of(columns.nth(0)), path_of(columns.nth(1))
    hand.drag(columns.nth(1), columns.nth(0), below=False)
    expect(columns.nth(0)).to_have_attribute("data-drag", second)
    stage = page.locator("[data-palette] [data-drag=StageName]")
    hand.drag(stage, page.locator("[data-zone=groupingsDown]"))
    expect(down).to_have_attribute("data-drag", "StageName")
    expect(page.locator("#preview .rep-group").first).to_be_visible()
    summary = down.locator("summary")
    summary.press("Alt+ArrowDown")
    expect(across).to_have_attribute("data-drag", "StageName")
    across.locator("summary").press("Enter")
    across.get_by_role("button", name="Move to Group rows").click()
    expect(down.locator("summary")).to_be_focused()
    columns.nth(0).locator("summary").press("Alt+ArrowRight")
    expect(columns.nth(0)).to_have_attribute("data-drag", first)
    for _n in range(4):
        page.click("[data-undo]")
    expect(down).to_have_count(0)
    expect(columns.nth(0)).to_have_attribute("data-drag", second)
    expect(page.locator("[data-undo]")).to_be_enabled()


LANGUAGES = pytest.mark.parametrize("language", ["en", "zh_CN"])


def reads(served: Served, who: str, language: str) -> None:
    """Lets somebody read the product in a language."""
    with served.site.db.write() as conn:
        conn.execute(
            sa.text("UPDATE sys_user SET language = :language WHERE username = :name"),
            {"language": language, "name": PEOPLE[who]},
        )


@LANGUAGES
def test_a_report_is_bucketed_filtered_and_drilled(
    served: Served, open_page: Opens, language: str
) -> None:
    reads(served, "rep", language)
    hand = Hand(open_page(who="rep"), language)
    hand.open("/reports/new?type=Opportunity")
    page = hand.page
    page.wait_for_selector("#preview table")
    hand.click("[data-group='StageName']")
    page.wait_for_selector("#preview .rep-group")
    fold(page, "[data-filters]")
    page.select_option("[data-filter-form] [name=filter_field] >> nth=0", "Amount")
    page.select_option("[data-filter-form] [name=filter_operator] >> nth=0", "greaterThan")
    page.fill("[data-filter-form] [name=filter_value] >> nth=0", "10")
    page.keyboard.press("Tab")
    expect(page.locator("[data-filter-count]")).to_have_text("1")
    hand.press_button("New bucket…")
    page.fill("[name=bucket_label]", "Size")
    page.select_option("[name=bucket_field]", "Amount")
    rows = page.locator(".rb-bucket")
    rows.nth(0).locator("[name=name]").fill("Small")
    rows.nth(0).locator("[name=below]").fill("50000")
    rows.nth(1).locator("[name=name]").fill("Large")
    expect(rows.nth(1).locator("[name=from]")).to_have_value("50000")
    page.keyboard.press("Enter")
    expect(page.locator("#bucket-dialog")).not_to_be_visible()
    hand.click("[data-group='Bucket1']")
    expect(page.locator("#preview")).to_contain_text("Small")
    hand.click("[data-open-save]")
    page.fill("#save-report [name=label]", "Sizes")
    hand.click("#save-report [type=submit]")
    page.wait_for_url("**/reports/my-*")
    hand.click(page.locator(".rep-group a").first)
    page.wait_for_url("**in=**")
    expect(page.locator("body")).to_contain_text(hand.words("All groups"))


def test_cross_filters_roles_and_limits_are_set_by_keys_on_a_phone(
    served: Served, open_page: Opens
) -> None:
    page = Hand(open_page(360, 800), "en").open("/reports/new?type=Account").page
    page.wait_for_selector("#preview table")
    fold(page, "[data-filters]")
    page.locator("[data-add-cross]").press("Enter")
    page.select_option("[name=cross_operation]", "without")
    page.select_option("[name=cross_relation]", "Opportunity.AccountId")
    rule = page.locator("#cross-dialog [data-rule]").first
    rule.locator("[name=filter_field] option[value=StageName]").wait_for(state="attached")
    rule.locator("[name=filter_field]").select_option("StageName")
    rule.locator("summary").press("Enter")
    rule.locator(".pick-b input").first.press("Space")
    page.locator("#cross-dialog [type=submit]").press("Enter")
    chip = page.locator("[data-edit-cross]")
    expect(chip).to_contain_text("without Opportunities")
    page.select_option("[name=role]", index=1)
    expect(page.locator("[data-filter-count]")).to_have_text("2")
    fold(page, "details:has([data-rows-form])")
    page.select_option("[name=sort_field]", "Name")
    page.fill("[name=row_limit]", "3")
    page.keyboard.press("Tab")
    expect(page.locator("[data-rows-count]")).to_have_text("2")
    chip.press("Enter")
    expect(page.locator("#cross-dialog .pill").first).to_be_visible()
    page.locator("#cross-dialog [data-cross-remove]").press("Enter")
    expect(chip).to_have_count(0)
    page.locator("[data-undo]").click()
    expect(chip).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_formula_shows_the_share_of_each_group(served: Served, open_page: Opens) -> None:
    page = Hand(open_page(), "en").open("/reports/new?type=Opportunity").page
    page.wait_for_selector("#preview table")
    page.click("[data-group='StageName']")
    page.click("[data-new-formula]")
    page.fill("[name=formula_label]", "Share")
    page.fill("[name=formula_text]", "RowCount / ")
    page.click("#formula-dialog [type=submit]")
    expect(page.locator("[data-formula-problems]")).to_contain_text("ends too early")
    page.locator("[name=formula_text]").press("End")
    page.select_option("[name=formula_insert]", "PARENTGROUPVAL(RowCount, GRAND_SUMMARY)")
    page.select_option("[name=formula_type]", "Percent")
    page.click("#formula-dialog [type=submit]")
    expect(page.locator("[data-edit-formula]")).to_have_text("Share")
    expect(page.locator("#preview .rep-group").first).to_contain_text("%")
