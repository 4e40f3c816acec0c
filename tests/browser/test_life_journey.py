"""An administrator shapes the life of a deal, and people meet it: a journey in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.demo_site import Site
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import sys_user
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.runtime.feature import FEATURE

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

MESSAGE = "A won deal has an amount."
DEALS, ACCOUNTS = "/setup/objects/Opportunity", "/setup/objects/Account"
SELLER: Mapping[str, Any] = {
    "kind": "Profile", "uid": "seller", "name": "Seller", "label": "Seller",
    "objectPermissions": [{"object": "*", "allowCreate": True, "modifyAllRecords": True}],
    "fieldPermissions": [{"field": "*", "editable": True}],
}  # fmt: skip


def prepare(site: Site, language: str) -> None:
    """A layout and a profile to be assigned; the representative has the profile."""
    layouts = site.snapshot.of_kind("Layout")
    usual = next(one for one in layouts if one.object == "Opportunity").document
    cells = [{"id": name, "field": name} for name in ("Name", "StageName", "CloseDate")]
    short = {"uid": "short", "name": "Opportunity-Short", "label": "Short", "default": False,
             "relatedLists": [], "sections": [{"id": "s", "label": "Only this", "columns": 1,
                                               "cells": cells}]}  # fmt: skip
    site.put_live({**usual, **short}, SELLER)
    site.speak(language)
    with site.db.write() as conn:
        mine = sys_user.c.id == site.actor("rep").user_id
        conn.execute(sys_user.update().where(mine).values(profile="seller"))


class Journey(Hand):
    """The hand of an administrator who knows the fields by their labels."""

    site: Site

    def label(self, name: str, value: str = "") -> str:
        """What a field, or a value of it, is called in the reader's language."""
        snapshot = self.site.snapshot
        field = snapshot.get("CustomField", name)
        with self.reading():
            return snapshot.value_label(field, value) if value else snapshot.label(field)

    def makes(self, button: str) -> None:
        self.press_button(button, "#main")
        self.saved()


def write_formula(hand: Journey) -> None:
    page = hand.open(f"{DEALS}/fields/new-formula").page
    page.fill("#label", "Doubled")
    page.locator(".opt", has=page.locator("[value=Currency]")).click()
    page.fill("#formula", "Amount * 2")
    hand.makes("Create field")


def write_rule(hand: Journey) -> None:
    page = hand.open(f"{DEALS}/rules/new").page
    page.fill("#label", "Needs an amount")
    hand.choose("#field", hand.label("Opportunity.Amount"))
    page.fill("#formula", "ISPICKVAL(StageName, 'Closed Won') && ISBLANK(Amount)")
    page.fill("#message", MESSAGE)
    hand.makes("Save")


def depend_on_the_rating(hand: Journey) -> None:
    page = hand.open(f"{ACCOUNTS}/fields/Industry/dependency?controlling=Rating").page
    hand.click(page.locator("[data-matrix] tbody tr").first.locator("button.lv").first)
    hand.makes("Save")


def add_a_record_type(hand: Journey) -> None:
    page = hand.open(f"{DEALS}/record-types/new").page
    page.fill("[name='label.en']", "Quick sale")
    page.check("[name=visible][value=seller]")
    page.check("[name=default][value=seller]")
    hand.makes("Save")
    hand.open(f"{DEALS}/assignment")
    page.locator("tr", has_text="Seller").locator("select").last.select_option("Opportunity-Short")
    hand.makes("Save")


def count_what_is_won(hand: Journey) -> None:
    page = hand.open(f"{ACCOUNTS}/rollups/new?lookup=Opportunity.AccountId&operation=count").page
    page.select_option("[name=filter_field]", "StageName")
    page.locator("[data-rule-value] summary").click()
    won = hand.label("Opportunity.StageName", "Closed Won")
    page.locator("[data-rule-value]").get_by_label(won, exact=True).check()
    page.keyboard.press("Escape")
    page.fill("#label", "Deals won")
    hand.makes("Create field")
    site = hand.site
    Worker(site.orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID).run_due(site.db)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_life_of_a_deal_is_shaped_and_met(
    served: Served, open_page: Opens, language: str
) -> None:
    prepare(served.site, language)
    hand = Journey(open_page(), language)
    hand.site = served.site
    for step in (write_formula, write_rule, depend_on_the_rating, add_a_record_type,
                 count_what_is_won):  # fmt: skip
        step(hand)
    meet_the_type(Journey(open_page(who="rep"), language))
    meet_the_dependency(hand)
    close_a_deal(hand)


def meet_the_type(hand: Journey) -> None:
    page = hand.open("/o/Opportunity/new").page
    expect(page.get_by_text("Only this")).to_be_visible()
    expect(page.locator("#Amount")).to_have_count(0)


def meet_the_dependency(hand: Journey) -> None:
    page = hand.open("/o/Account/new").page
    expect(page.locator("#Industry option")).to_have_count(1)
    page.select_option("#Rating", "Hot")
    expect(page.locator("#Industry option")).to_have_count(2)


def close_a_deal(hand: Journey) -> None:
    records = hand.site.records()
    account = records.create("Account", {"Name": "Journey"})
    values = {"Name": "Pump hall", "StageName": "Qualification", "CloseDate": date(2026, 12, 24)}
    deal = records.create("Opportunity", {**values, "AccountId": account})
    page = hand.open(f"/r/{deal}/edit").page
    page.select_option("#StageName", "Closed Won")
    hand.press_button("Save", "#main")
    expect(page.locator(".f", has=page.locator("#Amount")).locator(".err")).to_have_text(MESSAGE)
    page.fill("#Amount", "50")
    hand.press_button("Save", "#main")
    page.wait_for_url(f"**/r/{deal}")
    expect(page.locator(".fr", has_text="Doubled")).to_contain_text("100.00")
    page = hand.open(f"/r/{account}").page
    expect(page.locator(".fr", has_text="Deals won")).to_contain_text("1")
