"""`trellis package` and `trellis org diff`, as a build server runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.factories import make_field, make_object
from tests.metadata.company import put
from trellis.metadata.feature import FEATURE
from trellis.platform.cli import build_cli
from trellis.platform.config import Config
from trellis.platform.orgs import Orgs


@pytest.fixture
def run(orgs: Orgs) -> object:
    for key in ("one", "two"):
        orgs.create(key, key)
    put(orgs.open("one"), make_object("Trip__c"), make_field("Trip__c.Name", required=True))
    cli = build_cli((FEATURE,), {})

    def runs(*words: object) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words], obj=orgs.config)

    return runs


def test_a_package_goes_from_org_to_org_by_commands(
    run: object, tmp_path: Path, config: Config
) -> None:
    assert callable(run)
    folder = tmp_path / "trips.zip"
    out = run("package", "export", folder, "--org", "one", "--name", "trips")
    assert (out.exit_code, out.output) == (0, f"2 components written to {folder}.\n")
    assert run("package", "check", folder, "--org", "two").exit_code == 0
    assert run("org", "diff", "one", "two").exit_code == 1
    seen = run("package", "diff", folder, "--org", "two")
    assert (seen.exit_code, "+ CustomObject Trip__c" in seen.output) == (1, True)
    assert run("package", "install", folder, "--org", "two").exit_code == 0
    assert run("package", "diff", folder, "--org", "two").exit_code == 0
    assert run("org", "diff", "one", "two").exit_code == 0
    assert run("package", "list", "--org", "two").output == "trips\t1.0.0\ttrips\n"
    assert "Nothing to do" in run("package", "install", folder, "--org", "two").output
    planned = run("package", "uninstall", "trips", "--org", "two", "--dry-run")
    assert "- CustomObject Trip__c" in planned.output
    assert run("package", "revert", "trips", "--org", "two").exit_code == 0
    assert run("package", "list", "--org", "two").output == ""
    assert run("package", "install", folder, "--org", "two").exit_code == 0
    assert run("package", "uninstall", "trips", "--org", "two").exit_code == 0


def test_what_is_refused_is_said_and_ends_with_2(run: object, tmp_path: Path) -> None:
    assert callable(run)
    (tmp_path / "empty").mkdir()
    for words, reason in (
        (("install", tmp_path / "no.zip"), "There is no file"),
        (("check", tmp_path / "empty"), "it has no package.json"),
        (("uninstall", "nothing"), "nothing"),
        (("export", tmp_path / "x", "--name", "../x"), "name"),
        (("export", tmp_path / "x", "--name", "x", "--object", "Trip"), "There is no object"),
    ):
        done = run("package", *words, "--org", "one")
        assert (done.exit_code, reason in done.output) == (2, True), done.output
    assert not (tmp_path / "x").exists()
