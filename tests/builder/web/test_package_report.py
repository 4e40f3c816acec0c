"""A zip of Salesforce metadata goes the way of any package, with a word on each component."""

from __future__ import annotations

import pytest

from tests.builder.web.test_packages import checked, form_of, has, installed, run, upload
from tests.demo_site import Site
from tests.metadata.packages.salesforce.samples import place_of
from trellis.metadata.packages.archive import plain_zip_of, read_files
from trellis.metadata.packages.salesforce.reading import SALESFORCE

OBJECT = b"""<CustomObject><label>Trip</label><pluralLabel>Trips</pluralLabel>
<fields><fullName>Day__c</fullName><label>Day</label><type>Date</type><trackTrending>true
</trackTrending></fields><fields><fullName>Odd__c</fullName><label>Odd</label><type>Hologram</type>
</fields><nameField><label>Name</label><type>Text</type></nameField></CustomObject>"""
FILES = {
    "trips/package.xml": b"<Package/>",
    "trips/objects/Trip__c.object": OBJECT,
    "trips/classes/Trip.cls": b"class Trip {}",
    "trips/classes/Trip.cls-meta.xml": b"<ApexClass><status>Active</status></ApexClass>",
    "trips/flows/Broken.flow": b"<Flow><label></Flow>",
    "trips/permissionsets/Guide.permissionset": b"<PermissionSet><label>Guide</label>"
    b"<objectPermissions><allowRead>true</allowRead><object>Trip__c</object></objectPermissions>"
    b"</PermissionSet>",
}


def test_salesforce_metadata_is_compared_reported_and_installed(either_site: Site) -> None:
    site, admin = either_site, either_site.guest("admin")
    where = checked(site, plain_zip_of(FILES))
    page = admin.read(where)
    assert "3 of 6 components work here" in page
    assert f"{where}/report" in page
    told = admin.read(f"{where}/report")
    refused, kept, works = (told.index(f'id="{code}"') for code in ("refused", "kept", "works"))
    assert refused < told.index("flows/Broken.flow") < kept
    assert kept < told.index("Trip__c.Odd__c") < works
    assert "Fields of the type &#39;Hologram&#39; do nothing here." in told
    assert works < told.index("Trip__c.Day__c")
    assert "Only kept of it: trackTrending" in told
    run(site, where, form_of(page) | {"do": "install"})
    assert has(site, "CustomField", "Trip__c.Day__c")
    assert not has(site, "PermissionSet", "Guide"), "access came unasked"
    assert has(site, "KeptComponent", "ApexClass:Trip")
    assert installed(site) == {"trips": "1.0.0"}


def test_a_zip_of_nothing_is_refused_and_other_packages_have_no_report(site: Site) -> None:
    answer = upload(site, plain_zip_of({"package.xml": b"<Package/>"}))
    assert answer.status_code == 422
    assert "no Salesforce metadata" in answer.text
    admin = site.guest("admin")
    rep = site.guest("rep").get(f"{checked(site, plain_zip_of(FILES))}/report")
    assert rep.status_code in (403, 404)
    assert admin.get("/setup/packages/check/nothing/report").status_code == 404


# the client leaves the file of a large form to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "name", ["ebikes", pytest.param("npsp", marks=pytest.mark.nightly)]
)  # fmt: skip
def test_a_project_comes_in_as_a_zip(site: Site, name: str) -> None:
    content = plain_zip_of(read_files(place_of(name), SALESFORCE))
    where = checked(site, content)
    admin = site.guest("admin")
    assert "Only kept" in admin.read(f"{where}/report")
    run(site, where, form_of(admin.read(where)) | {"do": "install"})
    assert len(installed(site)) == 1
