"""Reports by HTTP: the list, the run page, filters in place, files, the builder, and rights."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa

from tests.demo_site import HOME, PEOPLE, Site
from trellis.metadata.definition import Document

SEEDED = [
    "AccountOwners", "ActiveAccounts", "ClosedOpportunities", "ContactRoles", "ConvertedLeads",
    "CustomersWithWonOpportunities", "LastSignIns", "LeadLifetime", "LeadSources",
    "NewAccountsByUser", "OpportunitiesWithoutContactRoles", "OpportunityPipeline",
    "QuarterlyForecastSummary", "StuckOpportunities", "TopAccounts", "WonOpportunitiesBySource",
]  # fmt: skip
CANARY = "Canary of the secret field"


def limit(site: Site, *permissions: str, fields: tuple[str, ...] = ()) -> None:
    """Gives the rep a profile that reads all objects, and of the fields these alone."""
    site.put_live(
        {
            "kind": "Profile", "uid": "test.Limited", "name": "Limited", "label": "Limited",
            "objectPermissions": [{"object": "*", "allowRead": True}],
            "fieldPermissions": [{"field": field, "readable": True} for field in fields],
            "userPermissions": [{"name": name, "enabled": True} for name in permissions],
        }
    )  # fmt: skip
    with site.db.write() as conn:
        conn.execute(
            sa.text("UPDATE sys_user SET profile = 'test.Limited' WHERE username = :name"),
            {"name": PEOPLE["rep"]},
        )


def send(site: Site, path: str, body: Mapping[str, Any], who: str = "rep", **how: bool) -> Any:
    """Sends JSON as the builder's script does; `put=True` saves what is there."""
    guest = site.guest(who)
    guest.read("/settings")
    ask = guest.client.put if how.get("put") else guest.client.post
    return ask(path, json=body, headers={"X-CSRFToken": guest.token}, base_url=HOME)


PIPELINE: Document = {
    "label": "Mine", "reportType": "Opportunity", "format": "Summary",
    "columns": [{"field": "Name"}, {"field": "Amount", "aggregateTypes": ["Sum"]}],
    "groupingsDown": [{"field": "StageName"}],
}  # fmt: skip


@pytest.mark.parametrize("who", ["admin", "rep"])
def test_every_seeded_report_runs(site: Site, who: str) -> None:
    guest = site.guest(who)
    listed = guest.read("/reports")
    for name in SEEDED:
        assert f'href="/reports/{name}"' in listed
        page = guest.read(f"/reports/{name}")
        assert "cannot be run" not in page, name
    assert len(site.snapshot.of_kind("Report")) == len(SEEDED)


def test_the_groups_of_a_page_lead_to_their_rows(site: Site) -> None:
    guest = site.guest()
    page = guest.read("/reports/OpportunityPipeline?details=0")
    links = re.findall(r'rep-l1"><a href="([^"]+)">([^<]+)</a>', page)
    assert links[0][1] in ("Prospecting", "Qualification")
    inside = guest.read(html.unescape(links[0][0]))
    assert "All groups" in inside
    stages = set(re.findall(r">(Prospecting|Qualification|Needs Analysis)<", inside))
    assert links[0][1] in inside
    assert stages <= {links[0][1]}


def test_filters_on_the_page_are_not_saved(site: Site) -> None:
    guest = site.guest()
    sheet = guest.read("/reports/OpportunityPipeline/filters")
    assert "Filter logic" in sheet
    answer = guest.post(
        "/reports/OpportunityPipeline/filters",
        {"scope": "organization", "filter_field": ["Amount"], "filter_operator": ["greaterThan"],
         "filter_value": ["100000"], "filter_logic": "", "frame_field": "", "frame_interval": ""},
    )  # fmt: skip
    assert answer.status_code == 302
    assert "filter=Amount" in answer.location
    assert "Changed" in guest.read(answer.location)
    assert "Changed" not in guest.read("/reports/OpportunityPipeline")
    refused = guest.post(
        "/reports/OpportunityPipeline/filters",
        {"filter_field": ["Amount"], "filter_operator": ["greaterThan"], "filter_value": ["x"]},
    )
    assert refused.status_code == 422


def test_files_hold_the_rows_or_what_is_shown(site: Site) -> None:
    guest = site.guest()
    rows = guest.read("/reports/OpportunityPipeline/export.csv").lstrip("\ufeff").splitlines()
    assert rows[0].startswith("Stage,Opportunity name")
    count = re.search(r"of (\d+)<|>(\d+) records", guest.read("/reports/OpportunityPipeline"))
    assert count is not None
    assert len(rows) - 1 == int(count[1] or count[2])
    shown = guest.read("/reports/OpportunityPipeline/export.csv?what=formatted&details=0")
    assert shown.rstrip().splitlines()[-1].startswith("Total,")
    book = guest.get("/reports/LeadSources/export.xlsx?what=formatted").get_data()
    assert "xl/worksheets/sheet1.xml" in ZipFile(io.BytesIO(book)).namelist()


def test_who_may_not_run_build_or_export_is_refused(site: Site) -> None:
    limit(site)
    rep = site.guest("rep")
    assert rep.get("/reports").status_code == 403
    assert "/reports" not in rep.read("/home")
    limit(site, "RunReports", fields=("Opportunity.StageName", "Opportunity.Amount"))
    rep = site.guest("rep")
    assert "New report" not in rep.read("/reports")
    assert rep.get("/reports/OpportunityPipeline/export.csv").status_code == 403
    assert rep.get("/reports/new").status_code == 403
    assert send(site, "/reports/preview", {"document": PIPELINE}).status_code == 403
    assert send(site, "/reports/new", {"document": PIPELINE}).status_code == 403


def test_a_hidden_field_is_left_out_or_refused_and_never_told(site: Site) -> None:
    site.put_live({
        "kind": "CustomField", "uid": "f-secret", "name": "Account.Secret__c", "label": CANARY,
        "type": "Text", "length": 80,
    })  # fmt: skip
    row = {"id": "1", "field": "Secret__c", "operator": "equals", "value": CANARY}
    shown = {
        "kind": "Report", "folder": "StandardReports", "reportType": "Account",
        "format": "Summary", "groupingsDown": [{"field": "Secret__c"}, {"field": "Name"}],
        "columns": [{"field": "Name"}, {"field": "Secret__c", "aggregateTypes": ["Maximum"]}],
    }  # fmt: skip
    site.put_live(
        {**shown, "uid": "r-1", "name": "Shown", "label": "Shown"},
        {**shown, "uid": "r-2", "name": "Asked", "label": "Asked", "filters": [row]},
    )
    site.records().create("Account", {"Name": "Kept", "Secret__c": CANARY})
    limit(site, "RunReports", "ExportReport", fields=("Account.Name",))
    rep, admin = site.guest("rep"), site.guest()
    paths = ["", "/print", "/export.csv", "/export.csv?what=formatted", "/filters"]
    for path in paths:
        for name in ("Shown", "Asked"):
            answer = rep.get(f"/reports/{name}{path}")
            assert CANARY not in answer.get_data(as_text=True), path
            assert "Secret" not in answer.get_data(as_text=True), path
    assert "left out" in rep.read("/reports/Shown")
    assert "cannot be run" in rep.read("/reports/Asked")
    assert CANARY in admin.read("/reports/Shown")


def test_a_report_of_ones_own_is_nobody_elses(site: Site) -> None:
    answer = send(site, "/reports/new", {"document": PIPELINE, "folder": "private"})
    assert answer.status_code == 200
    url = answer.get_json()["url"]
    assert url.startswith("/reports/my-")
    version = site.snapshot.version
    rep = site.guest("rep")
    assert "Mine" in rep.read(url)
    assert "Mine" in rep.read("/reports?in=mine")
    assert site.guest().get(url).status_code == 404
    changed = {**PIPELINE, "label": "Still mine"}
    assert send(site, f"{url}/edit", {"document": changed}, put=True).status_code == 200
    assert "Still mine" in rep.read(url)
    assert rep.get(f"{url}/edit").status_code == 200
    rep.post(f"{url}/delete")
    assert rep.get(url).status_code == 404
    rep.post(f"{url}/restore")
    assert rep.get(url).status_code == 200
    assert site.snapshot.version == version


def test_only_who_may_change_a_folder_saves_into_it(site: Site) -> None:
    body = {"document": PIPELINE, "folder": "StandardReports"}
    assert send(site, "/reports/new", body).status_code == 403
    assert send(site, "/reports/OpportunityPipeline/edit", body, put=True).status_code == 403
    made = send(site, "/reports/new", body, who="admin")
    assert made.status_code == 200
    assert site.guest("rep").get(made.get_json()["url"]).status_code == 200
    site.put_live({"kind": "ReportFolder", "uid": "rf-1", "name": "Closed", "label": "Closed"})
    hidden = send(site, "/reports/new", {**body, "folder": "Closed"}, who="admin")
    assert site.guest("rep").get(hidden.get_json()["url"]).status_code == 404


def test_what_is_not_understood_is_refused(site: Site) -> None:
    wrong = {**PIPELINE, "columns": [{"field": "Nothing"}]}
    assert send(site, "/reports/new", {"document": wrong}).status_code == 422
    assert send(site, "/reports/new", {"document": []}).status_code == 422
    assert send(site, "/reports/new", {"document": {**PIPELINE, "x": 1}}).status_code == 422
    assert "left out" in send(site, "/reports/preview", {"document": wrong}).text
    assert "Prospecting" in send(site, "/reports/preview", {"document": PIPELINE}).text
    assert site.guest().get("/reports/Nothing").status_code == 404


def test_a_report_is_one_statement_for_its_groups(site: Site) -> None:
    guest = site.guest()
    guest.read("/reports/LeadSources")
    with site.counted() as heard:
        guest.read("/reports/LeadSources")
    assert sum("GROUP BY" in statement for statement in heard) == 1


def test_a_starred_report_stands_in_the_navigation(site: Site) -> None:
    guest = site.guest()
    uid = "report:std.report.LeadSources"
    guest.post("/favourites/toggle", {"target": uid, "back": "/reports/LeadSources"})
    assert 'href="/reports/LeadSources"' in guest.read("/home")
    assert guest.post("/favourites/toggle", {"target": "report:nothing"}).status_code == 404
    guest.post("/favourites/toggle", {"target": uid})
    assert 'href="/reports/LeadSources"' not in guest.read("/home")
