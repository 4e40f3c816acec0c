"""Related lists by HTTP: adding a record to one and coming back to it, sorting and searching it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import Guest, Site, hidden_fields


def account(site: Site, who: str = "rep") -> str:
    return site.records(who).create("Account", {"Name": "Wyvern Works"})


def new_link(page: str) -> str:
    found = re.search(r'href="(/o/Contact/new\?[^"]*)"', page)
    assert found
    return unescape(found[1])


def added(guest: Guest, address: str, **form: str) -> Any:
    sent = hidden_fields(guest.read(address)) | form
    return guest.post("/o/Contact/new", sent)


def test_a_record_is_added_under_its_parent_and_leads_back(either_site: Site) -> None:
    parent = account(either_site)
    rep = either_site.guest("rep")
    address = new_link(rep.read(f"/r/{parent}?tab=related"))
    refused = added(rep, address, LastName="", AccountId=parent)
    assert refused.status_code == 422
    assert hidden_fields(refused.text)["back"] == f"/r/{parent}?tab=related"
    answer = added(rep, address, LastName="Okafor")
    assert answer.location.endswith(f"/r/{parent}?tab=related")
    assert "Okafor" in rep.read(f"/r/{parent}?tab=related")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil"])
def test_a_form_leads_back_to_no_other_site(site: Site, elsewhere: str) -> None:
    rep = site.guest("rep")
    page = rep.read("/o/Contact/new", query_string={"back": elsewhere})
    assert "evil" not in page
    sent = hidden_fields(page) | {"LastName": "Okafor", "back": elsewhere}
    assert re.search(r"/r/\w{18}$", rep.post("/o/Contact/new", sent).location)


def test_who_may_not_make_children_is_offered_none(site: Site) -> None:
    parent = account(site)
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET profile = 'ReadOnly' WHERE name LIKE 'Ana%'"))
    rep = site.guest("rep")
    assert "/o/Contact/new" not in rep.read(f"/r/{parent}?tab=related")
    assert rep.get(f"/o/Contact/new?back=/r/{parent}&AccountId={parent}").status_code == 403


def names(page: str) -> list[str]:
    """The last names of the rows, in order."""
    return [unescape(one) for one in re.findall(r">(Row \w+)</a>", page)]


def crowd(site: Site, count: int = 60) -> tuple[str, str]:
    """An account with so many contacts, and the address of all of them."""
    parent = account(site)
    rows = [{"LastName": f"Row {n:02}", "AccountId": parent}
            for n in range(count)]  # fmt: skip
    site.records("rep").create_many("Contact", rows)
    return parent, f"/r/{parent}/related/Contacts"


def test_all_of_a_list_is_sorted_searched_and_read_page_by_page(either_site: Site) -> None:
    _parent, address = crowd(either_site)
    rep = either_site.guest("rep")
    first = rep.read(f"{address}?sort=-Name")
    assert names(first)[:2] == ["Row 59", "Row 58"]
    assert 'aria-sort="descending"' in first
    link = re.search(r'href="([^"]+)" rel="next"', first)
    assert link
    second = rep.read(unescape(link[1]))
    assert names(second) == [f"Row {n:02}" for n in range(9, -1, -1)]
    found = rep.read(f"{address}?q=Row+4&sort=-Name")
    assert names(found) == [f"Row {n:02}" for n in range(59, -1, -1) if "4" in f"{n:02}"]
    assert names(rep.read(f"{address}?sort=Nothing"))[0] == "Row 00"
    other = crowd(either_site, 1)[1]
    assert names(rep.read(f"{other}?q=Row")) == ["Row 00"]


def test_a_record_for_paper_has_all_details_and_lists_but_nothing_hidden(either_site: Site) -> None:
    parent, _address = crowd(either_site, 12)
    secret = account(either_site, "admin")
    rep = either_site.guest("rep")
    paper = rep.read(f"/r/{parent}?print=1")
    assert set(names(paper)) == {f"Row {n:02}" for n in range(12)}
    assert "Printed by Ana Souza" in paper
    assert 'id="side"' not in paper
    document = dict(either_site.snapshot.object("Account").document)
    either_site.put_live(document | {"sharingModel": "Private"})
    assert rep.get(f"/r/{secret}?print=1").status_code == 404
    assert rep.get(f"/r/{secret}/card").status_code == 404
    card = rep.read(f"/r/{parent}/card")
    assert "Wyvern Works" in card
    assert "<html" not in card


def test_a_long_history_is_read_page_by_page(either_site: Site) -> None:
    tracked = next(
        f
        for f in either_site.snapshot.fields("Account").values()
        if f.track_history and f.type == "Picklist"
    )
    values = [one.name for one in either_site.snapshot.values(tracked)][:2]
    made, parent = either_site.records("rep"), account(either_site)
    for n in range(53):
        made.update(parent, {tracked.local_name: values[n % 2]})
    rep = either_site.guest("rep")
    first = rep.read(f"/r/{parent}/history")
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older
    second = rep.read(unescape(older[1]))
    rows = [page.count("<tr data-row") or page.count("<tr") - 1 for page in (first, second)]
    assert rows[0] == 50
    assert 0 < rows[1] < 10
    newer = re.search(r'href="([^"]+)" rel="prev"', second)
    assert newer
    assert rep.read(unescape(newer[1])).count("<tr") == first.count("<tr")
