"""Salesforce's translations speak here, in the languages that people can choose."""

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
from trellis.metadata.packages.salesforce.writing import canonical
from trellis.platform.people.actor import system_actor

WHO = system_actor("main", "a test")
OBJECT = """<CustomObject><label>Trip</label><pluralLabel>Trips</pluralLabel>
<fields><fullName>Mood__c</fullName><label>Mood</label><type>Picklist</type><valueSet>
<valueSetDefinition><value><fullName>fine</fullName><label>Fine</label></value>
</valueSetDefinition></valueSet></fields>
<nameField><label>Name</label><type>Text</type></nameField></CustomObject>"""
TEXTS = """<CustomObjectTranslation><caseValues><plural>false</plural><value>旅行</value>
</caseValues><fields><help>心情如何</help><label>心情</label><name>Mood__c</name><picklistValues>
<masterLabel>Fine</masterLabel><translation>好</translation></picklistValues>
<relationshipLabel>R</relationshipLabel></fields>
<fields><label><!-- Gone --></label><name>Gone__c</name></fields>
<nameFieldLabel>名称</nameFieldLabel></CustomObjectTranslation>"""
FRENCH = """<CustomObjectTranslation><nameFieldLabel>Nom</nameFieldLabel>
</CustomObjectTranslation>"""
TAB = """<CustomTab><customObject>true</customObject><motif>Custom1: Heart</motif></CustomTab>"""
ORG = """<Translations><customLabels><label>L</label><name>L</name></customLabels>
<customTabs><label>旅行页</label><name>Trip__c</name></customTabs></Translations>"""
FILES = {
    name: text.encode()
    for name, text in {
        "package.xml": "<Package/>",
        "objects/Trip__c.object": OBJECT,
        "tabs/Trip__c.tab": TAB,
        "objectTranslations/Trip__c-zh_CN.objectTranslation": TEXTS,
        "objectTranslations/Trip__c-fr.objectTranslation": FRENCH,
        "translations/zh_CN.translation": ORG,
    }.items()
}


def test_texts_are_spoken_changed_and_written(site: Site) -> None:
    done = translated_for(site.db, read_project(FILES, "trips"))
    said = {one.name: one for one in done.report.outcomes}
    assert said["Trip__c-zh_CN"].status is Status.WORKS
    assert said["Trip__c-fr"].status is Status.KEPT
    assert "customLabels" in said["zh_CN"].elements
    install(site.db, WHO, done.package)
    texts = site.snapshot.get("Translations", "Trip__c-zh_CN")
    found = {(row.target, row.attribute): row.text for row in texts.entries}
    assert found == {
        ("CustomObject:Trip__c", "label"): "旅行",
        ("CustomField:Trip__c.Name", "label"): "名称",
        ("CustomField:Trip__c.Mood__c", "label"): "心情",
        ("CustomField:Trip__c.Mood__c", "inlineHelpText"): "心情如何",
        ("CustomField:Trip__c.Mood__c", "values.fine"): "好",
    }
    spoken = {row.id: row.text for row in site.snapshot.get("Translations", "zh_CN").entries}
    assert spoken["CustomTab:Trip__c#label"] == "旅行页"
    assert len(spoken) > 1, "what the release says is there still"
    before = canonical(read_project(FILES, "trips").components)
    after = canonical(components_in(site.db, export(site.db, Manifest("trips"))))
    assert {key: after.get(key) for key in before} == before
    assert install(site.db, WHO, translated_for(site.db, read_project(FILES, "trips")).package
                   ).id == ""  # fmt: skip
    changed = {**texts.document, "entries": [
        {**row, "text": "情绪"} if row["text"] == "心情" else row
        for row in texts.document["entries"] if row["attribute"] != "inlineHelpText"
    ]}  # fmt: skip
    deploy(site.db, WHO, ChangeSet((changed,)))
    trees = {c.name: c.root for c in components_in(site.db, export(site.db, Manifest("trips")))}
    mood = trees["Trip__c-zh_CN"].all("fields")[0]
    assert (mood.value("label"), mood.find("help")) == ("情绪", None)
    assert mood.value("relationshipLabel") == "R"
    assert trees["Trip__c-zh_CN"].value("nameFieldLabel") == "名称"
