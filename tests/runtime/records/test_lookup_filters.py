"""Filters of lookups: kept to by every save and by the search for a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import administrator, deployed, make_actor, make_document, make_field
from tests.runtime.conftest import Crm
from trellis.platform.errors import Rejected
from trellis.runtime.access.permissions import readable
from trellis.runtime.records.lookup_filters import filter_for
from trellis.runtime.records.lookups import search_lookup
from trellis.runtime.records.service import Records

SAME = {"field": "Contact.AccountId", "operation": "equals", "valueField": "$Source.AccountId"}


def filtered(crm: Crm, *rows: dict[str, Any], **more: Any) -> Crm:
    """The company with a contact on opportunities, filtered."""
    said = {"active": True, "errorMessage": "Not of this account.", "filterItems": list(rows)}
    field = make_field(
        "Opportunity.ContactId", "Lookup", to="Contact", lookupFilter={**said, **more}
    )
    snapshot = deployed(crm.org_db, field)
    return replace(crm, snapshot=snapshot, records=Records(crm.org_db, crm.actor, snapshot))


def refused(save: Callable[[], Any]) -> list[tuple[tuple[Any, ...], str]]:
    with pytest.raises(Rejected) as refusal:
        save()
    return [(p.path, p.message) for p in refusal.value.problems]


def two(crm: Crm) -> tuple[str, str, str, str]:
    """Two accounts and a contact of each."""
    acme, other = crm.make("Account", Name="Acme"), crm.make("Account", Name="Other", Rating="Hot")
    ann = crm.make("Contact", Name="Ann", AccountId=acme)
    return acme, other, ann, crm.make("Contact", Name="Ben", AccountId=other)


def test_a_save_is_refused_that_points_beyond_the_filter(crm: Crm) -> None:
    crm = filtered(crm, SAME)
    acme, other, ann, ben = two(crm)
    said = [(("ContactId",), "Not of this account.")]
    assert refused(lambda: crm.make("Opportunity", Name="D", AccountId=acme, ContactId=ben)) == said
    deal = crm.make("Opportunity", Name="D", AccountId=acme, ContactId=ann)
    assert refused(lambda: crm.records.update(deal, {"ContactId": ben})) == said
    assert refused(lambda: crm.records.update(deal, {"AccountId": other})) == said
    crm.records.update(deal, {"AccountId": other, "ContactId": ben})
    crm.records.update(deal, {"ContactId": None})
    outcomes = crm.records.create_many(
        "Opportunity",
        [{"Name": "A", "AccountId": acme, "ContactId": c} for c in (ann, ben)],
    )
    assert [len(one.problems) for one in outcomes] == [0, 1]


def test_what_was_there_before_the_filter_may_stay(crm: Crm) -> None:
    crm = filtered(crm, SAME, active=False)
    acme, _other, _ann, ben = two(crm)
    deal = crm.make("Opportunity", Name="D", AccountId=acme, ContactId=ben)
    crm = filtered(crm, SAME)
    crm.records.update(deal, {"Name": "E"})
    assert refused(lambda: crm.records.update(deal, {"AccountId": None}))


def test_an_optional_filter_refuses_nothing(crm: Crm) -> None:
    crm = filtered(crm, SAME, isOptional=True)
    acme, _other, _ann, ben = two(crm)
    assert crm.make("Opportunity", Name="D", AccountId=acme, ContactId=ben)


def test_a_filter_looks_at_parents_and_at_the_user(crm: Crm) -> None:
    hot = {"field": "Account.Rating", "operation": "equals", "value": "Hot"}
    me = {"field": "CreatedById", "operation": "equals", "valueField": "$User.Id"}
    crm = filtered(crm, hot, me)
    _acme, _other, ann, ben = two(crm)
    assert refused(lambda: crm.make("Opportunity", Name="D", ContactId=ann))
    assert crm.make("Opportunity", Name="D", ContactId=ben)
    other = Records(crm.org_db, administrator(), crm.snapshot)
    assert refused(lambda: other.create("Opportunity", {"Name": "D", "ContactId": ben}))


def test_a_hundred_records_ask_as_often_as_ten(crm: Crm) -> None:
    crm = filtered(crm, SAME)
    pairs = []
    for n in range(6):
        account = crm.make("Account", Name=f"A{n}")
        pairs.append((account, crm.make("Contact", Name=f"C{n}", AccountId=account)))
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    def selects(count: int) -> int:
        rows = [
            {"Name": f"D{n}", "AccountId": pairs[n % count][0], "ContactId": pairs[n % count][1]}
            for n in range(count * 2)
        ]
        asked.clear()
        assert not any(one.problems for one in crm.records.create_many("Opportunity", rows))
        return len(asked)

    selects(1)
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        assert selects(2) == selects(6)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def hits(crm: Crm, given: dict[str, Any], actor: Any = None, text: str = "") -> list[str]:
    field, who = crm.snapshot.field("Opportunity", "ContactId"), actor or crm.actor
    with crm.org_db.read() as conn:
        where = filter_for(conn, who, crm.snapshot, field, given)
        found = search_lookup(conn, who, crm.snapshot, field, text, where=where)
    return [hit.title for hit in found]


def test_the_search_offers_what_fits_the_form(crm: Crm) -> None:
    crm = filtered(crm, SAME)
    acme, other, _ann, _ben = two(crm)
    crm.make("Contact", Name="Bart", AccountId=acme)
    assert hits(crm, {"AccountId": acme}) == ["Ann", "Bart"]
    assert hits(crm, {"AccountId": acme}, text="b") == ["Bart"]
    assert hits(crm, {"AccountId": other}) == ["Ben"]
    assert hits(crm, {}) == []


def test_a_filter_on_what_the_person_may_not_read_still_filters(crm: Crm) -> None:
    crm = filtered(crm, SAME)
    acme, _other, _ann, _ben = two(crm)
    right = {"allowRead": True, "viewAllRecords": True}
    rights = [{"object": name, **right} for name in ("Contact", "Opportunity")]
    fields = [
        {"field": name, "readable": True} for name in ("Contact.Name", "Opportunity.ContactId")
    ]
    shy = make_document("Profile", "Shy", objectPermissions=rights, fieldPermissions=fields)
    crm = replace(crm, snapshot=deployed(crm.org_db, shy))
    blind = make_actor(crm.snapshot.get("Profile", "Shy").uid)
    contact = crm.snapshot.field("Contact", "AccountId")
    assert not readable(blind, contact, crm.snapshot)
    assert hits(crm, {"AccountId": acme}, blind) == ["Ann"]
    assert hits(crm, {"AccountId": acme}, blind, "ben") == []
