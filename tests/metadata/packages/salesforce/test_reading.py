"""Files become components and files again, in both layouts, and nothing is lost on the way."""

from __future__ import annotations

import pytest

from trellis.metadata.packages.archive import read_files
from trellis.metadata.packages.salesforce.component_types import FIELD_TEXTS_SUFFIX
from trellis.metadata.packages.salesforce.components import Deleted
from trellis.metadata.packages.salesforce.markup import markup_bytes, parse_markup
from trellis.metadata.packages.salesforce.reading import SALESFORCE, package_name, read_project
from trellis.metadata.packages.salesforce.writing import canonical, mdapi_files, source_files
from trellis.platform.errors import Rejected

from .samples import LARGE, SMALL, place_of, project_of

OBJECT = b"""<?xml version="1.0" encoding="UTF-8"?>
<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">
    <!-- ours -->
    <actionOverrides><actionName>View</actionName><type>Default</type></actionOverrides>
    <fields><fullName>B__c</fullName><label>A &amp; &quot;B&quot;</label><type>Text</type></fields>
    <fields><fullName>A__c</fullName><label>A</label><type>Date</type></fields>
    <label>Trip</label>
</CustomObject>"""
MDAPI = {
    "package.xml": b"<Package/>",
    "destructiveChangesPost.xml": b"<Package><types><members>Old__c</members>"
    b"<name>CustomObject</name></types></Package>",
    "objects/Trip__c.object": OBJECT,
    "classes/Trip.cls": b"class Trip {}",
    "classes/Trip.cls-meta.xml": b"<ApexClass><status>Active</status></ApexClass>",
    "reports/Trips-meta.xml": b"<ReportFolder><name>Trips</name></ReportFolder>",
    "reports/Trips/All.report": b"<Report><name>All &lt; 5</name></Report>",
    "layouts/Trip__c-Trip %28long%29 Layout.layout": b"<Layout><layoutSections/></Layout>",
    "broken/It.flow": b"<Flow><label></Flow>",
}


def test_the_metadata_api_s_layout_becomes_source_format_and_back() -> None:
    project = read_project(MDAPI, "trips")
    assert project.deleted == (Deleted("CustomObject", "Old__c"),)
    assert [problem.path[0] for problem in project.problems] == ["broken/It.flow"]
    names = [one.key for one in project.components]
    assert "CustomField:Trip__c.B__c" in names
    assert "Layout:Trip__c-Trip (long) Layout" in names
    source = source_files(project.components)
    assert "force-app/main/default/objects/Trip__c/fields/B__c.field-meta.xml" in source
    assert "force-app/main/default/reports/Trips.reportFolder-meta.xml" in source
    assert source["force-app/main/default/classes/Trip.cls"] == b"class Trip {}"
    again = read_project(source)
    assert canonical(again.components) == canonical(project.components)
    whole = mdapi_files(again.components)
    assert canonical(read_project(whole).components) == canonical(project.components)
    assert {"objects/Trip__c.object", "reports/Trips-meta.xml", "classes/Trip.cls"} <= set(whole)
    assert b"<members>Trip__c.A__c</members>" in whole["package.xml"]


def test_xml_is_kept_word_for_word_and_dangerous_xml_is_refused() -> None:
    tree = parse_markup("a", OBJECT)
    assert parse_markup("a", markup_bytes(tree)) == tree
    assert b"A &amp; &quot;B&quot;" in markup_bytes(tree)
    assert b"<!-- ours -->" in markup_bytes(tree)
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    for bad in (bomb, b"<a>" * 100 + b"</a>" * 100, b"<a><b></a>", b"", b"\xff\xfe<a/>x"):
        with pytest.raises(Rejected, match="no XML that we read"):
            parse_markup("bad.xml", bad)


def test_a_folder_without_metadata_is_refused() -> None:
    with pytest.raises(Rejected, match="no Salesforce metadata"):
        read_project({"sfdx-project.json": b"{}"})
    assert package_name("Coral Cloud (Résumé) 2") == "coral-cloud-r-sum-2"


@pytest.mark.parametrize(
    "name", [*SMALL, *(pytest.param(name, marks=pytest.mark.nightly) for name in LARGE)]
)
def test_a_project_is_written_again_as_it_was_read(name: str) -> None:
    project = project_of(name)
    assert not project.problems
    before = canonical(project.components)
    source = source_files(project.components)
    assert canonical(read_project(source, name).components) == before
    again = canonical(read_project(mdapi_files(project.components), name).components)
    assert again == {key: said for key, said in before.items() if "@" not in key}
    _every_file_is_there(name, source)


def _every_file_is_there(name: str, written: object) -> None:
    """Of a project in source format each file stands where it stood."""
    read = read_files(place_of(name), SALESFORCE)
    metas = [path for path in read if path.endswith("-meta.xml") and not path.startswith("unpack")]
    assert isinstance(written, dict)
    if name == "volunteers":
        return
    roots = {path.partition("/")[0] for path in written}
    missing = {path for path in metas if path.partition("/")[0] in roots} - set(written)
    assert not [path for path in missing if FIELD_TEXTS_SUFFIX not in path]
