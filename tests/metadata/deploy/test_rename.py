"""A rename reaches every place that names the component, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_document, make_field, make_object, make_snapshot
from tests.metadata.company import company, documents_of
from trellis.metadata.checks import check
from trellis.metadata.definition import Document
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.draft import drafted
from trellis.metadata.kinds import KINDS
from trellis.metadata.overlay import dumped
from trellis.metadata.snapshot import Snapshot


def renamed(snapshot: Snapshot, name: str, new: str, **others: Any) -> Snapshot:
    """The snapshot with the component of that name called otherwise."""
    document = next(d.document for d in snapshot.by_uid.values() if d.name == name)
    draft = drafted(snapshot, ChangeSet(({**document, "name": new, **others},)))
    assert draft.problems == ()
    return draft.snapshot


def text_of(snapshot: Snapshot) -> str:
    """All documents as one text, without what a rename leaves alone."""
    kept = ("uid", "label", "pluralLabel")
    documents = documents_of(snapshot).values()
    return dumped([{k: v for k, v in d.items() if k not in kept} for d in documents])


def called(snapshot: Snapshot, name: str) -> Any:
    return next(d.document for d in snapshot.by_uid.values() if d.name == name)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return make_snapshot(*company())


def test_an_object_takes_its_fields_pages_lists_and_translations_along(snapshot: Snapshot) -> None:
    after = renamed(snapshot, "Invoice__c", "Bill__c")
    text = text_of(after)
    assert "Invoice__c" not in text.replace("Line__c.Invoice__c", "")  # a field keeps its name
    assert called(after, "Line__c.Invoice__c")["referenceTo"] == ["Bill__c"]
    assert called(after, "Bill__c-Invoice Layout")["object"] == "Bill__c"
    assert (
        called(after, "Bill__c-zh_CN")["entries"][1]["id"] == "CustomField:Bill__c.Total__c#label"
    )
    assert check(after) == ()


def test_a_field_is_renamed_in_layouts_views_sorts_filters_and_translations(
    snapshot: Snapshot,
) -> None:
    after = renamed(snapshot, "Invoice__c.Total__c", "Invoice__c.Sum__c")
    layout, view = called(after, "Invoice__c-Invoice Layout"), called(after, "Invoice__c.Large")
    assert layout["sections"][0]["cells"][1]["field"] == "Sum__c"
    assert called(after, "Invoice__c.Head")["fields"][0] == "Sum__c"
    assert view["columns"][3] == view["filters"][0]["field"] == view["sort"][0]["field"] == "Sum__c"
    entry = called(after, "Invoice__c-zh_CN")["entries"][1]
    assert entry["target"] == "CustomField:Invoice__c.Sum__c"
    assert "Total__c" not in text_of(after)


def test_a_lookup_is_renamed_in_the_middle_of_paths_too(snapshot: Snapshot) -> None:
    after = renamed(snapshot, "Invoice__c.Customer__c", "Invoice__c.Payer__c")
    view = called(after, "Invoice__c.Large")
    assert view["columns"][1:3] == ["Payer__r.Name", "Payer__r.Parent.Rating"]
    assert view["filters"][1]["field"] == "Payer__r.Rating"
    layout = called(after, "Invoice__c-Invoice Layout")
    assert layout["sections"][0]["cells"][0]["field"] == "Payer__c"


def test_a_relationship_is_renamed_alone(snapshot: Snapshot) -> None:
    name = "Invoice__c.Customer__c"
    after = renamed(snapshot, name, name, relationshipName="Client")
    assert called(after, "Invoice__c.Large")["columns"][1] == "Client.Name"
    layout = called(after, "Invoice__c-Invoice Layout")
    assert layout["sections"][0]["cells"][0]["field"] == "Customer__c"


def test_the_far_end_of_a_path_is_renamed(snapshot: Snapshot) -> None:
    after = renamed(snapshot, "Account.Rating", "Account.Temperature__c")
    view = called(after, "Invoice__c.Large")
    assert view["columns"][2] == "Customer__r.Parent.Temperature__c"
    assert view["filters"][1]["field"] == "Customer__r.Temperature__c"


def test_a_related_list_follows_the_childs_lookup(snapshot: Snapshot) -> None:
    after = renamed(snapshot, "Line__c.Invoice__c", "Line__c.Bill__c")
    layout = called(after, "Invoice__c-Invoice Layout")
    assert layout["relatedLists"][0]["field"] == "Line__c.Bill__c"
    after = renamed(after, "Line__c.Code__c", "Line__c.Number__c")
    related = called(after, "Invoice__c-Invoice Layout")["relatedLists"][0]
    assert related["columns"][1] == related["sort"]["field"] == "Number__c"


def test_a_renamed_compound_renames_its_components(snapshot: Snapshot) -> None:
    after = renamed(snapshot, "Account.BillingAddress", "Account.Seat__c")
    city = called(after, "Invoice__c.Large")["filters"][2]["field"]
    assert city == "Customer__r.Seat__City__s"


def test_a_name_field_is_renamed_in_its_object(snapshot: Snapshot) -> None:
    after = renamed(snapshot, "Account.Name", "Account.Title__c")
    assert called(after, "Account")["nameField"] == "Title__c"
    assert called(after, "Invoice__c.Large")["columns"][1] == "Customer__r.Title__c"


def test_a_name_field_that_was_only_understood_is_written_out(snapshot: Snapshot) -> None:
    assert "nameField" not in called(snapshot, "Contact")
    after = renamed(snapshot, "Contact.Name", "Contact.Called__c")
    assert called(after, "Contact")["nameField"] == "Called__c"


def test_a_value_set_and_a_tab_are_renamed_where_they_are_used(snapshot: Snapshot) -> None:
    after = renamed(snapshot, "Regions", "Areas")
    assert called(after, "Account.Region__c")["valueSet"]["valueSetName"] == "Areas"
    after = renamed(after, "Invoices", "Bills")
    assert called(after, "Sales")["tabs"] == ["Account", "Bills"]
    targets = [e["target"] for e in called(after, "Invoice__c-zh_CN")["entries"]]
    assert targets[-2:] == ["GlobalValueSet:Areas", "CustomTab:Bills"]


def test_two_fields_may_swap_their_names(snapshot: Snapshot) -> None:
    rating, region = called(snapshot, "Account.Rating"), called(snapshot, "Account.Region__c")
    change = ChangeSet(({**rating, "name": region["name"]}, {**region, "name": "Account.Rating"}))
    draft = drafted(snapshot, change)
    assert draft.problems == ()
    assert called(draft.snapshot, "Account.All")["columns"] == ["Name", "Region__c"]


def test_a_name_that_is_taken_in_another_case_is_refused(snapshot: Snapshot) -> None:
    region = called(snapshot, "Account.Region__c")
    problems = drafted(snapshot, ChangeSet(({**region, "name": "Account.RATING"},))).problems
    assert {problem.code for problem in problems} == {"name.taken"}
    city = make_field("Account.billingcity")
    (problem,) = drafted(snapshot, ChangeSet((city,))).problems
    assert problem.code == "name.taken"
    (problem,) = drafted(snapshot, ChangeSet((make_object("account", uid="other"),))).problems
    assert problem.code == "name.taken"


def test_every_reference_of_every_kind_is_one_that_a_rename_can_reach(snapshot: Snapshot) -> None:
    """The text at each reference's place really is the name that the reference claims."""
    kinds = set()
    for definition in snapshot.by_uid.values():
        for reference in KINDS.get(definition.kind).references(definition, snapshot):
            text: Any = definition.document
            for step in reference.path:
                text = text.get(step, "Name") if step == "nameField" else text[step]
            start, end = reference.span or (0, len(text))
            part = text[start:end]
            if reference.segment is not None:
                part = part.split(".")[reference.segment]
            local = reference.name.rpartition(".")[2]
            relation = local.removesuffix("__c") + "__r" if "__c" in local else local[:-2]
            assert part in (reference.name, local, relation)
            kinds.add(definition.kind)
    nameless = {"GlobalValueSet", "StandardValueSet", "CustomPermission"}  # they name nothing
    assert kinds == set(KINDS.names()) - nameless


RENAMES = [
    ("Account", "Firm__c"), ("Contact", "Person__c"), ("Invoice__c", "Bill__c"),
    ("Line__c", "Row__c"), ("Account.Name", "Account.Called__c"),
    ("Account.BillingAddress", "Account.Seat__c"), ("Account.ParentId", "Account.Mother__c"),
    ("Contact.AccountId", "Contact.Firm__c"), ("Invoice__c.Customer__c", "Invoice__c.Payer__c"),
    ("Invoice__c.Total__c", "Invoice__c.Sum__c"), ("Line__c.Invoice__c", "Line__c.Bill__c"),
    ("Line__c.Code__c", "Line__c.Number__c"), ("Regions", "Areas"), ("Invoices", "Bills"),
    ("Invoice__c.Large", "Invoice__c.Big"), ("Account.All", "Account.Every"), ("Sales", "Selling"),
    ("Account.Firm", "Account.Company"), ("Account.Grade__c", "Account.Class__c"),
    ("Lead.Short", "Lead.Brief"),
    ("Invoice__c-Invoice Layout", "Invoice__c-Other"), ("Invoice__c.Head", "Invoice__c.Top"),
]  # fmt: skip


def bare(name: str) -> str:
    return name.rpartition(".")[2]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(RENAMES), min_size=1, max_size=6, unique_by=lambda r: r[0]))
def test_renamed_there_and_back_every_document_is_what_it_was(
    renames: list[tuple[str, str]],
) -> None:
    snapshot = make_snapshot(*company())
    before = {uid: dumped(d) for uid, d in documents_of(snapshot).items()}
    there = snapshot
    for old, new in renames:
        uid = next(d.uid for d in snapshot.by_uid.values() if d.name == old)
        there = _named(there, uid, bare(new) if "." in new else new)
        assert check(there) == ()
    back = there
    for old, _new in renames:
        uid = next(d.uid for d in snapshot.by_uid.values() if d.name == old)
        back = _named(back, uid, bare(old) if "." in old else old)
    assert {uid: dumped(d) for uid, d in documents_of(back).items()} == before


def _named(snapshot: Snapshot, uid: str, local: str) -> Snapshot:
    """The component under another local name, whatever its object is called by now."""
    document: Document = snapshot.find_uid(uid).document  # type: ignore[union-attr]
    owner, dot, _rest = document["name"].rpartition(".")
    name = f"{owner}.{local}" if dot else local
    if document["kind"] == "Layout":
        name = document["name"].partition("-")[0] + "-" + local.partition("-")[2]
    draft = drafted(snapshot, ChangeSet(({**document, "name": name},)))
    assert draft.problems == ()
    return draft.snapshot


def test_filters_of_lists_reports_and_sharing_follow_a_record_type(snapshot: Snapshot) -> None:
    def row(field: str, operator: str, value: object) -> Document:
        return {"id": field + operator, "field": field, "operator": operator, "value": value}

    one = "RecordTypeId"
    rows = [row(one, "equals", "Person, Firm"), row(one, "in", ["Firm", "Other"]),
            row(one, "contains", "Firm"), row("Name", "equals", "Firm")]  # fmt: skip
    everybody = {"type": "allInternalUsers"}
    before = snapshot.with_changes(
        KINDS.get(document["kind"]).parse(document)
        for document in (
            make_field("Account.RecordTypeId", "RecordType"),
            make_document("ListView", "Account.Firms", object="Account", filters=rows),
            make_document("ListView", "Invoice__c.Firms", object="Invoice__c",
                          filters=[row("Customer__r.RecordTypeId", "notEqual", "Firm")]),
            make_document("Report", "Firms", reportType="AccountsWithBills", folder="Public",
                          columns=[{"field": "Name"}], filters=rows[:1]),
            make_document("SharingRule", "Account.Firms", object="Account", type="criteria",
                          sharedTo=everybody, access="Read", filters=rows[:1]),
        )
    )  # fmt: skip
    uses = {use.kind for use in before.referrers("RecordType", "Account.Firm")}
    assert {"ListView", "SharingRule"} <= uses
    after = renamed(before, "Account.Firm", "Account.Company")
    found = [
        filter_["value"] for filter_ in after.get("ListView", "Account.Firms").document["filters"]
    ]
    assert found == ["Person, Company", ["Company", "Other"], "Firm", "Firm"]
    (inner,) = after.get("ListView", "Invoice__c.Firms").document["filters"]
    assert inner["value"] == "Company"
    for kind, name in (("SharingRule", "Account.Firms"), ("Report", "Firms")):
        assert after.get(kind, name).document["filters"][0]["value"] == "Person, Company"
    gone = drafted(before, ChangeSet((), (before.get("RecordType", "Account.Firm").uid,)))
    assert any("Account.Firms" in problem.sentence for problem in gone.problems)
