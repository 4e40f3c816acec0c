"""What `trellis check` says of records: nothing of a sound org, and each way one can be broken."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.factories import nobody
from tests.runtime.conftest import Crm
from trellis.platform.errors import Problem
from trellis.platform.migrations.tables import sys_history, sys_recycle
from trellis.runtime.invariants import check_records
from trellis.runtime.tables import Tables


@pytest.fixture
def used(crm: Crm) -> Crm:
    """An org where everything has happened, by somebody who exists."""
    crm = replace(crm, records=replace(crm.records, actor=nobody()))
    account = crm.make("Account", Name="a", Rating="Hot")
    crm.make("Contact", Name="c", AccountId=account)
    crm.make("Task", Subject="t", WhatId=account)
    crm.records.update(account, {"Rating": "Cold", "Name": "b"})
    crm.records.update(account, {"Rating": None})
    gone = crm.make("Account", Name="gone")
    crm.make("Line__c", Name="l", Quote__c=crm.make("Quote__c", Account__c=gone))
    crm.records.delete((gone,))
    crm.make("Quote__c")
    return crm


def broken(crm: Crm) -> list[tuple[str, str]]:
    found: tuple[Problem, ...] = check_records(crm.org_db)
    return [(problem.code, str(problem.path[0])) for problem in found]


def change(crm: Crm, statement: sa.Executable) -> None:
    with crm.org_db.write() as conn:
        conn.execute(statement)


def test_a_used_org_is_sound(used: Crm) -> None:
    assert broken(used) == []


def test_a_lookup_at_nothing_is_found(used: Crm) -> None:
    for name, path in (("Contact", "AccountId"), ("Task", "WhatId")):
        home = Tables.of(used.snapshot).home(name)
        column = home.places[path][""].column
        change(used, sa.update(home.main).values(**{column: "001000000000000AAA"}))
    assert broken(used) == [("records.I2", "Contact.AccountId"), ("records.I2", "Task.WhatId")]


def test_a_lookup_at_a_deleted_record_is_found(used: Crm) -> None:
    main = Tables.of(used.snapshot).home("Account").main
    change(used, sa.update(main).values(is_deleted=True))
    assert ("records.I2", "Contact.AccountId") in broken(used)


def test_a_deleted_record_that_the_bin_does_not_know_is_found(used: Crm) -> None:
    change(used, sa.delete(sys_recycle))
    assert broken(used) == [("records.I2", name) for name in ("Account", "Line__c", "Quote__c")]


def test_a_history_that_ends_with_another_value_is_found(used: Crm) -> None:
    change(used, sa.update(sys_history).where(sys_history.c.new == "b").values(new="z"))
    assert broken(used) == [("records.I6", "Account")]


def test_a_number_given_twice_is_found(used: Crm) -> None:
    main = Tables.of(used.snapshot).home("Quote__c").main
    parts = Tables.of(used.snapshot).home("Quote__c").places["Name"].values()
    change(used, sa.update(main).values(**{place.column: "same" for place in parts}))
    assert ("records.I7", "Quote__c.Name") in broken(used)
