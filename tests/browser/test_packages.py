"""A customisation travels: built in one org, used in another, changed, upgraded, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.builder.web.test_packages import work
from tests.demo_site import Template, copied

from .conftest import serving
from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


@pytest.fixture
def second(demo_template: Template, tmp_path: Path) -> Iterator[Served]:
    """Another org, served beside the first."""
    with copied(demo_template, tmp_path / "second") as site, serving(site) as made:
        yield made


def build(admin: Hand) -> None:
    """An object with its layout and list views, one more list view, and a permission set."""
    admin.open("/setup/objects/new")
    admin.page.fill("[name=label]", "Boat")
    admin.page.fill("[name=plural]", "Boats")
    admin.press_button("Create object")
    admin.arrives("/objects/Boat__c")
    admin.open("/setup/objects/Boat__c/views/new")
    admin.page.fill("[name=label]", "Fleet")
    admin.press_button("Save", "main form")
    admin.page.wait_for_url(re.compile(r"/Boat__c/views$"))
    admin.open("/setup/access/new")
    admin.page.fill("[name=label]", "Sailor")
    admin.press_button("Create", "main form")
    admin.arrives("/setup/access/")


def allow(served: Served) -> None:
    """The set lets people work with boats."""
    (sailor,) = (s for s in served.site.snapshot.of_kind("PermissionSet") if s.label == "Sailor")
    rights = {"object": "Boat__c", "allowRead": True, "allowCreate": True, "allowEdit": True}
    served.site.put_live(dict(sailor.document) | {"objectPermissions": [rights]})


def exported(admin: Hand, version: str, path: Path) -> Path:
    """Picks the object in the tree and the set beside it; the zip that comes down."""
    admin.open("/setup/packages/export")
    find = admin.page.locator("[data-filter]")
    find.fill("Boat")
    expect(admin.page.locator(".pk-object-h:visible")).to_have_count(1)
    admin.page.get_by_label("Boats with all its parts").check()
    find.fill("Sailor")
    admin.page.locator(".pk-pick:visible").get_by_label("Sailor").check()
    admin.press_button("Review")
    expect(admin.page.locator("main")).to_contain_text("Needed by what you picked")
    admin.page.fill("[name=name]", "boats")
    admin.page.fill("[name=label]", "Boats and sailors")
    admin.page.fill("[name=version]", version)
    with admin.page.expect_download() as coming:
        admin.press_button("Download")
    place = path / coming.value.suggested_filename
    coming.value.save_as(place)
    return place


def compared(admin: Hand, package: Path) -> Page:
    """Uploads the zip; the page with the comparison."""
    admin.open("/setup/packages/install")
    admin.page.set_input_files("[name=package]", package)
    admin.press_button("Compare")
    admin.arrives("/packages/check/")
    return admin.page


def finished(admin: Hand, served: Served) -> None:
    """The page of the run sees by itself that it is over, and leads to the package."""
    admin.arrives("/packages/runs/")
    expect(admin.page.locator("#job")).to_contain_text("It is done whole or not at all")
    work(served.site)
    expect(admin.page.locator("#job")).to_contain_text("Finished")
    admin.page.get_by_role("link", name="Open the package").click()
    admin.arrives("/packages/of/boats")


def test_a_customisation_goes_from_org_to_org_and_back(
    served: Served, second: Served, open_page: Opens, tmp_path: Path
) -> None:
    here, there = Hand(open_page()), Hand(open_page(at=second))
    build(here)
    allow(served)
    first = exported(here, "1.0.0", tmp_path)
    assert first.name == "boats-1.0.0.zip"

    page = compared(there, first)
    for heading in ("Added", "Access"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text("Boat__c")
    page.get_by_role("switch", name="Take access too").check()
    there.press_button("Install", "#package-form")
    finished(there, second)
    assert [s.label for s in second.site.snapshot.of_kind("PermissionSet")].count("Sailor") == 1

    there.open("/o/Boat__c/new")
    page.get_by_label("Name").first.fill("Argo")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/r/\w{18}$"))
    there.open("/o/Boat__c?view=Fleet")
    expect(page.locator("main")).to_contain_text("Argo")

    here.open("/setup/objects/Boat__c/views/new")
    here.page.fill("[name=label]", "Under sail")
    here.press_button("Save", "main form")
    here.page.wait_for_url(re.compile(r"/Boat__c/views$"))
    compared(there, exported(here, "1.1.0", tmp_path))
    expect(page.locator("main")).to_contain_text("Version 1.1.0 in place of 1.0.0")
    expect(page.locator(".pk-added")).to_contain_text("Under sail")
    there.press_button("Upgrade", "#package-form")
    finished(there, second)
    expect(page.locator("main")).to_contain_text("1.1.0")

    page.on("dialog", lambda dialog: dialog.accept())
    there.press_button("Take back", "main")
    confirm = page.locator("dialog[open] button.btn-primary, dialog[open] button.btn-danger")
    if confirm.count():
        confirm.first.click()
    there.arrives("/packages/runs/")
    work(second.site)
    expect(page.locator("#job")).to_contain_text("Finished")
    there.open("/setup/packages")
    expect(page.locator("main")).to_contain_text("1.0.0")
    views = {v.label for v in second.site.snapshot.of_kind("ListView") if v.object == "Boat__c"}
    assert "Fleet" in views
    assert "Under sail" not in views
    there.open("/o/Boat__c?view=Fleet")
    expect(page.locator("main")).to_contain_text("Argo")
