"""Dashboards by HTTP: the list, tiles, filters, rights, saving and taking back."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import HOME, PEOPLE, Site
from trellis.metadata.definition import Document
from trellis.runtime.dashboards.kept import own_dashboards, purge_dashboards

CANARY = "Canary of the secret field"
TILE = {"id": "1", "report": "OpportunityPipeline", "width": 6, "height": 2}


def board(uid: str = "d-1", **more: Any) -> Document:
    return {
        "kind": "Dashboard", "uid": uid, "name": "Board", "label": "Board",
        "folder": "StandardDashboards", "components": [TILE], **more,
    }  # fmt: skip


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


def send(site: Site, path: str, body: Any, who: str = "rep", *, put: bool = False) -> Any:
    guest = site.guest(who)
    guest.read("/settings")
    ask = guest.client.put if put else guest.client.post
    return ask(path, json=body, headers={"X-CSRFToken": guest.token}, base_url=HOME)


def make_own(site: Site, **more: Any) -> str:
    """Saves a dashboard of the rep's own; returns its address."""
    document = {"label": "Mine", "components": [TILE], **more}
    answer = send(site, "/dashboards/new", {"document": document, "folder": "private"})
    assert answer.status_code == 200, answer.json
    return str(answer.json["url"])


@pytest.mark.parametrize("name", ["SalesDashboard", "AdoptionDashboard"])
@pytest.mark.parametrize("who", ["admin", "rep"])
def test_every_tile_of_the_seeded_dashboards_is_drawn(site: Site, who: str, name: str) -> None:
    guest = site.guest(who)
    assert f'href="/dashboards/{name}"' in guest.read("/dashboards")
    page = guest.read(f"/dashboards/{name}")
    tiles = re.findall(r'hx-get="([^"]+)"', page)
    assert len(tiles) == len(site.snapshot.find("Dashboard", name).components)
    for address in tiles:
        tile = guest.read(html.unescape(address) + "?w=500")
        assert "db-no" not in tile, address
        assert "Open report" in tile
    assert "<svg" in guest.read(f"/dashboards/{name}?print=1")
    assert f'href="/dashboards/{name}"' in guest.read("/dashboards?in=recent")


def test_a_filter_narrows_every_tile_that_has_its_field(site: Site) -> None:
    guest = site.guest()
    path = "/dashboards/SalesDashboard"
    page = guest.read(f"{path}?f.1=0")
    assert f'hx-get="{path}/tiles/open?f.1=0"' in page

    def figure(query: str) -> str:
        found = re.search(r'ch-fig"><a href="[^"]*">([^<]+)<', guest.read(f"{path}/tiles/{query}"))
        assert found is not None
        return found[1]

    assert figure("deals") != figure("deals?f.1=0") == figure("deals?f.1=0&f.9=3")
    link = re.search(r'ch-fig"><a href="([^"]+)"', guest.read(f"{path}/tiles/deals?f.1=0"))
    assert link is not None
    assert "filter=Type" in link[1]
    rows = guest.read(html.unescape(link[1]))
    assert f"of {figure('deals?f.1=0')}" in rows or f">{figure('deals?f.1=0')} records" in rows
    assert "Not filtered by Type" in guest.read(f"{path}/tiles/sources?f.1=0")
    # over the lookup of opportunities to their account
    assert figure("deals?f.3=0") != figure("deals")


def test_a_hidden_field_is_never_told_by_a_tile(site: Site) -> None:
    site.put_live({
        "kind": "CustomField", "uid": "f-secret", "name": "Account.Secret__c", "label": CANARY,
        "type": "Text", "length": 80,
    })  # fmt: skip
    row = {"id": "1", "field": "Secret__c", "operator": "equals", "value": CANARY}
    shown = {
        "kind": "Report", "folder": "StandardReports", "reportType": "Account",
        "format": "Summary", "groupingsDown": [{"field": "Secret__c"}, {"field": "Name"}],
        "columns": [{"field": "Name"}, {"field": "AnnualRevenue", "aggregateTypes": ["Sum"]}],
        "chart": {"chartType": "bar", "group": "Secret__c"},
    }  # fmt: skip
    revenue = {"chartType": "metric", "measures": ["AnnualRevenue:Sum"]}
    site.put_live(
        {**shown, "uid": "r-1", "name": "Shown", "label": "Shown"},
        {**shown, "uid": "r-2", "name": "Asked", "label": "Asked", "filters": [row]},
        board(
            components=[
                {"id": "1", "report": "Shown"}, {"id": "2", "report": "Asked"},
                {"id": "3", "report": "Shown", "chart": revenue},
            ],
            filters=[{"id": "1", "field": "Account.Secret__c",
                      "choices": [{"operator": "equals", "value": CANARY}]}],
        ),
    )  # fmt: skip
    site.records().create(
        "Account", {"Name": "Kept", "Secret__c": CANARY, "AnnualRevenue": Decimal(987654321)}
    )
    paths = ["", "/tiles/1", "/tiles/2", "/tiles/3", "?print=1", "/tiles/1?f.1=0", "/tiles/3?f.1=0"]
    told = "".join(site.guest().read(f"/dashboards/Board{path}") for path in paths)
    assert CANARY in told
    limit(site, "RunReports", fields=("Account.Name",))
    rep = site.guest("rep")
    for path in paths:
        page = rep.read(f"/dashboards/Board{path}")
        assert CANARY not in page, path
        assert "987" not in page, path
    for n in (1, 2, 3):
        tile = rep.read(f"/dashboards/Board/tiles/{n}")
        assert "may not see" in tile or "db-no" in tile, n
        assert '<svg class="ch-svg' not in tile


def test_what_a_person_may_not_see_answers_as_what_is_not_there(site: Site) -> None:
    site.put_live(
        {"kind": "DashboardFolder", "uid": "df", "name": "Closed", "label": "Closed"},
        {"kind": "ReportFolder", "uid": "rf", "name": "Shut", "label": "Shut"},
        {"kind": "Report", "uid": "rs", "name": "Hidden", "label": "Hidden name", "folder": "Shut",
         "reportType": "Account"},
        board(folder="Closed", label="Secret board"),
        {**board("d-2"), "name": "Open", "components": [{"id": "1", "report": "Hidden"}]},
    )  # fmt: skip
    own = make_own(site)
    rep, admin = site.guest("rep"), site.guest()
    for path in ("/dashboards/Board", "/dashboards/Nothing", "/dashboards/Board/tiles/1"):
        assert rep.get(path).status_code == 404
    assert "Secret board" not in rep.read("/dashboards")
    assert admin.get("/dashboards/Board").status_code == 200
    assert admin.get(own).status_code == 404
    assert admin.get(f"{own}/tiles/1").status_code == 404
    tile = rep.read("/dashboards/Open/tiles/1")
    assert "Hidden" not in tile
    assert "may not see" in tile
    assert "Hidden name" not in rep.read("/dashboards/Open")
    limit(site)
    assert site.guest("rep").get("/dashboards").status_code == 403


def test_a_fixed_running_user_shows_their_view_and_only_some_may_choose_one(site: Site) -> None:
    mine = {"kind": "Report", "uid": "r-own", "name": "Scoped", "label": "Scoped",
            "folder": "StandardReports", "reportType": "Opportunity", "scope": "mine",
            "chart": {"chartType": "metric", "measures": ["RowCount"]}}  # fmt: skip
    tile = [{"id": "1", "report": "Scoped"}]
    shares = [{"type": "allInternalUsers", "level": "Edit"}]
    folder = {"kind": "DashboardFolder", "uid": "df", "name": "Team", "label": "Team",
              "shares": shares}  # fmt: skip
    fixed = board(folder="Team", components=tile, runningUser=PEOPLE["rep"])
    site.put_live(mine, folder, fixed, {**board("d-2", components=tile), "name": "Dynamic"})
    admin, rep = site.guest(), site.guest("rep")

    def figure(guest: Any, name: str) -> str:
        return re.sub(r"as of [^<]+", "", guest.read(f"/dashboards/{name}/tiles/1"))

    assert figure(admin, "Board") == figure(rep, "Board") == figure(rep, "Dynamic")
    assert figure(admin, "Dynamic") != figure(admin, "Board")
    body = {"document": {"label": "B", "components": tile, "runningUser": PEOPLE["admin"]}}
    assert send(site, "/dashboards/Board/edit", body, put=True).status_code == 403
    body["document"]["runningUser"] = PEOPLE["rep"]  # type: ignore[index]
    assert send(site, "/dashboards/Board/edit", body, put=True).status_code == 200
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET is_active = false WHERE username = :name"),
                     {"name": PEOPLE["rep"]})  # fmt: skip
    assert "not active" in admin.read("/dashboards/Board/tiles/1")


def test_a_report_is_added_and_that_is_taken_back(either_site: Site) -> None:
    site = either_site
    rep = site.guest("rep")
    sheet = rep.read("/reports/LeadSources/dashboard")
    assert "A new dashboard" in sheet
    form = {"dashboard": "new", "new_label": "Mine", "chart_type": "donut", "title": "",
            "promise": "0RP000000000000000"}  # fmt: skip
    made = rep.post("/reports/LeadSources/dashboard", form)
    assert made.status_code == 302
    key = made.location.rpartition("/")[2]
    rep.post("/reports/ClosedOpportunities/dashboard", {**form, "dashboard": key})

    def count() -> int:
        return rep.read(made.location).count("data-tile")

    assert count() == 2
    rep.post(f"/dashboards/{key}/undo", {})
    assert count() == 1
    rep.post(f"/dashboards/{key}/delete", {})
    assert rep.get(made.location).status_code == 404
    rep.post(f"/dashboards/{key}/restore", {})
    assert count() == 1
    assert rep.post("/reports/LeadSources/dashboard",
                    {**form, "dashboard": "SalesDashboard"}).status_code == 403  # fmt: skip
    rep.post(f"/dashboards/{key}/delete", {})
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_dashboard SET deleted_at = '2020-01-01'"))
        assert purge_dashboards(conn) == 1


def test_a_shared_dashboard_is_saved_by_deployment_and_taken_back(site: Site) -> None:
    site.put_live(board())
    body = {"document": {"label": "Other", "components": []}}
    assert send(site, "/dashboards/Board/edit", body, put=True).status_code == 403
    assert send(site, "/dashboards/Board/edit", body, "admin", put=True).status_code == 200
    assert site.snapshot.find("Dashboard", "Board").label == "Other"
    admin = site.guest()
    undo = re.search(r"/dashboards/Board/undo\?token=\w+", admin.read("/dashboards/Board"))
    with site.db.read() as conn:
        latest = conn.scalar(sa.text("SELECT max(id) FROM sys_deployment"))
    path = undo[0] if undo else f"/dashboards/Board/undo?token={latest}"
    assert site.guest("rep").post(path, {}).status_code == 403
    admin.post(path, {})
    assert site.snapshot.find("Dashboard", "Board").label == "Board"
    site.put_live({"kind": "Role", "uid": "ro", "name": "Another", "label": "Another"})
    with site.db.read() as conn:
        latest = conn.scalar(sa.text("SELECT max(id) FROM sys_deployment"))
    assert admin.post(f"/dashboards/Board/undo?token={latest}", {}).status_code == 403
    assert site.snapshot.find("Role", "Another")


def test_a_renamed_report_stays_on_dashboards_and_a_deleted_one_goes(site: Site) -> None:
    report = {"kind": "Report", "uid": "r-1", "name": "Before", "label": "Before",
              "folder": "StandardReports", "reportType": "Account"}  # fmt: skip
    site.put_live(report)
    tiles = [{"id": "1", "report": "Before"}, TILE | {"id": "2"}]
    site.put_live(board(components=tiles))
    make_own(site, components=tiles)
    site.put_live({**report, "name": "After"})
    shared = site.snapshot.find("Dashboard", "Board")
    with site.db.read() as conn:
        own = own_dashboards(conn, site.actor("rep"), site.snapshot)[0]
    assert shared.components[0].report == own.components[0].report == "After"


def test_what_is_wrong_is_refused_in_words(site: Site) -> None:
    def problems(**more: Any) -> str:
        body = {"document": {"label": "Mine", "components": [TILE], **more}}
        answer = send(site, "/dashboards/new", body)
        assert answer.status_code == 422
        return " ".join(answer.json["problems"])

    assert "no report" in problems(components=[TILE | {"report": "OpportunityPipelin"}])
    assert "no field" in problems(filters=[{"id": "1", "field": "Account.Nothing"}])
    assert problems(components=[TILE | {"width": 13}])
    assert problems(components=[TILE, TILE])
    assert problems(filters=[{"id": str(n), "field": "Account.Type"} for n in range(6)])
    assert "name" in problems(label=" ")
