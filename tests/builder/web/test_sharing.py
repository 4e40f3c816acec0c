"""Sharing settings by HTTP: org-wide defaults are confirmed first, rules are made and unmade."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.demo_site import Site, problems_of
from trellis.runtime.access.levels import Level
from trellis.runtime.query.held import level_on

PAGE = "/setup/sharing"


def level(site: Site, record_id: str, who: str = "rep") -> Level:
    with site.db.read() as conn:
        return level_on(conn, site.actor(who), site.snapshot, record_id)


def close(site: Site, model: str = "Private", **more: str) -> None:
    site.guest("admin").submit(PAGE, {"model-Account": model, "confirmed": "1", **more})


def test_a_default_is_changed_after_its_effect_was_shown(either_site: Site) -> None:
    site, admin = either_site, either_site.guest("admin")
    account = site.records().create("Account", {"Name": "Quiet Works", "Industry": "Banking"})
    assert level(site, account) is Level.EDIT
    page = admin.submit(PAGE, {"model-Account": "Private"})
    assert "Closes:" in page
    assert site.snapshot.object("Account").sharing_model == "ReadWrite"
    close(site)
    assert level(site, account) is Level.NONE
    assert site.guest("rep").get(f"/r/{account}").status_code == 404
    assert "Opens:" in admin.submit(PAGE, {"model-Account": "Read"})


def test_a_default_that_the_object_cannot_have_is_refused(site: Site) -> None:
    admin = site.guest("admin")
    admin.get(PAGE)
    for form in ({"model-Account": "Nothing"}, {"model-Account": "ControlledByParent"},
                 {"model-OpportunityLineItem": "Private"}):  # fmt: skip
        answer = admin.post(PAGE, {"confirmed": "1"} | form)
        assert answer.status_code == 422, form
        assert problems_of(answer.text), form
    assert site.snapshot.object("OpportunityLineItem").sharing_model == "ControlledByParent"


def test_contacts_may_go_with_their_accounts_and_back(site: Site) -> None:
    admin = site.guest("admin")
    for model, by in (("ControlledByParent", "AccountId"), ("Private", "")):
        admin.submit(PAGE, {"model-Contact": model, "confirmed": "1"})
        obj = site.snapshot.object("Contact")
        assert (obj.sharing_model, obj.controlled_by) == (model, by)


def test_shipped_objects_keep_hierarchies(site: Site) -> None:
    close(site, **{"above-Account.sent": "1"})
    assert site.snapshot.object("Account").uses_hierarchies


def test_a_rule_by_criteria_opens_records_until_it_is_deleted(either_site: Site) -> None:
    site, admin = either_site, either_site.guest("admin")
    bank = site.records().create("Account", {"Name": "Bank", "Industry": "Banking"})
    other = site.records().create("Account", {"Name": "Mill", "Industry": "Energy"})
    close(site)
    form: dict[str, Any] = {
        "type": "criteria", "label": "Banks", "shared_to": "allInternalUsers:", "access": "Edit",
        "filter_field": ["Industry"], "filter_operator": ["equals"], "filter_value": ["Banking"],
    }  # fmt: skip
    page = admin.submit(f"{PAGE}/Account/rules/new?type=criteria", form)
    assert "By criteria: Industry" in page
    assert (level(site, bank), level(site, other)) == (Level.EDIT, Level.NONE)
    (address,) = set(re.findall(rf'href="({PAGE}/rules/[^"]+)"', page))
    admin.submit(address, form | {"access": "Read", "label": "Banks, read"})
    assert level(site, bank) is Level.READ
    assert "Sharing rule: Banks, read" in site.guest("rep").read(f"/r/{bank}/access")
    told = admin.read(f"/r/{bank}/access?user={site.actor('rep').user_id}")
    assert f'href="{address}"' in told
    admin.post(f"{address}/delete")
    assert level(site, bank) is Level.NONE


def test_a_rule_by_owner_opens_what_a_role_owns(site: Site) -> None:
    account = site.records("rep").create("Account", {"Name": "Ours"})
    close(site)
    role = site.snapshot.find_uid(site.actor("rep").role)
    assert role is not None
    form = {"label": "Ours", "shared_from": f"role:{role.name}", "access": "Read",
            "shared_to": "allInternalUsers:", "level-Contact": "Edit"}  # fmt: skip
    site.guest("admin").submit(f"{PAGE}/Account/rules/new", form)
    (rule,) = site.snapshot.of_kind("SharingRule")
    assert dict(rule.account_levels) == {"Contact": "Edit"}
    assert level(site, account, "chinese") is Level.READ


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"label": "x"},
        {"label": "x", "shared_to": "role:Nobody", "shared_from": "allInternalUsers:"},
        {"label": "x", "shared_to": "allInternalUsers:", "shared_from": "planet:Mars"},
        {"label": "x", "shared_to": "allInternalUsers:", "type": "criteria"},
        {"label": "x", "shared_to": "allInternalUsers:", "type": "criteria",
         "filter_field": ["AnnualRevenue"], "filter_operator": ["equals"],
         "filter_value": ["many"]},
        {"label": "x", "shared_to": "allInternalUsers:", "type": "criteria",
         "filter_field": ["Industry"], "filter_operator": ["equals"],
         "filter_value": ["Banking"], "filter_logic": "1 OR 2"},
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(site: Site, form: dict[str, Any]) -> None:
    admin = site.guest("admin")
    admin.get(PAGE)
    answer = admin.post(f"{PAGE}/Account/rules/new", form)
    assert answer.status_code == 422
    assert problems_of(answer.text)
    assert not site.snapshot.of_kind("SharingRule")


def test_details_have_no_rules_of_their_own(site: Site) -> None:
    answer = site.guest("admin").get(f"{PAGE}/OpportunityLineItem/rules/new")
    assert answer.status_code == 404


def test_a_user_without_the_right_changes_no_sharing(site: Site) -> None:
    rep, before = site.guest("rep"), site.snapshot.version
    assert rep.get(PAGE).status_code == 403
    assert rep.post(PAGE, {"model-Account": "FullAccess", "confirmed": "1"}).status_code == 403
    assert site.snapshot.version == before
