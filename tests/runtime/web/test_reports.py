"""Reports by HTTP: the list, the run page, filters in place, files, the builder, and rights."""

from __future__ import annotations

import html
import io
import json
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


def test_a_report_that_finds_nothing_says_so(site: Site) -> None:
    nobody = {"id": "1", "field": "Name", "operator": "equals", "value": "Nobody at all"}
    document = {**PIPELINE, "filters": [nobody]}
    answer = send(site, "/reports/preview", {"document": document})
    assert answer.status_code == 200
    assert "No records" in answer.get_data(as_text=True)
    url = send(site, "/reports/new", {"document": document}).get_json()["url"]
    assert "No records" in site.guest("rep").read(url)


def test_every_object_offered_to_cross_with_can_be_crossed(site: Site) -> None:
    page = site.guest().read("/reports/new?type=Account")
    words = re.search(r'id="report-words">(.+?)</script>', page)
    assert words is not None
    relations = [name for name, _label in json.loads(words[1])["relations"]]
    assert {"Contact.AccountId", "Opportunity.AccountId"} <= set(relations)
    document = {"label": "A", "reportType": "Account", "columns": [{"field": "Name"}]}
    for relation in relations:
        counts = []
        for operation in ("with", "without"):
            cross = {"operation": operation, "relation": relation}
            sent = {"document": {**document, "crossFilters": [cross]}}
            answer = send(site, "/reports/preview", sent, "admin").get_data(as_text=True)
            assert "cannot be run" not in answer, relation
            counts.append(0 if "No records" in answer else 1)
        assert any(counts), relation
        rows = send(site, "/reports/cross-filter", {"relation": relation}, "admin")
        assert rows.status_code == 200, relation


def test_records_named_in_cross_filters_become_their_ids_and_come_back_by_name(site: Site) -> None:
    row = {"id": "1", "field": "OwnerId", "operator": "equals", "value": "me"}
    cross = {"operation": "with", "relation": "Opportunity.AccountId", "filters": [row]}
    document = {"label": "A", "reportType": "Account", "columns": [{"field": "Name"}],
                "crossFilters": [cross]}  # fmt: skip
    url = send(site, "/reports/new", {"document": document}).get_json()["url"]
    assert "with Opportunities" in site.guest("rep").read(url)
    rows = send(site, "/reports/cross-filter", cross).get_data(as_text=True)
    assert 'value="me"' in rows


@pytest.mark.parametrize("relation", ["Lead.Nothing", "Nothing.AccountId", "", "Contact"])
def test_a_lookup_that_is_none_has_no_filter_rows(site: Site, relation: str) -> None:
    assert send(site, "/reports/cross-filter", {"relation": relation}).status_code == 404


def test_a_hidden_object_is_not_offered_and_answers_as_none(site: Site) -> None:
    site.put_live(
        {
            "kind": "Profile", "uid": "test.Limited", "name": "Limited", "label": "Limited",
            "objectPermissions": [{"object": "Account", "allowRead": True}],
            "fieldPermissions": [{"field": "Account.Name", "readable": True}],
            "userPermissions": [{"name": n, "enabled": True}
                                for n in ("RunReports", "CreateCustomizeReports")],
        }
    )  # fmt: skip
    with site.db.write() as conn:
        conn.execute(
            sa.text("UPDATE sys_user SET profile = 'test.Limited' WHERE username = :name"),
            {"name": PEOPLE["rep"]},
        )
    page = site.guest("rep").read("/reports/new?type=Account")
    assert "Opportunity.AccountId" not in page
    for relation in ("Opportunity.AccountId", "Account.ParentId", "Nothing.AccountId"):
        answer = send(site, "/reports/cross-filter", {"relation": relation})
        assert answer.status_code == 404, relation
    cross = {"operation": "with", "relation": "Opportunity.AccountId"}
    document = {"label": "A", "reportType": "Account", "columns": [{"field": "Name"}],
                "crossFilters": [cross]}  # fmt: skip
    assert send(site, "/reports/preview", {"document": document}).status_code in (404, 422)


def cells_of(book: bytes) -> str:
    """All that a workbook holds: the sheets, and the texts that they share."""
    with ZipFile(io.BytesIO(book)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.parametrize("what", ["details", "formatted"])
def test_a_workbook_never_holds_a_hidden_field(site: Site, what: str) -> None:
    site.put_live({
        "kind": "CustomField", "uid": "f-secret", "name": "Account.Secret__c", "label": CANARY,
        "type": "Text", "length": 80,
    })  # fmt: skip
    bucket = {"name": "B", "label": "Kept", "field": "Secret__c",
              "values": [{"label": CANARY, "values": [CANARY]}]}  # fmt: skip
    report = {
        "kind": "Report", "folder": "StandardReports", "reportType": "Account",
        "format": "Summary", "groupingsDown": [{"field": "Secret__c"}, {"field": "Name"}],
        "columns": [{"field": "Name"}, {"field": "Secret__c", "aggregateTypes": ["Maximum"]}],
        "sort": [{"field": "Secret__c"}],
    }  # fmt: skip
    site.put_live(
        {**report, "uid": "r-1", "name": "Shown", "label": "Shown"},
        {**report, "uid": "r-2", "name": "Bucketed", "label": "Bucketed", "buckets": [bucket],
         "columns": [{"field": "Name"}, {"field": "B"}]},
    )  # fmt: skip
    site.records().create("Account", {"Name": "Kept by canary", "Secret__c": CANARY})
    limit(site, "RunReports", "ExportReport", fields=("Account.Name",))
    path = f"/reports/Shown/export.xlsx?what={what}"
    told = cells_of(site.guest("rep").get(path).get_data())
    assert "Kept by canary" in told
    assert CANARY not in told
    assert CANARY in cells_of(site.guest().get(path).get_data())
    refused = site.guest("rep").get(f"/reports/Bucketed/export.xlsx?what={what}")
    assert CANARY.encode() not in refused.get_data()
    assert refused.status_code == 400


def test_a_role_in_anothers_report_shows_no_more_than_the_reader_may_see(site: Site) -> None:
    """The administrator holds a report to a role; who runs it sees of that role what they may."""
    deals = site.snapshot.object("Opportunity").document
    site.put_live({**deals, "sharingModel": "Private"})
    roles = [role.name for role in site.snapshot.of_kind("Role")]
    bare = {
        "kind": "Report", "folder": "StandardReports", "reportType": "Opportunity",
        "columns": [{"field": "Id"}],
    }  # fmt: skip
    site.put_live({**bare, "uid": "r-all", "name": "R_all", "label": "All"}, *(
        {**bare, "uid": f"r-{n}", "name": f"R_{n}", "label": f"R {n}", "roleHierarchyFilter": role}
        for n, role in enumerate(roles)
    ))  # fmt: skip

    def ids(who: str, key: str) -> set[str]:
        text = site.guest(who).read(f"/reports/{key}/export.csv").lstrip("\ufeff")
        return set(text.splitlines()[1:])

    seen, everything = ids("rep", "R_all"), ids("admin", "R_all")
    assert seen < everything
    found = 0
    for n in range(len(roles)):
        of_role = ids("admin", f"R_{n}")
        assert ids("rep", f"R_{n}") == of_role & seen
        found += of_role != everything and bool(of_role & seen)
    assert found, "no role tells anything apart"


def test_a_formula_of_a_hidden_field_is_left_out(site: Site) -> None:
    row = {"name": "Share", "label": "Share of it", "type": "Percent", "scale": 1,
           "formula": "Amount:Sum / PARENTGROUPVAL(Amount:Sum, GRAND_SUMMARY)"}  # fmt: skip
    site.put_live({
        **PIPELINE, "kind": "Report", "folder": "StandardReports", "uid": "r-1", "name": "Shares",
        "aggregates": [row],
    })  # fmt: skip
    for path in ("", "?details=0", "/print", "/export.csv?what=formatted&details=0"):
        assert "Share of it" in site.guest().read(f"/reports/Shares{path}"), path
    limit(site, "RunReports", "ExportReport", fields=("Opportunity.StageName", "Opportunity.Name"))
    for path in ("", "?details=0", "/print", "/export.csv?what=formatted&details=0"):
        assert "Share of it" not in site.guest("rep").read(f"/reports/Shares{path}"), path
    assert "left out" in site.guest("rep").read("/reports/Shares")


def walked(site: Site, address: str, rel: str) -> list[tuple[str, list[str]]]:
    """Every page from an address on, by its pager: (address, the records that it links to)."""
    guest, found = site.guest(), list[tuple[str, list[str]]]()
    while address:
        page = guest.read(address)
        found.append((address, re.findall(r'<tr[^>]*>.*?href="/r/([^"]+)"', page)))
        link = re.search(rf'href="([^"]+)" rel="{rel}"', page)
        address = html.unescape(link[1]) if link else ""
    return found


@pytest.mark.parametrize("shape", ["rows", "groups", "inside"])
def test_pages_go_backwards_over_the_rows_that_came_before(site: Site, shape: str) -> None:
    columns = {"columns": [{"field": "Name"}]}
    down = {"groupingsDown": [{"field": "StageName"}, {"field": "OwnerId"}], "format": "Summary"}
    if shape == "inside":
        down = {"groupingsDown": [{"field": "ForecastCategoryName"}], "format": "Summary"}
    site.put_live({
        "kind": "Report", "folder": "StandardReports", "uid": "r-1", "name": "Pages",
        "label": "Pages", "reportType": "Opportunity", **columns,
        **(down if shape != "rows" else {}),
    })  # fmt: skip
    start = "/reports/Pages"
    if shape == "inside":
        links = re.findall(r'href="([^"]*[?&]in=[^"]+)"', site.guest().read(start))
        start = max((html.unescape(link) for link in links),
                    key=lambda url: len(walked(site, url, "next")))  # fmt: skip
    forward = walked(site, start, "next")
    assert len(forward) > 1
    back = walked(site, forward[-1][0], "prev")[::-1]
    assert len(back) >= len(forward)
    joined = [row for _address, rows in forward for row in rows]
    assert len(set(joined)) == len(joined)
    assert {row for _address, rows in back for row in rows} == set(joined)
    assert back[0][1][:3] == joined[:3]
