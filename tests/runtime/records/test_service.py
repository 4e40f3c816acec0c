"""Creating, reading, changing and copying records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.factories import deployed, make_actor, make_field, make_object, nobody
from tests.runtime.conftest import Crm
from trellis.metadata.field_types.base import NEUTRAL
from trellis.metadata.predicates import Condition
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.events import subscribe, unsubscribe
from trellis.runtime.notices import causes
from trellis.runtime.query import run
from trellis.runtime.query.request import Order, Query
from trellis.runtime.records import history
from trellis.runtime.records.draft import read_draft
from trellis.runtime.records.events import Change, RecordsChanged
from trellis.runtime.records.service import Records


def problems_of(crm: Crm, object_name: str, values: dict[str, object]) -> list[tuple[object, str]]:
    with pytest.raises(Rejected) as refusal:
        crm.records.create(object_name, values)
    return [(p.path[-1] if p.path else "", p.code) for p in refusal.value.problems]


def test_a_record_is_read_as_it_was_saved(crm: Crm) -> None:
    account = crm.make(
        "Account", Name="Acme", Rating="Hot", AnnualRevenue=Decimal("99999999999999.99"),
        Active=True, Since=date(2020, 2, 29),
    )  # fmt: skip
    record = crm.records.get(
        account, ("Name", "Rating", "AnnualRevenue", "Active", "Since", "OwnerId", "Phone")
    )
    assert record.values == {
        "Name": "Acme", "Rating": "Hot", "AnnualRevenue": Decimal("99999999999999.99"),
        "Active": True, "Since": date(2020, 2, 29), "OwnerId": crm.actor.user_id, "Phone": None,
    }  # fmt: skip
    assert record.version == 1


def test_every_problem_is_told_at_once_at_its_field(crm: Crm) -> None:
    crm.make("Account", Name="Other", Code="A-1")
    values = {
        "Rating": "Lukewarm", "Code": "a-1", "ParentId": "001000000000000AAA", "Phone": "x" * 99,
        "Employees": Decimal("1.5"), "OwnerId": "003000000000000AAA",
    }  # fmt: skip
    assert sorted(problems_of(crm, "Account", values)) == [
        ("Code", "field.not_unique"), ("Employees", "number.too_precise"),
        ("Name", "field.required"), ("OwnerId", "lookup.wrong_object"),
        ("ParentId", "lookup.not_found"), ("Phone", "text.too_long"),
        ("Rating", "picklist.unknown_value"),
    ]  # fmt: skip


def test_nothing_can_be_slipped_in(crm: Crm) -> None:
    account = crm.make("Account", Name="Acme")
    for name in (
        "Id", "CreatedDate", "CreatedById", "IsDeleted", "SystemModstamp", "version",
        "password_hash", "is_deleted", "Nme",
    ):  # fmt: skip
        assert problems_of(crm, "Account", {"Name": "Acme", name: "1"})[0][0] == name
        with pytest.raises(Rejected):
            crm.records.update(account, {name: "1"})
    assert crm.records.get(account, ("Name",)).version == 1


def test_unique_means_any_case_unless_the_field_minds_case(crm: Crm) -> None:
    crm.make("Account", Name="a", Code="Straße", Tag="x")
    assert problems_of(crm, "Account", {"Name": "b", "Code": "STRASSE"})[0][0] == "Code"
    crm.make("Account", Name="b", Tag="X")
    assert problems_of(crm, "Account", {"Name": "c", "Tag": "X"})[0][0] == "Tag"


def test_a_value_of_a_deleted_record_is_free_again(crm: Crm) -> None:
    crm.records.delete((crm.make("Account", Name="a", Code="1"),))
    crm.make("Account", Name="b", Code="1")


def test_a_record_may_keep_its_own_unique_value(crm: Crm) -> None:
    account = crm.make("Account", Name="a", Code="abc")
    assert crm.records.update(account, {"Code": "ABC", "Name": "b"}) == 2


def test_a_save_that_changes_nothing_leaves_the_version(crm: Crm) -> None:
    account = crm.make("Account", Name="a", AnnualRevenue=Decimal("5"))
    assert crm.records.update(account, {"Name": "a", "AnnualRevenue": Decimal("5.00")}) == 1


def test_a_deleted_or_unknown_record_cannot_be_changed(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    crm.records.delete((account,))
    for record_id in (account, "001000000000000AAA", "zzz000000000000AAA"):
        with pytest.raises(NotFound):
            crm.records.update(record_id, {"Name": "b"})
        with pytest.raises(NotFound):
            crm.records.get(record_id, ("Name",))


def test_the_modifier_and_the_moment_are_stamped(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    other = make_actor()
    Records(crm.org_db, other, crm.snapshot).update(account, {"Name": "b"})
    record = crm.records.get(
        account, ("CreatedById", "LastModifiedById", "CreatedDate", "LastModifiedDate")
    )
    assert record["CreatedById"] == crm.actor.user_id
    assert record["LastModifiedById"] == other.user_id
    assert record["LastModifiedDate"] >= record["CreatedDate"]


def test_users_are_read_but_not_changed_as_records(crm: Crm) -> None:
    with pytest.raises(Rejected, match="Setup"):
        crm.records.create("User", {"Name": "x"})
    with pytest.raises(Rejected, match="Setup"):
        crm.records.update("005000000000001AAA", {"Name": "x"})
    with pytest.raises(Rejected, match="Setup"):
        crm.records.delete(("005000000000001AAA",))


def test_a_copy_starts_from_all_that_is_not_unique(crm: Crm) -> None:
    parent = crm.make("Account", Name="Parent")
    account = crm.make("Account", Name="a", Code="1", Rating="Hot", ParentId=parent)
    values = crm.records.clone_values(account)
    assert values == {"Name": "a", "Rating": "Hot", "ParentId": parent, "Active": False}
    assert crm.records.create("Account", values) != account


def test_rows_with_problems_do_not_keep_the_others_out(crm: Crm) -> None:
    rows = [{"Name": "a", "Code": "1"}, {"Code": "2"}, {"Name": "c", "Code": "1"}, {"Name": "d"}]
    outcomes = crm.records.create_many("Account", rows)
    assert [bool(outcome.id) for outcome in outcomes] == [True, False, False, True]
    assert [p.code for p in outcomes[1].problems] == ["field.required"]
    assert [p.code for p in outcomes[2].problems] == ["field.not_unique"]


def test_upsert_finds_by_external_id_or_creates(crm: Crm) -> None:
    first, is_new = crm.records.upsert("Account", "Code", {"Code": "X1", "Name": "a"})
    assert is_new
    assert crm.records.upsert("Account", "code", {"code": "x1", "Name": "b"}) == (first, False)
    assert crm.records.get(first, ("Name", "Code")).values == {"Name": "b", "Code": "x1"}
    rows = [
        {"Code": "X1", "Rating": "Hot"},
        {"Name": "n"},
        {"Code": "N", "Name": "n"},
        {"Code": "N"},
    ]
    outcomes = crm.records.upsert_many("Account", "Code", rows)
    assert [outcome.is_new for outcome in outcomes] == [False, False, True, False]
    assert [[p.code for p in outcome.problems] for outcome in outcomes] == [
        [], ["upsert.no_key"], [], ["upsert.doubled"],
    ]  # fmt: skip
    with pytest.raises(Rejected, match="neither"):
        crm.records.upsert("Account", "Name", {"Name": "a"})


def test_numbers_count_up_and_are_not_wasted_on_rejected_rows(crm: Crm) -> None:
    rows = [{}, {"Account__c": "001000000000000AAA"}, {}]
    outcomes = crm.records.create_many("Quote__c", rows)
    names = [crm.records.get(o.id, ("Name",))["Name"] for o in outcomes if o.id]
    assert names == ["Q-0001", "Q-0002"]
    assert problems_of(crm, "Quote__c", {"Name": "Q-9"}) == [("Name", "field.not_writable")]


def test_a_detail_needs_its_master_and_stays_with_it(crm: Crm) -> None:
    quote, other = crm.make("Quote__c"), crm.make("Quote__c")
    assert problems_of(crm, "Line__c", {"Name": "l"}) == [("Quote__c", "field.required")]
    line = crm.make("Line__c", Name="l", Quote__c=quote)
    with pytest.raises(Rejected) as refusal:
        crm.records.update(line, {"Quote__c": other})
    assert refusal.value.problems[0].code == "master.fixed"


def test_a_record_cannot_be_its_own_parent(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    with pytest.raises(Rejected, match="itself"):
        crm.records.update(account, {"ParentId": account})


def test_texts_are_read_by_their_types(crm: Crm) -> None:
    texts = {"name": " Acme ", "AnnualRevenue": "1000.50", "Since": "2020-02-30", "Nope": "1"}
    values, problems = read_draft(crm.snapshot, "Account", texts, NEUTRAL)
    assert values == {"Name": "Acme", "AnnualRevenue": Decimal("1000.5")}
    assert sorted(p.path[0] for p in problems) == ["Nope", "Since"]


def test_changes_are_published_once_they_are_committed(crm: Crm) -> None:
    heard: list[RecordsChanged] = []
    subscribe(RecordsChanged, heard.append)
    try:
        account = crm.make("Account", Name="a")
        with pytest.raises(Rejected):
            crm.make("Account", Name=None)
        crm.records.update(account, {"Name": "b"})
        crm.records.delete((account,))
        crm.records.undelete((account,))
    finally:
        unsubscribe(RecordsChanged, heard.append)
    assert [(event.change, event.ids) for event in heard] == [
        (change, (account,)) for change in Change
    ]


def test_history_tells_what_tracked_fields_were(crm: Crm) -> None:
    account = crm.make("Account", Name="a", AnnualRevenue=Decimal("1.50"))
    crm.records.update(account, {"Name": "b", "Phone": "1", "AnnualRevenue": None})
    crm.records.update(account, {"Rating": "Hot"})
    with crm.org_db.read() as conn:
        entries = history.read(conn, crm.actor, crm.snapshot, account)
    first, *others = [(e.field.local_name, e.old, e.new) for e in entries]
    assert first == ("Rating", None, "Hot")
    assert sorted(others) == [("AnnualRevenue", Decimal("1.5"), None), ("Name", "a", "b")]
    assert {e.actor_id for e in entries} == {crm.actor.user_id}
    assert all(e.keeps_values for e in entries)


def test_of_a_long_value_history_keeps_only_that_it_changed(crm: Crm) -> None:
    account = crm.make("Account", Name="a")
    crm.records.update(account, {"Name": "b" * 255})
    crm.records.update(account, {"Name": "c"})
    with crm.org_db.read() as conn:
        entries = history.read(conn, crm.actor, crm.snapshot, account)
    assert [e.new for e in entries] == ["c", "b" * 255]


def statements(crm: Crm, work: Callable[[], object]) -> list[str]:
    """The statements that the work sends, without those that begin a transaction or lock it."""
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        is_work = statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")
        if is_work and "pg_advisory" not in statement:
            sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return sent


def test_a_hundred_records_take_as_many_statements_as_one(crm: Crm) -> None:
    parents = [crm.make("Account", Name=f"p{i}") for i in range(5)]

    def rows(count: int, mark: str) -> list[dict[str, object]]:
        return [
            {"Name": "a", "Code": f"{mark}{i}", "Tag": f"{mark}{i}", "ParentId": parents[i % 5]}
            for i in range(count)
        ]

    one = statements(crm, lambda: crm.records.create_many("Account", rows(1, "x")))
    hundred = statements(crm, lambda: crm.records.create_many("Account", rows(100, "y")))
    # version, parents, two unique fields, the rows, their words
    assert len(one) == len(hundred) == 6


def test_a_form_is_saved_in_few_statements(crm: Crm) -> None:
    causes.bring()
    account = crm.make("Account", Name="a", Rating="Hot")
    sent = statements(crm, lambda: crm.records.update(account, {"Name": "b", "Rating": "Cold"}))
    # version, the record, its row, its history, its words (out and in), who follows it, what undo
    # goes back to
    assert len(sent) == 8


def test_a_persons_name_follows_its_parts(org_db: OrgDatabase) -> None:
    documents = [
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
        make_object("Person__c"),
        make_field("Person__c.Name", "Name"),
    ]
    records = Records(org_db, nobody(), deployed(org_db, *documents))
    person = records.create("Person__c", {"FirstName": "Ada", "LastName": "Byron"})
    assert records.get(person, ("Name",))["Name"] == "Ada Byron"
    records.update(person, {"LastName": "Lovelace"})
    assert records.get(person, ("Name",))["Name"] == "Ada Lovelace"
    chinese = records.create("Person__c", {"FirstName": "小明", "LastName": "王"})
    assert records.get(chinese, ("Name",))["Name"] == "王小明"
    with pytest.raises(Rejected) as refusal:
        records.create("Person__c", {"FirstName": "Ada"})
    assert [p.path for p in refusal.value.problems] == [("LastName",)]
    with org_db.read() as conn:
        where = Condition("Name", "contains", ("love",))
        query = Query("Person__c", ("Name",), where, (Order("Name"),))
        assert len(run.run(conn, records.actor, query, records.snapshot).records) == 1
