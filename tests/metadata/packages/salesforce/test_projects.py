"""Open-source projects in Salesforce format, installed, opened, changed and written out again."""

from __future__ import annotations

import time

import pytest

from tests.demo_site import Site
from trellis.metadata.packages.export import export
from trellis.metadata.packages.install import install
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.plan import Choice
from trellis.metadata.packages.salesforce.opening import components_in, translated_for
from trellis.metadata.packages.salesforce.reading import read_project
from trellis.metadata.packages.salesforce.report import DATA_MODEL, Outcome, Report, Status
from trellis.metadata.packages.salesforce.writing import canonical, mdapi_files, source_files
from trellis.platform.people.actor import system_actor

from .samples import LARGE, SMALL, project_of

ACCESS = Choice(access=True)
WHO = system_actor("main", "a test")
SECONDS = 60  # that the installation of a large project may take
NIGHTLY = [pytest.param(name, marks=pytest.mark.nightly) for name in (*SMALL, *LARGE)
           if name != "ebikes"]  # fmt: skip


@pytest.mark.parametrize("name", ["ebikes", *NIGHTLY])
def test_a_project_lives_and_is_written_out_as_it_came(site: Site, name: str) -> None:
    project = project_of(name)
    own = {one.key for one in components_in(site.db, export(site.db, Manifest(project.name)))}
    done = translated_for(site.db, project)
    assert _lost(done.report, project.components) == set()
    assert _share_that_could_live(done.report) >= 0.95
    assert all(one.reasons for one in done.report.outcomes if one.status is not Status.WORKS)
    started = time.perf_counter()
    deployment = install(site.db, WHO, done.package, ACCESS)
    assert deployment.id
    assert time.perf_counter() - started < SECONDS
    _every_page_opens(site, done.package.documents)
    before = canonical(project.components)
    found = components_in(site.db, export(site.db, Manifest(project.name)))
    source = canonical(read_project(source_files(found), name).components)
    assert set(source) - own <= set(before)
    assert {key: source.get(key) for key in before} == before
    whole = canonical(read_project(mdapi_files(found), name).components)
    only_once = {key: said for key, said in before.items() if "@" not in key}
    assert {key: whole.get(key) for key in only_once} == only_once
    again = translated_for(site.db, project)
    assert (
        install(site.db, WHO, again.package, ACCESS).id == ""
    )  # the second import changes nothing


@pytest.mark.nightly
def test_nearly_all_of_the_data_models_lives(site: Site) -> None:
    reports = [translated_for(site.db, project_of(name)).report for name in (*SMALL, *LARGE)]
    model = [one for report in reports for one in report.outcomes if one.type in DATA_MODEL]
    assert sum(one.lives for one in model) / len(model) >= 0.95


def _share_that_could_live(report: Report) -> float:
    """Of the data model without events and tabs of pages, which are nothing here at all."""
    model = [one for one in report.outcomes if one.type in DATA_MODEL and not _is_foreign(one)]
    return sum(one.lives for one in model) / len(model)


def _is_foreign(one: Outcome) -> bool:
    return "__e" in one.name or (one.type == "CustomTab" and not one.name.endswith("__c"))


def _lost(report: Report, components: object) -> set[str]:
    assert isinstance(components, tuple)
    told = {(one.type, one.name) for one in report.outcomes}
    return {one.key for one in components if (one.type, one.name) not in told}


def _every_page_opens(site: Site, documents: object) -> None:
    assert isinstance(documents, tuple)
    guest = site.guest()
    for document in documents:
        if document["kind"] == "CustomObject":
            for tail in ("", "/new"):
                address = f"/o/{document['name']}{tail}"
                assert guest.get(address).status_code == 200, address
