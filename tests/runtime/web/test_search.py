"""The page of search results by HTTP: how many of each object, all of one in pages, slips."""

from __future__ import annotations

import re

import pytest

from tests.demo_site import Site
from tests.runtime.web.test_lists import link_of
from trellis.runtime.web import search


def hits(page: str) -> list[str]:
    return re.findall(r'class="rr-t" href="/r/([^"]+)"', page)


def chips(page: str) -> dict[str, str]:
    """{label: count} of the objects that have hits."""
    found = re.findall(r'class="chip[^>]*>([^<]+?) <span class="num">([^<]+)</span>', page)
    return {label.strip(): number for label, number in found}


def test_all_hits_of_an_object_are_counted_and_come_in_pages(
    either_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "ON_PAGE", 5)
    made = {either_site.records().create("Account", {"Name": f"Zulu {n}"}) for n in range(12)}
    either_site.records().create("Contact", {"LastName": "Zulu"})
    rep = either_site.guest("rep")
    page = rep.read("/search?q=zulu")
    assert chips(page) == {"Accounts": "12", "Contacts": "1"}
    assert "View all" in page
    seen: list[str] = []
    address = "/search?q=zulu&in=Account"
    while address:
        page = rep.read(address)
        assert len(hits(page)) <= 5
        assert chips(page) == {"Accounts": "12", "Contacts": "1"}
        seen += hits(page)
        address = link_of(page, "next")
    assert len(seen) == 12
    assert set(seen) == made
    assert link_of(page, "prev")


def test_records_that_one_cannot_see_are_not_counted(either_site: Site) -> None:
    either_site.records().create("Account", {"Name": "Zulu"})
    document = either_site.snapshot.object("Account").document
    either_site.put_live({**document, "sharingModel": "Private"})
    assert chips(either_site.guest("admin").read("/search?q=zulu")) == {"Accounts": "1"}
    page = either_site.guest("rep").read("/search?q=zulu")
    assert (chips(page), hits(page)) == ({}, [])


def test_a_slip_is_put_right_by_a_link(site: Site) -> None:
    site.records().create("Account", {"Name": "Quokka Lights"})
    page = site.guest("rep").read("/search?q=quokka+lihgts")
    link = re.search(r'href="([^"]+)">Did you mean quokka lights', page)
    assert link
    assert len(hits(site.guest("rep").read(link[1].replace("&amp;", "&")))) == 1
