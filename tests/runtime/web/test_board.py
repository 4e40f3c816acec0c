"""Boards by HTTP: columns in the order of the picklist, cards, figures, moves without scripts."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import pytest

from tests.demo_site import Guest, Site
from tests.runtime.web.test_lists import statements

BOARD = "/o/Opportunity?view=AllOpportunities&as=board"
FIELDS = {"StageName": "Prospecting", "CloseDate": date(2026, 12, 1)}


def lanes(page: str) -> dict[str, list[str]]:
    """{value: titles of the cards} of a board, from the left."""
    found = {}
    for part in page.split('<section class="bc ')[1:]:
        zone = re.search(r'data-zone="([^"]*)"', part)
        assert zone
        found[zone[1]] = re.findall(r"data-lift>([^<]*)</a>", part)
    return found


def make_deal(site: Site, name: str, **values: object) -> str:
    made: str = site.records().create("Opportunity", FIELDS | {"Name": name} | values)
    return made


def stage_of(site: Site, record_id: str) -> str:
    return str(site.records().get(record_id, ["StageName"]).values["StageName"])


def move(guest: Guest, record_id: str, to: str, **more: str) -> str:
    address = f"/r/{record_id}/move?field=StageName&back={quote(BOARD)}"
    answer = guest.post(address, {"to": to} | more)
    assert answer.status_code == 302
    return guest.read(str(answer.location))


def test_columns_stand_in_the_order_of_the_picklist_with_their_cards(either_site: Site) -> None:
    rep = either_site.guest("rep")
    page = rep.read(f"{BOARD}&sort=-Amount")
    found = lanes(page)
    values = either_site.snapshot.get("StandardValueSet", "OpportunityStage").values
    assert list(found) == [value.name for value in values]
    assert max(map(len, found.values())) == 20
    for stage, titles in found.items():
        table = rep.read(
            f"/o/Opportunity?view=AllOpportunities&sort=-Amount&limit=20"
            f"&filter=StageName:equals:{quote(stage)}"
        )
        assert re.findall(r'class="row-t" href="[^"]+">([^<]*)<', table) == titles
    assert "each=40" in page
    assert max(map(len, lanes(rep.read(f"{BOARD}&each=40")).values())) == 40


def test_figures_come_after_the_page_and_say_what_each_column_adds_up_to(
    either_site: Site,
) -> None:
    rep = either_site.guest("rep")
    for n in range(3):
        make_deal(either_site, f"Zulu {n}", Amount=Decimal("1000.50"))
    make_deal(either_site, "Zulu won", StageName="Closed Won", Amount=Decimal(7))
    page = rep.read(f"{BOARD}&q=zulu")
    lazy = re.search(r'data-lazy="([^"]+)"', page)
    assert lazy
    heads = rep.read(lazy[1].replace("&amp;", "&"))
    counts = re.findall(r'class="count">(\d+)<', heads)
    assert len(counts) == len(lanes(page))
    assert counts[0] == "3"
    assert counts[list(lanes(page)).index("Closed Won")] == "1"
    assert 'title="$3,001.50">$3K<' in heads
    assert "4 records" in heads
    without = rep.read(lazy[1].replace("&amp;", "&") + "&sum=-")
    assert "bc-sum" not in without


def test_a_card_is_moved_in_a_sheet_and_the_move_is_taken_back(either_site: Site) -> None:
    rep = either_site.guest("rep")
    deal = make_deal(either_site, "Zulu")
    sheet = rep.read(f"/r/{deal}/move?field=StageName&back={quote(BOARD)}")
    assert re.search(r'name="to" value="Prospecting" aria-current="true"', sheet)
    assert 'value=""' not in sheet.split('class="choices"')[1]  # the stage is required
    page = move(rep, deal, "Qualification", version="1")
    assert stage_of(either_site, deal) == "Qualification"
    assert "Zulu: Stage is now Qualification." in page
    undo = re.search(r'action="(/r/[^"]+/undo[^"]+)"', page)
    assert undo
    rep.post(undo[1].replace("&amp;", "&"))
    assert stage_of(either_site, deal) == "Prospecting"


def test_a_move_that_somebody_else_crossed_changes_nothing(either_site: Site) -> None:
    rep = either_site.guest("rep")
    deal = make_deal(either_site, "Zulu")
    either_site.records().update(deal, {"StageName": "Closed Lost"})
    page = move(rep, deal, "Qualification", version="1")
    assert "has changed Zulu in the meantime" in page
    assert stage_of(either_site, deal) == "Closed Lost"


@pytest.mark.parametrize("to", ["Nonsense", ""])
def test_a_move_to_where_the_record_may_not_be_is_refused_in_words(site: Site, to: str) -> None:
    deal = make_deal(site, "Zulu")
    page = move(site.guest("rep"), deal, to)
    assert "Zulu stays where it is:" in page
    assert stage_of(site, deal) == "Prospecting"


def test_moves_are_of_fields_that_boards_and_calendars_know(site: Site) -> None:
    rep = site.guest("rep")
    deal = make_deal(site, "Zulu")
    for field in ("Name", "OwnerId", "Nope", ""):
        assert rep.post(f"/r/{deal}/move?field={field}", {"to": "x"}).status_code == 404
    answer = rep.post(f"/r/{deal}/move?field=CreatedDate", {"to": "2026-11-05"})
    assert answer.status_code == 403
    answer = rep.post(
        f"/r/{deal}/move?field=StageName&back=//evil.example", {"to": "Qualification"}
    )
    assert answer.location == "/o/Opportunity"


def test_values_that_the_picklist_lost_and_blanks_have_columns_where_there_are_records(
    either_site: Site,
) -> None:
    rep = either_site.guest("rep")
    lead = either_site.records().create(
        "Lead", {"LastName": "Zulu", "Company": "C", "Rating": "Hot", "Status": "Open"}
    )
    other = either_site.records().create("Lead", {"LastName": "Zulu two", "Company": "C"})
    address = "/o/Lead?view=AllLeads&as=board&group=Rating&q=zulu"
    assert lanes(rep.read(address)) == {"Hot": ["Zulu"], "Warm": [], "Cold": [], "": ["Zulu two"]}
    either_site.records().update(lead, {"Rating": "Gone"})  # the picklist is an open one
    found = lanes(rep.read(address))
    assert (found["?"], found["Hot"]) == (["Zulu"], [])
    answer = rep.post(f"/r/{other}/move?field=Rating", {"to": "Warm"})
    assert answer.status_code == 302
    assert lanes(rep.read(address))["Warm"] == ["Zulu two"]


def test_a_board_is_saved_with_its_view(either_site: Site) -> None:
    rep = either_site.guest("rep")
    said = "as=board&group=LeadSource&sum=TotalOpportunityQuantity"
    answer = rep.post(f"/o/Opportunity/views/new?{said}", {"label": "By source"})
    page = rep.read(answer.location)
    assert "Columns: Lead source" in page
    assert "Sum: Quantity" in page
    assert "Web" in lanes(page)


def test_a_board_sends_as_many_statements_however_many_columns_and_cards(
    either_site: Site,
) -> None:
    few = f"{BOARD}&q=zulu"
    make_deal(either_site, "Zulu")
    assert statements(either_site, f"{BOARD}&each=40") <= statements(either_site, few)
    assert statements(either_site, few) <= 15


def test_an_object_without_picklists_has_no_board(site: Site) -> None:
    rep = site.guest("rep")
    page = rep.read("/o/Note")
    assert "as=board" not in page
    assert rep.get("/o/Note?as=board").status_code == 404
