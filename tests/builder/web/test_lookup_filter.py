"""The filter of a lookup in Setup and in forms: written by rows, kept to, lifted where allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.demo_site import Site, problems_of

PAGE = "/setup/objects/Opportunity/fields/Contact__c/filter"
SAID: Mapping[str, Any] = {
    "filter_field": ["AccountId"],
    "filter_operator": ["equals"],
    "filter_value": ["$Source.AccountId"],
    "strict": "yes",
    "error": "The contact works elsewhere.",
    "info": "Contacts of the account.",
    "active": "true",
}


def made(site: Site) -> None:
    """A lookup to contacts on the opportunity and its layouts."""
    layouts = [one.name for one in site.snapshot.of_kind("Layout") if one.object == "Opportunity"]
    said = {"type": "Lookup", "label": "Contact", "referenceTo": "Contact", "layouts": layouts}
    site.guest().submit("/setup/objects/Opportunity/fields/new", said)


def answer(site: Site, more: str = "") -> Mapping[str, Any]:
    found = site.guest("rep").get(f"/lookup/Opportunity/Contact__c?q={more}").json
    assert isinstance(found, dict)
    return found


def test_a_filter_is_written_and_forms_keep_to_it(site: Site) -> None:
    made(site)
    admin = site.guest()
    assert "Add filter" in admin.read("/setup/objects/Opportunity/fields/Contact__c")
    admin.submit(PAGE, SAID)
    said = site.snapshot.field("Opportunity", "Contact__c").lookup_filter
    assert said is not None
    assert [(one.field, one.other) for one in said.items] == [("AccountId", "$Source.AccountId")]
    assert "$Source.AccountId" in admin.read(PAGE)
    contact = site.find_id("Contact")
    account = site.records().get(contact, ["AccountId"])["AccountId"]
    form = site.guest("rep").read("/o/Opportunity/new")
    assert 'data-lookup-with="AccountId"' in form
    assert "Contacts of the account." in form
    offered = answer(site, f"&with.AccountId={account}")["items"]
    ids = {one["id"] for one in offered}
    assert contact in ids
    owners = {site.records().get(one, ["AccountId"])["AccountId"] for one in ids}
    assert owners == {account}
    assert answer(site)["note"] == "Nothing fits the filter of this lookup."
    deal = site.find_id("Opportunity")
    site.records().update(deal, {"AccountId": account})
    assert {one["id"] for one in answer(site, f"&record={deal}")["items"]} == ids
    there = ", ".join(f"'{one}'" for one in ids)
    other = site.find_id("Contact", f"id NOT IN ({there})")
    page = admin.post(f"/r/{deal}/edit", {"Contact__c": other, "Contact__c.label": "Other"})
    assert page.status_code == 422
    assert "The contact works elsewhere." in page.text
    admin.post(f"{PAGE}/delete")
    assert site.snapshot.field("Opportunity", "Contact__c").lookup_filter is None


def test_an_optional_filter_is_lifted_by_the_person(site: Site) -> None:
    made(site)
    site.guest().submit(PAGE, {**SAID, "strict": "no"})
    found = answer(site)
    assert (found["items"], found["lift"]) == ([], "Show all, without the filter")
    lifted = answer(site, "&all=1")
    assert lifted["items"]
    assert lifted["lift"] == "Filter again"
    site.guest().submit(PAGE, SAID)
    assert not answer(site, "&all=1")["items"]


def test_a_wrong_row_is_named_and_nothing_is_lost(site: Site) -> None:
    made(site)
    wrong = {**SAID, "filter_value": ["$Source.Nothing"], "filter_logic": "1 AND 2"}
    page = site.guest().post(PAGE, wrong)
    assert page.status_code == 422
    assert any(text.startswith("Row 1: ") for text in problems_of(page.text))
    assert "$Source.Nothing" in page.text


def test_only_lookups_to_one_object_have_one_and_only_administrators_write_it(site: Site) -> None:
    made(site)
    assert site.guest("rep").get(PAGE).status_code == 403
    assert site.guest("rep").post(PAGE, SAID).status_code == 403
    for name in ("StageName", "OwnerId", quote("No such")):
        page = site.guest().get(f"/setup/objects/Opportunity/fields/{name}/filter")
        assert page.status_code == 404
