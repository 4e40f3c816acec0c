"""Roll-ups: exact on every way a child changes, by whomever, at whatever moment (F24, A65)."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from tests.factories import administrator, deployed, make_document, make_field, make_object
from tests.runtime.conftest import Crm, crm_documents
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.events import subscribe, unsubscribe
from trellis.runtime.records.events import RecordsChanged
from trellis.runtime.records.rollup_filling import check_rollups
from trellis.runtime.records.service import Records


def rollup(
    name: str, operation: str, lookup: str, of: str = "", *filters: Any, **more: Any
) -> Document:
    """The document of a roll-up; filters are (field, operation, value)."""
    child = lookup.partition(".")[0]
    if of:
        more["summarizedField"] = f"{child}.{of}"
    if filters:
        more["summaryFilterItems"] = [
            {"field": f"{child}.{f}", "operation": o, "value": v} for f, o, v in filters
        ]
    return make_field(name, "Summary", summaryOperation=operation, summaryForeignKey=lookup, **more)


WON = ("StageName", "equals", "Closed Won")


def rollup_documents() -> list[Document]:
    """Roll-ups of opportunities at accounts, of lines at quotes, of those at accounts again."""
    by = "Opportunity.AccountId"
    return [
        rollup("Account.Deals__c", "count", by),
        rollup("Account.Total__c", "sum", by, "Amount"),
        rollup("Account.Won__c", "sum", by, "Amount", WON),
        rollup("Account.Smallest__c", "min", by, "Amount"),
        rollup("Account.Latest__c", "max", by, "CloseDate"),
        rollup("Quote__c.Lines__c", "count", "Line__c.Quote__c"),
        rollup("Quote__c.Price__c", "sum", "Line__c.Quote__c", "Price__c"),
        rollup("Account.Quoted__c", "sum", "Quote__c.Account__c", "Price__c"),
        rollup("Account.Tasks__c", "count", "Task.WhatId"),
        make_object("Group__c"),
        make_field("Group__c.Name", required=True),
        make_field("Account.Group__c", "Lookup", to="Group__c"),
        rollup("Group__c.Quoted__c", "max", "Account.Group__c", "Quoted__c"),
    ]


@pytest.fixture
def crm(org_db: OrgDatabase) -> Iterator[Crm]:
    """The small CRM with roll-ups; whatever a test does, they are exact at its end."""
    snapshot = deployed(org_db, *crm_documents(), *rollup_documents())
    actor = administrator(org_db.key)
    yield Crm(org_db, snapshot, actor, Records(org_db, actor, snapshot))
    assert check_rollups(org_db) == ()


def of(crm: Crm, record_id: str, *names: str) -> list[Any]:
    values = crm.records.get(record_id, names).values
    return [values[name] for name in names]


DEALS = ("Deals__c", "Total__c", "Won__c", "Smallest__c", "Latest__c")
NONE = [Decimal(0), Decimal(0), Decimal(0), None, None]


def test_counts_and_sums_of_nothing_are_zero_and_extremes_are_blank(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    assert of(crm, account, *DEALS) == NONE
    crm.make("Opportunity", Name="o", AccountId=account)
    assert of(crm, account, *DEALS) == [Decimal(1), Decimal(0), Decimal(0), None, None]


def test_every_way_of_a_child_is_followed(crm: Crm) -> None:
    a, b = crm.make("Account", Name="a"), crm.make("Account", Name="b")
    day = dt.date(2026, 3, 1)
    first = crm.make("Opportunity", Name="1", AccountId=a, Amount=Decimal("10.50"), CloseDate=day)
    second = crm.make("Opportunity", Name="2", AccountId=a, Amount=Decimal(4))
    assert of(crm, a, *DEALS) == [2, Decimal("14.5"), 0, 4, day]
    crm.records.update(first, {"StageName": "Closed Won"})  # the filter alone
    assert of(crm, a, "Won__c") == [Decimal("10.5")]
    crm.records.update(second, {"AccountId": b})  # another parent
    assert of(crm, a, *DEALS) == [1, Decimal("10.5"), Decimal("10.5"), Decimal("10.5"), day]
    assert of(crm, b, *DEALS) == [1, 4, 0, 4, None]
    batch = crm.records.delete((first,))
    assert of(crm, a, *DEALS) == NONE
    crm.records.undelete(batch=batch)
    assert of(crm, a, "Deals__c", "Won__c") == [1, Decimal("10.5")]
    crm.records.undo_last(second)
    assert of(crm, a, "Deals__c", "Total__c") == [2, Decimal("14.5")]
    assert of(crm, b, *DEALS) == NONE
    crm.records.update(second, {"AccountId": None})
    assert of(crm, a, "Deals__c") == [1]


def test_roll_ups_of_roll_ups_follow_to_the_third_level_and_cascades_too(crm: Crm) -> None:
    group = crm.make("Group__c", Name="g")
    a = crm.make("Account", Name="a", Group__c=group)
    quote = crm.make("Quote__c", Account__c=a)
    line = crm.make("Line__c", Name="l", Quote__c=quote, Price__c=Decimal(7))
    assert of(crm, quote, "Lines__c", "Price__c") == [1, 7]
    assert of(crm, a, "Quoted__c") == of(crm, group, "Quoted__c") == [7]
    crm.records.update(line, {"Price__c": Decimal(9)})
    assert of(crm, group, "Quoted__c") == [9]
    batch = crm.records.delete((quote,))  # with its lines
    assert of(crm, a, "Quoted__c") == of(crm, group, "Quoted__c") == [0]
    crm.records.undelete(batch=batch)
    assert of(crm, quote, "Lines__c", "Price__c") == [1, 9]
    assert of(crm, group, "Quoted__c") == [9]
    batch = crm.records.delete((a,))
    assert of(crm, group, "Quoted__c") == [None]
    crm.records.undelete(batch=batch)
    assert of(crm, a, "Quoted__c") == of(crm, group, "Quoted__c") == [9]


def test_lookups_that_a_deletion_empties_are_rolled_up_again_when_it_is_taken_back(
    crm: Crm,
) -> None:
    account = crm.make("Account", Name="a")
    crm.make("Task", Subject="t", WhatId=account)
    deal = crm.make("Opportunity", Name="o", AccountId=account)
    crm.make("Task", Subject="of another object", WhatId=deal)
    assert of(crm, account, "Tasks__c") == [1]
    batch = crm.records.delete((account, deal))
    crm.records.undelete(batch=batch)
    assert of(crm, account, "Tasks__c", "Deals__c") == [1, 1]


def test_a_parent_is_stamped_and_keeps_its_version_so_that_its_undo_still_works(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    crm.records.update(account, {"Name": "b"})
    before = crm.records.get(account, ("LastModifiedDate",))
    other = replace(crm.actor, user_id=crm.actor.user_id)
    heard: list[RecordsChanged] = []
    subscribe(RecordsChanged, heard.append)
    try:
        Records(crm.org_db, other, crm.snapshot).create(
            "Opportunity", {"Name": "o", "AccountId": account}
        )
    finally:
        unsubscribe(RecordsChanged, heard.append)
    after = crm.records.get(account, ("LastModifiedDate",))
    assert after["LastModifiedDate"] > before["LastModifiedDate"]
    assert after.version == before.version
    assert [one.object for one in heard] == ["Account", "Opportunity"]
    crm.records.undo_last(account)
    assert of(crm, account, "Name", "Deals__c") == ["a", 1]


def test_nobody_sets_a_roll_up(crm: Crm) -> None:
    with pytest.raises(Rejected) as refusal:
        crm.make("Account", Name="a", Deals__c=Decimal(5))
    assert refusal.value.problems[0].code == "field.not_writable"


def test_a_thousand_rows_are_a_few_statements(crm: Crm) -> None:
    accounts = [crm.make("Account", Name=str(n)) for n in range(20)]

    def statements(count: int) -> int:
        seen: list[str] = []
        engine = crm.org_db._engine

        def note(*args: Any) -> None:
            seen.append(args[2])

        event.listen(engine, "before_cursor_execute", note)
        rows = [
            {"Name": str(n), "AccountId": accounts[n % 20], "Amount": Decimal(n)}
            for n in range(count)
        ]
        try:
            assert not any(one.problems for one in crm.records.create_many("Opportunity", rows))
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    few = statements(60)
    assert statements(1000) <= few + 4
    assert of(crm, accounts[3], "Deals__c") == [53]


def test_twenty_children_at_once_leave_exact_roll_ups(crm: Crm) -> None:
    """F24: adds, edits, moves and deletions of twenty children, each in a transaction of its own."""
    a, b = crm.make("Account", Name="a"), crm.make("Account", Name="b")
    old = [crm.make("Opportunity", Name="o", AccountId=a, Amount=Decimal(n)) for n in range(20)]
    barrier, failures = threading.Barrier(20), list[BaseException]()

    def work(n: int) -> None:
        try:
            barrier.wait()
            if n % 4 == 0:
                crm.make("Opportunity", Name="n", AccountId=(a, b)[n % 8 == 0], Amount=Decimal(100))
            elif n % 4 == 1:
                crm.records.update(old[n], {"Amount": Decimal(1000)})
            elif n % 4 == 2:
                crm.records.update(old[n], {"AccountId": b})
            else:
                crm.records.delete((old[n],))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert of(crm, a, "Deals__c") + of(crm, b, "Deals__c") == [20 - 5 - 5 + 2, 5 + 3]
    assert check_rollups(crm.org_db) == ()


def test_a_random_life_of_many_children_leaves_exact_roll_ups(crm: Crm) -> None:
    chance = random.Random(7)
    accounts = [crm.make("Account", Name=str(n)) for n in range(4)]
    deals: list[str] = []
    binned: list[str] = []
    for n in range(60):
        match chance.randrange(6):
            case 0 | 1:
                deals.append(crm.make("Opportunity", Name=str(n), Amount=Decimal(chance.randrange(9)),
                                      AccountId=chance.choice([*accounts, None])))  # fmt: skip
            case 2 if deals:
                crm.records.update(chance.choice(deals), {"AccountId": chance.choice(accounts)})
            case 3 if deals:
                stage = chance.choice(["Prospecting", "Closed Won"])
                crm.records.update_many(
                    "Opportunity", {one: {"StageName": stage} for one in deals[-5:]}
                )
            case 4 if len(deals) > 2:
                binned.append(crm.records.delete((deals.pop(0), deals.pop(0))))
            case 5 if binned:
                deals += crm.records.undelete(batch=binned.pop())
        assert check_rollups(crm.org_db) == ()


def test_rules_of_the_parent_refuse_with_its_name_and_only_the_rows_concerned(crm: Crm) -> None:
    full = make_document(
        "ValidationRule", "Account.Full", object="Account", active=True,
        errorConditionFormula="Deals__c > 2", errorMessage="At most two deals.",
    )  # fmt: skip
    unrelated = make_document(
        "ValidationRule", "Account.Rating", object="Account", active=True,
        errorConditionFormula="ISBLANK(Phone)", errorMessage="A phone number, please.",
    )  # fmt: skip
    a = crm.make("Account", Name="Acme")
    b = crm.make("Account", Name="b")
    deploy(crm.org_db, crm.actor, ChangeSet((full, unrelated)))
    records = Records(crm.org_db, crm.actor, SNAPSHOTS.get(crm.org_db))
    crm.make("Opportunity", Name="1", AccountId=a)
    rows = [{"Name": str(n), "AccountId": one} for n, one in enumerate((a, a, b))]
    outcomes = records.create_many("Opportunity", rows)
    assert [bool(one.problems) for one in outcomes] == [True, True, False]
    assert outcomes[0].problems[0].message == "Acme does not allow it: At most two deals."
    assert of(crm, a, "Deals__c") + of(crm, b, "Deals__c") == [1, 1]
    crm.make("Opportunity", Name="2", AccountId=a)
    loose = crm.make("Opportunity", Name="3")
    with pytest.raises(Rejected, match="At most two deals"):
        records.update(loose, {"AccountId": a})
    gone = crm.make("Opportunity", Name="4", AccountId=b)
    records.delete((gone,))
    assert of(crm, a, "Deals__c") == [2]


def test_F36_a_sum_with_too_many_digits_is_refused_at_the_boundary(crm: Crm) -> None:
    """F36: sums are exact to the last of 18 digits, and one more is a refusal, not a wrong value."""
    account = crm.make("Account", Name="Acme")
    most = Decimal("9999999999999999.99")
    crm.make("Opportunity", Name="1", AccountId=account, Amount=most)
    assert of(crm, account, "Total__c") == [most]
    with pytest.raises(Rejected, match="more digits") as refusal:
        crm.make("Opportunity", Name="2", AccountId=account, Amount=Decimal("0.01"))
    assert refusal.value.problems[0].code == "rollup.refused"
    crm.make("Opportunity", Name="3", AccountId=account, Amount=Decimal("-0.01"))
    assert of(crm, account, "Total__c") == [Decimal("9999999999999999.98")]
