"""Lists as calendars by HTTP: whose records are on which days, how many, and how they move."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.demo_site import Site
from tests.runtime.web.test_list_groups import limit
from trellis.runtime.web import list_calendar

ALL = "/o/Opportunity?view=AllOpportunities&as=calendar&on=CloseDate"
FIELDS = {"StageName": "Prospecting", "CloseDate": date(2031, 5, 6)}


def entries(page: str) -> dict[str, list[str]]:
    """{day: titles} of the days of a month that have any."""
    found = {}
    for part in page.split('<ul class="cal-l"')[1:]:
        zone = re.search(r'data-zone="([^"]*)"', part)
        assert zone
        titles = re.findall(r'<span class="cut">([^<]*)</span>', part.split("</ul>")[0])
        if titles:
            found[zone[1]] = titles
    return found


def test_records_stand_on_the_day_that_the_chosen_date_says(either_site: Site) -> None:
    records, rep = either_site.records(), either_site.guest("rep")
    records.create("Opportunity", FIELDS | {"Name": "Zulu"})
    records.create("Opportunity", FIELDS | {"Name": "Other", "CloseDate": date(2031, 7, 1)})
    page = rep.read(f"{ALL}&day=2031-05-01")
    assert entries(page) == {"2031-05-06": ["Zulu"]}
    assert entries(rep.read(f"{ALL}&day=2031-05-01&q=other")) == {}
    assert entries(rep.read(f"{ALL}&span=week&day=2031-05-08")) == {"2031-05-06": ["Zulu"]}
    created = rep.read(ALL.replace("CloseDate", "CreatedDate") + "&span=day")
    assert "Zulu" in created
    assert "data-move-url" not in created  # nobody sets when a record was made


def test_an_entry_is_moved_and_the_move_is_taken_back(either_site: Site) -> None:
    record_id = either_site.records().create("Opportunity", FIELDS | {"Name": "Zulu"})
    rep = either_site.guest("rep")
    page = rep.read(f"{ALL}&day=2031-05-01")
    address = re.search(r'data-move-url="([^"]+)"', page)
    assert address
    page = rep.post(
        address[1].replace("&amp;", "&"), {"to": "2031-05-20"}, follow_redirects=True
    ).text
    assert entries(page) == {"2031-05-20": ["Zulu"]}
    undo = re.search(r'action="(/r/[^"]+/undo[^"]+)"', page)
    assert undo
    rep.post(undo[1].replace("&amp;", "&"))
    assert either_site.records().get(record_id, ["CloseDate"])["CloseDate"] == date(2031, 5, 6)


def test_a_month_with_too_many_records_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_calendar, "MOST", 2)
    for name in ("One", "Two", "Three"):
        site.records().create("Opportunity", FIELDS | {"Name": name})
    page = site.guest("rep").read(f"{ALL}&day=2031-05-01")
    assert sum(map(len, entries(page).values())) == 2
    assert "first 2 records of these days" in page


def test_who_may_not_edit_moves_nothing_and_what_is_no_date_is_not_there(site: Site) -> None:
    site.records().create("Opportunity", FIELDS | {"Name": "Zulu"})
    limit(site, "Opportunity.CloseDate")
    page = site.guest("rep").read(f"{ALL}&day=2031-05-01")
    assert entries(page) == {"2031-05-06": ["Zulu"]}
    assert "data-move-url" not in page
    assert "cal-add" not in page
    for field in ("StageName", "Nope"):
        assert site.guest("rep").get(ALL.replace("CloseDate", field)).status_code == 404
