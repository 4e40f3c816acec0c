"""Sample records of projects in Salesforce format, loaded as those of any package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.demo_site import Site
from tests.metadata.packages.salesforce.samples import place_of, project_of
from trellis.builder.feature import FEATURE as BUILDER
from trellis.builder.packages.loading import Loaded, load_samples, object_of
from trellis.builder.packages.sampling import Wish, samples_of
from trellis.metadata.feature import FEATURE
from trellis.metadata.packages.archive import Files
from trellis.metadata.packages.install import install
from trellis.metadata.packages.people import rows_of
from trellis.metadata.packages.plan import Choice
from trellis.metadata.packages.salesforce.opening import translated_for
from trellis.metadata.packages.salesforce.reading import read_project
from trellis.metadata.packages.salesforce.records import sample_tables
from trellis.platform.cli import build_cli
from trellis.platform.people.actor import system_actor
from trellis.runtime.query.request import Order, Query
from trellis.runtime.query.run import run

WHO = system_actor("main", "a test")
#: {project: (records that come in, records that are refused)}
COUNTS = {"ebikes": (23, 0), "dreamhouse": (25, 0), "coral-cloud": (203, 0), "ecars": (8, 0)}
NIGHTLY = [pytest.param(n, marks=pytest.mark.nightly) for n in COUNTS if n != "ebikes"]


def loaded(site: Site, name: str) -> Loaded:
    """What became of the sample records of a project that was just installed."""
    package = translated_for(site.db, project_of(name)).package
    with site.db.write() as conn:
        return load_samples(conn, WHO, site.snapshot, package.manifest.name, package.samples)


def cells(files: Files) -> dict[tuple[str, str, str], str]:
    """{(file, key, heading): cell} of what is filled."""
    found = {}
    for place, content in files.items():
        head, *rows = rows_of(content)
        for row in rows:
            found |= {(place, row[0], h): c for h, c in zip(head[1:], row[1:], strict=True) if c}
    return found


def changed(site: Site, name: str) -> dict[tuple[str, str, str], tuple[str, str]]:
    """The values that are not the files' when the records are taken along again.

    Lines end in one way here, and a label of a picklist stands for its value.
    """
    project = project_of(name)
    wishes = [Wish(object_of(place)) for place in project.samples]
    with site.db.read() as conn:
        taken = cells(samples_of(conn, WHO, site.snapshot, project.name, wishes))
    said = cells(project.samples)
    both = {at: (cell, taken.get(at, "")) for at, cell in said.items()}
    return {at: (a, b) for at, (a, b) in both.items() if _same(a) != _same(b)}


def _same(text: str) -> str:
    return text.replace("\r\n", "\n").replace("_", " ")


@pytest.mark.parametrize("name", ["ebikes", *NIGHTLY])
def test_the_sample_records_of_a_project_load_once(site: Site, name: str) -> None:
    install(site.db, WHO, translated_for(site.db, project_of(name)).package, Choice(access=True))
    done = loaded(site, name)
    assert (done.created, len(done.refused)) == COUNTS[name], (done.refused, done.left)
    assert done.left == []
    assert changed(site, name) == {}
    again = loaded(site, name)
    assert (again.created, again.known) == (0, done.created)


def test_records_name_each_other_as_their_references_say(site: Site) -> None:
    install(site.db, WHO, translated_for(site.db, project_of("ebikes")).package)
    arguments = ["package", "samples", "load", str(place_of("ebikes")), "--org", "main"]
    cli = build_cli((FEATURE, BUILDER), {})
    told = CliRunner().invoke(cli, arguments, obj=site.orgs.config)
    assert "23 sample records were added." in told.output
    query = Query("Product__c", ("Name", "Product_Family__r.Name"), order=(Order("Name"),))
    with site.db.read() as conn:
        found = run(conn, WHO, query, site.snapshot).records
    said = json.loads((place_of("ebikes") / "data/Product__cs.json").read_text())["records"]
    families = {one["Name"]: one["Product_Family__c"] for one in said}
    assert {r["Name"]: f"@{str(r['Product_Family__r.Name']).title()}Ref" for r in found} == families


PLAN = [{"sobject": "Account", "files": ["a.json", "gone.json", "odd.json"]}]


def record(reference: str, **values: object) -> dict[str, object]:
    return {"attributes": {"type": "Account", "referenceId": reference}, **values}


def test_what_is_no_file_of_records_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = [record("A", Name="Ann", ParentId="@B", Here=True), record("B", Name="@x", No=None)]
    files = {
        "data/plan.json": json.dumps(PLAN).encode(),
        "data/a.json": json.dumps({"records": rows}).encode(),
        "data/odd.json": b'{"records": [{"Name": "without a reference"}]}',
        "data/no-plan.json": b"[1]",
        "plan.json": b"no JSON",
    }
    tables, problems = sample_tables(files)
    table = "key:,Name,ParentId,Here,No\nA,Ann,key:B,true,\nB,@x,,,\n"
    assert tables == {"samples/Account.csv": table.encode()}
    assert [one.path for one in problems] == [("data/gone.json",), ("data/odd.json",)]
    label = b"<CustomTab><label>x</label></CustomTab>"
    project = read_project({**files, "tabs/x.tab-meta.xml": label})
    assert (project.samples, project.unread) == (tables, problems)
