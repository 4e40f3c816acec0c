"""A check holds while nothing has changed; otherwise it says what has."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.factories import make_field, make_object
from tests.metadata.company import WHO, put, snapshot_of
from trellis.metadata.feature import FEATURE
from trellis.metadata.packages.archive import write_folder
from trellis.metadata.packages.comparing import differences
from trellis.metadata.packages.export import changed_since, list_exports, note_export, parse_since
from trellis.metadata.packages.install import install, standing
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.plan import Choice
from trellis.metadata.packages.read import Package
from trellis.metadata.packages.validated import note_check, why_again
from trellis.metadata.packages.write import files_of
from trellis.platform.cli import build_cli
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.orgs import Orgs

TRIPS = Package(
    Manifest("trips"), (make_object("Trip__c"), make_field("Trip__c.Name", required=True))
)
BOAT = (make_object("Boat__c"), make_field("Boat__c.Name"))


def test_a_check_holds_for_the_same_package_choice_and_version(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        check = note_check(conn, WHO, TRIPS, Choice(), 0)
        assert why_again(conn, check, TRIPS, Choice(), 0) == ()
        other = Package(Manifest("trips", "2.0"), TRIPS.documents)
        reasons = why_again(conn, check, other, Choice(), 0)
        assert "not what was checked" in reasons[0].message
        assert why_again(conn, check, TRIPS, Choice(access=True), 0)
        assert "no such check" in why_again(conn, "0PkNone", TRIPS, Choice(), 0)[0].message
    put(org_db, *BOAT)
    with org_db.read() as conn:
        (reason,) = why_again(conn, check, TRIPS, Choice(), 1)
    assert "1 version later" in reason.message
    assert WHO.name in reason.message, "it says who"


def test_since_is_a_version_a_day_a_deployment_or_an_export(org_db: OrgDatabase) -> None:
    put(org_db, *BOAT)
    made = install(org_db, WHO, TRIPS, Choice(access=True))
    with org_db.write() as conn:
        note_export(conn, WHO, Manifest("one"), 1)
        note_export(conn, WHO, Manifest("two"), 2)
        exports = list_exports(conn)
        assert [parse_since(conn, text) for text in ("7", "2000-01-01", made.id, "last")] == [
            7, 0, 2, 2,
        ]  # fmt: skip
        assert parse_since(conn, "last", "one") == 1
        assert parse_since(conn, f"export:{exports[1].id}") == 1
        for wrong in ("soon", "", "export:99", "export:", "0001-01-01"):
            with pytest.raises(Rejected):
                parse_since(conn, wrong)
        with pytest.raises(Rejected, match="no such export"):
            parse_since(conn, "last", "three")
        found = set(changed_since(conn, 1))
    assert found == {str(d["uid"]) for d in TRIPS.documents}


def test_an_org_is_compared_with_an_export(org_db: OrgDatabase) -> None:
    install(org_db, WHO, TRIPS)
    put(org_db, *BOAT)
    changed = [{**d, "label": "Journey"} if d["kind"] == "CustomObject" else d
               for d in TRIPS.documents]  # fmt: skip
    more = make_field("Trip__c.Miles__c")
    with org_db.read() as conn:
        org = standing(conn, org_db)
    assert [d for d in differences(org, TRIPS) if d.document["name"] not in ("Boat__c",
            "Boat__c.Name")] == []  # fmt: skip
    found = differences(org, Package(Manifest("trips"), (*changed, more)))
    assert {(d.state, d.document["name"]) for d in found} == {
        ("changed", "Trip__c"), ("there", "Trip__c.Miles__c"), ("here", "Boat__c"),
        ("here", "Boat__c.Name"),
    }  # fmt: skip


def test_a_build_server_checks_then_deploys_what_it_checked(orgs: Orgs, tmp_path: Path) -> None:
    org_db, folder = orgs.create("one", "One"), tmp_path / "trips"
    write_folder(folder, files_of(TRIPS))
    cli = build_cli((FEATURE,), {})

    def runs(*words: object) -> Result:
        said = [str(word) for word in words]
        return CliRunner().invoke(cli, [*said, "--org", "one"], obj=orgs.config)

    checked = runs("package", "check", folder)
    check = checked.output.split("--validated ")[1].rstrip(".\n")
    put(org_db, *BOAT)
    stale = runs("package", "install", folder, "--validated", check)
    assert (stale.exit_code, "1 version later" in stale.output) == (2, True)
    check = runs("package", "check", folder).output.split("--validated ")[1].rstrip(".\n")
    done = ("package", "install", folder, "--validated", check, "--deployment-id", "0AfOnce")
    assert runs(*done).exit_code == 0
    version = snapshot_of(org_db).version
    assert (runs(*done).exit_code, snapshot_of(org_db).version) == (0, version)
    wrong = runs("package", "install", folder, "--map-user", "a@x=nobody@x")
    assert (wrong.exit_code, "no active user" in wrong.output) == (2, True)
    since = ("package", "export", tmp_path / "new", "--name", "new", "--since", "last")
    assert runs(*since).exit_code == 2, "there was no export of that name yet"
    assert runs(*since[:-1], "0").exit_code == 0
    diff = CliRunner().invoke(cli, ["org", "diff", "one", str(folder)], obj=orgs.config)
    assert (diff.exit_code, "Boat__c" in diff.output) == (1, True)
    same = CliRunner().invoke(cli, ["org", "diff", "one", str(tmp_path / "new")], obj=orgs.config)
    assert (same.exit_code, same.output) == (0, "Nothing differs.\n")
