"""Queries on both databases: paths, filters, order, pages, counts, groups, search."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.factories import make_actor
from tests.runtime.conftest import Crm
from trellis.metadata.predicates import All, AnyOf, Condition, Not, Predicate
from trellis.platform.errors import Rejected
from trellis.runtime.query import run
from trellis.runtime.query.compile import frame_for
from trellis.runtime.query.request import Aggregate, Order, Query, Rows, Scope


def read(crm: Crm, query: Query) -> run.Page:
    with crm.org_db.read() as conn:
        return run.run(conn, crm.actor, query, crm.snapshot)


def names(crm: Crm, query: Query) -> list[str]:
    query = replace(query, fields=query.fields or ("Name",))
    return [record["Name"] for record in read(crm, query).records]


def where(path: str, operator: str, *operands: object) -> Condition:
    return Condition(path, operator, operands)


@pytest.fixture
def accounts(crm: Crm) -> dict[str, str]:
    """Four accounts; Beta belongs to Alpha."""
    made = {
        "Alpha": crm.make("Account", Name="Alpha", Rating="Hot", AnnualRevenue=Decimal("10.10"))
    }
    made["Beta"] = crm.make("Account", Name="beta", Rating="Cold", ParentId=made["Alpha"])
    made["Gamma"] = crm.make("Account", Name="Gamma", AnnualRevenue=Decimal("0.05"), Active=True)
    made["客户"] = crm.make("Account", Name="客户公司", Rating="Hot", AnnualRevenue=Decimal(-3))
    return made


def test_paths_walk_to_parents_and_blank_parents_read_as_blank(
    crm: Crm, accounts: dict[str, str]
) -> None:
    crm.make("Contact", Name="Ada", AccountId=accounts["Beta"])
    crm.make("Contact", Name="Bob")
    query = Query(
        "Contact", ("Name", "Account.Name", "Account.Parent.Name"), order=(Order("Name"),)
    )
    found = [tuple(record.values.values()) for record in read(crm, query).records]
    assert found == [("Ada", "beta", "Alpha"), ("Bob", None, None)]


def test_names_are_found_in_any_case_and_answered_as_they_were_asked(
    crm: Crm, accounts: dict[str, str]
) -> None:
    query = Query("account", ("NAME",), where("parent.name", "equals", "ALPHA"))
    assert [record.values for record in read(crm, query).records] == [{"NAME": "beta"}]


FILTERS: list[tuple[Predicate, list[str]]] = [
    (where("Name", "equals", "ALPHA"), ["Alpha"]),
    (where("Name", "contains", "a"), ["Alpha", "beta", "Gamma"]),
    (where("Name", "contains", "公"), ["客户公司"]),
    (where("Rating", "notEqual", "Hot"), ["beta", "Gamma"]),
    (where("Rating", "equals", ""), ["Gamma"]),
    (where("AnnualRevenue", "greaterOrEqual", "0.05"), ["Alpha", "Gamma"]),
    (where("Active", "equals", "true"), ["Gamma"]),
    (where("Parent.Active", "equals", "false"), ["Alpha", "beta", "Gamma", "客户公司"]),
    (Not(where("Rating", "equals", "Hot")), ["beta", "Gamma"]),
    (
        AnyOf((where("Rating", "equals", "Cold"), where("AnnualRevenue", "lessThan", "0"))),
        ["beta", "客户公司"],
    ),
    (All(()), ["Alpha", "beta", "Gamma", "客户公司"]),
    (AnyOf(()), []),
    (where("CreatedDate", "equals", "TODAY"), ["Alpha", "beta", "Gamma", "客户公司"]),
    (where("OwnerId", "equals", "me"), ["Alpha", "beta", "Gamma", "客户公司"]),
    (where("Id", "in"), []),
]


def test_filters_find(crm: Crm, accounts: dict[str, str], subtests: pytest.Subtests) -> None:
    for predicate, expected in FILTERS:
        with subtests.test(predicate=predicate):
            query = Query("Account", where=predicate, order=(Order("Name"),))
            assert names(crm, query) == expected


def test_blanks_come_last_both_ways_unless_they_are_wanted_first(
    crm: Crm, accounts: dict[str, str]
) -> None:
    rising, falling = Order("AnnualRevenue"), Order("AnnualRevenue", descending=True)
    assert names(crm, Query("Account", order=(rising,))) == ["客户公司", "Gamma", "Alpha", "beta"]
    assert names(crm, Query("Account", order=(falling,))) == ["Alpha", "Gamma", "客户公司", "beta"]
    first = replace(falling, blanks_first=True)
    assert names(crm, Query("Account", order=(first,))) == ["beta", "Alpha", "Gamma", "客户公司"]


ORDERS = [
    Order(path, descending, blanks_first)
    for path in ("AnnualRevenue", "Rating", "Parent.Name", "CreatedDate", "Id")
    for descending in (False, True)
    for blanks_first in (False, True)
]


def test_pages_show_every_record_once_forward_and_back(crm: Crm, subtests: pytest.Subtests) -> None:
    rows = [
        {
            "Name": f"n{i:02}",
            "Rating": [None, "Hot", "Cold"][i % 3],
            "AnnualRevenue": None if i % 4 == 0 else Decimal(i // 4),
        }
        for i in range(23)
    ]
    made = crm.records.create_many("Account", rows)
    crm.records.update(made[5].id, {"ParentId": made[1].id})
    for order in ORDERS:
        with subtests.test(order=order):
            walk(crm, Query("Account", ("Name",), order=(order,), limit=5), len(rows))


def walk(crm: Crm, query: Query, count: int) -> None:
    """Goes through all pages and back, and compares them with the whole list."""
    everything = names(crm, replace(query, limit=None))
    page, pages = read(crm, query), []
    assert not page.previous
    while True:
        pages.append([record["Name"] for record in page.records])
        if not page.more:
            break
        page = read(crm, replace(query, after=page.next))
    assert [name for some in pages for name in some] == everything
    assert len(everything) == count
    for some in reversed(pages[:-1]):
        page = read(crm, replace(query, before=page.previous))
        assert [record["Name"] for record in page.records] == some
        assert page.more
    assert not page.previous


def test_an_altered_cursor_or_one_of_another_query_is_refused(
    crm: Crm, accounts: dict[str, str]
) -> None:
    query = Query("Account", ("Name",), order=(Order("Name"),), limit=2)
    cursor = read(crm, query).next
    other = replace(query, order=(Order("Rating"),))
    middle = len(cursor) // 2
    changed = "A" if cursor[middle] != "A" else "B"
    for text, asked in (
        (cursor[:middle] + changed + cursor[middle + 1 :], query),
        (cursor, other),
        ("", query),
        ("x", query),
        ("客户", query),
    ):
        if text:
            with pytest.raises(Rejected) as refusal:
                read(crm, replace(asked, after=text))
            assert refusal.value.problems[0].code == "query.cursor"


def test_counts_stop_at_their_cap(crm: Crm, accounts: dict[str, str]) -> None:
    with crm.org_db.read() as conn:
        query = Query("Account", where=where("Rating", "equals", "Hot"))
        assert run.count(conn, crm.actor, query, crm.snapshot) == 2
        assert run.count(conn, crm.actor, Query("Account"), crm.snapshot, cap=3) == 3
        assert run.count(conn, crm.actor, Query("Account"), crm.snapshot, cap=9) == 4


def test_groups_are_summed_exactly(crm: Crm) -> None:
    big = Decimal("99999999999999.99")
    for amount, stage in ((big, "Prospecting"), (big, "Prospecting"), (None, "Closed Won")):
        crm.make("Opportunity", Name="x", Amount=amount, StageName=stage)
    aggregates = (
        Aggregate("count", "", "n"),
        Aggregate("sum", "Amount", "total"),
        Aggregate("avg", "Amount", "average"),
        Aggregate("max", "Amount", "most"),
        Aggregate("count_distinct", "Amount", "amounts"),
    )
    query = Query(
        "Opportunity", group_by=("StageName",), aggregates=aggregates, order=(Order("n", True),)
    )
    prospecting, won = (record.values for record in read(crm, query).records)
    assert prospecting == {
        "StageName": "Prospecting", "n": 2, "total": 2 * big, "average": big, "most": big,
        "amounts": 1,
    }  # fmt: skip
    assert won == {
        "StageName": "Closed Won", "n": 1, "total": None, "average": None, "most": None,
        "amounts": 0,
    }  # fmt: skip


def test_averages_are_rounded_alike(crm: Crm) -> None:
    for amount in ("1", "1", "2"):
        crm.make("Opportunity", Name="x", Amount=Decimal(amount))
    query = Query("Opportunity", aggregates=(Aggregate("avg", "Amount", "a"),))
    assert read(crm, query).records[0]["a"] == Decimal("1.333333")


HAVINGS: list[tuple[Predicate, list[str]]] = [
    (where("n", "greaterThan", "1"), ["Prospecting"]),
    (where("total", "equals", "3.00"), ["Prospecting"]),
    (where("a", "greaterThan", "1.4"), ["Prospecting"]),
    (where("StageName", "equals", "Closed Won"), ["Closed Won"]),
    (All((where("n", "equals", "1"), where("total", "lessThan", "2"))), ["Closed Won"]),
]


def test_groups_are_filtered_by_their_aggregates(crm: Crm, subtests: pytest.Subtests) -> None:
    for amount, stage in ((1, "Prospecting"), (2, "Prospecting"), (1, "Closed Won")):
        crm.make("Opportunity", Name="x", Amount=Decimal(amount), StageName=stage)
    query = Query(
        "Opportunity", group_by=("StageName",),
        aggregates=(
            Aggregate("count", "", "n"), Aggregate("sum", "Amount", "total"),
            Aggregate("avg", "Amount", "a"),
        ),
    )  # fmt: skip
    for having, expected in HAVINGS:
        with subtests.test(having=having):
            page = read(crm, replace(query, having=having))
            assert [record["StageName"] for record in page.records] == expected


SEARCHES = [
    ("alp", ["Alpha"]),
    ("ALPHA", ["Alpha"]),
    ("a a", ["Alpha", "beta", "Gamma"]),
    ("公司", ["客户公司"]),
    ("%", []),
    ("alp beta", []),
    ("   ", ["Alpha", "beta", "Gamma", "客户公司"]),
]


def test_search_finds_words_anywhere_in_any_case(
    crm: Crm, accounts: dict[str, str], subtests: pytest.Subtests
) -> None:
    for text, expected in SEARCHES:
        with subtests.test(text=text):
            query = Query("Account", search=text, order=(Order("Name"),))
            assert names(crm, query) == expected


def test_mine_are_the_records_i_own(crm: Crm, accounts: dict[str, str]) -> None:
    query = Query("Account", ("Name",), scope=Scope.MINE)
    assert len(read(crm, query).records) == 4
    with crm.org_db.read() as conn:
        assert not run.run(conn, make_actor(), query, crm.snapshot).records


def test_details_are_mine_when_their_master_is(crm: Crm, accounts: dict[str, str]) -> None:
    quote = crm.make("Quote__c")
    crm.make("Line__c", Name="l", Quote__c=quote)
    query = Query("Line__c", ("Name",), scope=Scope.MINE)
    with crm.org_db.read() as conn:
        assert len(run.run(conn, crm.actor, query, crm.snapshot).records) == 1
        assert not run.run(conn, make_actor(), query, crm.snapshot).records


def test_only_live_rows_are_found_unless_others_are_asked_for(
    crm: Crm, accounts: dict[str, str]
) -> None:
    crm.records.delete((accounts["Gamma"],))
    assert len(names(crm, Query("Account"))) == 3
    assert names(crm, Query("Account", rows=Rows.DELETED)) == ["Gamma"]
    assert len(names(crm, Query("Account", rows=Rows.ALL))) == 4


def test_all_problems_of_a_query_come_at_once(crm: Crm) -> None:
    query = Query(
        "Account", ("Nme", "Owner.Nope"), where("Rating", "approximately", "x"), (Order("Foo"),)
    )
    with pytest.raises(Rejected) as refusal:
        read(crm, query)
    assert [p.code for p in refusal.value.problems] == [
        "field.unknown", "field.unknown", "filter.operator", "field.unknown",
    ]  # fmt: skip
    assert "Name" in refusal.value.problems[0].hint


def test_a_path_of_six_relationships_is_too_deep(crm: Crm) -> None:
    path = ".".join(["Parent"] * 6 + ["Name"])
    with pytest.raises(Rejected, match="more than 5"):
        read(crm, Query("Account", (path,)))
    read(crm, Query("Account", (path.removeprefix("Parent."),)))


def test_the_longest_and_the_deepest_filters_run(crm: Crm, accounts: dict[str, str]) -> None:
    long = AnyOf(tuple(where("Name", "contains", f"x{i}") for i in range(399)))
    search = " ".join(f"w{i}" for i in range(20))
    assert names(crm, Query("Account", where=long, search=search)) == []
    deep: Predicate = where("Name", "equals", "alpha")
    for _level in range(24):
        deep = Not(All((deep,)))
    assert names(crm, Query("Account", where=deep)) == ["Alpha"]
    with pytest.raises(Rejected, match="nested"):
        names(crm, Query("Account", where=Not(All((Not(deep),)))))
    for _level in range(100_000):
        deep = Not(deep)
    with pytest.raises(Rejected, match="nested"):
        names(crm, Query("Account", where=deep))


def test_one_statement_answers_a_list_with_titles(crm: Crm, accounts: dict[str, str]) -> None:
    for i in range(20):
        crm.make("Contact", Name=f"c{i}", AccountId=accounts["Alpha"])
    paths = ("Name", "AccountId", run.title_path(crm.snapshot, "Contact", "AccountId") or "")
    assert paths[-1] == "Account.Name"
    statements: list[str] = []
    with crm.org_db.read() as conn:
        sa.event.listen(conn, "before_cursor_execute", lambda *args: statements.append(args[2]))
        page = run.run(conn, crm.actor, Query("Contact", paths, limit=50), crm.snapshot)
    assert {record["Account.Name"] for record in page.records} == {"Alpha"}
    assert len(statements) == 1


def test_titles_of_mixed_objects_take_one_statement_each(
    crm: Crm, accounts: dict[str, str]
) -> None:
    deal = crm.make("Opportunity", Name="Deal")
    task = crm.make("Task", Subject="Call", WhatId=deal)
    ids = [*accounts.values(), deal, task, "", "001000000000000AAA", "zzz000000000000AAA"]
    statements: list[str] = []
    with crm.org_db.read() as conn:
        sa.event.listen(conn, "before_cursor_execute", lambda *args: statements.append(args[2]))
        titles = run.find_titles(conn, crm.actor, crm.snapshot, ids)
    assert titles == {
        accounts["Alpha"]: "Alpha", accounts["Beta"]: "beta", accounts["Gamma"]: "Gamma",
        accounts["客户"]: "客户公司", deal: "Deal", task: "Call",
    }  # fmt: skip
    assert len(statements) == 3


def test_all_records_stream_in_batches(crm: Crm) -> None:
    crm.records.create_many("Contact", [{"Name": f"c{i:03}"} for i in range(25)])
    query = Query("Contact", ("Name",), order=(Order("Name"),))
    with crm.org_db.read() as conn:
        batches = list(run.iterate(conn, crm.actor, query, crm.snapshot, batch=10))
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert batches[2][4]["Name"] == "c024"


def test_the_statement_of_a_shape_is_made_once(crm: Crm, accounts: dict[str, str]) -> None:
    def frame(value: str) -> object:
        query = Query("Account", ("Name",), where("Rating", "equals", value), search=value)
        return frame_for(crm.actor, query, crm.snapshot)

    assert frame("Hot") is frame("Cold")


def test_days_are_filtered_in_ranges(crm: Crm) -> None:
    crm.make("Account", Name="old", Since=date(1999, 12, 31))
    crm.make("Account", Name="new", Since=date(2020, 1, 1))
    query = Query("Account", where=where("Since", "lessThan", "2000-01-01"))
    assert names(crm, query) == ["old"]
