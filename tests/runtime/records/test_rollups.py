"""Roll-ups: exact on every way a child changes, by whomever, at whatever moment (F24, A65)."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.factories import (
    administrator,
    deployed,
    make_actor,
    make_document,
    make_field,
    make_object,
)
from tests.runtime.conftest import Crm, crm_documents
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.predicates import Condition
from trellis.metadata.rollup_runs import find_run
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.failpoints import armed
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.events import subscribe, unsubscribe
from trellis.platform.jobs.worker import Worker
from trellis.platform.orgs import Orgs
from trellis.runtime.feature import FEATURE
from trellis.runtime.query.request import Aggregate, Order, Query
from trellis.runtime.query.run import run
from trellis.runtime.records import rollup_filling
from trellis.runtime.records.events import RecordsChanged
from trellis.runtime.records.rollup_filling import check_rollups
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables
from trellis.runtime.transfer.importing import ImportRun
from trellis.runtime.transfer.mapping import suggest
from trellis.runtime.transfer.source import open_source


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
    """F24: adds, edits, moves and deletions, each in a transaction of its own."""
    a, b = crm.make("Account", Name="a"), crm.make("Account", Name="b")
    old = [crm.make("Opportunity", Name="o", AccountId=a, Amount=Decimal(n)) for n in range(20)]
    barrier, failures = threading.Barrier(20), list[Exception]()

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
        except Exception as failure:  # noqa: BLE001 - told by the test
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
    for _n in range(60):
        match chance.randrange(6):
            case 0 | 1:
                amount, parent = Decimal(chance.randrange(9)), chance.choice([*accounts, None])
                deals.append(crm.make("Opportunity", Name="o", Amount=amount, AccountId=parent))
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


@pytest.mark.abuse("F36")
def test_f36_a_sum_with_too_many_digits_is_refused_at_the_boundary(crm: Crm) -> None:
    """F36: sums are exact to the last of 18 digits; one more is refused, never a wrong value."""
    account = crm.make("Account", Name="Acme")
    most = Decimal("9999999999999999.99")
    crm.make("Opportunity", Name="1", AccountId=account, Amount=most)
    assert of(crm, account, "Total__c") == [most]
    with pytest.raises(Rejected, match="more digits") as refusal:
        crm.make("Opportunity", Name="2", AccountId=account, Amount=Decimal("0.01"))
    assert refusal.value.problems[0].code == "rollup.refused"
    crm.make("Opportunity", Name="3", AccountId=account, Amount=Decimal("-0.01"))
    assert of(crm, account, "Total__c") == [Decimal("9999999999999999.98")]


@pytest.mark.abuse("A65")
def test_a65_a_roll_up_is_of_all_children_and_its_field_right_decides_who_reads_it(
    crm: Crm,
) -> None:
    """A65: in system mode over records, in user mode over the field; both ways round."""
    private = dict(crm.snapshot.object("Opportunity").document) | {"sharingModel": "Private"}
    account = dict(crm.snapshot.object("Account").document) | {"sharingModel": "ReadWrite"}
    may = {"allowRead": True, "allowCreate": True, "allowEdit": True}
    hidden = make_document(
        "Profile", "Blind",
        objectPermissions=[{"object": one, **may} for one in ("Account", "Opportunity")],
        fieldPermissions=[
            {"field": "Opportunity.AccountId", "readable": True, "editable": True}
        ],
    )  # fmt: skip
    deploy(crm.org_db, crm.actor, ChangeSet((private, account, hidden)))
    snapshot = SNAPSHOTS.get(crm.org_db)
    shown = Records(crm.org_db, make_actor(org=crm.org_db.key), snapshot)
    blind = Records(crm.org_db, make_actor(snapshot.get("Profile", "Blind").uid), snapshot)
    parent = crm.make("Account", Name="a")
    secret = crm.make("Opportunity", Name="secret", AccountId=parent, Amount=Decimal(5))
    with pytest.raises(NotFound):
        shown.get(secret, ("Name",))
    assert shown.get(parent, ("Total__c",))["Total__c"] == 5  # of what the reader may not see
    blind.create("Opportunity", {"Name": "own", "AccountId": parent})
    assert of(crm, parent, "Deals__c") == [2]  # kept by whoever may not read it
    for wish in ({"Deals__c": Decimal(9)}, {"Nothing__c": Decimal(9)}):
        with pytest.raises(Rejected) as refusal:
            blind.update(parent, wish)
        assert refusal.value.problems[0].code == "field.unknown"
    with pytest.raises(Rejected):
        blind.get(parent, ("Deals__c",))


def test_a_run_that_is_killed_goes_on_and_ends_exact(
    crm: Crm, orgs: Orgs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup_filling, "BATCH", 3)
    rows = [{"Name": str(n)} for n in range(8)]
    accounts = [one.id for one in crm.records.create_many("Account", rows)]
    for n, account in enumerate(accounts):
        crm.make("Opportunity", Name="o", AccountId=account, Amount=Decimal(n))
    again = rollup("Account.Again__c", "sum", "Opportunity.AccountId", "Amount")
    deploy(crm.org_db, crm.actor, ChangeSet((again,)))
    worker = Worker(orgs, FEATURE.jobs, actor_id=crm.actor.user_id, lease_seconds=0)
    for point in ("jobs.before_chunk", "jobs.after_chunk", "jobs.before_done"):
        with armed(point):
            worker.run_next(crm.org_db)
        with crm.org_db.write() as conn:  # as if the pause after a failure were over
            conn.exec_driver_sql("UPDATE sys_job SET run_at = created_at WHERE state = 'queued'")
    uid = SNAPSHOTS.get(crm.org_db).field("Account", "Again__c").uid
    with crm.org_db.read() as conn:
        found_run = find_run(conn, uid)
    assert found_run is not None
    assert found_run.is_due
    crm.make("Opportunity", Name="meanwhile", AccountId=accounts[7], Amount=Decimal(100))
    worker.run_due(crm.org_db)
    with crm.org_db.read() as conn:
        found_run = find_run(conn, uid)
    assert found_run is not None
    assert (found_run.state, found_run.done, found_run.total) == ("ready", 8, 8)
    records = Records(crm.org_db, crm.actor, SNAPSHOTS.get(crm.org_db))
    found = [records.get(one, ("Again__c",))["Again__c"] for one in accounts]
    assert found == [0, 1, 2, 3, 4, 5, 6, 107]


def test_the_check_lists_what_differs(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    place = Tables.of(crm.snapshot).home("Account").places["Deals__c"][""]
    main = Tables.of(crm.snapshot).home("Account").main
    with crm.org_db.write() as conn:
        conn.execute(sa.update(main).values({place.column: Decimal(7)}))
    (problem,) = check_rollups(crm.org_db)
    assert (problem.code, problem.path) == ("records.I4", ("Account.Deals__c",))
    assert account in problem.hint
    rollup_filling.recalculate(crm.org_db, crm.actor, crm.snapshot.field("Account", "Deals__c"))
    assert check_rollups(crm.org_db) == ()  # it is being worked out
    with crm.org_db.write() as conn:
        conn.execute(sa.update(main).values({place.column: Decimal(0)}))
        conn.exec_driver_sql("UPDATE sys_rollup SET state = 'ready'")


def test_lists_sort_filter_and_group_by_a_roll_up(crm: Crm) -> None:
    accounts = [crm.make("Account", Name=str(n)) for n in range(3)]
    for n, account in enumerate(accounts):
        crm.make("Opportunity", Name="o", AccountId=account, Amount=Decimal(10 * n))
    query = Query("Account", ("Name",), Condition("Total__c", "greaterThan", ("5",)),
                  (Order("Total__c", descending=True),))  # fmt: skip
    grouped = Query("Account", group_by=("Deals__c",), aggregates=(Aggregate("count", "", "n"),))
    with crm.org_db.read() as conn:
        found = run(conn, crm.actor, query, crm.snapshot).records
        (group,) = run(conn, crm.actor, grouped, crm.snapshot).records
    assert [record["Name"] for record in found] == ["2", "1"]
    assert (group["Deals__c"], group["n"]) == (1, 3)


def test_lists_of_changes_their_undo_upserts_and_transfers_are_followed(crm: Crm) -> None:
    a, b = crm.make("Account", Name="a", Code="1"), crm.make("Account", Name="b")
    rows = [{"Name": str(n), "AccountId": a, "Amount": Decimal(n)} for n in range(4)]
    deals = [one.id for one in crm.records.create_many("Opportunity", rows)]
    changes = {one: {"AccountId": b, "StageName": "Closed Won"} for one in deals[:3]}
    crm.records.update_many("Opportunity", changes, batch="moved")
    assert of(crm, a, "Deals__c", "Total__c", "Won__c") == [1, 3, 0]
    assert of(crm, b, "Deals__c", "Total__c", "Won__c") == [3, 3, 3]
    assert crm.records.undo_batch("moved") == 3
    assert of(crm, a, "Deals__c", "Total__c", "Won__c") == [4, 6, 0]
    assert of(crm, b, *DEALS) == NONE
    before = crm.records.get(a, ("LastModifiedDate",))["LastModifiedDate"]
    crm.records.update(deals[0], {"Name": "nothing that counts"})
    assert crm.records.get(a, ("LastModifiedDate",))["LastModifiedDate"] == before
    codes = ({"Code": "1", "Name": "c"}, {"Code": "2", "Name": "d"})
    crm.records.upsert_many("Account", "Code", codes)
    assert of(crm, a, "Deals__c") == [4]
    copy = crm.records.clone(a, {"Name": "copy"}, (crm.snapshot.field("Opportunity", "AccountId"),))
    assert of(crm, copy, "Deals__c", "Total__c") == [4, 6]


def test_a_file_is_rolled_up_as_it_comes_in(crm: Crm, tmp_path: Path) -> None:
    account = crm.make("Account", Name="Acme")
    file = tmp_path / "deals.csv"
    lines = [f"d{n},{account},{n}" for n in range(1, 31)]
    file.write_text("\n".join(["Name,Account,Amount", *lines]))
    source = open_source(file)
    said = {"Name": "Name", "Account": "AccountId", "Amount": "Amount"}
    mapping = suggest(source.headings, "Opportunity", crm.snapshot, said)
    result = ImportRun(crm.org_db, crm.actor, crm.snapshot, source, mapping).run()
    assert result.created == 30
    assert of(crm, account, "Deals__c", "Total__c") == [30, 465]


@pytest.mark.abuse("A67", "F32")
def test_a67_f32_filters_are_texts_and_moments_never_patterns_or_local_times(
    org_db: OrgDatabase,
) -> None:
    """A67: what looks like a pattern is compared as it is. F32: the two 01:30 are two moments."""
    by = "Opportunity.AccountId"
    evil = "(a+)+$%_"
    snapshot = deployed(
        org_db, *crm_documents(), make_field("Opportunity.At__c", "DateTime"),
        rollup("Account.Evil__c", "count", by, "", ("Name", "contains", evil)),
        rollup("Account.Later__c", "count", by, "",
               ("At__c", "greaterThan", "2026-11-01T01:30:00-04:00")),
        rollup("Account.Last__c", "max", by, "At__c"),
    )  # fmt: skip
    actor = administrator(org_db.key)
    records = Records(org_db, actor, snapshot)
    parent = records.create("Account", {"Name": "a"})
    first, second = (
        dt.datetime.fromisoformat(f"2026-11-01T01:30:00{offset}") for offset in ("-04:00", "-05:00")
    )
    for name, at in (("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", first), (f"x{evil}y", second)):
        records.create("Opportunity", {"Name": name, "AccountId": parent, "At__c": at})
    found = records.get(parent, ("Evil__c", "Later__c", "Last__c")).values
    assert found == {"Evil__c": 1, "Later__c": 1, "Last__c": second}
