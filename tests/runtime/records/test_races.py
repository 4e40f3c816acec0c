"""Saves at the same moment: unique values, numbers, external ids, parents that go."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from tests.factories import make_field, nobody
from tests.runtime.conftest import Crm
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.predicates import Condition
from trellis.platform.errors import Rejected
from trellis.platform.ids import new_id
from trellis.runtime.query import run
from trellis.runtime.query.request import Query
from trellis.runtime.records import saving


def at_once(count: int, work: Callable[[int], str]) -> list[str]:
    """What the work answered when that many threads did it at one moment."""
    barrier, answers = threading.Barrier(count), list[str]()

    def go(number: int) -> None:
        barrier.wait()
        try:
            answers.append(work(number))
        except Rejected as refusal:
            answers.append(refusal.problems[0].code)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers


def test_one_of_many_gets_a_unique_value_and_the_others_hear_which_field(crm: Crm) -> None:
    def save(number: int) -> str:
        crm.make("Account", Name=str(number), Code="same")
        return "saved"

    assert Counter(at_once(10, save)) == {"saved": 1, "field.not_unique": 9}


def test_fifty_at_once_get_fifty_numbers(crm: Crm) -> None:
    ids = at_once(50, lambda _number: crm.make("Quote__c"))
    names = {crm.records.get(record_id, ("Name",))["Name"] for record_id in ids}
    assert names == {f"Q-{number:04}" for number in range(1, 51)}


def test_a_number_of_a_save_that_failed_goes_to_the_next(crm: Crm) -> None:
    try:
        with crm.org_db.write() as conn:
            saving.create(conn, crm.actor, crm.snapshot, "Quote__c", ({},))
            raise LookupError
    except LookupError:
        pass
    assert crm.records.get(crm.make("Quote__c"), ("Name",))["Name"] == "Q-0001"


def test_twenty_upserts_of_one_external_id_make_one_record(crm: Crm) -> None:
    def save(number: int) -> str:
        return crm.records.upsert("Account", "Code", {"Code": "E1", "Name": f"n{number}"})[0]

    assert len(set(at_once(20, save))) == 1


def test_no_child_is_left_pointing_at_a_parent_that_went(crm: Crm) -> None:
    account = crm.make("Account", Name="a")

    def save(number: int) -> str:
        if number == 0:
            crm.records.delete((account,))
            return "deleted"
        return crm.make("Contact", Name=str(number), AccountId=account)

    answers = at_once(12, save)
    assert "deleted" in answers
    query = Query("Contact", where=Condition("AccountId", "isNotBlank"))
    with crm.org_db.read() as conn:
        assert run.count(conn, crm.actor, query, crm.snapshot) == 0


def test_a_form_sent_many_times_makes_one_record(crm: Crm) -> None:
    promised = new_id("001")

    def save(_number: int) -> str:
        return crm.records.create("Account", {"Name": "Acme"}, record_id=promised)

    assert set(at_once(20, save)) == {promised}
    with crm.org_db.read() as conn:
        assert run.count(conn, crm.actor, Query("Account"), crm.snapshot) == 1


def test_a_form_of_an_older_version_is_checked_by_the_newer(crm: Crm) -> None:
    gone = crm.snapshot.field("Account", "Phone")
    change = ChangeSet(
        (make_field("Account.Rating", "Picklist", values=["Warm"]),), (gone.uid,), "Less"
    )
    deploy(crm.org_db, nobody(), change)
    with pytest.raises(Rejected) as refusal:
        crm.make("Account", Name="a", Rating="Hot", Phone="1")
    assert sorted(p.code for p in refusal.value.problems) == [
        "field.unknown", "picklist.unknown_value",
    ]  # fmt: skip
    crm.make("Account", Name="a", Rating="Warm")
