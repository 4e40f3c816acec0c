"""Layouts of Salesforce are pages here; written again, they keep what only Salesforce knows."""

from __future__ import annotations

from tests.demo_site import Site
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.packages.export import export
from trellis.metadata.packages.install import install
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.salesforce.opening import components_in, translated_for
from trellis.metadata.packages.salesforce.reading import read_project
from trellis.metadata.packages.salesforce.report import Status
from trellis.platform.people.actor import system_actor

WHO = system_actor("main", "a test")
OBJECT = b"""<CustomObject><label>Trip</label><pluralLabel>Trips</pluralLabel>
<fields><fullName>Guide__c</fullName><label>Guide</label><type>Lookup</type>
<referenceTo>Contact</referenceTo><relationshipName>Trips</relationshipName></fields>
<fields><fullName>Day__c</fullName><label>Day</label><type>Date</type></fields>
<nameField><label>Name</label><type>Text</type></nameField></CustomObject>"""
TRIP = b"""<Layout><layoutSections><customLabel>true</customLabel><label>Facts</label>
<layoutColumns><layoutItems><behavior>Required</behavior><field>Name</field></layoutItems>
<layoutItems><emptySpace>true</emptySpace></layoutItems></layoutColumns><layoutColumns>
<layoutItems><behavior>Readonly</behavior><field>Day__c</field></layoutItems>
<layoutItems><behavior>Edit</behavior><field>Gone__c</field></layoutItems>
<layoutItems><page>Map</page></layoutItems></layoutColumns>
<style>TwoColumnsLeftToRight</style></layoutSections>
<layoutSections><label>Links</label><layoutColumns><layoutItems><customLink>Web</customLink>
</layoutItems></layoutColumns><style>CustomLinks</style></layoutSections></Layout>"""
CONTACT = b"""<Layout><relatedLists><customButtons>Mass</customButtons><fields>NAME</fields>
<fields>CONTACT.NAME</fields><fields>Day__c</fields><relatedList>Trip__c.Guide__c</relatedList>
<sortField>Day__c</sortField><sortOrder>Desc</sortOrder></relatedLists>
<relatedLists><fields>TASK.SUBJECT</fields><relatedList>RelatedActivityList</relatedList>
</relatedLists><relatedLists><relatedList>RelatedSolutionList</relatedList></relatedLists>
<showEmailCheckbox>false</showEmailCheckbox></Layout>"""
FILES = {
    "package.xml": b"<Package/>",
    "objects/Trip__c.object": OBJECT,
    "layouts/Trip__c-Trip Layout.layout": TRIP,
    "layouts/Contact-Guide %28Trips%29.layout": CONTACT,
    "layouts/CaseClose-Close Case Layout.layout": b"<Layout/>",
}


def test_layouts_become_pages_and_say_what_does_nothing(site: Site) -> None:
    done = translated_for(site.db, read_project(FILES, "trips"))
    said = {one.name: one for one in done.report.outcomes if one.type == "Layout"}
    assert said["CaseClose-Close Case Layout"].status is Status.KEPT
    trip = said["Trip__c-Trip Layout"]
    assert trip.status is Status.PARTLY
    assert any("Gone__c" in reason for reason in trip.reasons)
    assert any("page" in reason for reason in trip.reasons)
    assert said["Contact-Guide (Trips)"].reasons == (
        "relatedLists: RelatedSolutionList does nothing here.",
    )
    layouts = {d["name"]: d for d in done.package.documents if d["kind"] == "Layout"}
    section = layouts["Trip__c-Trip Layout"]["sections"][0]
    assert layouts["Trip__c-Trip Layout"]["default"]
    assert [cell.get("field", "") for cell in section["cells"]] == ["Name", "", "Day__c"]
    assert "default" not in layouts["Contact-Guide (Trips)"]
    row = layouts["Contact-Guide (Trips)"]["relatedLists"][0]
    assert row["columns"] == ["Name", "Guide__r.Name", "Day__c"]
    assert row["sort"] == {"field": "Day__c", "descending": True}


def test_a_changed_layout_keeps_links_buttons_and_lists_that_do_nothing_here(site: Site) -> None:
    install(site.db, WHO, translated_for(site.db, read_project(FILES, "trips")).package)
    trip = dict(site.snapshot.get("Layout", "Trip__c-Trip Layout").document)
    section = trip["sections"][0]
    more = {"id": "new", "field": "Guide__c", "column": 1}
    trip["sections"] = [{**section, "cells": [*section["cells"], more]}]
    contact = dict(site.snapshot.get("Layout", "Contact-Guide (Trips)").document)
    contact["relatedLists"] = [{**contact["relatedLists"][0], "columns": ["Name"]}]
    deploy(site.db, WHO, ChangeSet((trip, contact)))
    found = {c.name: c.root for c in components_in(site.db, export(site.db, Manifest("trips")))
             if c.type == "Layout"}  # fmt: skip
    sections = found["Trip__c-Trip Layout"].all("layoutSections")
    items = [i for c in sections[0].all("layoutColumns") for i in c.all("layoutItems")]
    assert [item.value("field") or item.value("page") for item in items] == [
        "Name", "", "Guide__c", "Day__c", "Map"]  # fmt: skip
    assert sections[0].value("style") == "TwoColumnsLeftToRight"
    assert sections[1].value("label") == "Links"
    lists = found["Contact-Guide (Trips)"].all("relatedLists")
    assert [row.value("relatedList") for row in lists] == [
        "Trip__c.Guide__c", "RelatedActivityList", "RelatedSolutionList"]  # fmt: skip
    assert lists[0].values("fields") == ("NAME",)
    assert lists[0].value("customButtons") == "Mass"
    assert found["Contact-Guide (Trips)"].value("showEmailCheckbox") == "false"
