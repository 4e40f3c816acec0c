"""The pages of record types, processes, layouts by type and dependent picklists in Setup."""

from __future__ import annotations

import re
from typing import Any

from tests.demo_site import Site
from trellis.runtime.records.service import Records

TYPES = "/setup/objects/Account/record-types"
PROFILE = {
    "kind": "Profile", "uid": "seller", "name": "Seller", "label": "Seller",
    "objectPermissions": [{"object": "*", "allowCreate": True, "modifyAllRecords": True}],
    "fieldPermissions": [{"field": "*", "editable": True}],
}  # fmt: skip


def said(**more: Any) -> dict[str, Any]:
    return {
        "label.en": "Large customer", "label.zh_CN": "大客户", "description.en": "Many sites",
        "active": "true", "picklist": ["Rating", "Industry"], "v.Rating": ["Hot", "Warm"],
        "d.Rating": "Warm", "v.Industry": [], **more,
    }  # fmt: skip


def all_industries(site: Site) -> list[str]:
    field = site.snapshot.field("Account", "Industry")
    return [value.name for value in site.snapshot.values(field)]


def make(site: Site, **more: Any) -> None:
    every = {"v.Industry": all_industries(site)}
    answer = site.guest().post(f"{TYPES}/new", {**said(), **every, **more})
    assert answer.status_code == 302, answer.text


def test_a_new_record_type_has_words_values_and_holders(site: Site) -> None:
    site.put_live(PROFILE)
    make(site, visible=["seller"], default=["seller"])
    one = site.snapshot.get("RecordType", "Account.Large_customer")
    assert one.subsets.keys() == {"Rating"}  # all of a list is no subset
    assert (one.subsets["Rating"].values, one.subsets["Rating"].default) == (
        ("Hot", "Warm"), "Warm",
    )  # fmt: skip
    seller = site.snapshot.get("Profile", "Seller")
    assert seller.grants.default_types == {one.name}
    assert "大客户" in site.guest("chinese").read(f"/o/Account/new?RecordTypeId={one.local_name}")
    page = site.guest().read(f"{TYPES}/Large_customer")
    assert 'value="大客户"' in page
    assert re.search(r'name="default" value="seller"[^>]* checked', page)


def test_it_is_renamed_with_its_holders_and_takes_its_records_along(site: Site) -> None:
    site.put_live(PROFILE)
    make(site, visible=["seller"])
    record_id = site.records().create("Account", {"Name": "X", "RecordTypeId": "Large_customer"})
    every = {"v.Industry": all_industries(site), "name": "Key", "visible": ["seller"]}
    answer = site.guest().post(f"{TYPES}/Large_customer", said(**every, default=["seller"]))
    assert answer.status_code == 302
    assert site.snapshot.get("Profile", "Seller").grants.default_types == {"Account.Key"}
    records = Records(site.db, site.actor(), site.snapshot)
    assert records.get(record_id, ["RecordTypeId"])["RecordTypeId"] == "Key"
    assert "大客户" in site.guest("chinese").read("/o/Account/new?RecordTypeId=Key")


def test_a_copy_starts_from_the_other_one(site: Site) -> None:
    make(site)
    uid = site.snapshot.get("RecordType", "Account.Large_customer").uid
    page = site.guest().read(f"{TYPES}/new?source={uid}")
    assert "Copy of Large customer" in page
    assert re.search(r'name="v.Rating" value="Hot" checked', page)
    assert not re.search(r'name="v.Rating" value="Cold" checked', page)


def test_what_is_wrong_is_said_and_nothing_is_kept(site: Site) -> None:
    answer = site.guest().post(f"{TYPES}/new", said(**{"label.en": ""}))
    assert answer.status_code == 422
    assert "The record type needs a label." in answer.text
    answer = site.guest().post(f"{TYPES}/new", said(name="no name"))
    assert answer.status_code == 422
    assert site.snapshot.record_types("Account") == ()
    assert site.guest("rep").get(TYPES).status_code == 403


def test_its_deletion_asks_what_its_records_become(site: Site) -> None:
    make(site)
    make(site, **{"label.en": "Other"})
    record_id = site.records().create("Account", {"Name": "X", "RecordTypeId": "Large_customer"})
    page = site.guest().read(f"{TYPES}/Large_customer/delete")
    assert "1 record has it and becomes" in page
    assert site.guest().post(f"{TYPES}/Large_customer/delete").status_code == 422
    answer = site.guest().post(f"{TYPES}/Large_customer/delete", {"heir": "Other"})
    assert answer.status_code == 302
    records = Records(site.db, site.actor(), site.snapshot)
    assert records.get(record_id, ["RecordTypeId"])["RecordTypeId"] == "Other"
    assert site.snapshot.find("RecordType", "Account.Large_customer") is None


def test_a_process_is_made_and_kept_while_a_type_has_it(site: Site) -> None:
    guest, home = site.guest(), "/setup/objects/Opportunity"
    process = {"label": "Short", "active": "true", "values": ["Prospecting", "Closed Won"],
               "default": "Prospecting"}  # fmt: skip
    assert guest.post(f"{home}/processes/new", process).status_code == 302
    empty = guest.post(f"{home}/processes/new", {"label": "None"})
    assert empty.status_code == 422
    assert "Choose at least one value." in empty.text
    typed = {"label.en": "Quick", "active": "true", "process": "Opportunity.Short"}
    assert guest.post(f"{home}/record-types/new", typed).status_code == 302
    guest.post(f"{home}/processes/Short/delete")
    assert site.snapshot.find("BusinessProcess", "Opportunity.Short") is not None
    assert guest.get("/setup/objects/Account/processes/new").status_code == 404


def test_layouts_are_assigned_by_profile_and_record_type(site: Site) -> None:
    site.put_live(PROFILE)
    make(site)
    (layout,) = [one for one in site.snapshot.of_kind("Layout") if one.object == "Account"]
    address = "/setup/objects/Account/assignment"
    cell = "seller/Large_customer"
    assert f'name="{cell}"' in site.guest().read(address)
    site.guest().post(address, {"seller/": "", cell: layout.name})
    profile = site.snapshot.get("Profile", "Seller")
    assert dict(profile.type_layouts) == {"Account.Large_customer": layout.name}
    assert dict(profile.layouts) == {}
    site.guest().post(address, {cell: ""})
    assert dict(site.snapshot.get("Profile", "Seller").type_layouts) == {}


def test_a_dependency_is_drawn_and_ended(site: Site) -> None:
    address = "/setup/objects/Account/fields/Industry/dependency"
    page = site.guest().read(f"{address}?controlling=Rating")
    assert 'name="0.0"' in page
    site.guest().post(address, {"controlling": "Rating", "0.0": "edit", "1.0": "edit"})
    field = site.snapshot.field("Account", "Industry")
    first, second = all_industries(site)[:2]
    assert field.controlled_by == "Rating"
    assert field.allowed["Hot"] == {first, second}
    site.guest().post(address, {"controlling": "Rating", "1.0": "none", "0.1": "edit"})
    allowed = site.snapshot.field("Account", "Industry").allowed
    assert dict(allowed) == {"Hot": {first}, "Warm": {first}}
    circle = "/setup/objects/Account/fields/Rating/dependency?controlling=Industry"
    assert site.guest().get(circle).status_code == 404  # it would be a circle
    form = site.guest().read("/o/Account/new")
    assert 'data-depends-on="Rating"' in form
    assert '<optgroup label="Hot, Warm">' in form
    site.guest().post(f"{address}/end")
    assert site.snapshot.field("Account", "Industry").controlled_by == ""


def test_a_permission_set_can_give_a_record_type(site: Site) -> None:
    make(site)
    uid = site.snapshot.of_kind("PermissionSet")[0].uid
    name = "Account.Large_customer"
    address = f"/setup/access/{uid}/visibility"
    site.guest().post(address, {"type": [name], "types": [name]})
    assert site.snapshot.find_uid(uid).grants.may_have(name)
    site.guest().post(address, {"type": [name]})
    assert not site.snapshot.find_uid(uid).grants.may_have(name)
