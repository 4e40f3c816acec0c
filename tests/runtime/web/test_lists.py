"""List pages by HTTP: state in the address, forms without scripts, files, few statements."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import openpyxl
import pytest

from tests.demo_site import Guest, Site


def rows_of(page: str) -> list[str]:
    """The ids of the rows of a page, from the top."""
    return re.findall(r'<tr data-row="([A-Za-z0-9]{18})"', page)


def link_of(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return found[1].replace("&amp;", "&") if found else ""


def walk(guest: Guest, address: str) -> list[str]:
    """The ids of all pages of a list, following "Next page"."""
    seen: list[str] = []
    while address:
        page = guest.read(address)
        seen += rows_of(page)
        address = link_of(page, "next")
    return seen


def test_pages_of_a_list_show_each_record_once_and_lead_back(either_site: Site) -> None:
    rep = either_site.guest("rep")
    first = rep.read("/o/Contact?view=AllContacts")
    second = rep.read(link_of(first, "next"))
    assert rows_of(rep.read(link_of(second, "prev"))) == rows_of(first)
    seen = walk(rep, "/o/Contact?view=AllContacts&sort=-Email")
    with either_site.db.read() as conn:
        from_table = conn.exec_driver_sql(
            f"SELECT count(*) FROM {either_site.table('Contact')} WHERE is_deleted = "
            + ("0" if either_site.db.dialect == "sqlite" else "false")
        ).scalar_one()
    assert len(seen) == len(set(seen)) == from_table


def test_words_narrow_a_list_whatever_their_case(either_site: Site) -> None:
    rep = either_site.guest("rep")
    record = either_site.records().create("Account", {"Name": "Quuxel 测试 Works"})
    for words in ("quuxel", "测试 w", "%e6%b5%8b"):
        assert rows_of(rep.read(f"/o/Account?view=AllAccounts&q={words}")) == [record]
    page = rep.read("/o/Account?view=AllAccounts&q=no-such-words")
    assert "Nothing found" in page


def test_filters_are_chosen_on_a_page_without_scripts(either_site: Site) -> None:
    rep = either_site.guest("rep")
    rep.get("/o/Account/filters?view=AllAccounts")
    form = {
        "filter_field": ["Industry", "Name", ""],
        "filter_operator": ["equals", "contains", "equals"],
        "filter_value": ["Banking", "a", ""],
    }
    answer = rep.post("/o/Account/filters?view=AllAccounts", form)
    assert answer.status_code == 302
    page = rep.read(answer.location)
    assert page.count("Remove filter") == 2
    found = rows_of(page)
    assert found
    records = either_site.records("rep")
    for record_id in found:
        values = records.get(record_id, ["Industry", "Name"]).values
        assert values["Industry"] == "Banking"
        assert "a" in values["Name"].casefold()


def test_a_filter_that_cannot_be_understood_is_refused_in_words(site: Site) -> None:
    rep = site.guest("rep")
    rep.get("/o/Account/filters")
    form = {
        "filter_field": "AnnualRevenue",
        "filter_operator": "greaterThan",
        "filter_value": "lots",
    }
    answer = rep.post("/o/Account/filters", form, follow_redirects=True)
    assert answer.status_code in (200, 400, 422)
    assert "lots" in answer.text


def test_a_heading_sorts_and_sorts_back(either_site: Site) -> None:
    rep = either_site.guest("rep")
    up = walk(rep, "/o/Opportunity?view=AllOpportunities&sort=Amount")
    down = walk(rep, "/o/Opportunity?view=AllOpportunities&sort=-Amount")
    amounts = [either_site.records("rep").get(one, ["Amount"]).values["Amount"] for one in up[:40]]
    known = [amount for amount in amounts if amount is not None]
    assert known == sorted(known)
    assert set(up) == set(down)


def test_my_view_shows_my_records_alone(either_site: Site) -> None:
    me = either_site.actor("rep").user_id
    mine = walk(either_site.guest("rep"), "/o/Account?view=MyAccounts")
    everybody = walk(either_site.guest("rep"), "/o/Account?view=AllAccounts")
    owners = {
        one: either_site.records("rep").get(one, ["OwnerId"]).values["OwnerId"] for one in everybody
    }
    assert set(mine) == {one for one, owner in owners.items() if owner == me}
    assert 0 < len(mine) < len(everybody)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_holds_every_page_of_what_is_shown(either_site: Site, kind: str) -> None:
    rep = either_site.guest("rep")
    shown = walk(rep, "/o/Contact?view=AllContacts&q=a")
    answer = rep.client.get(
        f"/o/Contact/export.{kind}?view=AllContacts&q=a", base_url="http://127.0.0.1:8000"
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
    rows = read_csv(answer.data) if kind == "csv" else read_xlsx(answer.data)
    assert len(rows) == len(shown) + 1
    assert rows[0][0] == "Name"


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def read_xlsx(data: bytes) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
    return list(sheet.iter_rows(values_only=True))


def test_a_value_that_looks_like_a_formula_is_no_formula_in_an_export(site: Site) -> None:
    site.records().create("Account", {"Name": '=HYPERLINK("http://evil.example","x")'})
    answer = site.guest("rep").client.get(
        "/o/Account/export.csv?view=AllAccounts&q=HYPERLINK", base_url="http://127.0.0.1:8000"
    )
    (_head, row) = read_csv(answer.data)
    assert not row[0].startswith("=")


# --- statements -----------------------------------------------------------------------------------


def statements(site: Site, path: str) -> int:
    rep = site.guest("rep")
    rep.read(path)  # forms, snapshots and templates are made once
    with site.counted() as sent:
        rep.read(path)
    return len(sent)


@pytest.mark.parametrize(
    ("object_name", "view"),
    [("Account", "AllAccounts"), ("Contact", "AllContacts"), ("Lead", "AllLeads")],
)
def test_a_list_sends_as_many_statements_for_fifty_rows_as_for_one(
    either_site: Site, object_name: str, view: str
) -> None:
    many = f"/o/{object_name}?view={view}"
    first = either_site.guest("rep").read(many)
    record_id = rows_of(first)[0]
    name = either_site.snapshot.object(object_name).name_field
    title = either_site.records().get(record_id, [name]).values[name]
    few = f"{many}&q={title}"
    assert len(rows_of(first)) > 40
    assert 1 <= len(rows_of(either_site.guest("rep").read(few))) < 10
    assert statements(either_site, many) <= statements(either_site, few) + 1  # the count
    assert statements(either_site, many) <= 14


def test_a_record_page_sends_as_many_statements_however_many_relations_it_has(
    either_site: Site,
) -> None:
    bare = either_site.records().create("Account", {"Name": "Bare"})
    busy = busiest_account(either_site)
    assert statements(either_site, f"/r/{busy}") <= statements(either_site, f"/r/{bare}") + 4
    assert statements(either_site, f"/r/{busy}") <= 30


def busiest_account(site: Site) -> str:
    """The account with the most contacts."""
    ids = walk(site.guest("rep"), "/o/Contact?view=AllContacts&sort=Account.Name")
    accounts = [site.records().get(one, ["AccountId"]).values["AccountId"] for one in ids[:60]]
    return max(filter(None, accounts), key=accounts.count)


def test_the_bin_and_the_search_send_few_statements(either_site: Site) -> None:
    assert statements(either_site, "/recycle-bin") <= 13
    assert statements(either_site, "/search?q=an") <= 40
