"""Record types and dependent picklists in saves, against a model that knows no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import deployed, make_actor, make_document, make_field, make_object
from tests.runtime.conftest import crm_documents
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.people.actor import Actor, system_actor
from trellis.runtime.records.service import Records

COUNTRIES, TOWNS, PARTS = ["IT", "CH"], ["Como", "Rome", "Lugano"], ["North", "South"]
TOWNS_OF = {"IT": {"Como", "Rome"}, "CH": {"Lugano", "Como"}}
PARTS_OF = {"Como": {"North"}, "Rome": {"North", "South"}}
FIRM_GRADES, FIRM_TOWNS = {"A", "B"}, {"Como", "Rome"}
SYSTEM = system_actor("main", "a test")


def _settings(allowed: Mapping[str, set[str]]) -> list[dict[str, Any]]:
    names = sorted({name for some in allowed.values() for name in some})
    return [
        {"valueName": name,
         "controllingFieldValue": sorted(key for key, some in allowed.items() if name in some)}
        for name in names
    ]  # fmt: skip


def place_documents() -> list[Document]:
    """Sites with a country, a town of it and a part of that; firms and homes are their types."""

    def depends(names: list[str], on: str, allowed: Mapping[str, set[str]]) -> dict[str, Any]:
        return {
            "restricted": True, "values": [{"name": name} for name in names],
            "controllingField": on, "valueSettings": _settings(allowed),
        }  # fmt: skip

    return [
        make_object("Site__c", enableHistory=True),
        make_field("Site__c.Name", required=True),
        make_field("Site__c.Grade__c", "Picklist", values=["A", "B", "C"]),
        make_field("Site__c.Country__c", "Picklist", values=COUNTRIES),
        make_field(
            "Site__c.Town__c", "Picklist", valueSet=depends(TOWNS, "Country__c", TOWNS_OF)
        ),
        make_field("Site__c.Part__c", "Picklist", valueSet=depends(PARTS, "Town__c", PARTS_OF)),
        make_field("Site__c.Open__c", "Checkbox"),
        make_field(
            "Site__c.Door__c", "MultiselectPicklist",
            valueSet=depends(["Front", "Back"], "Open__c",
                             {"checked": {"Front", "Back"}, "unchecked": {"Back"}}),
        ),
        make_document(
            "RecordType", "Site__c.Firm", object="Site__c", picklistValues=[
                {"picklist": "Grade__c", "values": [{"name": "A"}, {"name": "B", "default": True}]},
                {"picklist": "Town__c", "values": [{"name": name} for name in sorted(FIRM_TOWNS)]},
            ],
        ),
        make_document("RecordType", "Site__c.Home", object="Site__c"),
        make_document("RecordType", "Site__c.Old", object="Site__c", active=False),
        make_document(
            "Profile", "Seller",
            objectPermissions=[{"object": "*", "allowCreate": True, "modifyAllRecords": True}],
            fieldPermissions=[{"field": "*", "editable": True}],
            recordTypeVisibilities=[{"recordType": "Site__c.Home", "default": True}],
        ),
    ]  # fmt: skip


@pytest.fixture
def sites(org_db: OrgDatabase) -> OrgDatabase:
    deployed(org_db, *crm_documents(), *place_documents())
    return org_db


def records_of(org_db: OrgDatabase, actor: Actor | None = None) -> Records:
    return Records(org_db, actor or make_actor(), SNAPSHOTS.get(org_db))


def seller() -> Actor:
    return make_actor("d-Profile-Seller")


def codes(refused: pytest.ExceptionInfo[Rejected]) -> set[tuple[str, str]]:
    return {(p.code, str(p.path[0])) for p in refused.value.problems}


# -- record types


def test_the_first_record_type_brings_its_field(sites: OrgDatabase) -> None:
    snapshot = SNAPSHOTS.get(sites)
    field = snapshot.field("Site__c", "RecordTypeId")
    assert field.type == "RecordType"
    assert [v.name for v in snapshot.values(field)] == ["Firm", "Home", "Old"]
    assert "RecordTypeId" not in snapshot.fields("Account")


def test_a_new_record_has_the_actors_default_and_its_defaults(sites: OrgDatabase) -> None:
    records = records_of(sites)
    made = records.get(records.create("Site__c", {"Name": "x"}), ["RecordTypeId", "Grade__c"])
    assert (made["RecordTypeId"], made["Grade__c"]) == ("Firm", "B")
    records = records_of(sites, seller())
    made = records.get(records.create("Site__c", {"Name": "x"}), ["RecordTypeId", "Grade__c"])
    assert (made["RecordTypeId"], made["Grade__c"]) == ("Home", None)


def test_a_record_type_that_is_not_the_actors_is_refused_on_every_way(sites: OrgDatabase) -> None:
    records = records_of(sites, seller())
    firm = {"Name": "x", "RecordTypeId": "Firm"}
    with pytest.raises(Rejected) as refused:
        records.create("Site__c", firm)
    assert codes(refused) == {("record_type.unavailable", "RecordTypeId")}
    assert "'" not in refused.value.problems[0].hint
    (outcome,) = records.create_many("Site__c", [firm])
    (tried,) = records.check_many("Site__c", [firm])
    assert outcome.problems[0].code == tried.problems[0].code == "record_type.unavailable"
    made = records_of(sites).create("Site__c", firm)
    assert records.get(made, ["RecordTypeId"])["RecordTypeId"] == "Firm"  # reading stays
    records.update(made, {"Name": "y"})
    home = records.create("Site__c", {"Name": "x"})
    with pytest.raises(Rejected) as refused:
        records.update(home, {"RecordTypeId": "Firm"})
    assert codes(refused) == {("record_type.unavailable", "RecordTypeId")}


def test_an_inactive_record_type_is_given_to_nobody(sites: OrgDatabase) -> None:
    with pytest.raises(Rejected) as refused:
        records_of(sites).create("Site__c", {"Name": "x", "RecordTypeId": "Old"})
    assert codes(refused) == {("picklist.inactive", "RecordTypeId")}


def test_a_value_outside_the_type_is_refused_by_name_and_an_old_one_stays(
    sites: OrgDatabase,
) -> None:
    records = records_of(sites)
    made = records.create("Site__c", {"Name": "x", "RecordTypeId": "Home", "Grade__c": "C"})
    records.update(made, {"RecordTypeId": "Firm"})
    records.update(made, {"Name": "y", "Grade__c": "C"})  # as it was
    assert records.get(made, ["Grade__c"])["Grade__c"] == "C"
    records.update(made, {"Grade__c": "A"})
    with pytest.raises(Rejected) as refused:
        records.update(made, {"Grade__c": "C"})
    assert codes(refused) == {("record_type.value", "Grade__c")}
    assert "Site__c.Firm" in refused.value.problems[0].message


def test_who_has_no_record_type_makes_records_of_none(sites: OrgDatabase) -> None:
    profile = make_document(
        "Profile", "Plain", objectPermissions=[{"object": "*", "allowCreate": True}],
        fieldPermissions=[{"field": "*", "editable": True}],
    )  # fmt: skip
    deploy(sites, SYSTEM, ChangeSet((profile,)))
    records = records_of(sites, make_actor("d-Profile-Plain"))
    made = records.create("Site__c", {"Name": "x", "Grade__c": "C"})
    assert records.get(made, ["RecordTypeId"])["RecordTypeId"] is None


# -- dependent picklists


def test_values_that_do_not_go_together_are_refused(sites: OrgDatabase) -> None:
    records = records_of(sites)
    base = {"Name": "x", "RecordTypeId": "Home"}
    for bad, place in (
        ({"Country__c": "IT", "Town__c": "Lugano"}, "Town__c"),
        ({"Town__c": "Como"}, "Town__c"),
        ({"Country__c": "IT", "Town__c": "Como", "Part__c": "South"}, "Part__c"),
        ({"Door__c": ("Front",)}, "Door__c"),
    ):
        with pytest.raises(Rejected) as refused:
            records.create("Site__c", base | bad)
        assert codes(refused) == {("picklist.dependent_value", place)}
    records.create("Site__c", base | {"Door__c": ("Back",)})
    records.create("Site__c", base | {"Door__c": ("Front", "Back"), "Open__c": True})


def test_a_controlling_value_cannot_leave_its_dependents_behind(sites: OrgDatabase) -> None:
    records = records_of(sites)
    values = {"Name": "x", "RecordTypeId": "Home", "Country__c": "IT", "Town__c": "Rome"}
    made = records.create("Site__c", values)
    with pytest.raises(Rejected) as refused:
        records.update(made, {"Country__c": "CH"})
    assert codes(refused) == {("picklist.dependent_value", "Country__c")}
    records.update(made, {"Country__c": "CH", "Town__c": None})


def test_what_the_actor_may_not_see_is_not_told(sites: OrgDatabase) -> None:
    profile = make_document(
        "Profile", "Blind",
        objectPermissions=[{"object": "*", "allowCreate": True, "modifyAllRecords": True}],
        fieldPermissions=[{"field": "Site__c.Town__c", "editable": True}],
    )  # fmt: skip
    deploy(sites, SYSTEM, ChangeSet((profile,)))
    values = {"Name": "x", "Country__c": "IT", "RecordTypeId": "Home"}
    made = records_of(sites).create("Site__c", values)
    with pytest.raises(Rejected) as refused:
        records_of(sites, make_actor("d-Profile-Blind")).update(made, {"Town__c": "Lugano"})
    (problem,) = [p for p in refused.value.problems if p.code == "picklist.dependent_value"]
    assert "IT" not in problem.sentence
    assert "Country" not in problem.sentence
    with pytest.raises(Rejected):
        records_of(sites, make_actor("d-Profile-Blind")).create(
            "Site__c", {"Name": "y", "Country__c": "IT"}
        )


# -- the model

_VALUES = {
    "RecordTypeId": st.sampled_from(["Firm", "Home"]),
    "Grade__c": st.sampled_from(["A", "B", "C", None]),
    "Country__c": st.sampled_from([*COUNTRIES, None]),
    "Town__c": st.sampled_from([*TOWNS, None]),
    "Part__c": st.sampled_from([*PARTS, None]),
}
_SAVES = st.lists(st.fixed_dictionaries({}, optional=_VALUES), min_size=1, max_size=5)


def model_accepts(before: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Says whether the save may be made, `before` being {} for a new record."""
    after = {**before, **said}
    changed = {name for name, value in said.items() if not before or before.get(name) != value}
    if after["RecordTypeId"] == "Firm":
        for name, values in (("Grade__c", FIRM_GRADES), ("Town__c", FIRM_TOWNS)):
            if name in changed and after.get(name) is not None and after[name] not in values:
                return False
    for name, by, allowed in (
        ("Town__c", "Country__c", TOWNS_OF), ("Part__c", "Town__c", PARTS_OF),
    ):  # fmt: skip
        value = after.get(name)
        if {name, by} & changed and value and value not in allowed.get(after.get(by) or "", ()):
            return False
    return True


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(_SAVES)
def test_what_may_be_saved_is_what_the_model_says(
    sites: OrgDatabase, saves: list[dict[str, Any]]
) -> None:
    records, now, record_id = records_of(sites), dict[str, Any](), ""
    for said in saves:
        values = said if record_id else {"RecordTypeId": "Home", "Name": "x", **said}
        try:
            if record_id:
                records.update(record_id, values)
            else:
                record_id = records.create("Site__c", values)
        except Rejected as refused:
            assert not model_accepts(now, values), refused.problems  # noqa: PT017 - or it is right
            continue
        assert model_accepts(now, values)
        found = records.get(record_id, list(_VALUES))
        usual = {"Grade__c": "B"} if not now and values["RecordTypeId"] == "Firm" else {}
        now = {**dict.fromkeys(_VALUES), **usual, **now, **values}
        assert {name: found[name] for name in _VALUES} == {name: now[name] for name in _VALUES}


# -- names


def test_a_renamed_record_type_takes_its_records_along(sites: OrgDatabase) -> None:
    records = records_of(sites)
    made = records.create("Site__c", {"Name": "x", "RecordTypeId": "Firm"})
    firm = dict(SNAPSHOTS.get(sites).get("RecordType", "Site__c.Firm").document)
    deploy(sites, SYSTEM, ChangeSet(({**firm, "name": "Site__c.Company"},)))
    assert records_of(sites).get(made, ["RecordTypeId"])["RecordTypeId"] == "Company"
    deploy(sites, SYSTEM, ChangeSet((firm,)))
    assert records_of(sites).get(made, ["RecordTypeId"])["RecordTypeId"] == "Firm"


def test_two_record_types_may_swap_their_names(sites: OrgDatabase) -> None:
    records, snapshot = records_of(sites), SNAPSHOTS.get(sites)
    one = records.create("Site__c", {"Name": "x", "RecordTypeId": "Firm"})
    two = records.create("Site__c", {"Name": "x", "RecordTypeId": "Home"})
    firm, home = (dict(snapshot.get("RecordType", f"Site__c.{n}").document)
                  for n in ("Firm", "Home"))  # fmt: skip
    swapped = ({**firm, "name": "Site__c.Home"}, {**home, "name": "Site__c.Firm"})
    deploy(sites, SYSTEM, ChangeSet(swapped))
    after = records_of(sites)
    assert after.get(one, ["RecordTypeId"])["RecordTypeId"] == "Home"
    assert after.get(two, ["RecordTypeId"])["RecordTypeId"] == "Firm"


def test_a_record_type_goes_when_its_records_have_another(sites: OrgDatabase) -> None:
    records = records_of(sites)
    made = records.create("Site__c", {"Name": "x", "RecordTypeId": "Firm"})
    uid = SNAPSHOTS.get(sites).get("RecordType", "Site__c.Firm").uid
    for becomes, code in (({}, "record_type.held"), ({uid: "None"}, "record_type.heir"),
                          ({uid: "Firm"}, "record_type.heir")):  # fmt: skip
        with pytest.raises(Rejected) as refused:
            deploy(sites, SYSTEM, ChangeSet((), (uid,), becomes=becomes))
        assert [p.code for p in refused.value.problems] == [code]
    deploy(sites, SYSTEM, ChangeSet((), (uid,), becomes={uid: "Home"}))
    assert records_of(sites).get(made, ["RecordTypeId"])["RecordTypeId"] == "Home"
    field = SNAPSHOTS.get(sites).field("Site__c", "RecordTypeId")
    with pytest.raises(Rejected) as refused:
        deploy(sites, SYSTEM, ChangeSet((), (field.uid,)))
    assert [p.code for p in refused.value.problems] == ["record_type.needed"]


def test_circles_of_fields_are_refused(sites: OrgDatabase) -> None:
    country = dict(SNAPSHOTS.get(sites).get("CustomField", "Site__c.Country__c").document)
    circle = {**country["valueSet"], "controllingField": "Part__c", "valueSettings": []}
    with pytest.raises(Rejected) as refused:
        deploy(sites, SYSTEM, ChangeSet(({**country, "valueSet": circle},)))
    assert "picklist.circle" in {p.code for p in refused.value.problems}
