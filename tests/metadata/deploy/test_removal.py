"""Deleting a component says what goes along, cleans what named it, and refuses what would break."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_document, make_field, make_snapshot
from tests.metadata.company import company
from trellis.metadata.checks import check
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.draft import Draft, drafted
from trellis.metadata.snapshot import Snapshot


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
