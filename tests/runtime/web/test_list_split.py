"""Lists beside their records by HTTP: names with links, the record that the address says."""

from __future__ import annotations

import re
from datetime import date

from tests.demo_site import Site
from tests.runtime.web.test_lists import link_of, rows_of

ALL = "/o/Opportunity?view=AllOpportunities&sort=-Amount"


def names(page: str) -> list[str]:
    return re.findall(r'class="split-n"[^>]* data-record="([^"]+)"', page)


def chosen(page: str) -> str:
    found = re.search(r'aria-current="true" data-record="([^"]+)"', page)
    return found[1] if found else ""


def beside(page: str) -> str:
    return page.split('id="beside"')[1]


def test_names_are_those_of_the_table_and_lead_to_their_record(either_site: Site) -> None:
    rep = either_site.guest("rep")
    page = rep.read(f"{ALL}&as=split")
    assert names(page) == rows_of(rep.read(ALL))
    assert chosen(page) == names(page)[0]
    third = names(page)[2]
    link = re.search(rf'href="([^"]+)"[^>]* data-record="{third}"', page)
    assert link
    there = rep.read(link[1].replace("&amp;", "&"))
    assert names(there) == names(page)
    assert chosen(there) == third
    assert f"/r/{third}/edit" in beside(there)
    later = rep.read(link_of(there, "next"))
    assert names(later) == rows_of(rep.read(link_of(rep.read(ALL), "next")))
    assert chosen(later) == names(later)[0]


def test_a_record_that_one_cannot_see_is_not_there(either_site: Site) -> None:
    values = {"Name": "Zulu", "StageName": "Prospecting", "CloseDate": date(2031, 5, 6)}
    hidden = either_site.records().create("Opportunity", values)
    document = either_site.snapshot.object("Opportunity").document
    either_site.put_live({**document, "sharingModel": "Private"})
    page = either_site.guest("rep").read(f"{ALL}&as=split&at={hidden}")
    assert "This record is not there" in page
    assert "Zulu" not in page
    account = either_site.find_id("Account")
    for wrong in (account, "nonsense"):
        page = either_site.guest("rep").read(f"{ALL}&as=split&at={wrong}")
        assert "This record is not there" in page
