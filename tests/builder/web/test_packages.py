"""Packages by HTTP: out of one org, looked at, into the org, back out again."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

import pytest

from tests.demo_site import Site
from tests.factories import make_document, make_field, make_object
from trellis.builder.feature import FEATURE
from trellis.metadata.packages.archive import read_zip, zip_of
from trellis.metadata.packages.installed import list_installed
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.read import Package, parse_package
from trellis.metadata.packages.write import files_of
from trellis.platform.jobs.worker import Worker
from trellis.platform.people.actor import SYSTEM_USER_ID


def trips(*more: dict[str, Any], version: str = "1.0.0", **said: Any) -> bytes:
    """A zip with an object of trips, its name and whatever else."""
    documents = (
        make_object("Trip__c", uid="trip", pluralLabel="Trips", label="Trip"),
        make_field("Trip__c.Name", uid="trip-name", required=True), *more,
    )  # fmt: skip
    package = Package(Manifest("trips", version, "Our trips", **said), documents)
    return zip_of(files_of(package))


def allowance() -> dict[str, Any]:
    rights = {"object": "Trip__c", "allowRead": True, "allowCreate": True}
    return make_document("PermissionSet", "Traveller", uid="set", label="Traveller",
                         objectPermissions=[rights])  # fmt: skip


def upload(site: Site, content: bytes, who: str = "admin") -> Any:
    sent = {"package": (io.BytesIO(content), "trips.zip")}
    return site.guest(who).post("/setup/packages/install", sent)


def checked(site: Site, content: bytes) -> str:
    """The address of the comparison."""
    answer = upload(site, content)
    assert answer.status_code == 302, answer.text[-800:]
    return str(answer.location)


def form_of(page: str) -> dict[str, Any]:
    """What a browser would send of the comparison as it stands."""
    form = re.search(r'<form[^>]*id="package-form".*?</form>', page, re.DOTALL)
    assert form is not None
    hidden = re.findall(r'type="hidden" name="(based_on|offered)" value="([^"]*)"', form[0])
    ticked = re.findall(r'name="take" value="([^"]+)" checked', form[0])
    return {name: html.unescape(value) for name, value in hidden} | {"take": ticked}


def installed(site: Site) -> dict[str, str]:
    with site.db.read() as conn:
        return {one.name: one.manifest.version for one in list_installed(conn)}


def has(site: Site, kind: str, name: str) -> bool:
    return site.snapshot.find(kind, name) is not None


def work(site: Site) -> None:
    Worker(site.orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID).run_due(site.db)


def run(site: Site, where: str, form: dict[str, Any] | None = None) -> str:
    """Sends a form that begins a run, lets it run, and returns the page of what became of it."""
    admin = site.guest("admin")
    admin.read("/setup/packages")
    answer = admin.post(where, form)
    assert "/packages/runs/" in str(answer.location), answer.location
    work(site)
    return admin.read(str(answer.location))


def install(site: Site, content: bytes, **form: Any) -> str:
    where = checked(site, content)
    said = form_of(site.guest("admin").read(where)) | form | {"do": "install"}
    return run(site, where, said)


def test_a_package_is_compared_installed_and_undone(either_site: Site) -> None:
    site, admin = either_site, either_site.guest("admin")
    where = checked(site, trips(allowance()))
    page = admin.read(where)
    assert "Trip__c" in page
    assert "Traveller" in page
    assert not has(site, "CustomObject", "Trip__c")
    told = run(site, where, form_of(page) | {"do": "install"})
    assert "Install Our trips" in told
    assert "Finished" in told
    assert (has(site, "CustomObject", "Trip__c"), installed(site)) == (True, {"trips": "1.0.0"})
    assert not has(site, "PermissionSet", "Traveller"), "access came unasked"
    undo = re.search(r'action="(/setup/changes/[^"]+/revert)"', told)
    assert undo is not None
    admin.post(undo[1])
    assert (has(site, "CustomObject", "Trip__c"), installed(site)) == (False, {})


def test_access_comes_when_it_is_asked_for(site: Site) -> None:
    install(site, trips(allowance()), access="true")
    assert has(site, "PermissionSet", "Traveller")


def test_what_is_not_ticked_stays_out(site: Site) -> None:
    page = site.guest("admin").read(checked(site, trips(make_field("Trip__c.Miles__c", uid="m"))))
    offered = json.loads(form_of(page)["offered"])
    assert set(offered) == {"trip", "trip-name", "m"}
    install(site, trips(make_field("Trip__c.Miles__c", uid="m")), take=["trip", "trip-name"])
    assert set(site.snapshot.fields("Trip__c")) >= {"Name"}
    assert "Miles__c" not in site.snapshot.fields("Trip__c")


def test_sent_twice_it_is_installed_once(site: Site) -> None:
    where, admin = checked(site, trips()), site.guest("admin")
    form = form_of(admin.read(where)) | {"do": "install"}
    run(site, where, form)
    version = site.snapshot.version
    run(site, where, form | {"based_on": str(version)})
    assert site.snapshot.version == version


def test_checked_only_changes_nothing_and_quick_deploy_holds_until_the_org_changes(
    site: Site,
) -> None:
    where, admin = checked(site, trips()), site.guest("admin")
    told = admin.submit(where, form_of(admin.read(where)) | {"do": "check"})
    assert "Nothing was changed." in told
    assert "Quick deploy" in told
    assert "Checked" in admin.read("/setup/packages")
    site.put_live(make_object("Boat__c", uid="boat"), make_field("Boat__c.Name", uid="boat-name"))
    page = admin.read(where)
    assert "The org has changed since: 1 version later" in page
    assert "A change" in page, "and what it was"
    assert "Quick deploy" not in page
    assert "Check it again" in admin.submit(where, {"do": "quick"})
    assert not has(site, "CustomObject", "Trip__c")
    admin.submit(where, form_of(page) | {"do": "check"})
    assert "Quick deploy" in admin.read(where)
    admin.submit(where, form_of(page) | {"do": "look", "access": "true"})
    assert "is not what was checked" in admin.submit(where, {"do": "quick"})
    admin.submit(where, form_of(page) | {"do": "check"})
    assert "Finished" in run(site, where, {"do": "quick"})
    assert has(site, "CustomObject", "Trip__c")


def test_an_org_that_changed_since_one_looked_is_looked_at_again(site: Site) -> None:
    where, admin = checked(site, trips()), site.guest("admin")
    form = form_of(admin.read(where))
    site.put_live(make_object("Boat__c", uid="boat"), make_field("Boat__c.Name", uid="boat-name"))
    assert "has changed since you looked" in admin.submit(where, form | {"do": "install"})
    assert installed(site) == {}


def test_a_name_that_is_taken_is_told_and_can_be_taken_over(site: Site) -> None:
    site.put_live(make_object("Trip__c", uid="mine"), make_field("Trip__c.Name", uid="my-name"))
    where, admin = checked(site, trips()), site.guest("admin")
    page = admin.read(where)
    assert "a component of that name which is another one" in page
    told = admin.submit(where, form_of(page) | {"do": "install"})
    assert "It was not installed" in told
    page = admin.submit(where, form_of(page) | {"adopt": "true", "do": "look"})
    assert "which is another one" not in page
    run(site, where, form_of(page) | {"adopt": "true", "do": "install"})
    assert site.snapshot.object("Trip__c").uid == "mine"
    assert installed(site) == {"trips": "1.0.0"}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "Choose the zip"),
        (b"no zip", "not a whole zip"),
        (zip_of({"a.json": b"{}"}), "package.json"),
        (zip_of({"package.json": b"{}"}), "package.json"),
    ],
)
def test_what_is_no_package_is_refused_in_words(site: Site, content: bytes, word: str) -> None:
    sent = {"package": (io.BytesIO(content), "x.zip" if content else "")}
    answer = site.guest("admin").post("/setup/packages/install", sent)
    assert answer.status_code == 422
    assert word in html.unescape(answer.text)


def test_an_upload_is_its_sessions_alone_and_packages_are_administrators(site: Site) -> None:
    where = checked(site, trips())
    assert site.guest("rep").get(where).status_code == 403
    assert upload(site, trips(), "rep").status_code == 403
    with site.db.write() as conn:
        conn.exec_driver_sql("UPDATE sys_package_upload SET session_id = 'another'")
    assert site.guest("admin").get(where).status_code == 404
    for path in ("", "/export", "/install", "/gallery"):
        assert site.guest("rep").get(f"/setup/packages{path}").status_code == 403


def test_an_upgrade_shows_own_changes_and_data_that_goes(site: Site) -> None:
    miles = make_field("Trip__c.Miles__c", uid="m", label="Miles")
    install(site, trips(miles, make_field("Trip__c.Old__c", uid="o")))
    site.put_live(dict(site.snapshot.find_uid("m").document) | {"label": "Distance"})
    newer = trips({**miles, "inlineHelpText": "There and back"}, version="1.1.0")
    page = site.guest("admin").read(checked(site, newer))
    assert "Version 1.1.0 in place of 1.0.0" in page
    assert "Your own changes to it stay." in page
    assert "Data at risk" in page
    install(site, newer)
    assert site.snapshot.find_uid("m").document["label"] == "Distance"
    assert "Old__c" not in site.snapshot.fields("Trip__c")
    run(site, "/setup/packages/of/trips/take-back")
    assert "Old__c" in site.snapshot.fields("Trip__c")
    assert installed(site) == {"trips": "1.0.0"}


def test_removing_shows_records_gives_them_as_a_file_and_can_be_undone(site: Site) -> None:
    install(site, trips())
    for n in range(3):
        site.records().create("Trip__c", {"Name": f"Trip {n}"})
    admin = site.guest("admin")
    page = admin.read("/setup/packages/of/trips/remove")
    assert "3 records" in page
    text = admin.read("/setup/packages/of/trips/records/Trip__c.csv").removeprefix("\ufeff")
    head, *rows = text.splitlines()
    assert {"Id", "Name", "OwnerId"} <= set(head.split(","))
    assert len(rows) == 3
    assert admin.get("/setup/packages/of/trips/records/Account.csv").status_code == 404
    assert "Finished" in run(site, "/setup/packages/of/trips/remove")
    assert (has(site, "CustomObject", "Trip__c"), installed(site)) == (False, {})
    assert admin.get("/setup/packages/of/trips").status_code == 404


def test_what_is_picked_comes_with_what_it_needs(site: Site) -> None:
    admin = site.guest("admin")
    install(site, trips())
    site.put_live(make_object("Leg__c", uid="leg"), make_field("Leg__c.Name", uid="leg-name"),
                  make_field("Leg__c.Trip__c", "Lookup", to="Trip__c", uid="leg-trip"))  # fmt: skip
    page = admin.submit("/setup/packages/export", {"pick": "leg", "do": "review"})
    assert "trips 1.0.0" in page, "its dependency is shown"
    said = {"pick": "leg", "do": "download", "name": "legs", "version": "2.0", "label": "Legs"}
    answer = admin.post("/setup/packages/export", said)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="legs-2.0.zip"')
    package = parse_package(read_zip(answer.data))
    assert {d["name"] for d in package.documents} >= {"Leg__c", "Leg__c.Name", "Leg__c.Trip__c"}
    assert package.manifest.dependencies == {"trips": "1.0.0"}
    answer = admin.post("/setup/packages/export", said | {"name": "No Good"})
    assert answer.status_code == 422
    assert admin.post("/setup/packages/export", {"do": "review"}).status_code == 422


def test_everything_and_what_changed_since_can_be_exported(site: Site) -> None:
    admin, version = site.guest("admin"), site.snapshot.version
    site.put_live(make_object("Leg__c", uid="leg"), make_field("Leg__c.Name", uid="leg-name"))
    said = {"mode": "since", "since": str(version), "do": "download", "name": "x", "version": "1"}
    answer = admin.post("/setup/packages/export", said)
    package = parse_package(read_zip(answer.data))
    assert {d["name"] for d in package.documents if d["kind"] == "CustomObject"} == {"Leg__c"}
    assert admin.post("/setup/packages/export", said | {"since": "soon"}).status_code == 422
    assert admin.post("/setup/packages/export", said | {"since": "999999"}).status_code == 422
    assert admin.post("/setup/packages/export", said | {"since": "2000-01-01"}).status_code == 200
    answer = admin.post("/setup/packages/export", said | {"mode": "everything"})
    everything = parse_package(read_zip(answer.data))
    assert {d["uid"] for d in package.documents} < {d["uid"] for d in everything.documents}
    page = admin.read(
        "/setup/packages/export")  # fmt: skip
    assert page.count('name="pick"') > 300


def test_records_travel_and_people_are_chosen(site: Site) -> None:
    """Out with its records and their owner, removed, and in again with somebody else."""
    install(site, trips())
    for name in ("Up", "Down"):
        site.records("rep" if name == "Up" else "admin").create("Trip__c", {"Name": name})
    admin = site.guest("admin")
    said = {"pick": "trip", "do": "download", "name": "trips", "version": "1.1"}
    said |= {"sample_object": "Trip__c", "sample_count": "10", "sample_view": ""}
    assert "Trips" in admin.submit("/setup/packages/export", said | {"do": "review"})
    answer = admin.post("/setup/packages/export", said | {"sample_count": "9999"})
    assert (answer.status_code, "1 to 500" in answer.text) == (422, True)
    files = dict(read_zip(admin.post("/setup/packages/export", said).data))
    text = files["samples/Trip__c.csv"].decode()
    assert "user:ana.souza@northline.example" in text
    files["samples/Trip__c.csv"] = text.replace("ana.souza@", "gone@").encode()
    run(site, "/setup/packages/of/trips/remove")
    where = checked(site, zip_of(files))
    page = admin.read(where)
    assert "gone@northline.example" in page
    form = form_of(page) | {"samples": "true", "person_name": "gone@northline.example"}
    told = admin.submit(where, form | {"person": "nobody@x.example", "do": "install"})
    assert "There is no active user of that name." in told
    done = run(site, where, form | {"person": "mei.lin@northline.example", "do": "install"})
    assert "2 sample records were added." in done
    mei = site.actor("chinese").user_id
    assert site.find_id("Trip__c", f"owner_id = '{mei}'")


def test_the_org_is_compared_with_an_export(site: Site) -> None:
    install(site, trips())
    admin = site.guest("admin")
    admin.read("/setup/packages/compare")
    newer = trips(make_field("Trip__c.Miles__c", uid="m", label="Miles"), version="1.1")
    sent = {"package": (io.BytesIO(newer), "trips.zip")}
    answer = admin.post("/setup/packages/compare", sent)
    assert "Only in the file" in answer.text
    assert "Trip__c.Miles__c" in answer.text
    sent = {"package": (io.BytesIO(b"no zip"), "trips.zip")}
    assert admin.post("/setup/packages/compare", sent).status_code == 422
