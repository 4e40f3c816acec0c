"""Deeds of an administrator in Setup, and what they do to people at work at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.demo_site import PEOPLE

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def test_a_value_added_to_a_rating_is_chosen_at_once(served: Served, open_page: Opens) -> None:
    admin, rep = Hand(open_page()), Hand(open_page(who="rep"))
    record_id = served.site.records().create("Account", {"Name": "Neither Hot Nor Cold"})
    admin.open("/setup/value-sets/AccountRating")
    admin.page.fill("[name=values]", "Lukewarm")
    admin.press_button("Save values")
    admin.saved()
    rep.open(f"/r/{record_id}/edit")
    rep.page.select_option("[name=Rating]", "Lukewarm")
    rep.page.keyboard.press("Control+Enter")
    rep.page.wait_for_url(re.compile(r"/r/\w{18}$"))
    expect(rep.page.locator("main")).to_contain_text("Lukewarm")


def test_accounts_become_companies_in_both_languages(served: Served, open_page: Opens) -> None:
    admin = Hand(open_page())
    rep, chinese = Hand(open_page(who="rep")), Hand(open_page(who="chinese"), "zh_CN")
    record_id = served.site.find_id("Account")
    admin.open("/setup/labels/Account")
    for row, language, text in ((0, "en", "Company"), (0, "zh_CN", "公司"), (1, "en", "Companies"),
                                (1, "zh_CN", "公司们")):  # fmt: skip
        admin.page.fill(f"[name='{row}.{language}']", text)
    admin.press_button("Save", "main")
    admin.saved()
    for hand, one, many, new in (
        (rep, "Company", "Companies", "New Company"),
        (chinese, "公司", "公司们", "公司"),
    ):
        hand.open("/o/Account")
        expect(hand.page.locator("#side [aria-current=page]")).to_have_text(many)
        expect(hand.page.locator("nav .crumbs")).to_contain_text(many)
        expect(hand.page.locator("main")).to_contain_text(one)
        hand.open("/o/Account/new")
        expect(hand.page.get_by_role("heading", level=1)).to_contain_text(re.compile(new, re.I))
        hand.open(f"/r/{record_id}")
        expect(hand.page.locator(".rec-top")).to_contain_text(one)


def test_a_list_view_with_logic_is_made_and_shows_what_it_says(
    served: Served, open_page: Opens
) -> None:
    admin, rep = Hand(open_page()), Hand(open_page(who="rep"))
    make = served.site.records().create
    for name, industry, rating in (("QX both", "Banking", "Hot"), ("QX bank", "Banking", "Cold"),
                                   ("QX hot", "Retail", "Hot"), ("QX none", "Retail", "Cold"),
                                   ("Other", "Banking", "Hot")):  # fmt: skip
        make("Account", {"Name": name, "Industry": industry, "Rating": rating})
    admin.open("/setup/objects/Account/views").follow("New list view", "main")
    admin.arrives("/views/new")
    admin.page.fill("[name=label]", "Banks or hot")
    for n, (name, operator, value) in enumerate(
        (
            ("Name", "startsWith", "QX"),
            ("Industry", "equals", "Banking"),
            ("Rating", "equals", "Hot"),
        )
    ):
        if n:
            admin.press_button("Add filter", "main")
        rule = admin.page.locator("[data-rule]").nth(n)
        rule.locator("[data-rule-field]").select_option(name)
        rule.locator("[data-rule-operator]").select_option(operator)
        if rule.locator("details.pick").count():
            rule.locator("details.pick > summary").click()
            rule.get_by_label(value, exact=True).check()
            rule.locator("details.pick > summary").click()
        else:
            rule.locator("[name=filter_value]").fill(value)
    admin.page.fill("[name=filter_logic]", "1 AND (2 OR")
    admin.press_button("Save", "main form")
    expect(admin.page.locator("[data-problems]")).to_be_visible()
    admin.page.fill("[name=filter_logic]", "1 AND (2 OR 3)")
    admin.press_button("Save", "main form")
    admin.page.wait_for_url(re.compile(r"/Account/views$"))
    rep.open("/o/Account")
    rep.page.locator("main .head details.menu > summary, main details.menu > summary").first.click()
    rep.page.get_by_role("link", name="Banks or hot").click()
    rep.arrives("view=")
    names = rep.page.locator("[data-row] .row-t")
    expect(names).to_have_count(3)
    assert sorted(names.all_inner_texts()) == ["QX bank", "QX both", "QX hot"]


def test_the_name_of_the_company_stands_at_the_top_of_every_page(
    served: Served, open_page: Opens
) -> None:
    admin, rep = Hand(open_page()), Hand(open_page(who="rep"))
    admin.open("/setup/company")
    admin.page.fill("[name=name]", "北线 Northline & Co")
    admin.press_button("Save", "main")
    admin.saved()
    rep.open("/home")
    expect(rep.page.locator("#side summary")).to_contain_text("北线 Northline & Co")


def test_a_user_is_made_frozen_and_let_in_again(served: Served, open_page: Opens) -> None:
    admin, rep = Hand(open_page()), Hand(open_page(who="rep"))
    admin.open("/setup/users").follow("New user")
    admin.arrives("/users/new")
    admin.page.fill("[name=last_name]", "Okafor")
    admin.page.fill("[name=email]", "ngozi@northline.example")
    admin.press_button("Save", "main form")
    admin.saved()
    expect(admin.page.get_by_role("heading", level=1)).to_contain_text("Okafor")
    rep.open("/home")
    admin.open("/setup/users?q=ana.souza")
    admin.page.locator("[data-row] a").first.click()
    admin.arrives("/setup/users/")
    deed(admin, "Freeze")
    admin.page.get_by_role("dialog").get_by_role("button", name="Freeze").click()
    expect(admin.page.locator(".toasts")).to_contain_text("frozen")
    rep.page.goto("/home")
    assert "/login" in rep.page.url
    refused = sign_in(rep)
    expect(refused.page.get_by_role("alert")).to_be_visible()
    deed(admin, "Unfreeze")
    admin.saved()
    sign_in(rep)
    rep.page.wait_for_url("**/home")
    deed(admin, "Mail a link for a new password")
    expect(admin.page.locator(".toasts")).to_contain_text("sent")


def deed(admin: Hand, text: str) -> None:
    admin.page.locator("main details.menu > summary", has_text="Actions").click()
    admin.page.get_by_role("button", name=text, exact=True).click()


def sign_in(hand: Hand) -> Hand:
    hand.page.fill("[name=username]", PEOPLE["rep"])
    hand.page.fill("[name=password]", "orchard-kiln-4410")
    hand.page.press("[name=password]", "Enter")
    return hand


def test_a_deleted_field_says_where_it_is_used_and_comes_back_with_its_data(
    served: Served, open_page: Opens
) -> None:
    admin, rep = Hand(open_page()), Hand(open_page(who="rep"))
    admin.open("/setup/objects/Account/fields").follow("New field")
    admin.page.fill("#sheet #label", "Region")
    admin.press_button("Create field", "#sheet")
    admin.saved()
    record_id = served.site.records().create("Account", {"Name": "Kept", "Region__c": "Nord"})
    admin.open("/setup/objects/Account/fields/Region__c").follow("Delete field")
    admin.arrives("/delete")
    expect(admin.page.locator("main")).to_contain_text("Account Layout")
    admin.press_button("Delete field", "main")
    admin.page.wait_for_url(re.compile(r"/fields$"))
    rep.open(f"/r/{record_id}")
    expect(rep.page.locator("main")).not_to_contain_text("Nord")
    admin.open("/setup/bin")
    admin.page.locator("[data-row]", has_text="Region__c").locator("[name=ids]").check()
    admin.press_button("Restore", "#bulk")
    admin.saved()
    rep.page.reload()
    expect(rep.page.locator("main")).to_contain_text("Nord")


def test_what_was_just_done_in_setup_is_undone_from_the_toast(
    served: Served, open_page: Opens
) -> None:
    admin = Hand(open_page())
    admin.open("/setup/objects/Account/fields").follow("New field")
    admin.page.fill("#sheet #label", "Oops")
    admin.press_button("Create field", "#sheet")
    admin.saved()
    assert served.site.snapshot.find_field("Account", "Oops__c")
    admin.press_button("Undo", ".toasts")
    admin.page.wait_for_url("**/setup/changes")
    assert served.site.snapshot.find_field("Account", "Oops__c") is None


def test_setup_finds_a_field_by_its_label(open_page: Opens) -> None:
    admin = Hand(open_page())
    admin.open("/setup/?q=annual+revenue")
    admin.page.locator("main").get_by_role(
        "link", name=re.compile("Annual revenue", re.I)
    ).first.click()
    admin.arrives("/fields/AnnualRevenue")
