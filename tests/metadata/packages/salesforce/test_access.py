"""Who may see and do what, as Salesforce says it: it comes when asked for, and only ever adds."""

from __future__ import annotations

from typing import Any

from tests.demo_site import Site
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.packages.export import export
from trellis.metadata.packages.install import install
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.plan import Choice
from trellis.metadata.packages.salesforce.components import Component
from trellis.metadata.packages.salesforce.opening import components_in, translated_for
from trellis.metadata.packages.salesforce.reading import read_project
from trellis.metadata.packages.salesforce.report import Outcome, Status
from trellis.metadata.packages.salesforce.translation import Translation
from trellis.metadata.packages.salesforce.writing import canonical
from trellis.platform.people.actor import system_actor

WHO = system_actor("main", "a test")
ACCESS = Choice(access=True)
OBJECT = b"""<CustomObject><label>Trip</label><pluralLabel>Trips</pluralLabel>
<sharingModel>Private</sharingModel>
<fields><fullName>Day__c</fullName><label>Day</label><type>Date</type></fields>
<fields><fullName>Fee__c</fullName><label>Fee</label><type>Currency</type><precision>10</precision>
<scale>2</scale></fields><nameField><label>Name</label><type>Text</type></nameField>
</CustomObject>"""
GRANTS = b"""
<classAccesses><apexClass>Trip</apexClass><enabled>true</enabled></classAccesses>
<fieldPermissions><editable>true</editable><field>Trip__c.Day__c</field><readable>true</readable>
</fieldPermissions>
<fieldPermissions><editable>false</editable><field>Trip__c.Fee__c</field><readable>false</readable>
</fieldPermissions>
<fieldPermissions><editable>false</editable><field>Trip__c.Gone__c</field><readable>true</readable>
</fieldPermissions>
<objectPermissions><allowCreate>true</allowCreate><allowDelete>false</allowDelete><allowEdit>true
</allowEdit><allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords>
<object>Trip__c</object><viewAllRecords>false</viewAllRecords></objectPermissions>
<tabVisibilities><tab>standard-Account</tab><visibility>DefaultOn</visibility></tabVisibilities>
<userPermissions><enabled>true</enabled><name>RunReports</name></userPermissions>"""
TAB = b"""<tabSettings><tab>standard-Lead</tab><visibility>Visible</visibility></tabSettings>"""
RULES = b"""<SharingRules>
<sharingCriteriaRules><fullName>Near</fullName><accessLevel>Edit</accessLevel><label>Near</label>
<sharedTo><group>Guides</group></sharedTo><criteriaItems><field>Day__c</field>
<operation>greaterThan</operation><value>2020-01-01</value></criteriaItems></sharingCriteriaRules>
<sharingOwnerRules><fullName>Ours</fullName><accessLevel>Read</accessLevel><label>Ours</label>
<sharedTo><allInternalUsers></allInternalUsers></sharedTo>
<sharedFrom><roleAndSubordinatesInternal>Guide</roleAndSubordinatesInternal></sharedFrom>
</sharingOwnerRules><sharingGuestRules><fullName>Guests</fullName></sharingGuestRules>
</SharingRules>"""
QUEUE = b"""<Queue><name>Requests</name><queueMembers><publicGroups>
<publicGroup>Guides</publicGroup></publicGroups><users><user>a@example.com</user></users></queueMembers>
<queueSobject><sobjectType>Trip__c</sobjectType></queueSobject></Queue>"""
FILES = {
    "package.xml": b"<Package/>",
    "objects/Trip__c.object": OBJECT,
    "profiles/Guide.profile": b"<Profile>" + GRANTS + b"</Profile>",
    "profiles/Standard.profile": b"<Profile>" + GRANTS + b"</Profile>",
    "permissionsets/Fees.permissionset": b"<PermissionSet>" + GRANTS[: GRANTS.index(b"<tabV")]
    + b"<label>Fees</label>" + TAB + b"</PermissionSet>",
    "permissionsetgroups/All.permissionsetgroup": b"<PermissionSetGroup><label>All</label>"
    b"<permissionSets>Fees</permissionSets></PermissionSetGroup>",
    "customPermissions/Skip.customPermission": b"<CustomPermission><label>Skip</label>"
    b"</CustomPermission>",
    "roles/Guide.role": b"<Role><name>Guide</name><parentRole>Gone</parentRole>"
    b"<caseAccessLevel>Read</caseAccessLevel></Role>",
    "groups/Guides.group": b"<Group><doesIncludeBosses>false</doesIncludeBosses>"
    b"<name>Guides</name></Group>",
    "queues/Requests.queue": QUEUE,
    "sharingRules/Trip__c.sharingRules": RULES,
}  # fmt: skip


def _translated(site: Site, files: Any = None) -> Translation:
    return translated_for(site.db, read_project(files or FILES, "trips"))


def _written(site: Site) -> dict[str, Component]:
    found = components_in(site.db, export(site.db, Manifest("trips")))
    return {one.key: one for one in found}


def _said(done: Translation, key: str) -> Outcome:
    kind, _colon, name = key.partition(":")
    return next(o for o in done.report.outcomes if (o.type, o.name) == (kind, name))


def test_access_lives_when_it_is_asked_for(site: Site) -> None:
    done = _translated(site)
    install(site.db, WHO, done.package, ACCESS)
    assert {one.status for one in done.report.outcomes} <= {Status.WORKS, Status.PARTLY}
    assert "1 of its rows" in _said(done, "Profile:Guide").reasons[0]
    assert "classAccesses" in _said(done, "Profile:Guide").elements
    assert "parentRole" in _said(done, "Role:Guide").reasons[0]
    assert "sharingGuestRules" in _said(done, "SharingRules:Trip__c").reasons[0]
    snapshot = site.snapshot
    guide = snapshot.get("Profile", "Guide").document
    assert guide["fieldPermissions"] == [
        {"field": "Trip__c.Day__c", "readable": True, "editable": True}
    ]
    assert snapshot.get("PermissionSet", "Fees").grants.tab("Lead") == "DefaultOn"
    assert snapshot.get("PermissionSetGroup", "All").sets == ("Fees",)
    assert snapshot.get("Queue", "Requests").objects == ("Trip__c",)
    rule = snapshot.get("SharingRule", "Trip__c.Ours")
    assert (rule.shared_from.type, rule.shared_to.type) == (
        "roleAndSubordinates", "allInternalUsers")  # fmt: skip
    before = canonical(read_project(FILES, "trips").components)
    after = canonical(_written(site).values())
    assert {key: after.get(key) for key in before} == before
    assert install(site.db, WHO, _translated(site).package, ACCESS).id == ""


def test_what_is_not_asked_for_keeps_its_words(site: Site) -> None:
    install(site.db, WHO, _translated(site).package)
    assert site.snapshot.find("Profile", "Guide") is None
    before = canonical(read_project(FILES, "trips").components)
    after = canonical(_written(site).values())
    assert {key: after.get(key) for key in before} == before
    install(site.db, WHO, _translated(site).package, ACCESS)
    assert site.snapshot.find("Profile", "Guide") is not None


def test_a_shipped_profile_stays_and_its_file_is_a_permission_set(site: Site) -> None:
    before = site.snapshot.get("Profile", "Standard").document
    install(site.db, WHO, _translated(site).package, ACCESS)
    assert site.snapshot.get("Profile", "Standard").document == before
    added = site.snapshot.get("PermissionSet", "Profile_Standard")
    assert added.document["objectPermissions"][0]["object"] == "Trip__c"
    assert "PermissionSet:Profile_Standard" not in _written(site)
    assert "Profile:Standard" in _written(site)


def test_a_profile_that_comes_again_only_gains(site: Site) -> None:
    install(site.db, WHO, _translated(site).package, ACCESS)
    less = b"<Profile><fieldPermissions><editable>false</editable><field>Trip__c.Fee__c</field>"
    less += b"<readable>true</readable></fieldPermissions></Profile>"
    install(site.db, WHO, _translated(site, FILES | {"profiles/Guide.profile": less}).package,
            ACCESS)  # fmt: skip
    grants = site.snapshot.get("Profile", "Guide").grants
    assert grants.field_right("Trip__c.Day__c").name == "READ|EDIT"
    assert grants.field_right("Trip__c.Fee__c").name == "READ"
    assert grants.object_right("Trip__c")


def test_what_the_org_changes_of_a_profile_is_written(site: Site) -> None:
    install(site.db, WHO, _translated(site).package, ACCESS)
    guide = dict(site.snapshot.get("Profile", "Guide").document)
    guide["objectPermissions"] = [
        {"object": "Trip__c", "allowRead": True}, {"object": "Lead", "allowRead": True}
    ]  # fmt: skip
    deploy(site.db, WHO, ChangeSet((guide,)))
    tree = _written(site)["Profile:Guide"].root
    rows = {row.value("object"): row.flag("allowEdit") for row in tree.all("objectPermissions")}
    assert rows == {"Trip__c": False, "Lead": False}
    assert tree.all("classAccesses")
