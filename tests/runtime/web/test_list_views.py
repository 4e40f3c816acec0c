"""Views by HTTP, without scripts: saved, changed, shared, pinned, deleted, taken back."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from tests.demo_site import Guest, Site, hidden_fields
from tests.runtime.web.test_lists import link_of, rows_of, statements
from trellis.platform.migrations.tables import sys_view

NARROWED = "/o/Account?filter=Industry:equals:Banking&sort=-Name&columns=Name,Industry"
SAVE = NARROWED.replace("/o/Account?", "/o/Account/views/new?")


def save(guest: Guest, label: str = "Banks", **more: str) -> str:
    """Saves what is looked at as a view; the address it leads to."""
    once = hidden_fields(guest.read(SAVE), "sheet-form")["once"]
    answer = guest.post(SAVE, {"label": label, "once": once, "for": "me"} | more)
    assert answer.status_code == 302, answer.text[-800:]
    return str(answer.location)


def views_in(page: str) -> list[str]:
    """The names in the menu of views."""
    return re.findall(r'class="mi" href="/o/Account\?[^"]*view=[^"]*"[^>]*>([^<]+)<', page)


def view_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["view"][0]


def test_what_is_looked_at_is_saved_as_a_view_of_ones_own(either_site: Site) -> None:
    rep = either_site.guest("rep")
    shown = rows_of(rep.read(NARROWED))
    page = rep.read(save(rep))
    assert shown
    assert rows_of(page) == shown
    assert "<h1>Banks</h1>" in page
    assert re.findall(r'data-col="([^"]+)"', page) == ["Name", "Industry"]
    assert "Banks" in rep.read("/o/Account")
    assert "Banks" not in either_site.guest("admin").read("/o/Account")


def test_a_form_that_is_sent_twice_saves_one_view(either_site: Site) -> None:
    for who, audience in (("rep", "me"), ("admin", "everybody")):
        guest = either_site.guest(who)
        once = hidden_fields(guest.read(SAVE), "sheet-form")["once"]
        said = {"label": f"Once {who}", "once": once, "for": audience}
        first, second = guest.post(SAVE, said), guest.post(SAVE, said)
        assert first.status_code == second.status_code == 302
        assert first.location == second.location
        assert views_in(guest.read("/o/Account")).count(f"Once {who}") == 1


def test_a_view_for_everybody_needs_the_right_to_share(either_site: Site) -> None:
    rep, admin = either_site.guest("rep"), either_site.guest("admin")
    assert rep.post(SAVE, {"label": "All ours", "for": "everybody"}).status_code == 403
    address = save(admin, "All ours", **{"for": "everybody"})
    assert view_of(address) == "All_ours"
    assert "All ours" in rep.read("/o/Account")
    page = rep.read(f"{address}&sort=Name")
    assert "Save as view" in page
    assert "Save for everybody" not in page
    for deed in ("save", "delete"):
        assert rep.post(f"/o/Account/views/{deed}?view=All_ours").status_code == 403
    assert rep.post("/o/Account/views/restore?key=All_ours&deployment=x").status_code == 403


def test_problems_come_back_in_the_sheet(either_site: Site) -> None:
    rep = either_site.guest("rep")
    answer = rep.post(SAVE, {"label": "  "})
    assert answer.status_code == 422
    assert "The view needs a name." in answer.text
    save(rep)
    answer = rep.post(SAVE, {"label": "Banks"})
    assert "You have a view of that name already." in answer.text
    assert 'value="Banks"' in answer.text


def test_a_changed_view_says_so_and_is_saved_over_or_reset(either_site: Site) -> None:
    rep = either_site.guest("rep")
    address = save(rep)
    view = view_of(address)
    assert "Save changes" not in rep.read(address)
    changed = rep.read(f"/o/Account?view={view}&sort=Industry&q=a")
    assert "Save changes" in changed
    assert "Reset" in changed
    answer = rep.post(f"/o/Account/views/save?view={view}&sort=Industry&q=a")
    page = rep.read(answer.location)
    assert "Save changes" not in page
    assert "“a”" in page
    assert "My records" in rep.read(f"/o/Account?view={view}&scope=Mine")
    assert re.search(r'data-col="Industry" aria-sort="ascending"', page)


def test_a_view_is_renamed_deleted_and_brought_back(either_site: Site) -> None:
    rep = either_site.guest("rep")
    view = view_of(save(rep))
    rep.submit(f"/o/Account/views/edit?view={view}", {"label": "The banks"})
    assert "The banks" in rep.read("/o/Account")
    answer = rep.post(f"/o/Account/views/delete?view={view}")
    page = rep.read(answer.location)
    undo = re.search(r'action="([^"]+views/restore[^"]+)"', page)
    assert undo
    assert "The banks" not in views_in(page)
    assert rep.get(f"/o/Account?view={view}").status_code == 404
    assert "The banks" in views_in(rep.read(rep.post(undo[1].replace("&amp;", "&")).location))


def test_a_shared_view_is_changed_deleted_and_brought_back_for_everybody(
    either_site: Site,
) -> None:
    admin, rep = either_site.guest("admin"), either_site.guest("rep")
    view = view_of(save(admin, "All ours", **{"for": "everybody"}))
    saved = admin.read(admin.post(f"/o/Account/views/save?view={view}&sort=Industry").location)
    assert "The view is changed for everybody." in saved
    page = rep.read(f"/o/Account?view={view}")
    assert re.search(r'data-col="Industry" aria-sort="ascending"', page)
    page = admin.read(admin.post(f"/o/Account/views/delete?view={view}").location)
    assert "All ours" not in views_in(rep.read("/o/Account"))
    undo = re.search(r'action="([^"]+views/restore[^"]+)"', page)
    assert undo
    admin.post(undo[1].replace("&amp;", "&"))
    assert "All ours" in views_in(rep.read("/o/Account"))


def test_a_pinned_view_opens_first_for_its_reader_alone(either_site: Site) -> None:
    rep = either_site.guest("rep")
    rep.post("/o/Account/views/pin?view=Customers")
    assert "<h1>Customers</h1>" in rep.read("/o/Account")
    assert "<h1>Customers</h1>" not in either_site.guest("admin").read("/o/Account")
    rep.post("/o/Account/views/pin?view=Customers")
    assert "<h1>Customers</h1>" not in rep.read("/o/Account")
    view = view_of(save(rep, pin="true"))
    assert "<h1>Banks</h1>" in rep.read("/o/Account")
    rep.post(f"/o/Account/views/delete?view={view}")
    assert "<h1>Banks</h1>" not in rep.read("/o/Account")


def test_recently_viewed_records_are_a_view_latest_first(either_site: Site) -> None:
    rep = either_site.guest("rep")
    ids = rows_of(rep.read("/o/Account?view=AllAccounts"))[:3]
    for record_id in ids:
        rep.read(f"/r/{record_id}")
    page = rep.read("/o/Account?view=recently-viewed")
    assert rows_of(page) == ids[::-1]
    assert set(rows_of(rep.read("/o/Account?view=recently-viewed&sort=Name"))) == set(ids)
    assert rows_of(either_site.guest("chinese").read("/o/Account?view=recently-viewed")) == []
    exported = rep.get("/o/Account/export.csv?view=recently-viewed").data
    assert exported.count(b"\n") == 4


def test_columns_of_a_shared_view_are_the_readers_own_and_can_be_reset(either_site: Site) -> None:
    rep = either_site.guest("rep")
    address = "/o/Account/columns?view=AllAccounts"
    form = {
        "columns": ["Industry", "Name", "AnnualRevenue"],
        "column_order": ["Industry", "Name", "Rating", "AnnualRevenue"],
        "total:AnnualRevenue": "max",
    }
    rep.post(address, form)
    page = rep.read("/o/Account?view=AllAccounts")
    assert re.findall(r'data-col="([^"]+)"', page) == ["Industry", "Name", "AnnualRevenue"]
    assert "Changed" not in page
    other = either_site.guest("admin").read("/o/Account?view=AllAccounts")
    assert re.findall(r'data-col="([^"]+)"', other) != ["Industry", "Name", "AnnualRevenue"]
    rep.post(address, {"reset": "1"})
    assert re.findall(r'data-col="([^"]+)"', rep.read("/o/Account?view=AllAccounts")) == (
        re.findall(r'data-col="([^"]+)"', other)
    )


def test_columns_of_ones_own_view_are_a_change_to_save(either_site: Site) -> None:
    rep = either_site.guest("rep")
    view = view_of(save(rep))
    answer = rep.post(
        f"/o/Account/columns?view={view}", {"columns": ["Name"], "column_order": ["Name"]}
    )
    assert "columns=Name" in answer.location
    assert "Save changes" in rep.read(answer.location)


def test_widths_are_kept_for_the_reader_and_forgotten_on_request(either_site: Site) -> None:
    rep = either_site.guest("rep")
    address = "/o/Account/settings?view=AllAccounts"
    rep.post(address, {"width": ["Name:222", "Industry:111"]})
    page = rep.read("/o/Account?view=AllAccounts")
    assert ' width="222" data-col="Name"' in page
    assert "dt-fixed" in page
    assert rep.post(address, {"width": "Name:wide"}).status_code == 400
    rep.post(address, {"reset": "1"})
    assert " width=" not in rep.read("/o/Account?view=AllAccounts")


def test_a_list_is_sorted_by_up_to_three_fields(either_site: Site) -> None:
    rep = either_site.guest("rep")
    form = {"sort_field": ["Industry", "", "Name"], "sort_way": ["down", "up", "up"]}
    answer = rep.post("/o/Account/sort?view=AllAccounts", form)
    assert parse_qs(urlsplit(answer.location).query)["sort"] == ["-Industry,Name"]
    ids = rows_of(rep.read(answer.location))
    values = [either_site.records("rep").get(one, ["Industry", "Name"]).values for one in ids]
    filled = [(v["Industry"], v["Name"]) for v in values if v["Industry"]]
    assert len({industry for industry, _name in filled}) > 1
    by_name = sorted(filled, key=lambda row: row[1].casefold())
    assert filled == sorted(by_name, key=lambda row: row[0].casefold(), reverse=True)


def test_a_filter_of_the_view_can_be_taken_out_and_its_logic_follows(either_site: Site) -> None:
    rep = either_site.guest("rep")
    page = rep.read("/o/Opportunity?view=AllOpenOpportunities")
    assert page.count("Remove filter") == 2
    without = re.search(r'class="chip-x" href="([^"]+)"', page)
    assert without
    page = rep.read(without[1].replace("&amp;", "&"))
    assert page.count("Remove filter") == 1
    assert "Changed" in page


def test_a_lookup_is_filtered_by_the_name_of_its_record(either_site: Site) -> None:
    rep = either_site.guest("rep")
    account = either_site.records().create("Account", {"Name": "Zebra & Sons"})
    contact = either_site.records().create("Contact", {"LastName": "Zed", "AccountId": account})
    form = {"filter_field": "AccountId", "filter_operator": "equals"}
    address = "/o/Contact/filters?view=AllContacts"
    answer = rep.post(address, form | {"filter_value": "zebra & sons"})
    page = rep.read(answer.location)
    assert rows_of(page) == [contact]
    assert "Zebra &amp; Sons" in page.split('class="chip"')[1]
    answer = rep.post(address, form | {"filter_value": "nobody at all"})
    assert answer.status_code == 422
    assert "no record is called" in answer.text
    assert 'value="nobody at all"' in answer.text


# --- figures --------------------------------------------------------------------------------------


def test_a_page_counts_nothing_and_its_figures_come_after_it(either_site: Site) -> None:
    rep = either_site.guest("rep")
    address = "/o/Opportunity?view=AllOpportunities"
    rep.read(address)
    with either_site.counted() as sent:
        page = rep.read(address)
    assert not [text for text in sent if "count(" in text.lower() and "sys_" not in text]
    assert "50+ records" in page
    lazy = re.search(r'data-lazy="([^"]+)"', page)
    assert lazy
    with either_site.db.read() as conn:
        table = sa.table(either_site.table("Opportunity"), sa.column("is_deleted"))
        live = sa.select(sa.func.count()).select_from(table)
        flag = sa.true() if either_site.db.dialect == "postgresql" else sa.literal(0) == 0
        number = conn.scalar(live.where(flag))
    part = rep.read(lazy[1].replace("&amp;", "&"), headers={"X-Part": "1"})
    assert f"1–50 of {number}<" in part
    assert re.search(r"Amount · </span>Sum", part)
    assert "<html" not in part
    whole = rep.read("/o/Opportunity/figures?view=AllOpportunities")
    assert re.search(r"Amount · </span>Sum", whole)
    assert f"{number} records" in whole
    later = rep.read(link_of(page, "next"))
    assert "51–100" in later


@pytest.mark.parametrize(("function", "word"), [("avg", "Average"), ("min", "Lowest")])
def test_each_column_has_the_total_its_reader_chose(
    either_site: Site, function: str, word: str
) -> None:
    rep = either_site.guest("rep")
    rep.post("/o/Account/settings?view=AllAccounts", {"total": f"NumberOfEmployees:{function}"})
    rep.post(
        "/o/Account/columns?view=AllAccounts",
        {"columns": ["Name", "NumberOfEmployees"], "column_order": ["Name", "NumberOfEmployees"],
         "total:NumberOfEmployees": function},
    )  # fmt: skip
    part = rep.read("/o/Account/figures?view=AllAccounts", headers={"X-Part": "1"})
    assert f"Employees · </span>{word}" in part


def test_what_a_person_keeps_costs_one_statement(either_site: Site) -> None:
    address = "/o/Account?view=AllAccounts"
    before = statements(either_site, address)
    rep = either_site.guest("rep")
    for n in range(5):
        save(rep, f"View {n}")
    rep.post("/o/Account/settings?view=AllAccounts", {"width": ["Name:200"]})
    assert statements(either_site, address) == before
    with either_site.db.read() as conn:
        kept = sa.select(sa.func.count()).select_from(sys_view)
        assert conn.scalar(kept) == 6
