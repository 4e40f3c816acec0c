"""Conditions of a layout: what a record's page shows, what its form asks for, what a save takes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.demo_site import HOME, Site, problems_of

WON = {"filters": [{"field": "StageName", "operator": "equals", "value": "Closed Won"}]}
LARGE = {"formula": "Amount > 1000"}


def layout_of(site: Site) -> dict[str, Any]:
    found = next(one for one in site.snapshot.of_kind("Layout") if one.object == "Opportunity")
    return dict(deepcopy(found.document))


def conditioned(site: Site, **cells: Mapping[str, Any]) -> None:
    """The layout of opportunities with keys added to the cells of these fields."""
    document = layout_of(site)
    for section in document["sections"]:
        section["cells"] = [
            {**cell, **cells.get(cell.get("field", ""), {})} for cell in section["cells"]
        ]
    site.put_live(document)


@pytest.fixture
def deal(site: Site) -> str:
    return site.records().create(
        "Opportunity",
        {
            "Name": "Wyvern", "StageName": "Prospecting", "CloseDate": date(2026, 12, 1),
            "NextStep": "Call", "Amount": Decimal(500),
        },
    )  # fmt: skip


def state(site: Site, record: str = "", **form: Any) -> Mapping[str, Any]:
    more = f"?record={record}" if record else ""
    answer = site.guest().post(f"/o/Opportunity/form-state{more}", form)
    assert answer.status_code == 200
    assert isinstance(answer.json, dict)
    return answer.json


def cell_id(site: Site, field: str) -> str:
    cells = (c for s in layout_of(site)["sections"] for c in s["cells"])
    return str(next(c["id"] for c in cells if c.get("field") == field))


def values(site: Site, deal: str) -> Mapping[str, Any]:
    return site.records().get(deal, ["NextStep", "StageName", "Amount", "Description"]).values


def test_a_page_shows_a_field_only_while_its_condition_holds(site: Site, deal: str) -> None:
    conditioned(site, NextStep={"visibleWhen": WON})
    assert "Next step" not in site.guest().read(f"/r/{deal}")
    site.records().update(deal, {"StageName": "Closed Won"})
    assert "Next step" in site.guest().read(f"/r/{deal}")


def test_a_hidden_field_is_not_emptied_and_not_taken(site: Site, deal: str) -> None:
    conditioned(site, NextStep={"visibleWhen": WON})
    admin = site.guest()
    form = admin.read(f"/r/{deal}/edit")
    assert f'data-cell="{cell_id(site, "NextStep")}" hidden disabled' in form
    admin.post(f"/r/{deal}/edit", {"NextStep": "", "Amount": "600"})
    assert values(site, deal)["NextStep"] == "Call"
    admin.post(f"/r/{deal}/edit", {"NextStep": "Write", "StageName": "Closed Won"})
    assert (values(site, deal)["NextStep"], values(site, deal)["StageName"]) == (
        "Write", "Closed Won",
    )  # fmt: skip


def test_a_required_condition_is_asked_by_this_layout_alone(site: Site, deal: str) -> None:
    conditioned(site, Description={"requiredWhen": LARGE})
    admin = site.guest()
    page = admin.post(f"/r/{deal}/edit", {"Amount": "2000"})
    assert page.status_code == 422
    assert any("is required" in text for text in problems_of(page.text))
    admin.post(f"/r/{deal}/edit", {"Amount": "2000", "Description": "Large"})
    assert values(site, deal)["Description"] == "Large"
    site.records().update(deal, {"Description": None})  # no layout, no question


def test_a_read_only_condition_keeps_what_there_is(site: Site, deal: str) -> None:
    conditioned(site, NextStep={"readonlyWhen": LARGE})
    site.guest().post(f"/r/{deal}/edit", {"Amount": "2000", "NextStep": "Other"})
    assert values(site, deal)["NextStep"] == "Call"
    assert f"/r/{deal}/edit#NextStep" not in site.guest().read(f"/r/{deal}")


def test_a_condition_sees_parents_and_what_the_form_holds_of_them(site: Site, deal: str) -> None:
    hot = {"filters": [{"field": "Account.Rating", "operator": "equals", "value": "Hot"}]}
    conditioned(site, NextStep={"visibleWhen": hot})
    one = site.records().create("Account", {"Name": "Hot one", "Rating": "Hot"})
    two = site.records().create("Account", {"Name": "Cold one", "Rating": "Cold"})
    place = cell_id(site, "NextStep")
    assert place in state(site, deal)["hidden"]
    assert place not in state(site, deal, AccountId=one)["hidden"]
    assert place in state(site, deal, AccountId=two)["hidden"]
    assert place not in state(site, AccountId=one)["hidden"]


def test_a_hidden_field_no_longer_counts_for_other_conditions(site: Site, deal: str) -> None:
    call = {"filters": [{"field": "NextStep", "operator": "equals", "value": "Write"}]}
    conditioned(site, NextStep={"visibleWhen": WON}, Description={"requiredWhen": call})
    place = cell_id(site, "Description")
    assert place not in state(site, deal, NextStep="Write")["required"]
    assert place in state(site, deal, NextStep="Write", StageName="Closed Won")["required"]


def test_a_hidden_section_goes_with_all_its_fields(site: Site, deal: str) -> None:
    document = layout_of(site)
    section = next(
        s for s in document["sections"] if any(c.get("field") == "NextStep" for c in s["cells"])
    )
    section["visibleWhen"] = {"formula": "ISNEW()"}
    site.put_live(document)
    assert "Next step" not in site.guest().read(f"/r/{deal}")
    assert section["id"] in state(site, deal)["closed"]
    assert cell_id(site, "NextStep") in state(site, deal)["hidden"]
    assert section["id"] not in state(site)["closed"]


def test_a_copy_keeps_what_its_form_hides(site: Site, deal: str) -> None:
    conditioned(site, NextStep={"visibleWhen": WON})
    sent = {"Name": "Copy", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    page = site.guest().post(f"/r/{deal}/clone", sent)
    assert page.status_code == 302
    copy = site.find_id("Opportunity", f"id = '{page.location.rpartition('/')[2]}'")
    assert values(site, copy)["NextStep"] == "Call"


def test_who_may_not_see_the_record_is_told_nothing(site: Site, deal: str) -> None:
    conditioned(site, NextStep={"visibleWhen": WON})
    document = dict(site.snapshot.object("Opportunity").document)
    site.put_live(document | {"sharingModel": "Private"})
    answer = site.guest("rep").post(f"/o/Opportunity/form-state?record={deal}")
    assert answer.status_code == 404
    account = site.find_id("Account")
    assert site.guest().post(f"/o/Opportunity/form-state?record={account}").status_code == 404


def test_a_wrong_condition_is_refused_at_its_place(site: Site) -> None:
    document = layout_of(site)
    cell = next(c for c in document["sections"][0]["cells"] if c.get("field"))
    cell["visibleWhen"] = {"formula": "Amuont > 1"}
    cell["requiredWhen"] = {"filters": [{"field": "Amount", "operator": "isOdd"}]}
    admin = site.guest()
    admin.get("/settings")
    answer = admin.client.put(
        f"/setup/layouts/{document['name']}",
        json={"sections": document["sections"]},
        headers={"X-CSRFToken": admin.token},
        base_url=HOME,
    )
    assert answer.status_code == 422
    paths = [problem["path"][2:] for problem in (answer.json or {})["problems"]]
    assert [path[4:] for path in paths] == [
        ["visibleWhen", "formula", 0, 6],
        ["requiredWhen", "filters", 0, "operator"],
    ]
