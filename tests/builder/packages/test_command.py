"""`trellis package samples`, as a build server runs it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from tests.factories import administrator, deployed
from tests.runtime.conftest import crm_documents
from trellis.builder.feature import FEATURE as BUILDER
from trellis.metadata.feature import FEATURE
from trellis.metadata.packages.archive import write_folder
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.read import Package
from trellis.metadata.packages.write import files_of
from trellis.platform.cli import build_cli
from trellis.platform.orgs import Orgs
from trellis.runtime.records.service import Records


def test_samples_go_into_a_folder_and_out_of_it(orgs: Orgs, tmp_path: Path) -> None:
    snapshots = [deployed(orgs.create(key, key), *crm_documents()) for key in ("one", "two")]
    records = Records(orgs.open("one"), administrator("one"), snapshots[0])
    records.create("Contact", {"Name": "Cy", "Email": "cy@x.example"})
    folder = tmp_path / "crm"
    write_folder(folder, files_of(Package(Manifest("crm"))))
    cli = build_cli((FEATURE, BUILDER), {})

    def runs(*words: object) -> Result:
        said = ["package", "samples", *map(str, words)]
        return CliRunner().invoke(cli, said, obj=orgs.config)

    added = runs("add", folder, "--org", "one", "--records", "Contact=5")
    assert (added.exit_code, added.output) == (0, "samples/Contact.csv: 1 records\n")
    loaded = runs("load", folder, "--org", "two")
    assert (loaded.exit_code, "1 sample record was added." in loaded.output) == (0, True)
    assert "1 was there already." in runs("load", folder, "--org", "two").output
    assert runs("add", folder, "--org", "one", "--records", "Contact=many").exit_code == 2
    assert runs("add", folder, "--org", "one", "--records", "Nothing=1").exit_code == 2
    assert runs("load", folder, "--org", "two", "--as", "nobody@x.example").exit_code == 2
    (folder / "samples/Contact.csv").write_text("key:,Email\n9,no address\n")
    assert runs("load", folder, "--org", "two").exit_code == 1
