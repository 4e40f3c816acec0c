"""What a package promises, proved: there and back to the byte, whole or not at all, every kind.

The standard CRM, the gallery, a company with every kind and orgs of chance are carried from one org
to another, on each database and across.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import make_config
from tests.factories import make_actor, make_document, make_field, make_object
from tests.metadata.company import WHO, company, put, snapshot_of
from tests.metadata.test_deploy_kill import POINTS, in_child
from trellis.metadata.definition import Document, Uid
from trellis.metadata.deploy.revert import revert
from trellis.metadata.invariants import check_metadata
from trellis.metadata.kinds import KINDS
from trellis.metadata.packages.archive import read_zip, zip_of
from trellis.metadata.packages.export import export
from trellis.metadata.packages.gallery import list_gallery
from trellis.metadata.packages.install import Choice, install, uninstall
from trellis.metadata.packages.installed import list_installed
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.read import Package, parse_package, read_package
from trellis.metadata.packages.write import canonical_bytes, file_of, files_of
from trellis.metadata.store import load
from trellis.platform.check import check_database
from trellis.platform.db import failpoints
from trellis.platform.db.failpoints import Failpoint, armed
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Denied, Rejected
from trellis.platform.orgs import Orgs
from trellis.seeds.install import STANDARD

ALL = Choice(access=True)
CRM = Manifest("crm", label="The CRM, on its own")
Pair = tuple[OrgDatabase, OrgDatabase]


@dataclass(frozen=True)
class Picture:
    """All that an org has, read afresh."""

    files: dict[str, bytes]
    packages: tuple[str, ...]


def picture(org_db: OrgDatabase) -> Picture:
    with org_db.read() as conn:
        found = load(conn, org_db.key)
        names = tuple(f"{one.name} {one.manifest.version}" for one in list_installed(conn))
    documents = (d.document for d in found.by_uid.values())
    return Picture({file_of(d): canonical_bytes(d) for d in documents}, names)


def carried(one: OrgDatabase, other: OrgDatabase, manifest: Manifest) -> None:
    """Out of the one, through a zip, into the other; what that has is the same, and goes again."""
    sent = files_of(export(one, manifest))
    before = picture(other)
    done = install(other, WHO, parse_package(read_zip(zip_of(sent))), ALL)
    assert files_of(export(other, manifest)) == sent
    assert check_metadata(other) == ()
    revert(other, WHO, done.id)
    assert picture(other) == before
    assert check_metadata(other) == ()


def packages() -> Iterator[Package]:
    yield Package(CRM, read_package(STANDARD))
    yield from (one.package for one in list_gallery(None) if one.package)
    yield Package(Manifest("company"), tuple(everything()))


def everything() -> list[Document]:
    """A company with each kind of component."""
    values = make_document("StandardValueSet", "AccountRating", values=[{"name": "Hot"}])
    return [*company(), values]


SENT = {package.manifest.name: package for package in packages()}


PLACES = {"sqlite": (0, 0), "postgresql": (1, 1), "across": (0, 1), "back": (1, 0)}


@pytest.fixture(
    params=["sqlite", *(pytest.param(where, marks=pytest.mark.postgresql)
                        for where in ("postgresql", "across", "back"))]
)  # fmt: skip
def homes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Orgs, Orgs]]:
    """Where the one and the other org are made."""
    made = []
    for n, on_server in enumerate(PLACES[request.param]):
        url = request.getfixturevalue("postgresql_url") if on_server else None
        made.append(Orgs(make_config(tmp_path / str(n), url)))
    yield made[0], made[1]
    for orgs in made:
        orgs.dispose()


@pytest.fixture(
    params=["sqlite", *(pytest.param(where, marks=pytest.mark.postgresql)
                        for where in ("postgresql", "across", "back"))]
)  # fmt: skip
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """Two bare orgs: on SQLite, on PostgreSQL, and each way across."""
    made: list[tuple[Orgs, OrgDatabase]] = []
    for n, on_server in enumerate(PLACES[request.param]):
        url = request.getfixturevalue("postgresql_url") if on_server else None
        orgs = Orgs(make_config(tmp_path / str(n), url))
        made.append((orgs, orgs.create(f"pair{n}", "Pair")))
    yield made[0][1], made[1][1]
    for orgs, org_db in made:
        orgs.delete(org_db.key)
        orgs.dispose()


@pytest.mark.parametrize("name", SENT)
def test_what_arrives_is_what_was_sent_and_it_goes_without_a_trace(pair: Pair, name: str) -> None:
    one, other = pair
    install(one, WHO, SENT[name], ALL)
    without_samples = {k: v for k, v in files_of(SENT[name]).items() if k[:8] != "samples/"}
    if name != "crm":  # the CRM's own files leave out what their places say
        assert files_of(export(one, SENT[name].manifest)) == without_samples
    carried(one, other, SENT[name].manifest)


def test_a_removed_package_leaves_a_bare_org_bare(pair: Pair) -> None:
    _one, other = pair
    before = picture(other)
    for package in SENT.values():
        if package.manifest == CRM:  # the object of the users stays
            continue
        install(other, WHO, package, ALL)
        uninstall(other, WHO, package.manifest.name)
        assert picture(other) == before


# -- every kind


def test_every_kind_travels(pair: Pair) -> None:
    one, other = pair
    put(one, *everything())
    sent = export(one, Manifest("kinds"))
    assert {d["kind"] for d in sent.documents} == {kind.name for kind in KINDS}
    install(other, WHO, sent, ALL)
    assert picture(other).files == picture(one).files


# -- orgs of chance

NAMES = ("Boat__c", "Crew__c", "Trip__c")
SIMPLE = (
    ("Text", {}), ("TextArea", {}), ("LongTextArea", {}), ("Checkbox", {}), ("Date", {}),
    ("DateTime", {}), ("Email", {}), ("Phone", {}), ("Url", {}), ("Time", {}),
    ("Number", {"precision": 8, "scale": 2}), ("Currency", {"precision": 18, "scale": 2}),
    ("Percent", {"precision": 5, "scale": 0}), ("Picklist", {"values": ["A", "B"]}),
    ("MultiselectPicklist", {"values": ["X", "Y"]}), ("Address", {}), ("Location", {}),
)  # fmt: skip


@st.composite
def orgs_of_chance(draw: st.DrawFn) -> list[Document]:
    """Objects, their fields, pages, lists and permission sets, each naming others as they can."""
    objects = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    documents: list[Document] = []
    fields: dict[str, list[str]] = {}
    for name in objects:
        documents += [make_object(name), make_field(f"{name}.Name", required=True)]
        kinds = draw(st.lists(st.sampled_from(SIMPLE), max_size=6))
        made = [
            make_field(f"{name}.F{n}__c", kind, **options)  # type: ignore[arg-type]
            for n, (kind, options) in enumerate(kinds)
        ]
        targets = draw(st.lists(st.sampled_from(objects), max_size=2, unique=True))
        made += [make_field(f"{name}.L{n}__c", "Lookup", to=to) for n, to in enumerate(targets)]
        documents += made
        fields[name] = [str(d["name"]).partition(".")[2] for d in made]
    for name, own in fields.items():
        documents += draw(pages_of(name, own))
    return documents + draw(permits_of(fields))


def pages_of(name: str, own: list[str]) -> st.SearchStrategy[list[Document]]:
    some = st.lists(st.sampled_from(["Name", *own]), unique=True)

    def made(columns: list[str], shown: list[str], has_tab: bool) -> list[Document]:
        cells = [{"id": f"c{n}", "field": f, "column": 1} for n, f in enumerate(shown)]
        section = {"id": "s", "label": "All", "columns": 1, "cells": cells}
        tab = [make_document("CustomTab", name, object=name)] if has_tab else []
        return [
            make_document("ListView", f"{name}.All", object=name, columns=columns or ["Name"]),
            make_document("Layout", f"{name}-Page", object=name, default=True, sections=[section]),
            *tab,
        ]

    return st.builds(made, some, some, st.booleans())


def permits_of(fields: dict[str, list[str]]) -> st.SearchStrategy[list[Document]]:
    every = [f"{name}.{local}" for name, own in fields.items() for local in own]
    some = st.lists(st.sampled_from(every), unique=True) if every else st.just([])

    def made(objects: list[str], readable: list[str]) -> list[Document]:
        return [
            make_document(
                "PermissionSet", "Sailors",
                objectPermissions=[{"object": name, "allowRead": True} for name in objects],
                fieldPermissions=[{"field": name, "readable": True} for name in readable],
            )
        ]  # fmt: skip

    return st.builds(made, st.lists(st.sampled_from(sorted(fields)), unique=True), some)


def renamed(org_db: OrgDatabase, uids: list[str]) -> None:
    """Gives objects and fields other names."""
    for uid in uids:
        document = snapshot_of(org_db).by_uid[Uid(uid)].document
        owner, dot, local = str(document["name"]).rpartition(".")
        put(org_db, {**document, "name": f"{owner}{dot}New_{local}"})


_NUMBERS = count()


def proved(homes: tuple[Orgs, Orgs], documents: list[Document], data: st.DataObject) -> None:
    """There and back; then a rename here arrives there as a rename."""
    n = next(_NUMBERS)
    one, other = homes[0].create(f"chance{n}a", "A"), homes[1].create(f"chance{n}b", "B")
    try:
        put(one, *documents)
        carried(one, other, Manifest("chance"))
        install(other, WHO, export(one, Manifest("chance")), ALL)
        fields = [
            d["uid"] for d in documents if d["kind"] == "CustomField" and "__c" in d["uid"][-4:]
        ]
        wanted = (
            data.draw(st.lists(st.sampled_from(fields), max_size=2, unique=True)) if fields else []
        )
        objects = [d["uid"] for d in documents if d["kind"] == "CustomObject"]
        wanted += data.draw(st.lists(st.sampled_from(objects), max_size=1))
        renamed(one, wanted)
        tables = snapshot_of(other).storage
        carried_again = Manifest("chance", "1.1")
        done = install(other, WHO, export(one, carried_again), ALL)
        assert files_of(export(other, carried_again)) == files_of(export(one, carried_again))
        assert snapshot_of(other).storage == tables, "a rename moves no data"
        assert done.version
        assert check_metadata(other) == ()
    finally:
        for orgs, org_db in zip(homes, (one, other), strict=True):
            orgs.delete(org_db.key)


CHANCE = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=4, phases=[Phase.generate], **CHANCE)  # type: ignore[arg-type]
@given(documents=orgs_of_chance(), data=st.data())
def test_an_org_of_chance_travels(
    orgs: Orgs, documents: list[Document], data: st.DataObject
) -> None:
    proved((orgs, orgs), documents, data)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@settings(max_examples=150, **CHANCE)  # type: ignore[arg-type]
@given(documents=orgs_of_chance(), data=st.data())
def test_many_orgs_of_chance_travel(
    homes: tuple[Orgs, Orgs], documents: list[Document], data: st.DataObject
) -> None:
    """150 orgs on each database, and 150 each way across them."""
    proved(homes, documents, data)


# -- whole or not at all


def test_a_failure_at_any_point_of_an_installation_leaves_the_org_unchanged(
    org_db: OrgDatabase,
) -> None:
    package = SENT["issue-tracker"]
    put(org_db, make_object("Boat__c"), make_field("Boat__c.Name"))
    before = picture(org_db)
    points = {point.partition(":")[0] for point in POINTS} - {"db.after_commit"}
    for point in sorted(points):
        with armed(point), pytest.raises(Failpoint):
            install(org_db, WHO, package, ALL)
        assert picture(org_db) == before, point
        assert check_metadata(org_db) == (), point
    install(org_db, WHO, package, ALL)
    assert picture(org_db).packages == ("issue-tracker 1.0.0",)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_killed_at_any_point_of_an_installation_the_org_is_as_before_or_after(orgs: Orgs) -> None:
    org_db = orgs.create("main", "Main")
    put(org_db, make_object("Boat__c"), make_field("Boat__c.Name"))
    before, package, config = picture(org_db), SENT["issue-tracker"], orgs.config

    def installs(point: str) -> Callable[[], None]:
        def work() -> None:
            own = Orgs(config).open("main")
            name, _colon, nth = point.partition(":")
            failpoints._SEEN.clear()
            failpoints._FATAL = (name, int(nth or 1))
            install(own, WHO, package, ALL, deployment_id="0AfKilled")

        return work

    for point in POINTS:
        _pid, status = os.waitpid(in_child(installs(point)), 0)
        assert os.WEXITSTATUS(status) == 9, point
        with org_db.write() as conn:  # the server has noticed that its client is gone
            org_db.lock(conn, "deploy")
        now = picture(org_db)
        if point == "db.after_commit":
            assert now.packages == ("issue-tracker 1.0.0",)
        else:
            assert now == before, point
        assert check_metadata(org_db) == ()
        assert check_database(org_db) == ()
    again = install(org_db, WHO, package, ALL, deployment_id="0AfKilled")
    assert again.version == 2, "the installation is there once"


# -- no more than the installer holds


def limited(org_db: OrgDatabase, *permissions: str) -> str:
    """A profile that holds these permissions; returns what its users hold."""
    put(
        org_db,
        make_document("Profile", "Builder", uid="builder", userPermissions=[
            {"name": name, "enabled": True} for name in permissions
        ]),
    )  # fmt: skip
    return "builder"


def granting(**grants: object) -> Package:
    return Package(Manifest("grants"), (make_document("PermissionSet", "Mighty", **grants),))


def test_rights_beyond_the_installers_are_refused(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    profile = limited(org_db, "ViewSetup", "CustomizeApplication", "ManageProfilesPermissionsets")
    builder = make_actor(profile)
    all_invoices = {"object": "Invoice__c", "allowRead": True, "viewAllRecords": True}
    everything = {"object": "*", "allowRead": True, "modifyAllRecords": True}
    for grants in (
        {"userPermissions": [{"name": "ManageUsers", "enabled": True}]},
        {"objectPermissions": [all_invoices]},
        {"objectPermissions": [everything]},
    ):
        before = picture(org_db)
        with pytest.raises(Rejected) as refusal:
            install(org_db, builder, granting(**grants), ALL)
        assert "package.beyond" in {p.code for p in refusal.value.problems}, grants
        assert picture(org_db) == before
    mine = {"userPermissions": [{"name": "ViewSetup", "enabled": True}]}
    assert install(org_db, builder, granting(**mine), ALL).id


def test_who_may_not_customise_installs_nothing_and_who_may_only_that_no_access(
    org_db: OrgDatabase,
) -> None:
    put(org_db, *company())
    profile = limited(org_db, "ViewSetup", "CustomizeApplication")
    before = picture(org_db)
    with pytest.raises(Denied):
        install(org_db, make_actor(), SENT["issue-tracker"])
    with pytest.raises(Denied):
        install(org_db, make_actor(profile), granting(), ALL)
    with pytest.raises(Denied):
        install(org_db, make_actor(profile), SENT["issue-tracker"], ALL)
    assert picture(org_db) == before
    assert install(org_db, make_actor(profile), SENT["issue-tracker"]).id
