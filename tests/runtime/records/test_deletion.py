"""Deleting, bringing back and ending records."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from tests.factories import make_actor
from tests.runtime.conftest import Crm
from trellis.metadata.predicates import Condition
from trellis.platform import clock
from trellis.platform.errors import NotFound, Rejected
from trellis.runtime.query import run
from trellis.runtime.query.request import Query, Rows
from trellis.runtime.records import recycle
from trellis.runtime.records.service import Records


def count(crm: Crm, object_name: str, rows: Rows = Rows.LIVE) -> int:
    with crm.org_db.read() as conn:
        return run.count(conn, crm.actor, Query(object_name, rows=rows), crm.snapshot)


def binned(crm: Crm, **options: object) -> list[str]:
    with crm.org_db.read() as conn:
        page = recycle.list_bin(conn, crm.actor, crm.snapshot, **options)  # type: ignore[arg-type]
    return [entry.title for entry in page.entries]


def test_details_and_cascading_lookups_go_along_and_come_back(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    quote = crm.make("Quote__c", Account__c=account)
    for name in ("l1", "l2"):
        crm.make("Line__c", Name=name, Quote__c=quote)
    batch = crm.records.delete((account,))
    assert [count(crm, name) for name in ("Account", "Quote__c", "Line__c")] == [0, 0, 0]
    assert len(crm.records.undelete(batch=batch)) == 4
    assert [count(crm, name) for name in ("Account", "Quote__c", "Line__c")] == [1, 1, 2]
    assert not binned(crm)


def test_lookups_are_emptied_and_filled_again_where_nobody_filled_them(crm: Crm) -> None:
    account, other = crm.make("Account", Name="a"), crm.make("Account", Name="b")
    left = crm.make("Contact", Name="left", AccountId=account)
    moved = crm.make("Contact", Name="moved", AccountId=account)
    task = crm.make("Task", Subject="t", WhatId=account)
    crm.records.delete((account,))
    assert crm.records.get(left, ("AccountId", "Account.Name")).values == {
        "AccountId": None, "Account.Name": None,
    }  # fmt: skip
    assert crm.records.get(task, ("WhatId",))["WhatId"] is None
    crm.records.update(moved, {"AccountId": other})
    crm.records.undelete((account,))
    assert crm.records.get(left, ("AccountId",))["AccountId"] == account
    assert crm.records.get(moved, ("AccountId",))["AccountId"] == other
    assert crm.records.get(task, ("WhatId",))["WhatId"] == account


def test_a_restricting_lookup_forbids_the_deletion_and_names_who_holds_it(crm: Crm) -> None:
    account = crm.make("Account", Name="Acme")
    deal = crm.make("Opportunity", Name="Big deal", AccountId=account)
    with pytest.raises(Rejected, match="Big deal") as refusal:
        crm.records.delete((account,))
    assert refusal.value.problems[0].code == "delete.restricted"
    assert count(crm, "Account") == 1
    crm.records.delete((account, deal))
    assert count(crm, "Account") == count(crm, "Opportunity") == 0


def test_what_is_not_there_cannot_be_deleted_or_restored(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    with pytest.raises(NotFound):
        crm.records.undelete((account,))
    crm.records.delete((account,))
    for ids in ((account,), ("001000000000000AAA",)):
        with pytest.raises(NotFound):
            crm.records.delete(ids)


def test_one_of_several_deleted_together_comes_back_alone(crm: Crm) -> None:
    first, second = crm.make("Account", Name="a"), crm.make("Account", Name="b")
    quote = crm.make("Quote__c", Account__c=first)
    crm.records.delete((first, second))
    assert set(crm.records.undelete((first,))) == {first, quote}
    assert binned(crm) == ["b"]


def test_a_value_taken_meanwhile_keeps_a_record_in_the_bin(crm: Crm) -> None:
    account = crm.make("Account", Name="a", Code="1")
    crm.records.delete((account,))
    crm.make("Account", Name="b", Code="1")
    with pytest.raises(Rejected) as refusal:
        crm.records.undelete((account,))
    (problem,) = refusal.value.problems
    assert (problem.code, problem.path) == ("field.not_unique", (account, "Code"))
    assert binned(crm) == ["a"]


def test_a_detail_waits_for_its_master(crm: Crm) -> None:
    quote = crm.make("Quote__c")
    line = crm.make("Line__c", Name="l", Quote__c=quote)
    crm.records.delete((line,))
    crm.records.delete((quote,))
    with pytest.raises(Rejected) as refusal:
        crm.records.undelete((line,))
    assert refusal.value.problems[0].code == "undelete.no_master"
    crm.records.undelete((quote,))
    crm.records.undelete((line,))
    assert count(crm, "Line__c") == 1


def test_a_lookup_at_what_went_later_is_emptied_on_the_way_back(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    contact = crm.make("Contact", Name="c", AccountId=account)
    crm.records.delete((contact,))
    crm.records.delete((account,))
    crm.records.undelete((contact,))
    assert crm.records.get(contact, ("AccountId",))["AccountId"] is None


def test_a_form_that_was_open_notices_the_deletion_and_the_return(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    crm.records.delete((account,))
    crm.records.undelete((account,))
    assert crm.records.get(account, ()).version == 3


def test_the_bin_shows_ones_own_and_to_an_administrator_everybodys(crm: Crm) -> None:
    mine, someone = crm.make("Account", Name="Mine"), make_actor()
    theirs = Records(crm.org_db, someone, crm.snapshot)
    other = theirs.create("Account", {"Name": "Other"})
    crm.records.delete((mine,))
    theirs.delete((other,))
    assert binned(crm) == ["Mine"]
    assert sorted(binned(crm, everybody=True)) == ["Mine", "Other"]
    assert binned(crm, everybody=True, words="oth") == ["Other"]
    with crm.org_db.read() as conn:
        page = recycle.list_bin(conn, someone, crm.snapshot, everybody=True)
    assert [entry.title for entry in page.entries] == ["Other"]


def test_the_bin_has_pages(crm: Crm) -> None:
    for name in ("a", "b", "c"):
        crm.records.delete((crm.make("Account", Name=name),))
    with crm.org_db.read() as conn:
        page = recycle.list_bin(conn, crm.actor, crm.snapshot, limit=2)
        rest = recycle.list_bin(conn, crm.actor, crm.snapshot, limit=2, after=page.next)
    assert [entry.title for entry in (*page.entries, *rest.entries)] == ["c", "b", "a"]
    assert not rest.next


def test_what_is_purged_is_gone_for_good(crm: Crm) -> None:
    account = crm.make("Account", Name="a", Rating="Hot")
    crm.records.update(account, {"Rating": "Cold"})
    quote = crm.make("Quote__c", Account__c=account)
    crm.records.delete((account,))
    assert crm.records.purge((account,)) == 2
    assert count(crm, "Account", Rows.ALL) == count(crm, "Quote__c", Rows.ALL) == 0
    assert not binned(crm)
    with pytest.raises(NotFound):
        crm.records.undelete((quote,))


def test_the_bin_empties_itself_after_fifteen_days(crm: Crm) -> None:
    old, new = crm.make("Account", Name="old"), crm.make("Account", Name="new")
    crm.records.delete((old,))
    with time_machine.travel(clock.now() + timedelta(days=15, minutes=1), tick=False):
        crm.records.delete((new,))
        with crm.org_db.write() as conn:
            assert recycle.purge_expired(conn, crm.snapshot) == 1
        assert binned(crm) == ["new"]


def test_what_is_deleted_is_found_nowhere(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    contact = crm.make("Contact", Name="c", AccountId=account)
    crm.records.delete((contact,))
    query = Query("Contact", where=Condition("Account.Name", "equals", ("a",)))
    with crm.org_db.read() as conn:
        assert not run.run(conn, crm.actor, query, crm.snapshot).records
        assert run.find_titles(conn, crm.actor, crm.snapshot, (contact,)) == {contact: "c"}
