"""Whole customisations between orgs: what arrives is what was sent; what is taken back is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import make_document, make_field, make_object
from tests.metadata.company import WHO, company, document, put, snapshot_of
from trellis.metadata.definition import Document
from trellis.metadata.deploy.revert import revert
from trellis.metadata.invariants import check_metadata
from trellis.metadata.packages.archive import read_zip, write_folder, zip_of
from trellis.metadata.packages.export import export
from trellis.metadata.packages.install import (
    Choice,
    compare,
    install,
    install_documents,
    revert_package,
    uninstall,
)
from trellis.metadata.packages.installed import list_installed
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.read import Package, open_package, parse_package
from trellis.metadata.packages.write import files_of
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.orgs import Orgs

pytestmark = pytest.mark.abuse("A25", "A26")

ACME = Manifest("acme", label="Acme's way")
ALL = Choice(access=True)


@pytest.fixture
def two(orgs: Orgs) -> tuple[OrgDatabase, OrgDatabase]:
    """Two orgs, each with the accounts that a package ships."""
    made = orgs.create("one", "One"), orgs.create("two", "Two")
    for org_db in made:
        install_documents(org_db, WHO, shipped())
    return made


def shipped() -> list[Document]:
    """What both orgs have: accounts and the profiles."""
    return [d for d in company() if d.get("protected") or _is_of_account(d)]


def _is_of_account(document: Document) -> bool:
    name, kind = str(document["name"]), document["kind"]
    return kind in ("GlobalValueSet",) or name == "Account" or name in (
        "Account.Name", "Account.Rating", "Account.Region__c", "Account.BillingAddress",
    )  # fmt: skip


def customised(org_db: OrgDatabase) -> None:
    """The rest of the company as the org's own, and a change to what was shipped."""
    have = {d.uid for d in snapshot_of(org_db).by_uid.values()}
    put(org_db, *(d for d in company() if d["uid"] not in have))
    account = document(org_db, next(d["uid"] for d in shipped() if d["name"] == "Account"))
    put(org_db, {**account, "pluralLabel": "Customers"})


def trips(uid: str, name_uid: str) -> list[Document]:
    return [
        make_object("Trip__c", uid=uid),
        make_field("Trip__c.Name", uid=name_uid, required=True),
    ]


def exported(org_db: OrgDatabase, manifest: Manifest = ACME) -> Package:
    return export(org_db, manifest)


def test_what_is_exported_of_the_second_org_is_what_the_first_gave(
    two: tuple[OrgDatabase, OrgDatabase],
) -> None:
    one, other = two
    customised(one)
    sent = exported(one)
    before = files_of(exported(other, Manifest("before")))
    done = install(other, WHO, sent, ALL)
    assert check_metadata(other) == ()
    assert files_of(exported(other)) == files_of(sent)
    assert [e.name for e in sent.extensions] == ["Account"]
    revert(other, WHO, done.id)
    assert files_of(exported(other, Manifest("before"))) == before
    assert check_metadata(other) == ()
    again = install(other, WHO, sent, ALL)
    assert again.id
    assert files_of(exported(other)) == files_of(sent)


def test_a_package_is_the_same_in_a_folder_and_in_a_zip(
    two: tuple[OrgDatabase, OrgDatabase], tmp_path: Path
) -> None:
    customised(two[0])
    files = files_of(exported(two[0]))
    folder = tmp_path / "package"
    write_folder(folder, files)
    (folder / "README.md").write_text("for people")
    assert files_of(open_package(folder)) == files
    assert files_of(parse_package(read_zip(zip_of(files)))) == files
    assert zip_of(files) == zip_of(dict(sorted(files.items(), reverse=True)))


def test_an_upgrade_keeps_the_orgs_own_changes_and_drops_what_the_package_dropped(
    two: tuple[OrgDatabase, OrgDatabase],
) -> None:
    one, other = two
    put(one, make_object("Trip__c", uid="trip"), make_field("Trip__c.Name", uid="n", required=True),
        make_field("Trip__c.Miles__c", "Number", uid="m", precision=8, scale=0),
        make_field("Trip__c.Old__c", uid="o"))  # fmt: skip
    install(other, WHO, exported(one), ALL)
    put(other, {**document(other, "m"), "label": "Distance"})
    put(one, {**document(one, "m"), "inlineHelpText": "There and back"},
        make_field("Trip__c.New__c", uid="w"), remove=("o",))  # fmt: skip
    second = exported(one, Manifest("acme", "1.1.0"))
    seen = compare(other, WHO, second, ALL)
    assert [d.name for d in seen.preview.diff.removed] == ["Trip__c.Old__c"]
    assert seen.plan.notes["m"] == "Your own changes to it stay."
    install(other, WHO, second, ALL)
    miles = document(other, "m")
    assert (miles["label"], miles["inlineHelpText"]) == ("Distance", "There and back")
    assert set(snapshot_of(other).fields("Trip__c")) >= {"Miles__c", "New__c"}
    assert "Old__c" not in snapshot_of(other).fields("Trip__c")
    revert_package(other, WHO, "acme")
    with other.read() as conn:
        (held,) = list_installed(conn)
    assert held.manifest.version == "1.0.0"
    assert "Old__c" in snapshot_of(other).fields("Trip__c")
    assert check_metadata(other) == ()


def test_a_removed_package_leaves_the_org_as_it_was(two: tuple[OrgDatabase, OrgDatabase]) -> None:
    one, other = two
    customised(one)
    before = files_of(exported(other, Manifest("before")))
    install(other, WHO, exported(one), ALL)
    uninstall(other, WHO, "acme")
    assert files_of(exported(other, Manifest("before"))) == before
    with other.read() as conn:
        assert list_installed(conn) == ()
    with pytest.raises(NotFound):
        uninstall(other, WHO, "acme")
    install(other, WHO, exported(one), ALL)
    assert files_of(exported(other)) == files_of(exported(one))


def test_access_comes_only_when_asked_for(two: tuple[OrgDatabase, OrgDatabase]) -> None:
    one, other = two
    customised(one)
    install(other, WHO, exported(one))
    assert snapshot_of(other).of_kind("PermissionSet") == ()
    assert snapshot_of(other).of_kind("Role") == ()
    assert snapshot_of(other).find("CustomObject", "Invoice__c") is not None


def test_a_deployment_id_works_once(two: tuple[OrgDatabase, OrgDatabase]) -> None:
    one, other = two
    customised(one)
    first = install(other, WHO, exported(one), ALL, deployment_id="0Af1")
    second = install(other, WHO, exported(one), ALL, deployment_id="0Af1")
    third = install(other, WHO, exported(one), ALL)
    assert (second.id, second.version, third.id) == (first.id, first.version, "")


def test_what_was_not_taken_is_named_by_nothing(two: tuple[OrgDatabase, OrgDatabase]) -> None:
    one, other = two
    customised(one)
    sent = exported(one)
    total = next(d["uid"] for d in sent.documents if d["name"] == "Invoice__c.Total__c")
    with pytest.raises(Rejected):  # the rule that needs it comes along
        install(other, WHO, sent, Choice(left=frozenset({total}), access=True))
    rule = next(d["uid"] for d in sent.documents if d["name"] == "Invoice__c.Limit")
    install(other, WHO, sent, Choice(left=frozenset({total, rule}), access=True))
    assert "Total__c" not in snapshot_of(other).fields("Invoice__c")
    assert check_metadata(other) == ()


def test_missing_packages_later_versions_and_taken_names_are_told_at_once(
    two: tuple[OrgDatabase, OrgDatabase],
) -> None:
    one, other = two
    put(one, *trips("trip", "n"))
    put(other, *trips("mine", "k"))
    plain = exported(one)
    with pytest.raises(Rejected) as refusal:
        install(other, WHO, plain, ALL)
    assert {p.code for p in refusal.value.problems} == {"package.name_taken"}
    install(other, WHO, plain, Choice(access=True, adopt=True))
    assert document(other, "mine")["name"] == "Trip__c"
    needy = Package(Manifest("x", dependencies={"nowhere": "2"}, platform="99"))
    with pytest.raises(Rejected) as refusal:
        install(other, WHO, needy)
    assert {p.code for p in refusal.value.problems} == {"package.dependency", "package.platform"}
    with pytest.raises(Rejected) as refusal:
        install(other, WHO, Package(Manifest("acme", "0.9")))
    assert {p.code for p in refusal.value.problems} == {"package.older"}


def test_only_what_is_picked_goes_along_with_what_it_needs(
    two: tuple[OrgDatabase, OrgDatabase],
) -> None:
    one, other = two
    customised(one)
    line = snapshot_of(one).object("Line__c")
    sent = export(one, ACME, [line.uid])
    names = {d["name"] for d in sent.documents if d["kind"] == "CustomObject"}
    assert names == {"Line__c", "Invoice__c", "Contact"}  # a line's invoice may have a buyer
    assert sent.manifest.dependencies == {"standard": "1.0.0"}
    install(other, WHO, sent, ALL)
    assert check_metadata(other) == ()


def test_two_packages_do_not_take_from_each_other(two: tuple[OrgDatabase, OrgDatabase]) -> None:
    one, other = two
    put(one, *trips("trip", "n"))
    install(other, WHO, exported(one, Manifest("base")), ALL)
    put(other, make_document("CustomTab", "Trip__c", uid="tab", object="Trip__c"))
    put(other, {**document(other, "trip"), "description": "Of sales"})
    more = exported(other, Manifest("more"))
    assert more.manifest.dependencies["base"] == "1.0.0"
    assert [e.uid for e in more.extensions] == ["trip"]
    install(one, WHO, exported(one, Manifest("base")), ALL)
    install(one, WHO, more, ALL)
    assert document(one, "trip")["description"] == "Of sales"
    with pytest.raises(Rejected) as refusal:
        uninstall(one, WHO, "base")
    assert {p.code for p in refusal.value.problems} == {"package.needed"}


def test_every_note_about_a_component_is_told(two: tuple[OrgDatabase, OrgDatabase]) -> None:
    """What a set grants does not hide that the org has changed it."""
    _one, other = two
    rights = [{"object": "Account", "allowRead": True, "viewAllRecords": True}]
    crew = make_document("PermissionSet", "Crew", uid="crew", objectPermissions=rights)
    install(other, WHO, Package(ACME, (crew,)), ALL)
    put(other, {**document(other, "crew"), "label": "Hands"})
    seen = compare(other, WHO, Package(ACME, ({**crew, "description": "New"},)), ALL)
    assert seen.plan.notes["crew"] == "Your own changes to it stay. It grants Account."
