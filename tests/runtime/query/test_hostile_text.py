"""Names and values that are SQL, from requests and from records: never a part of a statement."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import make_field
from tests.payloads import MARK, PAYLOADS, STORABLE, statements
from tests.runtime.conftest import Crm
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.predicates import Condition
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.errors import Rejected
from trellis.runtime.lists.state import read_state
from trellis.runtime.query import run
from trellis.runtime.query.request import Aggregate, Order, Query
from trellis.runtime.records.duplicates import likely
from trellis.runtime.records.lookups import search_lookup
from trellis.runtime.records.service import Records
from trellis.runtime.search import search

COUNT = Aggregate("count", "", "n")
#: {what of a request is the payload: the request}
NAMED: dict[str, Callable[[str], Query]] = {
    "object": Query,
    "field": lambda text: Query("Account", (text,)),
    "relation": lambda text: Query("Contact", (f"{text}.Name",)),
    "field of a parent": lambda text: Query("Contact", (f"Account.{text}",)),
    "order": lambda text: Query("Account", order=(Order(text),)),
    "group": lambda text: Query("Account", group_by=(text,), aggregates=(COUNT,)),
    "function": lambda text: Query("Account", aggregates=(Aggregate(text, "Name", "n"),)),
    "aggregated": lambda text: Query("Account", aggregates=(Aggregate("max", text, "n"),)),
    "condition": lambda text: Query("Account", where=Condition(text, "equals", ("x",))),
    "operator": lambda text: Query("Account", where=Condition("Name", text, ("x",))),
    "having": lambda text: Query(
        "Account", group_by=("Rating",), aggregates=(COUNT,),
        having=Condition(text, "equals", (1,)),
    ),
    "cursor": lambda text: Query("Account", order=(Order("Name"),), after=text),
}  # fmt: skip


def asked(crm: Crm, query: Query) -> list[Any]:
    with crm.org_db.read() as conn:
        return list(run.run(conn, crm.actor, query, crm.snapshot).records)


@pytest.mark.abuse("A20")
@pytest.mark.parametrize("place", NAMED)
def test_a_name_that_is_sql_is_refused_and_comes_into_no_statement(crm: Crm, place: str) -> None:
    with statements() as heard:
        for text in PAYLOADS:
            with pytest.raises(Rejected):
                asked(crm, NAMED[place](text))
    assert MARK not in "".join(heard)


@pytest.mark.abuse("A20")
def test_an_alias_that_is_sql_is_refused_or_quoted(crm: Crm) -> None:
    """Aliases are the one word of a request that an answer repeats."""
    crm.make("Account", Name="a", Rating="Hot")
    for text in PAYLOADS:
        query = Query("Account", group_by=("Rating",), aggregates=(Aggregate("count", "", text),))
        with statements() as heard:
            try:
                (row,) = asked(crm, query)
            except Rejected:
                continue
        assert row[text] == 1
        assert MARK not in "".join(heard)


@pytest.mark.abuse("A20")
def test_a_value_that_is_sql_is_bound(crm: Crm) -> None:
    crm.make("Account", Name="a", Rating="Hot", Phone="1")
    with statements() as heard:
        for text in STORABLE[::2]:
            for operator in ("equals", "notEqual", "contains", "startsWith", "in"):
                asked(crm, Query("Account", where=Condition("Name", operator, (text,))))
            found = asked(crm, Query("Account", where=Condition("Name", "equals", (text,))))
            assert found == []
            assert asked(crm, Query("Account", search=text)) == []
            with crm.org_db.read() as conn:
                assert not search(conn, crm.actor, crm.snapshot, text)
                field = crm.snapshot.field("Contact", "AccountId")
                assert not search_lookup(conn, crm.actor, crm.snapshot, field, text)
                obj = crm.snapshot.object("Account")
                assert not likely(conn, crm.actor, crm.snapshot, obj, {"Name": text})
    assert MARK not in "".join(heard)
    assert len(asked(crm, Query("Account"))) == 1


@pytest.mark.abuse("A20")
@pytest.mark.parametrize(
    "key", ["sort", "filter", "logic", "scope", "columns", "group", "sum", "on", "span", "limit"]
)
def test_an_address_that_is_sql_is_no_list(crm: Crm, key: str) -> None:
    """What reads an address refuses it, or hands on a name that the query refuses."""
    with statements() as heard:
        for text in PAYLOADS:
            try:
                state = read_state({key: [f"Name:{text}:x" if key == "filter" else text]})
            except Rejected:
                continue
            names = (*state.columns, *(o.path for o in state.sort), state.group, state.measure,
                     *(row.operator for row in state.filters))  # fmt: skip
            for name in filter(None, names):
                with pytest.raises(Rejected):
                    asked(crm, Query("Account", (name,)))
    assert MARK not in "".join(heard)


# -- what was stored, and is read into another statement later


def filled(crm: Crm, named: Callable[[int], str], count: int) -> dict[str, Any]:
    """What lists, groups, sums, numbers, lookups and histories say of records called so."""
    accounts = [
        crm.make("Account", Name=named(n), Phone=named(n)[:40], Employees=Decimal(n), Code=str(n))
        for n in range(count)
    ]
    quotes = [crm.make("Quote__c", Account__c=one) for one in accounts]
    for n, one in enumerate(accounts):
        crm.records.update(one, {"Name": named((n + 1) % count)})
        crm.make("Contact", Name=named(n), AccountId=one)
    groups = Query("Account", group_by=("Name",), aggregates=(Aggregate("sum", "Employees", "s"),))
    found: dict[str, Any] = {
        "groups": sorted(int(row["s"]) for row in asked(crm, groups)),
        "numbers": [crm.records.get(one, ("Name",))["Name"] for one in quotes],
        "by name": [
            len(
                asked(crm, Query("Contact", where=Condition("Account.Name", "equals", (named(n),))))
            )
            for n in range(count)
        ],
        "sorted": len(asked(crm, Query("Account", ("Name",), order=(Order("Name"),)))),
        "upserted": [
            crm.records.upsert("Account", "Code", {"Code": str(n), "Name": named(n)})[1]
            for n in range(count)
        ],
    }
    again = crm.records.clone_values(accounts[0]) | {"Code": "again"}
    crm.make("Account", **again)
    found["cloned"] = len(asked(crm, Query("Account")))
    crm.records.delete(accounts)
    found["left"] = len(asked(crm, Query("Account")))
    return found


@pytest.mark.abuse("A22")
def test_records_that_are_sql_count_as_any_others(crm: Crm) -> None:
    few = [text.strip() for text in STORABLE[:: len(STORABLE) // 40]]  # as a save takes them
    with statements() as heard:
        hostile = filled(crm, lambda n: few[n], len(few))
    assert MARK not in "".join(heard)
    crm.records.delete([row.id for row in asked(crm, Query("Account"))])
    benign = filled(crm, lambda n: f"Plain {n}", len(few))
    first, second = hostile.pop("numbers"), benign.pop("numbers")
    assert hostile == benign
    assert [int(name[2:]) + len(few) for name in first] == [int(name[2:]) for name in second]


@pytest.mark.abuse("A22")
def test_a_unique_value_that_is_sql_is_taken_once(crm: Crm) -> None:
    for text in STORABLE[::9]:
        crm.make("Account", Name="a", Code=text[:40])
        with pytest.raises(Rejected) as refusal:
            crm.make("Account", Name="b", Code=text[:40])
        assert refusal.value.problems[0].code == "field.not_unique"


@pytest.mark.abuse("A22")
def test_a_number_whose_pattern_is_sql_counts(crm: Crm) -> None:
    """What a pattern says around the number is text, in a statement too."""
    for number, text in enumerate(STORABLE[::25]):
        pattern = f"{text.replace('{', '').replace('}', '')[:20]}-{{0}}"
        field = make_field("Quote__c.Name", "AutoNumber", displayFormat=pattern)
        try:
            deploy(crm.org_db, crm.actor, ChangeSet((field,), (), "A pattern"))
        except Rejected:
            continue
        snapshot = SNAPSHOTS.get(crm.org_db)
        with statements() as heard:
            records = Records(crm.org_db, crm.actor, snapshot)
            made = records.create("Quote__c", {})
        assert records.get(made, ("Name",))["Name"].startswith(pattern[:-3]), number
        assert MARK not in "".join(heard)


def test_all_of_them_are_different_and_marked() -> None:
    assert len(set(PAYLOADS)) == 250
    assert all(MARK in text for text in PAYLOADS)
