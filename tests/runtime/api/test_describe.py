from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.demo_site import Site
from tests.factories import make_field

from .programs import Program, codes

ORACLES = Path(__file__).parents[3].parent / "shared" / "data" / "oracles" / "describe"


def oracle(name: str) -> dict[str, Any]:
    path = ORACLES / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded describes of ../shared/data are not here")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_describe_has_the_keys_of_the_recorded_ones_in_their_order(admin: Program) -> None:
    recorded = oracle("Contact")
    ours = admin.get("sobjects/contact/describe")
    assert list(ours) == list(recorded)
    assert {tuple(field) for field in ours["fields"]} == {tuple(recorded["fields"][0])}
    assert list(ours["childRelationships"][0]) == list(recorded["childRelationships"][0])
    assert list(ours["recordTypeInfos"][0]) == list(oracle("Account")["recordTypeInfos"][0])
    assert set(ours["urls"]) == set(recorded["urls"])
    values = [v for f in ours["fields"] for v in f["picklistValues"]]
    assert {tuple(one) for one in values} == {
        tuple(one) for f in recorded["fields"] for one in f["picklistValues"]
    }


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead", "Opportunity", "Case"])
def test_shipped_fields_are_of_the_recorded_types(admin: Program, name: str) -> None:
    recorded = {field["name"]: field for field in oracle(name)["fields"]}
    ours = {field["name"]: field for field in admin.get(f"sobjects/{name}/describe")["fields"]}
    both = sorted(recorded.keys() & ours.keys())
    assert len(both) > 15
    keys = ("type", "soapType", "relationshipName", "autoNumber")
    wrong = {
        (one, key): (ours[one][key], recorded[one][key])
        for one in both
        for key in keys
        if ours[one][key] != recorded[one][key]
    }
    assert not wrong


def test_all_objects_are_described_in_short(admin: Program, site: Site) -> None:
    answer = admin.get("sobjects")
    assert (answer["encoding"], answer["maxBatchSize"]) == ("UTF-8", 200)
    assert {len(one) for one in answer["sobjects"]} == {28}
    assert {one["name"] for one in answer["sobjects"]} == {o.name for o in site.snapshot.objects()}


def test_whoever_has_a_describe_is_not_sent_it_again_until_something_changes(
    admin: Program, site: Site
) -> None:
    path = "sobjects/Account/describe"
    first = admin.ask(path, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    known = {"If-None-Match": first.headers["ETag"]}
    again = admin.ask(path, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    site.put_live(make_field("Account.Later__c", length=80))
    later = admin.ask(path, headers=known)
    assert later.status_code == 200
    assert "Later__c" in later.text


def test_a_dependent_picklist_says_which_values_go_with_which(admin: Program, site: Site) -> None:
    site.put_live(
        make_field("Account.Region__c", "Picklist", valueSet={
            "restricted": True, "values": [{"name": "North"}, {"name": "South"}]}),
        make_field("Account.Town__c", "Picklist", valueSet={
            "restricted": True, "values": [{"name": "Oslo"}, {"name": "Rome"}],
            "controllingField": "Region__c",
            "valueSettings": [{"controllingFieldValue": ["North"], "valueName": "Oslo"},
                              {"controllingFieldValue": ["South"], "valueName": "Rome"}]}),
    )  # fmt: skip
    fields = {f["name"]: f for f in admin.get("sobjects/Account/describe")["fields"]}
    town = fields["Town__c"]
    assert (town["controllerName"], town["dependentPicklist"]) == ("Region__c", True)
    assert [v["validFor"] for v in town["picklistValues"]] == ["gA==", "QA=="]


def test_layouts_name_the_fields_of_the_page(admin: Program) -> None:
    answer = admin.get("sobjects/Account/describe/layouts")
    (layout,) = answer["layouts"]
    shown = {
        part["value"]
        for section in layout["detailLayoutSections"]
        for row in section["layoutRows"]
        for item in row["layoutItems"]
        for part in item["layoutComponents"]
    }
    assert {"Name", "Industry", "BillingCity"} <= shown
    (mapping,) = answer["recordTypeMappings"]
    assert mapping["layoutId"] == layout["id"]
    assert admin.get(mapping["urls"]["layout"])["id"] == layout["id"]
    compact = admin.get("sobjects/Account/describe/compactLayouts")
    assert compact["compactLayouts"][0]["fieldItems"]


def test_an_object_that_is_not_there_is_not_found(admin: Program) -> None:
    for path in ("sobjects/Nope__c/describe", "sobjects/Nope__c", "nothing/here"):
        assert codes(admin.get(path, 404)) == ["NOT_FOUND"]
