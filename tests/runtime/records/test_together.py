"""Unique combinations: asked on every way of a save, of people who see the other record or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from tests.factories import make_document, make_field, make_snapshot
from tests.runtime.conftest import Crm, crm_documents
from tests.runtime.records.test_races import at_once
from tests.runtime.records.test_validation import refused, ruled
from trellis.metadata.checks import check
from trellis.metadata.definition import Document, Uid
from trellis.metadata.deploy.apply import deploy, preview
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.invariants import check_metadata
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.errors import Rejected
from trellis.runtime.access import permissions
from trellis.runtime.tables import Tables


def once(object_name: str, *fields: str) -> Document:
    name = f"{object_name}.Once"
    return make_document("UniqueCombination", name, object=object_name, fields=list(fields))


TAKEN = [(("AccountId",), "Plan has the same Name, AccountId."),
         (("Name",), "Plan has the same Name, AccountId.")]  # fmt: skip


def test_every_way_of_a_save_is_asked_and_blanks_are_not_compared(crm: Crm) -> None:
    crm = ruled(crm, once("Opportunity", "Name", "AccountId"))
    acme, other = crm.make("Account", Name="Acme"), crm.make("Account", Name="Other")
    plan = crm.make("Opportunity", Name="Plan", AccountId=acme)
    assert sorted(refused(lambda: crm.make("Opportunity", Name="PLAN", AccountId=acme))) == TAKEN
    elsewhere = crm.make("Opportunity", Name="Plan", AccountId=other)
    for _again in range(2):
        blank = crm.make("Opportunity", Name="Plan")
    assert sorted(refused(lambda: crm.records.update(blank, {"AccountId": acme}))) == TAKEN
    crm.records.update(plan, {"Name": "plan", "Amount": Decimal(1)})  # its own values

    outcomes = crm.records.create_many(
        "Opportunity", [{"Name": name, "AccountId": acme} for name in ("New", "new", "plan")]
    )
    assert [[p.code for p in one.problems] for one in outcomes] == [
        [], ["combination.taken"] * 2, ["combination.taken"] * 2,
    ]  # fmt: skip
    assert outcomes[1].problems[0].message == "Another record has the same Name, AccountId."
    changed = crm.records.update_many("Opportunity", {elsewhere: {"AccountId": acme}})
    assert [p.code for p in changed[elsewhere].problems] == ["combination.taken"] * 2
    tried = crm.records.check_many("Opportunity", [{"Name": "Plan", "AccountId": acme}])
    assert tried[0].problems
    assert refused(lambda: crm.records.clone(plan, {"Name": "Plan", "AccountId": acme}))

    batch = crm.records.delete([plan])
    rival = crm.make("Opportunity", Name="Plan", AccountId=acme)
    assert len(refused(lambda: crm.records.undelete(batch=batch))) == 2
    crm.records.update(rival, {"Name": "Another"})
    assert crm.records.undelete(batch=batch) == (plan,)
    assert check_metadata(crm.org_db) == ()


def test_upserts_and_undo_are_asked(crm: Crm) -> None:
    crm = ruled(crm, once("Account", "Since", "Employees", "Rating"))
    values = {"Since": date(2026, 1, 1), "Employees": Decimal(0), "Rating": "Hot"}
    crm.make("Account", Name="A", Code="a", **values)
    second = crm.make("Account", Name="B", Code="b", **{**values, "Rating": "Cold"})
    rows = [{"Code": "b", "Rating": "Hot"}, {"Code": "c", "Name": "C", **values}]
    outcomes = crm.records.upsert_many("Account", "Code", rows)
    assert [{p.code for p in one.problems} for one in outcomes] == [{"combination.taken"}] * 2
    crm.records.update(second, {"Rating": "Warm"})
    crm.make("Account", Name="D", **{**values, "Rating": "Cold"})
    assert refused(lambda: crm.records.undo_last(second))


def test_one_of_many_at_once_gets_the_values(crm: Crm) -> None:
    crm = ruled(crm, once("Opportunity", "Name", "AccountId"))
    acme = crm.make("Account", Name="Acme")

    def save(_number: int) -> str:
        crm.make("Opportunity", Name="Plan", AccountId=acme)
        return "saved"

    assert Counter(at_once(8, save)) == {"saved": 1, "combination.taken": 7}


def test_only_ticked_boxes_are_compared(crm: Crm) -> None:
    main = make_field("Contact.Main__c", "Checkbox")
    crm = ruled(crm, main, once("Contact", "Main__c", "AccountId"))
    acme = crm.make("Account", Name="Acme")
    al, bo = (crm.make("Contact", Name=name, AccountId=acme) for name in ("Al", "Bo"))
    crm.records.update(al, {"Main__c": True})
    assert len(refused(lambda: crm.records.update(bo, {"Main__c": True}))) == 2
    crm.records.update(al, {"Main__c": False})
    crm.records.update(bo, {"Main__c": True})


def test_what_a_deletion_emptied_is_not_filled_again_where_that_would_double(crm: Crm) -> None:
    crm = ruled(crm, once("Contact", "Name", "AccountId"))
    acme = crm.make("Account", Name="Acme")
    al, bo = (crm.make("Contact", Name=name, AccountId=acme) for name in ("Al", "Bo"))
    batch = crm.records.delete([acme])
    crm.records.update(bo, {"Name": "Al"})
    said = refused(lambda: crm.records.undelete(batch=batch))
    assert {message for _path, message in said} == {"Another record has the same Name, AccountId."}
    crm.records.update(bo, {"Name": "Bo"})
    crm.records.undelete(batch=batch)
    assert crm.records.get(al, ["AccountId"])["AccountId"] == acme


def test_a_record_or_field_that_is_not_to_be_seen_is_not_named(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = ruled(crm, once("Opportunity", "Name", "AccountId"))
    acme = crm.make("Account", Name="Acme")
    crm.make("Opportunity", Name="Plan", AccountId=acme)
    crm.records.create("Opportunity", {"Name": "Free"})
    hidden: Callable[..., bool] = lambda who, field, _s: (  # noqa: E731
        who.is_system or field.name != "Opportunity.AccountId"
    )
    mine = crm.make("Opportunity", Name="Mine", AccountId=acme)
    monkeypatch.setattr(permissions, "readable", hidden)
    Tables.of(crm.snapshot).frames.clear()
    assert refused(lambda: crm.records.update(mine, {"Name": "Plan"})) == [
        (("Name",), "Plan has the same Name.")
    ]
    monkeypatch.setattr("trellis.runtime.records.together.find_titles", lambda *_args: {})
    assert refused(lambda: crm.records.update(mine, {"Name": "Plan"})) == [
        (("Name",), "Another record has the same Name.")
    ]


def test_doubles_stand_in_the_way_and_are_named(crm: Crm) -> None:
    acme = crm.make("Account", Name="Acme")
    for name in ("Plan", "plan", "Other"):
        crm.make("Opportunity", Name=name, AccountId=acme)
    for _n in range(2):
        crm.make("Opportunity", Name="Blank")
    change_set = ChangeSet((once("Opportunity", "Name", "AccountId"),))
    (problem,) = preview(crm.org_db, change_set).problems
    assert problem.path == ("UniqueCombination", "Opportunity.Once", "fields")
    assert problem.message == "Several records have the same values: ('plan', 'Acme')."
    with pytest.raises(Rejected) as refusal:
        deploy(crm.org_db, crm.actor, change_set)
    assert refusal.value.problems == (problem,)


def test_its_fields_cannot_go_can_be_renamed_and_may_change_their_type(crm: Crm) -> None:
    crm = ruled(crm, once("Opportunity", "Name", "Amount"))
    amount = crm.snapshot.field("Opportunity", "Amount")
    crm.make("Opportunity", Name="A", Amount=Decimal("1.2"))
    crm.make("Opportunity", Name="A", Amount=Decimal("1.4"))
    uses = crm.snapshot.referrers("CustomField", "Opportunity.Amount")
    assert "Opportunity.Once" in [use.name for use in uses]
    with pytest.raises(Rejected):
        deploy(crm.org_db, crm.actor, ChangeSet((), (Uid(amount.uid),)))
    whole = {**amount.document, "type": "Number", "precision": 16, "scale": 0}
    with pytest.raises(Rejected, match="the same"):  # both would be 1
        deploy(crm.org_db, crm.actor, ChangeSet((whole,)))
    renamed = {**amount.document, "name": "Opportunity.Worth__c"}
    deploy(crm.org_db, crm.actor, ChangeSet((renamed,)))
    after = SNAPSHOTS.get(crm.org_db)
    assert after.get("UniqueCombination", "Opportunity.Once").fields == ("Name", "Worth__c")
    text = {**after.field("Opportunity", "Worth__c").document, "type": "LongTextArea"}
    assert "combination.field" in {p.code for p in preview(crm.org_db, ChangeSet((text,))).problems}
    deploy(crm.org_db, crm.actor, ChangeSet((), (Uid("d-UniqueCombination-Opportunity.Once"),)))
    assert check_metadata(crm.org_db) == ()


def test_what_cannot_be_compared_is_refused() -> None:
    texts = (make_field(f"Opportunity.{name}__c") for name in "AB")
    more = (*texts, make_field("Opportunity.Note__c", "LongTextArea"))
    cases = {
        ("Name", "Name"): "list.doubled",
        ("Name", "Nmae"): "field.unknown",
        ("Name", "CreatedDate"): "combination.field",
        ("Name", "Account.Name"): "combination.field",
        ("Name", "Note__c"): "combination.field",
        ("Name", "A__c", "B__c"): "combination.too_long",
        ("Name", "OwnerId", "StageName", "CloseDate"): "",
    }
    for fields, code in cases.items():
        snapshot = make_snapshot(*crm_documents(), *more, once("Opportunity", *fields))
        found = [problem.code for problem in check(snapshot)]
        assert found == ([code] if code else []), fields


def test_fields_beside_the_main_table_are_moved_into_it(crm: Crm) -> None:
    many = [make_field(f"Account.F{n}__c") for n in range(90)]
    crm = ruled(crm, *many)
    last = make_field("Account.Last__c", "Number", precision=8, scale=0)
    crm = ruled(crm, last)
    storage = crm.snapshot.storage
    assert "_" in storage.of_field(last["uid"])[""].table
    for n in (1, 2):
        crm.make("Account", Name="A", Last__c=Decimal(n))
    crm = ruled(crm, once("Account", "Name", "Last__c"))
    assert "_" not in crm.snapshot.storage.of_field(last["uid"])[""].table
    assert refused(lambda: crm.make("Account", Name="a", Last__c=Decimal(2)))
    crm.make("Account", Name="a", Last__c=Decimal(3))
    assert check_metadata(crm.org_db) == ()
