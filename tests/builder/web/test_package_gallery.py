"""The gallery by HTTP: what this release ships works, what a server offers is there or told."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.builder.web.test_packages import form_of, has, installed, run, trips
from tests.demo_site import Site
from trellis.metadata.packages.gallery import Exhibit, list_gallery
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import count

SHIPPED = list_gallery(None)


def how_many(site: Site, object_name: str) -> int:
    with site.db.read() as conn:
        return count(conn, site.actor(), Query(object_name), site.snapshot)


def take(site: Site, key: str, **form: str) -> str:
    admin = site.guest("admin")
    page = admin.submit(f"/setup/packages/gallery/{key}")
    with site.db.read() as conn:
        token = conn.exec_driver_sql(
            "SELECT token FROM sys_package_upload ORDER BY at DESC"
        ).scalar_one()
    return run(site, f"/setup/packages/check/{token}", form_of(page) | form | {"do": "install"})


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.key)
def test_a_shipped_package_works_with_its_sample_records(site: Site, shipped: Exhibit) -> None:
    package = shipped.package
    assert package is not None
    page = site.guest("admin").read(f"/setup/packages/gallery/{shipped.key}")
    sets = [d for d in package.documents if d["kind"] == "PermissionSet"]
    assert all(d["label"] in page for d in sets)
    told = take(site, shipped.key, access="true", samples="true")
    assert f"Install {package.manifest.label}" in told
    assert "Finished" in told
    assert "refused" not in told
    for name, content in package.samples.items():
        rows = content.decode().strip().count("\n")
        assert how_many(site, Path(name).stem) == rows > 0
    for obj in (d["name"] for d in package.documents if d["kind"] == "CustomObject"):
        assert site.guest("admin").get(f"/o/{obj}").status_code == 200
        assert site.guest("admin").get(f"/o/{obj}/new").status_code == 200
        record = site.find_id(obj)
        assert site.guest("admin").get(f"/r/{record}").status_code == 200
    assert all(has(site, "PermissionSet", d["name"]) for d in sets)


def test_sample_records_come_only_when_ticked(site: Site) -> None:
    take(site, SHIPPED[0].key)
    assert how_many(site, "Issue__c") == 0


def test_the_servers_folder_is_offered_and_what_is_broken_is_told(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "trips.zip").write_bytes(trips())
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    (tmp_path / "notes.txt").write_text("no package")
    services = site.app.extensions["trellis"]
    config = dataclasses.replace(services.config, gallery_dir=tmp_path)
    site.app.extensions["trellis"] = dataclasses.replace(services, config=config)
    admin = site.guest("admin")
    page = admin.read("/setup/packages/gallery")
    assert "Our trips" in page
    assert "It cannot be read." in page
    assert "notes" not in page
    assert "not a whole zip" in admin.read("/setup/packages/gallery/server-broken.zip")
    assert admin.post("/setup/packages/gallery/server-broken.zip").status_code == 404
    assert admin.get("/setup/packages/gallery/server-..%2Ftrips.zip").status_code == 404
    take(site, "server-trips.zip")
    assert installed(site) == {"trips": "1.0.0"}
    assert "Version 1.0.0 is installed" in admin.read("/setup/packages/gallery")
