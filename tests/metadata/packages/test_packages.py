"""Documents as files, and shipped documents below the org's own changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.factories import make_document, make_field, make_object
from tests.metadata.company import WHO, company, document, put, snapshot_of
from trellis.metadata.definition import Document
from trellis.metadata.invariants import check_metadata
from trellis.metadata.overlay import dumped
from trellis.metadata.packages.install import install_documents
from trellis.metadata.packages.read import read_package
from trellis.metadata.packages.write import canonical_bytes, file_of, write_package
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_package(tmp_path, company())
    read = {d["uid"]: dumped(d) for d in read_package(tmp_path)}
    assert read == {d["uid"]: dumped(d) for d in company()}


def test_the_same_document_gives_the_same_bytes() -> None:
    one = {"kind": "CustomTab", "uid": "t", "name": "T", "object": "Account", "label": "标签"}
    other = dict(reversed(one.items()))
    assert canonical_bytes(one) == canonical_bytes(other)
    assert canonical_bytes(one).endswith(b"}\n")
    assert "标签".encode() in canonical_bytes(one)
    assert list(json.loads(canonical_bytes(one))) == ["kind", "uid", "name", "label", "object"]


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("CustomObject", "Account", "objects/Account/Account.object.json"),
        ("CustomField", "Account.Rating", "objects/Account/fields/Rating.field.json"),
        ("ListView", "Account.All", "objects/Account/listViews/All.listView.json"),
        ("Layout", "Account-Account Layout", "layouts/Account-Account Layout.layout.json"),
        ("CustomTab", "../../etc/x", "tabs/%2F..%2Fetc%2Fx.tab.json"),
    ],
)
def test_each_kind_has_its_place(kind: str, name: str, place: str) -> None:
    assert file_of({"kind": kind, "name": name}) == place


def test_a_file_may_leave_out_what_its_place_says(tmp_path: Path) -> None:
    path = tmp_path / "objects/Account/fields/Rating.field.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"type": "Text", "label": "Rating"}')
    (found,) = read_package(tmp_path)
    assert (found["kind"], found["name"]) == ("CustomField", "Account.Rating")
    assert found["uid"] == "CustomField:Account.Rating"


def test_all_bad_files_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.field.json").write_text("{")
    (tmp_path / "b.nothing.json").write_text("{}")
    (tmp_path / "c.tab.json").write_text("[]")
    with pytest.raises(Rejected) as refusal:
        read_package(tmp_path)
    codes = sorted(problem.code for problem in refusal.value.problems)
    assert codes == ["package.kind", "package.not_json", "package.not_json"]


# -- install and upgrade


def shipped() -> list[Document]:
    return [
        make_object("Account", keyPrefix="001", uid="Account"),
        make_field("Account.Name", uid="Account.Name", required=True),
        make_document("ListView", "Account.All", uid="All", object="Account", columns=["Name"]),
    ]


def released(view_columns: list[str], **more: str) -> list[Document]:
    """A later release."""
    account, name, view = shipped()
    fields = [make_field(f"Account.{key}", uid=f"Account.{key}") for key in more]
    return [account, name, {**view, "columns": view_columns}, *fields]


def test_a_package_is_installed_once(org_db: OrgDatabase) -> None:
    first = install_documents(org_db, WHO, shipped())
    again = install_documents(org_db, WHO, shipped())
    assert (first.version, again.version, again.id) == (1, 1, "")
    assert check_metadata(org_db) == ()


def test_an_upgrade_keeps_what_the_org_changed(org_db: OrgDatabase) -> None:
    install_documents(org_db, WHO, shipped())
    mine = document(org_db, "All")
    put(org_db, {**mine, "columns": ["Name", "CreatedDate"], "label": "Everything"})
    install_documents(org_db, WHO, released(["Name", "Phone"], Phone=""))
    view = document(org_db, "All")
    assert view["columns"] == ["Name", "Phone", "CreatedDate"]
    assert view["label"] == "Everything"
    assert check_metadata(org_db) == ()


def test_an_upgrade_does_not_bring_back_what_the_org_deleted(org_db: OrgDatabase) -> None:
    install_documents(org_db, WHO, shipped())
    put(org_db, remove=("All",))
    install_documents(org_db, WHO, released(["Name", "CreatedDate"]))
    assert snapshot_of(org_db).of_kind("ListView") == ()


def test_an_upgrade_that_changes_nothing_in_effect_is_remembered(org_db: OrgDatabase) -> None:
    install_documents(org_db, WHO, shipped())
    put(org_db, {**document(org_db, "All"), "columns": ["Name", "CreatedDate"]})
    install_documents(org_db, WHO, released(["Name", "CreatedDate"]))
    assert document(org_db, "All")["columns"] == ["Name", "CreatedDate"]
    install_documents(org_db, WHO, released(["CreatedDate"]))
    assert document(org_db, "All")["columns"] == ["CreatedDate"]
    assert check_metadata(org_db) == ()


def test_a_document_that_does_not_fit_keeps_the_whole_package_out(org_db: OrgDatabase) -> None:
    bad = make_document("CustomTab", "Nothing", object="Nothing")
    with pytest.raises(Rejected):
        install_documents(org_db, WHO, [*shipped(), bad])
    assert snapshot_of(org_db).version == 0
    assert snapshot_of(org_db).objects() == ()


def test_a_release_calls_a_field_as_the_org_calls_it(org_db: OrgDatabase) -> None:
    install_documents(org_db, WHO, released(["Name"], Phone=""))
    put(org_db, {**document(org_db, "Account.Phone"), "name": "Account.Call__c"})
    put(org_db, {**document(org_db, "Account"), "name": "Firm__c"})
    install_documents(org_db, WHO, released(["Name", "Phone"], Phone="", Fax=""))
    assert document(org_db, "All")["columns"] == ["Name", "Call__c"]
    assert document(org_db, "All")["name"] == "Firm__c.All"
    assert document(org_db, "Account.Fax")["name"] == "Firm__c.Fax"
    assert check_metadata(org_db) == ()


def test_a_release_does_not_name_what_the_org_deleted(org_db: OrgDatabase) -> None:
    install_documents(org_db, WHO, released(["Name"], Phone=""))
    put(org_db, remove=("Account.Phone",))
    install_documents(org_db, WHO, released(["Name", "Phone", "Fax"], Phone="", Fax=""))
    assert document(org_db, "All")["columns"] == ["Name", "Fax"]
    put(org_db, remove=("Account",))
    done = install_documents(org_db, WHO, released(["Name"], Phone="", Fax="", Web=""))
    assert done.id == ""
    assert snapshot_of(org_db).objects() == ()
    assert check_metadata(org_db) == ()
