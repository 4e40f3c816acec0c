"""Record types on pages: the choice before a form, its values and layout, the change of a type."""

from __future__ import annotations

import html
import json
import re
from datetime import date
from typing import Any

import pytest

from tests.demo_site import Site
from trellis.metadata.definition import Uid
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.platform.migrations.tables import sys_user

QUICK = [{"name": "Web", "default": True}, {"name": "Other"}]


@pytest.fixture
def typed(site: Site) -> Site:
    """Opportunities are quick, with two stages and sources and a layout of their own, or large."""
    layout = dict(
        next(one for one in site.snapshot.of_kind("Layout") if one.object == "Opportunity").document
    )
    short = {
        **layout, "uid": "short-layout", "name": "Opportunity-Short", "label": "Short",
        "default": False, "relatedLists": [], "sections": [
            {"id": "s", "label": "Only this", "columns": 1, "cells": [
                {"id": "a", "field": "Name"}, {"id": "b", "field": "StageName"},
                {"id": "c", "field": "LeadSource"}, {"id": "d", "field": "CloseDate"},
            ]},
        ],
    }  # fmt: skip
    stages = [{"name": "Prospecting", "default": True}, {"name": "Closed Won"}]
    site.put_live(
        short,
        {"kind": "CompactLayout", "uid": "short-head", "name": "Opportunity.Short",
         "object": "Opportunity", "label": "Short", "fields": ["LeadSource"]},
        {"kind": "BusinessProcess", "uid": "p", "name": "Opportunity.Short", "label": "Short",
         "object": "Opportunity", "values": stages},
        {"kind": "RecordType", "uid": "q", "name": "Opportunity.Quick", "label": "Quick sale",
         "object": "Opportunity", "description": "Sold at once.",
         "businessProcess": "Opportunity.Short", "compactLayout": "Opportunity.Short",
         "picklistValues": [{"picklist": "LeadSource", "values": QUICK}]},
        {"kind": "RecordType", "uid": "l", "name": "Opportunity.Large", "label": "Large sale",
         "object": "Opportunity"},
        {"kind": "Profile", "uid": "seller", "name": "Seller", "label": "Seller",
         "objectPermissions": [{"object": "*", "allowCreate": True, "modifyAllRecords": True}],
         "fieldPermissions": [{"field": "*", "editable": True}],
         "layoutAssignments": [{"layout": "Opportunity-Short", "recordType": "Opportunity.Quick"}],
         "recordTypeVisibilities": [{"recordType": "Opportunity.Quick", "default": True}]},
    )  # fmt: skip
    return site


def make_seller(site: Site) -> None:
    """The representative gets the profile that has the quick sale alone."""
    with site.db.write() as conn:
        mine = sys_user.c.id == site.actor("rep").user_id
        conn.execute(sys_user.update().where(mine).values(profile="seller"))


def options(page: str, name: str) -> list[str]:
    (found,) = re.findall(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    return re.findall(r'<option value="([^"]*)"', found)


def deal(site: Site, **values: Any) -> str:
    usual = {"Name": "Mill", "StageName": "Qualification", "CloseDate": date(2026, 3, 1)}
    return site.records().create("Opportunity", {**usual, **values})


def test_who_has_several_types_chooses_first_and_keeps_what_the_address_says(typed: Site) -> None:
    page = typed.guest().get("/o/Opportunity/new?Name=Mill").text
    assert "Sold at once." in page
    assert 'name="Name" value="Mill"' in page
    assert page.count('type="radio"') == 2
    form = typed.guest().get("/o/Opportunity/new?Name=Mill&RecordTypeId=Quick").text
    assert 'value="Mill"' in form
    assert "Record type: Quick sale" in form


def test_who_has_one_type_gets_its_form_with_its_layout_and_values(typed: Site) -> None:
    make_seller(typed)
    form = typed.guest("rep").get("/o/Opportunity/new").text
    assert "Only this" in form
    assert 'name="Amount"' not in form
    assert options(form, "LeadSource") == ["", "Web", "Other"]
    assert options(form, "StageName") == ["", "Prospecting", "Closed Won"]
    assert re.search(r'<option value="Web" selected', form)


def test_a_form_saves_the_type_that_it_was_for(typed: Site) -> None:
    make_seller(typed)
    guest = typed.guest("rep")
    said = {"Name": "Lift", "StageName": "Prospecting", "CloseDate": "2026-03-01",
            "LeadSource": "Other", "RecordTypeId": "Quick"}  # fmt: skip
    answer = guest.post("/o/Opportunity/new", said)
    record_id = answer.headers["Location"].rpartition("/")[2]
    found = typed.records().get(record_id, ["RecordTypeId", "LeadSource"])
    assert (found["RecordTypeId"], found["LeadSource"]) == ("Quick", "Other")
    page = guest.get(f"/r/{record_id}").text
    assert "Quick sale" in page
    assert "Only this" in page
    refused = guest.post("/o/Opportunity/new", {**said, "RecordTypeId": "Large"})
    assert refused.status_code == 422
    assert "You may not give a record the record type Large sale." in refused.text


def test_an_old_value_is_still_shown_in_the_form(typed: Site) -> None:
    record_id = deal(typed, RecordTypeId="Large")
    typed.records().update(record_id, {"RecordTypeId": "Quick"})
    form = typed.guest().get(f"/r/{record_id}/edit").text
    assert options(form, "StageName") == ["", "Prospecting", "Closed Won", "Qualification"]


def test_a_change_of_type_names_what_does_not_fit_and_saves_what_stands_for_it(
    typed: Site,
) -> None:
    record_id, guest = deal(typed, RecordTypeId="Large", LeadSource="Web"), typed.guest()
    assert "Quick sale" in guest.get(f"/r/{record_id}/record-type").text
    page = guest.get(f"/r/{record_id}/record-type?to=Quick").text
    assert "Now: Qualification" in page
    assert 'name="value.LeadSource"' not in page
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    said = {"to": "Quick", "version": version, "value.StageName": "Closed Won"}
    assert guest.post(f"/r/{record_id}/record-type", said).status_code == 302
    found = typed.records().get(record_id, ["RecordTypeId", "StageName"])
    assert (found["RecordTypeId"], found["StageName"]) == ("Quick", "Closed Won")


def test_a_type_that_is_not_the_readers_is_not_offered(typed: Site) -> None:
    make_seller(typed)
    record_id, guest = (
        deal(typed, RecordTypeId="Quick", StageName="Prospecting"),
        typed.guest("rep"),
    )
    assert "Change record type" not in guest.get(f"/r/{record_id}").text
    page = guest.get(f"/r/{record_id}/record-type?to=Large").text
    assert "There is no other record type that you may give." in page


def test_what_has_no_record_types_cannot_change_them(typed: Site) -> None:
    account = typed.find_id("Account")
    assert typed.guest().get(f"/r/{account}/record-type").status_code == 404
    assert typed.guest().get("/r/0010000000000AAAAA/record-type").status_code == 404


def test_the_path_shows_the_stages_of_the_process(typed: Site) -> None:
    record_id = deal(typed, RecordTypeId="Quick", StageName="Prospecting")
    page = typed.guest().get(f"/r/{record_id}").text
    path = page[page.index('class="path"') :]
    assert "Needs Analysis" not in path[: path.index("</form>")]


def test_a_page_asks_one_statement_more_for_the_type_and_a_list_none(typed: Site) -> None:
    guest, record_id = typed.guest(), deal(typed, RecordTypeId="Large")

    def counted(path: str) -> int:
        guest.read(path)
        with typed.counted() as statements:
            guest.read(path)
        return len(statements)

    lists = "/o/Opportunity?columns=Name,StageName"
    assert counted(lists + ",RecordTypeId") == counted(lists)
    edit, card = counted(f"/r/{record_id}/edit"), counted(f"/r/{record_id}/card")
    page = counted(f"/r/{record_id}")
    typed.records().update(record_id, {"RecordTypeId": None})
    for uid in ("q", "l"):
        becomes = {uid: ""}
        deploy(typed.db, typed.actor(), ChangeSet((), (Uid(uid),), becomes=becomes))
    field = typed.snapshot.field("Opportunity", "RecordTypeId")
    deploy(typed.db, typed.actor(), ChangeSet((), (field.uid,)))
    assert edit == counted(f"/r/{record_id}/edit") + 1
    assert card == counted(f"/r/{record_id}/card") + 1
    assert page == counted(f"/r/{record_id}") + 1


def test_lists_filter_group_and_export_by_the_name_of_the_type(typed: Site) -> None:
    deal(typed, Name="Alone", RecordTypeId="Quick", StageName="Prospecting")
    address = "/o/Opportunity?columns=Name,RecordTypeId&filter=RecordTypeId:equals:Quick"
    page = typed.guest().read(address)
    assert "Alone" in page
    assert page.count("Quick sale") >= 2
    assert "Quick sale" in typed.guest().read("/o/Opportunity?group=RecordTypeId")


def test_a_card_goes_only_to_columns_of_its_type_and_of_the_value_above(typed: Site) -> None:
    record_id = deal(typed, RecordTypeId="Quick", StageName="Prospecting", LeadSource="Web")
    board = typed.guest().get("/o/Opportunity?as=board&group=StageName&each=200").text
    (card,) = re.findall(rf'data-drag="{record_id}".*? data-zones="([^"]*)"', board)
    assert json.loads(html.unescape(card)) == ["Closed Won", "Prospecting", ""]
    field = dict(typed.snapshot.field("Opportunity", "StageName").document)
    rows = [{"valueName": "Closed Won", "controllingFieldValue": ["Web"]}]
    more = {"controllingField": "LeadSource", "valueSettings": rows}
    typed.put_live({**field, "valueSet": {**field["valueSet"], **more}})
    sheet = typed.guest().get(f"/r/{record_id}/move?field=StageName").text
    assert re.findall(r'name="to" value="([^"]*)"', sheet) == ["Prospecting", "Closed Won"]
