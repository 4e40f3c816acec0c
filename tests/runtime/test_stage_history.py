"""The stages of an opportunity: periods with what stood beside, out of its fields' history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.factories import deployed, make_document, make_field, make_object, nobody
from tests.runtime.conftest import Crm
from trellis.platform.errors import NotFound
from trellis.runtime.crm.stage_history import periods_of, stage_field
from trellis.runtime.records.service import Records

STAGES = ["Prospecting", "Proposal", "Closed Won"]


def tracked(crm: Crm) -> Crm:
    snapshot = deployed(
        crm.org_db,
        make_object("Opportunity", keyPrefix="006", enableHistory=True),
        make_field("Opportunity.StageName", "Picklist", values=STAGES, trackHistory=True),
        make_field("Opportunity.Amount", "Currency", precision=18, scale=2, trackHistory=True),
        make_field("Opportunity.CloseDate", "Date", trackHistory=True),
    )
    return replace(crm, snapshot=snapshot, records=Records(crm.org_db, crm.actor, snapshot))


def periods(crm: Crm, deal: str, actor: Any = None) -> list[tuple[Any, Any, Any, bool]]:
    with crm.org_db.read() as conn:
        found = periods_of(conn, actor or crm.actor, crm.snapshot, deal)
    assert all(late.begin == early.end for late, early in pairwise(found))
    return [
        (p.stage, p.beside.get("Amount"), p.beside.get("CloseDate"), p.end is None) for p in found
    ]


def test_a_stage_lasts_until_the_next_and_keeps_what_stood_beside_it(crm: Crm) -> None:
    crm = tracked(crm)
    day, later = date(2026, 12, 1), date(2027, 1, 1)
    deal = crm.make(
        "Opportunity", Name="D", StageName="Prospecting", Amount=Decimal(100), CloseDate=day
    )
    assert periods(crm, deal) == [("Prospecting", 100, day, True)]
    crm.records.update(deal, {"Amount": Decimal(150)})
    crm.records.update(deal, {"StageName": "Proposal", "Amount": Decimal(200)})
    crm.records.update(deal, {"CloseDate": later})
    crm.records.update(deal, {"StageName": "Closed Won"})
    crm.records.update(deal, {"Amount": Decimal(250)})
    assert periods(crm, deal) == [
        ("Closed Won", 250, later, True),
        ("Proposal", 200, later, False),
        ("Prospecting", 150, day, False),
    ]


def test_without_kept_changes_or_rights_there_is_no_history(crm: Crm) -> None:
    assert stage_field(crm.actor, crm.snapshot, "Opportunity") is None
    crm = tracked(crm)
    assert stage_field(crm.actor, crm.snapshot, "Opportunity") is not None
    assert stage_field(crm.actor, crm.snapshot, "Account") is None
    right = {"object": "Opportunity", "allowRead": True, "viewAllRecords": True}
    seen = [{"field": f"Opportunity.{name}", "readable": True} for name in ("Name", "StageName")]
    shy = make_document("Profile", "Shy", objectPermissions=[right], fieldPermissions=seen)
    crm = replace(crm, snapshot=deployed(crm.org_db, shy))
    actor = replace(crm.actor, profile=crm.snapshot.get("Profile", "Shy").uid)
    deal = crm.make("Opportunity", Name="D", StageName="Prospecting", Amount=Decimal(100))
    assert periods(crm, deal, actor) == [("Prospecting", None, None, True)]


def test_a_record_that_is_not_there_is_not_found(crm: Crm) -> None:
    crm = tracked(crm)
    deal = crm.make("Opportunity", Name="D", StageName="Prospecting")
    crm.records.delete([deal])
    with crm.org_db.read() as conn, pytest.raises(NotFound):
        periods_of(conn, nobody(), crm.snapshot, deal)
