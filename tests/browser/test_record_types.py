"""Record types and dependent picklists in a browser: the matrix, and forms that follow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.addresses import Samples

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

MATRIX = "/setup/objects/Account/fields/Industry/dependency?controlling=Rating"
PAGES = (
    "/o/Opportunity/new", "/r/{deal}/record-type", "/r/{deal}/record-type?to=Quick",
    "/setup/objects/Opportunity/record-types", "/setup/objects/Opportunity/record-types/new",
    "/setup/objects/Opportunity/record-types/Quick",
    "/setup/objects/Opportunity/record-types/Quick/delete",
    "/setup/objects/Opportunity/processes/Short", "/setup/objects/Opportunity/processes/new",
    "/setup/objects/Opportunity/assignment", MATRIX,
)  # fmt: skip


def depend(served: Served, allowed: Mapping[str, list[str]]) -> None:
    """Industries follow the rating, types of accounts the industry."""
    snapshot = served.site.snapshot
    for name, above, settings in (
        ("Industry", "Rating", allowed),
        ("Type", "Industry", {"Customer - Direct": ["Banking"]}),
    ):
        document: dict[str, Any] = dict(snapshot.get("CustomField", f"Account.{name}").document)
        rows = [{"valueName": k, "controllingFieldValue": v} for k, v in settings.items()]
        more = {"controllingField": above, "valueSettings": rows}
        served.site.put_live({**document, "valueSet": {**document["valueSet"], **more}})


def shown(page: Page, name: str) -> list[str]:
    return [
        text for text in page.locator(f"#{name} option").all_inner_texts() if "None" not in text
    ]


def test_the_pages_of_record_types_are_for_everybody(
    served: Served, open_page: Opens, axe: Callable[[Page], None], ready: Callable[[Page], None]
) -> None:
    Samples(served.site)._record_types("")
    desk, phone = open_page(dark=True), open_page(360, 740)
    deal = served.site.find_id("Opportunity")
    for address in PAGES:
        desk.goto(address.format(deal=deal))
        ready(desk)
        axe(desk)
        phone.goto(address.format(deal=deal))
        ready(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") == 360, address


def test_the_matrix_is_drawn_by_hand_and_key_and_filled(served: Served, page: Page) -> None:
    page.goto(MATRIX)
    rows = page.locator("[data-matrix] tbody tr")
    expect(rows.nth(0).locator("button.lv").nth(0)).to_have_text("No")
    rows.nth(0).locator("button.lv").nth(0).click()
    rows.nth(1).locator("button.lv").nth(0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("[data-column-count='1']")).to_have_text("2")
    expect(rows.nth(1).locator("[data-row-count]")).to_have_text("2")
    rows.nth(2).locator("summary").click()
    rows.nth(2).get_by_role("button", name="All", exact=True).click()
    expect(page.locator("[data-changed]")).to_have_text("6 changed")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Dependency of Account.Industry changed")
    allowed = served.site.snapshot.field("Account", "Industry").allowed
    assert {key: len(names) for key, names in allowed.items()} == {"Hot": 3, "Warm": 2, "Cold": 1}


def test_a_form_offers_what_goes_with_the_value_above_down_the_chain(
    served: Served, open_page: Opens
) -> None:
    depend(served, {"Energy": ["Hot", "Warm"], "Banking": ["Hot"]})
    page = open_page()
    page.goto("/o/Account/new")
    expect(page.locator("#Industry option")).to_have_count(1)
    page.select_option("#Rating", "Hot")
    expect(page.locator("#Industry option")).to_have_count(3)
    page.select_option("#Industry", "Banking")
    page.select_option("#Type", "Customer - Direct")
    page.select_option("#Rating", "Warm")
    expect(page.locator("#Industry")).to_have_value("")
    expect(page.locator("#Type")).to_have_value("")
    assert shown(page, "Industry") == ["Energy"]
    assert shown(page, "Type") == []


def test_an_old_value_stays_until_the_value_above_changes(served: Served, open_page: Opens) -> None:
    values = {"Name": "Old", "Rating": "Cold", "Industry": "Banking"}
    record_id = served.site.records().create("Account", values)
    depend(served, {"Energy": ["Cold"]})
    page = open_page()
    page.goto(f"/r/{record_id}/edit")
    expect(page.locator("#Industry option")).to_have_count(3)
    expect(page.locator("#Industry")).to_have_value("Banking")
    page.select_option("#Rating", "Hot")
    expect(page.locator("#Industry")).to_have_value("")


def test_a_lookup_makes_a_record_of_the_chosen_type_beside_the_form(
    served: Served, open_page: Opens
) -> None:
    base = {"kind": "RecordType", "object": "Account"}
    served.site.put_live(
        {**base, "uid": "f", "name": "Account.Firm", "label": "Firm"},
        {**base, "uid": "h", "name": "Account.Home", "label": "Home"},
    )
    page = open_page()
    page.goto("/o/Contact/new")
    box = page.locator("[name='AccountId.label']")
    box.fill("Brand new name")
    page.locator(".lb [role=option]").last.click()
    page.locator("dialog .opt", has_text="Home").click()
    page.locator("dialog button[data-save]").click()
    expect(page.locator("dialog [name=Name]")).to_be_visible()
    page.locator("dialog [name=Name]").fill("Brand new name")
    page.locator("dialog button[data-save]").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(box).to_have_value("Brand new name")
    made = page.locator("[name=AccountId]").input_value()
    found = served.site.records().get(made, ["RecordTypeId"])
    assert found["RecordTypeId"] == "Home"
