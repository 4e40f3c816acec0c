"""Deleting a component says what goes along, cleans what named it, and refuses what would break."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import make_document, make_field, make_snapshot
from tests.metadata.company import company, document, put, snapshot_of
from trellis.metadata.checks import check
from trellis.metadata.definition import Document
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.draft import Draft, drafted
from trellis.metadata.invariants import check_metadata
from trellis.metadata.kinds import KINDS
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import sys_group_reach


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return make_snapshot(*company())


def without(snapshot: Snapshot, *names: str) -> Draft:
    uids = [d.uid for d in snapshot.by_uid.values() if d.name in names]
    return drafted(snapshot, ChangeSet((), tuple(uids)))


def removed(draft: Draft) -> set[str]:
    return {definition.name for definition in draft.diff.removed}


def called(draft: Draft, name: str) -> Any:
    return next(d.document for d in draft.snapshot.by_uid.values() if d.name == name)


def test_a_field_is_taken_out_of_layouts_views_and_translations(snapshot: Snapshot) -> None:
    draft = without(snapshot, "Invoice__c.Total__c", "Invoice__c.Limit")
    assert draft.problems == ()
    assert removed(draft) == {"Invoice__c.Total__c", "Invoice__c.Limit"}
    cells = called(draft, "Invoice__c-Invoice Layout")["sections"][0]["cells"]
    assert [cell["id"] for cell in cells] == ["c1", "c3"]
    view = called(draft, "Invoice__c.Large")
    assert "Total__c" not in view["columns"]
    assert view["sort"] == []
    assert [row["id"] for row in view["filters"]] == ["2", "3"]
    assert view["booleanFilter"] == "1 OR 2"
    targets = [e["target"] for e in called(draft, "Invoice__c-zh_CN")["entries"]]
    assert "CustomField:Invoice__c.Total__c" not in targets
    assert check(draft.snapshot) == ()


def test_a_compound_takes_the_mentions_of_its_components_along(snapshot: Snapshot) -> None:
    draft = without(snapshot, "Account.BillingAddress")
    view = called(draft, "Invoice__c.Large")
    assert [row["id"] for row in view["filters"]] == ["1", "2"]
    assert view["booleanFilter"] == "1 AND 2"


def test_a_lookup_takes_paths_over_it_and_its_related_list_along(snapshot: Snapshot) -> None:
    draft = without(snapshot, "Invoice__c.Customer__c")
    assert called(draft, "Invoice__c.Large")["columns"] == ["Name", "Total__c"]
    draft = without(snapshot, "Contact.AccountId")
    assert called(draft, "Account-Account Layout")["relatedLists"] == []


def test_an_object_takes_its_parts_along_but_not_who_only_mentions_it(snapshot: Snapshot) -> None:
    draft = without(snapshot, "Line__c", "Invoice__c")
    assert draft.problems == ()
    kept = {d.name for d in draft.snapshot.by_uid.values()}
    assert not {name for name in kept if name.startswith(("Invoice__c", "Line__c"))}
    assert "Invoices" in removed(draft)
    assert called(draft, "Sales")["tabs"] == ["Account"]
    assert check(draft.snapshot) == ()


def test_a_lookup_goes_with_its_only_target_and_stays_with_another(snapshot: Snapshot) -> None:
    draft = without(snapshot, "Contact")
    assert "Contact.AccountId" in removed(draft)
    assert called(draft, "Invoice__c.Buyer__c")["referenceTo"] == ["Account"]
    draft = without(snapshot, "Account")
    assert {"Invoice__c.Customer__c", "Contact.AccountId"} <= removed(draft)


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("Invoice__c", "Line__c.Invoice__c"),
        ("Account.Name", "Account"),
        ("Regions", "Account.Region__c"),
    ],
)
def test_what_another_stands_on_is_refused_and_named(
    snapshot: Snapshot, name: str, user: str
) -> None:
    (problem, *_more) = without(snapshot, name).problems
    assert problem.code == "component.in_use"
    assert user in problem.message
    assert user in problem.hint


def test_the_users_object_cannot_go() -> None:
    user = make_document("CustomObject", "User", storage="people", nameField="", label="User")
    snapshot = make_snapshot(user)
    (problem,) = without(snapshot, "User").problems
    assert problem.code == "object.needed"


def test_where_used_lists_every_referrer(snapshot: Snapshot) -> None:
    uses = {(use.kind, use.name) for use in snapshot.referrers("CustomField", "Account.Rating")}
    assert uses == {
        ("Layout", "Account-Account Layout"), ("ListView", "Account.All"),
        ("ListView", "Invoice__c.Large"), ("CompactLayout", "Invoice__c.Head"),
        ("PathAssistant", "Account.Path"), ("Report", "Bills"), ("Report", "People"),
        ("ReportType", "AccountsWithBills"),
    }  # fmt: skip
    parts = snapshot.referrers("CustomField", "Account.BillingAddress")
    assert ("filters", 2, "field") in {use.path for use in parts}


def test_a_view_may_lose_all_its_filters() -> None:
    field = make_field("Account.X__c")
    rows = [{"id": "1", "field": "X__c", "operator": "equals", "value": "a"}]
    view = make_document("ListView", "Account.X", object="Account", filters=rows, booleanFilter="1")
    draft = without(make_snapshot(*company(), field, view), "Account.X__c")
    assert called(draft, "Account.X")["filters"] == []
    assert "booleanFilter" not in called(draft, "Account.X")


# -- one goes, another one of its name comes in the same change


def replaced(snapshot: Snapshot, name: str, *more: Document, **changes: Any) -> Draft:
    """The component goes, one of its name comes under a new uid, all in one change set."""
    old = next(d for d in snapshot.by_uid.values() if d.name == name)
    new = {**old.document, "uid": "another", **changes}
    return drafted(snapshot, ChangeSet((new, *more), (old.uid,)))


def test_who_names_a_group_holds_on_to_the_one_that_comes_for_it(snapshot: Snapshot) -> None:
    draft = replaced(snapshot, "Partners")
    assert draft.problems == ()
    assert removed(draft) == {"Partners"}
    assert {"type": "group", "name": "Partners"} in called(draft, "Everyone")["members"]
    assert called(draft, "Support")["members"] == [{"type": "group", "name": "Partners"}]
    assert called(draft, "Invoice__c.West")["sharedTo"] == {"type": "group", "name": "Partners"}
    assert check(draft.snapshot) == ()


def test_who_names_a_group_holds_on_to_one_renamed_to_it(snapshot: Snapshot) -> None:
    """Everyone holds Partners, the queue does; Partners goes, and Everyone has its name now."""
    outer = make_document("Group", "Outer", members=[{"type": "group", "name": "Everyone"}])
    whole = snapshot.with_changes([KINDS.get("Group").parse(outer)])
    everyone = called(Draft(whole), "Everyone")
    document = {**everyone, "name": "Partners", "members": []}
    gone = called(Draft(whole), "Partners")["uid"]
    draft = drafted(whole, ChangeSet((document,), (gone,)))
    assert draft.problems == ()
    for name in ("Outer", "Support"):
        assert called(draft, name)["members"] == [{"type": "group", "name": "Partners"}]


def test_a_role_that_is_replaced_keeps_those_below(snapshot: Snapshot) -> None:
    draft = replaced(snapshot, "Chief")
    assert draft.problems == ()
    assert called(draft, "West")["parentRole"] == "Chief"


def test_a_group_that_goes_for_good_still_leaves_the_others(snapshot: Snapshot) -> None:
    rule = called(Draft(snapshot), "Invoice__c.West")["uid"]
    gone = called(Draft(snapshot), "Partners")["uid"]
    draft = drafted(snapshot, ChangeSet((), (gone, rule)))
    assert draft.problems == ()
    assert called(draft, "Support")["members"] == []


def test_a_field_that_comes_for_another_inherits_no_grants_and_no_places(
    snapshot: Snapshot,
) -> None:
    """Its values went with the old one, and so does what was allowed of them."""
    rule = called(Draft(snapshot), "Invoice__c.Limit")["uid"]
    old = called(Draft(snapshot), "Invoice__c.Total__c")
    new = {**old, "uid": "another"}
    draft = drafted(snapshot, ChangeSet((new,), (old["uid"], rule)))
    assert draft.problems == ()
    granted = called(draft, "Seller")["fieldPermissions"]
    assert granted == [{"field": "Account.BillingAddress", "editable": True}]
    assert "Total__c" not in called(draft, "Invoice__c.Large")["columns"]


def test_what_the_change_itself_says_of_the_new_field_stays(snapshot: Snapshot) -> None:
    rule = called(Draft(snapshot), "Invoice__c.Limit")["uid"]
    old = called(Draft(snapshot), "Invoice__c.Total__c")
    seller = called(Draft(snapshot), "Seller")
    change = ChangeSet(({**old, "uid": "another"}, seller), (old["uid"], rule))
    draft = drafted(snapshot, change)
    assert draft.problems == ()
    assert called(draft, "Seller") == seller
    assert "Invoice__c.Total__c" not in str(called(draft, "Billing"))


def test_an_object_that_comes_for_another_has_its_own_fields_alone(snapshot: Snapshot) -> None:
    own = (make_field("Line__c.Name", uid="its-name"), make_field("Line__c.Fresh__c"))
    draft = replaced(snapshot, "Line__c", *own, sharingModel="Private")
    assert draft.problems == ()
    assert removed(draft) >= {"Line__c", "Line__c.Name", "Line__c.Invoice__c", "Line__c.Code__c"}
    left = {f.uid for f in draft.snapshot.documented_fields("Line__c")}
    assert left == {document["uid"] for document in own}
    assert check(draft.snapshot) == ()


def test_details_do_not_pass_to_another_master(snapshot: Snapshot) -> None:
    (problem, *_more) = replaced(snapshot, "Invoice__c").problems
    assert problem.code == "component.in_use"


def test_a_replaced_group_is_put_live_with_those_who_name_it(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    old = document(org_db, "d-Group-Partners")
    put(org_db, {**old, "uid": "another"}, remove=(old["uid"],))
    snapshot = snapshot_of(org_db)
    assert snapshot.get("Group", "Partners").uid == "another"
    assert check(snapshot) == ()
    assert (
        document(org_db, "d-Group-Everyone")["members"]
        == called(Draft(make_snapshot(*company())), "Everyone")["members"]
    )
    with org_db.read() as conn:
        reached = set(conn.scalars(sa.select(sys_group_reach.c.member_uid)))
    assert "another" in reached
    assert check_metadata(org_db) == ()
