"""All reports and dashboards of the sample projects become ours, and answer.

The projects build on packages that are not here; the fields of those that reports name are made up,
so that the org has what a report asks for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.demo_site import Site
from trellis.metadata.packages.archive import read_files
from trellis.metadata.packages.install import install
from trellis.metadata.packages.plan import Choice
from trellis.metadata.packages.salesforce.components import Component, Project
from trellis.metadata.packages.salesforce.markup import Element, element
from trellis.metadata.packages.salesforce.opening import translated_for
from trellis.metadata.packages.salesforce.reading import SALESFORCE, read_project
from trellis.metadata.packages.salesforce.report import Status
from trellis.metadata.packages.salesforce.translator import plain
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.people.actor import system_actor
from trellis.runtime.reports.running import run_report

from .samples import place_of, project_of
from .test_reports import unlike_when_written_again

#: {project: the folders beside it that hold more of its reports}
BESIDE = {
    "npsp": ("unpackaged/config/reports",), "pmm": ("unpackaged/post/reports",),
    "summit-events": (), "volunteers": (),
}  # fmt: skip
#: lookups of the packages below: field, what it points at, how that calls its children
LOOKUPS = (
    ("npe01__OppPayment__c.npe01__Opportunity__c", "Opportunity", "npe01__OppPayment"),
    (
        "Opportunity.npe03__Recurring_Donation__c",
        "npe03__Recurring_Donation__c",
        "npe03__Donations",
    ),
    ("npe4__Relationship__c.npe4__Contact__c", "Contact", "npe4__Relationships"),
    ("npe4__Relationship__c.npe4__RelatedContact__c", "Contact", "npe4__Relationships1"),
    ("npe5__Affiliation__c.npe5__Organization__c", "Account", "npe5__Affiliations"),
    ("npe5__Affiliation__c.npe5__Contact__c", "Contact", "npe5__Affiliations"),
)
FIELD = re.compile(r"(?:FK_\$)?(\w+)[.$](np\w\d+__\w+__c)")
FLAG = re.compile("Paid|Do_Not|SYSTEMIs|SystemCreated|Primary")
AMOUNT = re.compile("Amount|Total|Outstanding|Number|Payments_Made|OppAmount|Credit|Gift|Install")


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(BESIDE))
def test_the_reports_of_a_project_answer(site: Site, name: str) -> None:
    project = _whole(name)
    who = system_actor("main", "a test")
    done = translated_for(site.db, project)
    install(site.db, who, done.package, Choice(access=True))
    told = [one for one in done.report.outcomes if one.type in ("Report", "Dashboard")]
    live = [one for one in told if one.status in (Status.WORKS, Status.PARTLY)]
    kept = {one.name: one.reasons for one in told if one not in live}
    assert all(kept.values())  # each has its reason
    assert len(live) >= 0.9 * len(told), kept
    snapshot = SNAPSHOTS.get(site.db)
    reports = [d for d in done.package.documents if d["kind"] == "Report"]
    assert len(reports) == Counter(one.type for one in live)["Report"]
    with site.db.read() as conn:
        for document in reports:
            run_report(conn, who, snapshot, snapshot.find("Report", document["name"]))
    assert unlike_when_written_again(snapshot, project, done) == []
    guest = site.guest()
    for document in done.package.documents:
        if document["kind"] == "Dashboard":
            page = f"/dashboards/{document['name']}"
            assert guest.get(page).status_code == 200
            for tile in document["components"]:
                assert guest.get(f"{page}/tiles/{tile['id']}").status_code == 200, tile


def _whole(name: str) -> Project:
    """The project with the reports that lie beside it, and what they name of other packages."""
    project = project_of(name)
    known = {one.key for one in project.components}
    found = list(project.components)
    for folder in BESIDE[name]:
        more = read_project(read_files(place_of(name) / folder, SALESFORCE), name)
        found += [one for one in more.components if one.key not in known and not one.is_twin]
    known = {plain(one.key) for one in found}
    made = {one.key: one for one in (*_lookups(found), *_fields(found)) if one.key not in known}
    return replace(project, components=(*found, *made.values()))


def _lookups(components: list[Component]) -> Iterator[Component]:
    objects = {one.object_name for one in components if one.type == "CustomField"}
    for name, target, children in LOOKUPS:
        if name.partition(".")[0] in objects:
            yield _field(name, "Lookup", element("referenceTo", target),
                         element("relationshipName", children))  # fmt: skip


def _fields(components: list[Component]) -> Iterator[Component]:
    """The fields of packages below that reports name."""
    tokens = {plain(node.text) for one in components if one.type == "Report" and one.tree
              for node in _nodes(one.root)}  # fmt: skip
    for token in sorted(tokens):
        if (found := FIELD.fullmatch(token)) is None:
            continue
        name = f"{found[1]}.{found[2]}"
        if FLAG.search(found[2]):
            yield _field(name, "Checkbox", element("defaultValue", "false"))
        elif "Date" in found[2]:
            yield _field(name, "Date")
        elif AMOUNT.search(found[2]):
            yield _field(name, "Currency", element("precision", 18), element("scale", 2))
        else:
            yield _field(name, "Text", element("length", 255))


def _nodes(root: Element) -> Iterator[Element]:
    yield root
    for child in root.children:
        yield from _nodes(child)


def _field(name: str, kind: str, *more: Element) -> Component:
    local = name.partition(".")[2]
    tree = element("CustomField", element("fullName", local), element("label", local),
                   element("type", kind), *more)  # fmt: skip
    return Component("CustomField", name, tree, "")
