"""Defaults by formula: for whoever saves, on whatever way; what was said, also "blank", stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tests.factories import deployed, make_actor, make_document, make_field
from tests.runtime.conftest import Crm
from trellis.platform import clock
from trellis.runtime.records.service import Records


def defaulted(crm: Crm, *more: dict[str, Any]) -> Crm:
    """The company with defaults by formula on accounts."""
    snapshot = deployed(
        crm.org_db,
        make_document("CustomPermission", "Vip"),
        make_field("Account.Due__c", "Date", defaultValue="TODAY() + 30"),
        make_field("Account.Who__c", defaultValue="$User.Id"),
        make_field("Account.Share__c", "Percent", defaultValue="1 / 8", precision=5, scale=1),
        make_field("Account.Plain__c", defaultValue="Plain"),
        *more,
    )
    return replace(crm, snapshot=snapshot, records=Records(crm.org_db, crm.actor, snapshot))


NAMES = ("Due__c", "Who__c", "Share__c", "Plain__c")


def test_a_new_record_gets_what_nobody_said(crm: Crm) -> None:
    crm = defaulted(crm)
    day = clock.today("UTC") + timedelta(days=30)
    expected = {
        "Due__c": day, "Who__c": crm.actor.user_id, "Share__c": Decimal("12.5"),
        "Plain__c": "Plain",
    }  # fmt: skip
    assert {n: crm.records.defaults("Account")[n] for n in NAMES} == expected
    one = crm.make("Account", Name="Acme")
    (many, _other) = crm.records.create_many("Account", [{"Name": "B"}, {"Name": "C"}])
    for record_id in (one, many.id):
        found = crm.records.get(record_id, NAMES)
        assert {n: found[n] for n in NAMES} == expected


def test_what_was_said_stays_and_so_does_blank(crm: Crm) -> None:
    crm = defaulted(crm)
    account = crm.make("Account", Name="Acme", Due__c=None, Who__c="me")
    found = crm.records.get(account, NAMES)
    assert (found["Due__c"], found["Who__c"]) == (None, "me")
    crm.records.update(account, {"Share__c": None})
    assert crm.records.get(account, NAMES)["Share__c"] is None


def test_a_formula_sees_the_user_though_the_user_may_not(crm: Crm) -> None:
    crm = defaulted(crm, make_field("Account.By__c", defaultValue="$Profile.Name"))
    rep = make_actor()
    records = Records(crm.org_db, rep, crm.snapshot)
    assert records.defaults("Account")["By__c"]
    assert records.defaults("Account")["Who__c"] == rep.user_id


def test_many_records_ask_for_the_user_once(crm: Crm) -> None:
    crm = defaulted(crm, make_field("Account.By__c", defaultValue="$User.Username"))
    said: list[str] = []

    def count(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            said.append(statement)

    def selects(n: int) -> int:
        said.clear()
        crm.records.create_many("Account", [{"Name": f"A{i}"} for i in range(n)])
        return len(said)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        selects(1)
        assert selects(2) == selects(40)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)


def test_a_required_field_is_filled_by_its_formula(crm: Crm) -> None:
    crm = defaulted(
        crm, make_field("Account.Must__c", "Date", required=True, defaultValue="TODAY()")
    )
    account = crm.make("Account", Name="Acme")
    assert crm.records.get(account, ["Must__c"])["Must__c"] == clock.today("UTC")
