"""Reports and dashboards of Salesforce become ours, answer, and are written again."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from tests.demo_site import Site
from trellis.metadata.definition import Document
from trellis.metadata.packages.install import install
from trellis.metadata.packages.plan import Choice
from trellis.metadata.packages.salesforce.components import Project
from trellis.metadata.packages.salesforce.keeping import written
from trellis.metadata.packages.salesforce.opening import translated_for
from trellis.metadata.packages.salesforce.reading import read_project
from trellis.metadata.packages.salesforce.report import Status
from trellis.metadata.packages.salesforce.translation import Translation
from trellis.metadata.packages.salesforce.translator import TRANSLATORS, Ground
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.people.actor import system_actor
from trellis.runtime.reports.running import run_report

WHO = system_actor("main", "a test")
KINDS = ("Report", "Dashboard", "ReportType", "ReportFolder", "DashboardFolder")
TRIP = b"""<CustomObject><label>Trip</label>
<nameField><label>Trip</label><type>Text</type></nameField>
<fields><fullName>Contact__c</fullName><label>Who</label><type>Lookup</type>
<referenceTo>Contact</referenceTo><relationshipName>Trips</relationshipName></fields>
<fields><fullName>Cost__c</fullName><label>Cost</label><type>Currency</type><precision>18</precision>
<scale>2</scale></fields>
<fields><fullName>Day__c</fullName><label>Day</label><type>Date</type></fields></CustomObject>"""
TYPE = b"""<ReportType><baseObject>Contact</baseObject><label>Contacts with trips</label>
<join><outerJoin>true</outerJoin><relationship>Trips__r</relationship></join>
<sections><columns><checkedByDefault>true</checkedByDefault><field>Account</field>
<table>Contact</table></columns><columns><checkedByDefault>false</checkedByDefault>
<field>Cost__c</field><table>Contact.Trips__r</table></columns><masterLabel>All</masterLabel>
</sections></ReportType>"""
COSTS = b"""<Report><name>Costs</name><format>Summary</format>
<reportType>Contacts_with_trips__c</reportType>
<aggregates><calculatedFormula>Trip__c.Cost__c:SUM / RowCount</calculatedFormula>
<datatype>currency</datatype><developerName>FORMULA1</developerName><isActive>true</isActive>
<masterLabel>Each</masterLabel><scale>2</scale></aggregates>
<chart><chartSummaries><aggregate>Sum</aggregate><axisBinding>y</axisBinding>
<column>Contact.Trips__r$Cost__c</column></chartSummaries><chartType>Donut</chartType>
<groupingColumn>Contact$Account</groupingColumn></chart>
<columns><field>Contact$Name</field></columns><columns><field>Contact$Shoe_Size</field></columns>
<columns><aggregateTypes>Sum</aggregateTypes><field>Contact.Trips__r$Cost__c</field></columns>
<filter><booleanFilter>1 OR 2</booleanFilter>
<criteriaItems><column>Contact.Trips__r$Cost__c</column><operator>greaterThan</operator>
<value>5</value></criteriaItems>
<criteriaItems><column>Contact.Trips__r$Day__c</column><operator>equals</operator>
<value>TODAY,NEXT_N_DAYS:7</value></criteriaItems></filter>
<groupingsDown><aggregateType>Sum</aggregateType><dateGranularity>Day</dateGranularity>
<field>Contact$Account</field><sortByName>Contact.Trips__r$Cost__c</sortByName>
<sortOrder>Desc</sortOrder><sortType>Aggregate</sortType></groupingsDown>
<scope>organization</scope><timeFrameFilter><dateColumn>Contact.Trips__r$Day__c</dateColumn>
<interval>INTERVAL_PREVCURY</interval></timeFrameFilter></Report>"""
OPEN = b"""<Report><name>Open deals</name>
<format>Summary</format><reportType>Opportunity</reportType>
<columns><field>OPPORTUNITY_NAME</field></columns><columns><field>ACCOUNT_NAME</field></columns>
<columns><aggregateTypes>Sum</aggregateTypes><field>AMOUNT</field></columns>
<groupingsDown><dateGranularity>Month</dateGranularity><field>CLOSE_DATE</field>
<sortOrder>Asc</sortOrder></groupingsDown><params><name>open</name><value>open</value></params>
<params><name>probability</name><value>&gt;0</value></params><scope>user</scope>
<showDetails>false</showDetails><timeFrameFilter><dateColumn>CLOSE_DATE</dateColumn>
<interval>INTERVAL_CURFY</interval></timeFrameFilter></Report>"""
TRIPS = b"""<Report><name>Trips</name><format>Tabular</format>
<reportType>CustomEntity$Trip__c@Trip__c.Contact__c</reportType>
<columns><field>CUST_NAME</field></columns><columns><field>FK_NAME</field></columns>
<columns><field>FK_$Contact.Email</field></columns></Report>"""
HIDDEN = b"""<Report><name>H</name><format>Tabular</format><reportType>AccountList</reportType>
<columns><field>ACCOUNT.NAME</field></columns><filter><criteriaItems><column>SHOE_SIZE</column>
<operator>equals</operator><value>44</value></criteriaItems></filter></Report>"""
BOARD = b"""<Dashboard><title>All</title><dashboardType>LoggedInUser</dashboardType>
<leftSection><columnSize>Wide</columnSize><components><componentType>Donut</componentType>
<header>Costs</header><report>Own/Costs</report><useReportChart>true</useReportChart></components>
<components><componentType>Gauge</componentType><gaugeMax>90.0</gaugeMax><gaugeMin>0.0</gaugeMin>
<indicatorBreakpoint1>30.0</indicatorBreakpoint1><report>Own/Open</report></components><components><componentType>Table</componentType>
<report>Own/Nowhere</report></components></leftSection></Dashboard>"""
FILES = {
    "package.xml": b"<Package/>",
    "objects/Trip__c.object": TRIP,
    "reportTypes/Contacts_with_trips.reportType": TYPE,
    "reports/Own-meta.xml": b"<ReportFolder><name>Own</name><accessType>Public</accessType>"
    b"<publicFolderAccess>ReadWrite</publicFolderAccess></ReportFolder>",
    "reports/Own/Costs.report": COSTS,
    "reports/Own/Open.report": OPEN,
    "reports/Own/Trips.report": TRIPS,
    "reports/Own/Hidden.report": HIDDEN,
    "dashboards/Boards/All.dashboard": BOARD,  # its folder has no file
}


@pytest.fixture
def project() -> Project:
    return read_project(FILES, "trips")


@pytest.fixture
def done(site: Site, project: Project) -> Translation:
    found = translated_for(site.db, project)
    install(site.db, WHO, found.package, Choice(access=True))
    return found


def _documents(done: Translation) -> dict[str, Document]:
    return {
        f"{d['kind']}:{d['name']}": d for d in done.package.documents if d["kind"] in KINDS
    }  # fmt: skip


def test_reports_become_ours_and_answer(site: Site, done: Translation) -> None:
    found = _documents(done)
    costs, deals, trips = found["Report:Costs"], found["Report:Open"], found["Report:Trips"]
    cost = "Trips__r$Cost__c"
    assert costs["columns"] == [{"field": "Name"}, {"field": cost, "aggregateTypes": ["Sum"]}]
    assert costs["groupingsDown"] == [
        {"field": "AccountId", "sortOrder": "Desc", "sortByAggregate": f"{cost}:Sum"}
    ]
    assert costs["aggregates"][0]["formula"] == f"{cost}:Sum / RowCount"
    assert costs["booleanFilter"] == "(1 OR 2) AND 3 AND 4"
    assert [row["value"] for row in costs["filters"]] == [
        "5", ["TODAY", "NEXT_N_DAYS:7"], "LAST_YEAR", "THIS_YEAR",
    ]  # fmt: skip
    assert costs["chart"] == {
        "chartType": "donut", "group": "AccountId", "measures": [f"{cost}:Sum"],
    }  # fmt: skip
    assert deals["timeFrameFilter"] == {"field": "CloseDate", "interval": "THIS_FISCAL_YEAR"}
    assert deals["filters"][0]["operator"] == "notEqual"  # open: in no stage that is closed
    assert deals["filters"][0]["value"] == ["Closed Won", "Closed Lost"]
    assert (deals["scope"], deals["showDetails"]) == ("mine", False)
    assert trips["reportType"] == "Contact$Trip__c.Contact__c"
    assert [c["field"] for c in trips["columns"]] == ["Child$Name", "Name", "Email"]
    snapshot = SNAPSHOTS.get(site.db)
    with site.db.read() as conn:
        for document in (costs, deals, trips):
            run_report(conn, WHO, snapshot, snapshot.find("Report", document["name"]))


def test_what_of_a_report_is_not_here_is_said(done: Translation) -> None:
    told = {one.name: one for one in done.report.outcomes}
    assert told["Own/Costs"].status is Status.PARTLY
    assert "Shoe_Size" in told["Own/Costs"].reasons[0]
    assert told["Own/Hidden"].status is Status.KEPT  # a filter is never left out
    assert "SHOE_SIZE" in told["Own/Hidden"].reasons[0]


def test_a_dashboard_has_the_tiles_whose_reports_are_here(site: Site, done: Translation) -> None:
    found = _documents(done)
    board = found["Dashboard:All"]
    assert [row["report"] for row in board["components"]] == ["Costs", "Open"]
    assert board["components"][1]["chart"] == {"chartType": "gauge", "bands": [30.0, 90.0]}
    assert found["ReportFolder:Own"]["shares"] == [{"type": "allInternalUsers", "level": "Edit"}]
    assert "shares" not in found["DashboardFolder:Boards"]
    guest = site.guest()
    for tile in board["components"]:
        assert guest.get(f"/dashboards/All/tiles/{tile['id']}").status_code == 200


def test_what_is_written_reads_the_same(site: Site, project: Project, done: Translation) -> None:
    differing = unlike_when_written_again(SNAPSHOTS.get(site.db), project, done)
    assert differing == []


def unlike_when_written_again(snapshot: Snapshot, project: Project, done: Translation) -> list[str]:
    """The reports, dashboards, folders and types that read(write(document)) changes."""

    def find(kind: str, name: str) -> Document | None:
        known = snapshot.find(kind, name)
        return known.document if known is not None else None

    documents = _documents(done).values()
    made = [(written(one, find), one) for one in documents]
    by_key = {component.key: component for component, _one in made if component is not None}
    ground = Ground(snapshot, project, MappingProxyType(by_key), snapshot, MappingProxyType({}))
    unlike = []
    for component, document in made:
        assert component is not None
        again = TRANSLATORS.get(component.type).read(component, ground).documents[0]
        if _said(again) != _said(document):
            unlike.append(component.key)
    return unlike


def _said(document: Document) -> dict[str, object]:
    return {key: v for key, v in document.items() if v and key not in ("kind", "uid")}
