"""How far fields are filled: counted for all records and the younger ones, in few statements."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tests.factories import deployed, make_field
from tests.runtime.conftest import Crm
from trellis.platform import clock
from trellis.runtime.field_usage import usage_of
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables


def counts(crm: Crm, since: Any) -> dict[str, tuple[int, int]]:
    with crm.org_db.read() as conn:
        usage = usage_of(conn, crm.snapshot, "Account", since)
    return {one.field.local_name: (one.all, one.since) for one in usage.fields}


def test_every_kind_of_value_is_counted_where_it_is_there(crm: Crm) -> None:
    before = clock.now() - timedelta(minutes=1)
    crm.make("Account", Name="A", Employees=Decimal(0), Active=True, Rating="Hot")
    crm.make("Account", Name="B", Active=False, Phone="1")
    gone = crm.make("Account", Name="C", Phone="2")
    crm.records.delete([gone])
    found = counts(crm, before)
    assert found["Name"] == (2, 2)
    assert found["Employees"] == (1, 1)
    assert found["Active"] == (1, 1)
    assert found["Phone"] == (1, 1)
    assert found["ParentId"] == (0, 0)
    assert counts(crm, clock.now() + timedelta(days=1))["Name"] == (2, 0)


def test_the_last_change_is_of_a_record_that_has_the_value(crm: Crm) -> None:
    one = crm.make("Account", Name="A", Phone="1")
    crm.make("Account", Name="B")
    moment = crm.records.get(one, ["LastModifiedDate"])["LastModifiedDate"]
    with crm.org_db.read() as conn:
        usage = usage_of(conn, crm.snapshot, "Account", clock.now())
    last = {f.field.local_name: f.last for f in usage.fields}
    assert (last["Phone"], last["Rating"]) == (moment, None)


def test_a_wide_object_takes_a_statement_for_each_of_its_tables(crm: Crm) -> None:
    fields = [make_field(f"Account.X{n}__c", "Checkbox") for n in range(200)]
    snapshot = deployed(crm.org_db, *fields)
    records = Records(crm.org_db, crm.actor, snapshot)
    records.create("Account", {"Name": "A", "X199__c": True})
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "count(" in statement.lower():
            asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        with crm.org_db.read() as conn:
            usage = usage_of(conn, snapshot, "Account", clock.now())
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    tables = 1 + len(Tables.of(snapshot).home("Account").slices)
    assert tables > 1
    assert len(asked) == 1 + tables
    assert {f.field.local_name: f.all for f in usage.fields}["X199__c"] == 1
