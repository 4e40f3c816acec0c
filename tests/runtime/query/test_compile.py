"""The text of statements: what is joined, selected, ordered and bound."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from tests.factories import make_field, make_object, make_snapshot, nobody
from tests.runtime.conftest import crm_documents
from trellis.metadata.predicates import All, Condition
from trellis.platform.errors import Rejected
from trellis.runtime.query.compile import select_for
from trellis.runtime.query.request import Aggregate, Order, Query, Scope

SNAPSHOT = make_snapshot(*crm_documents())
ACTOR = nobody()


def sql(query: Query, dialect: object = None) -> str:
    """The statement's text on one line, with table and column numbers as they are."""
    compiled = select_for(ACTOR, query, SNAPSHOT).statement.compile(
        dialect=dialect or postgresql.dialect()  # type: ignore[arg-type, no-untyped-call]
    )
    return re.sub(r"\s+", " ", str(compiled))


def columns(name: str) -> dict[str, str]:
    """{part: column} of a field."""
    stored = SNAPSHOT.storage.of_field(f"f-{name}")
    return {part: place.column for part, place in stored.items()}


def test_a_bare_query_touches_one_table() -> None:
    table = SNAPSHOT.storage.object("o-Account").table
    assert sql(Query("Account")) == (
        f"SELECT t0.id AS c1, t0.version AS c2 FROM {table} AS t0 "
        "WHERE t0.is_deleted = false ORDER BY t0.id ASC"
    )


def test_a_parent_is_joined_once_however_often_it_is_named() -> None:
    name, key = columns("Account.Name")[""], columns("Account.Name")["key"]
    account = columns("Contact.AccountId")[""]
    query = Query(
        "Contact", ("Account.Name", "Account.Rating"),
        Condition("Account.Name", "startsWith", ("a",)), (Order("Account.Name"),), limit=10,
    )  # fmt: skip
    text = sql(query)
    assert text.count("JOIN") == 1
    assert f"ON t1.id = t0.{account} WHERE" in text
    assert f"t1.{name} AS c3" in text
    assert f"ORDER BY t1.{key} ASC NULLS LAST, t0.id ASC" in text


def test_a_slice_is_joined_only_when_a_column_of_it_is_used() -> None:
    fields = [make_field(f"Wide.F{n:03}") for n in range(300)]
    snapshot = make_snapshot(make_object("Wide"), make_field("Wide.Name"), *fields)
    few = str(select_for(ACTOR, Query("Wide", ("F001",)), snapshot).statement)
    many = str(select_for(ACTOR, Query("Wide", ("F001", "F299")), snapshot).statement)
    assert (few.count("JOIN"), many.count("JOIN")) == (0, 1)


def test_both_databases_are_told_where_blanks_belong() -> None:
    query = Query("Account", order=(Order("AnnualRevenue", descending=True),))
    column = columns("Account.AnnualRevenue")[""]
    for dialect in (postgresql.dialect(), sqlite.dialect()):  # type: ignore[no-untyped-call]
        text = sql(query, dialect)
        assert f"ORDER BY t0.{column} DESC NULLS LAST, t0.id DESC" in text


def test_stamps_are_never_blank_so_their_pages_are_one_range() -> None:
    query = Query("Account", order=(Order("CreatedDate", descending=True),))
    assert "NULLS" not in sql(query)


@pytest.mark.abuse("A20")
def test_values_are_bound_and_never_part_of_the_text() -> None:
    evil = "x' OR 1=1 --"
    query = Query(
        "Account", ("Name",), All((Condition("Name", "equals", (evil,)),)), search=evil,
        scope=Scope.MINE,
    )  # fmt: skip
    compiled = select_for(ACTOR, query, SNAPSHOT).statement.compile()
    assert "1=1" not in str(compiled)
    assert any(evil.casefold() in str(value) for value in compiled.params.values())


@pytest.mark.abuse("A20")
@pytest.mark.parametrize("name", ["Name; DROP TABLE t1", "Name\x00", "Náme", "", ".", "a.b.c", "*"])
def test_no_name_of_a_request_reaches_a_statement(name: str) -> None:
    for query in (
        Query("Account", (name,)),
        Query("Account", where=Condition(name, "equals", ("x",))),
        Query("Account", order=(Order(name),)),
        Query("Account", group_by=(name,)),
        Query("Account", aggregates=(Aggregate("min", f"{name}x", "a"),)),
    ):
        with pytest.raises(Rejected):
            select_for(ACTOR, query, SNAPSHOT)
    with pytest.raises(Rejected):
        select_for(ACTOR, Query(f"{name}x"), SNAPSHOT)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (Query("Account", aggregates=(Aggregate("median", "Name", "m"),)), "aggregate.unknown"),
        (Query("Account", aggregates=(Aggregate("sum", "", "s"),)), "aggregate.no_field"),
        (Query("Account", aggregates=(Aggregate("sum", "Name", "s"),)), "field.not_aggregated"),
        (
            Query("Account", ("Name",), aggregates=(Aggregate("count", "", "n"),)),
            "aggregate.not_grouped",
        ),
        (
            Query("Account", group_by=("Rating",), order=(Order("Name"),)),
            "aggregate.not_grouped",
        ),
        (Query("Account", group_by=("Rating",), after="x"), "query.cursor"),
        (Query("Account", offset=2001), "query.offset"),
        (Query("Account", offset=-1), "query.offset"),
        (
            Query("Account", where=All(tuple(Condition("Name", "isBlank") for _n in range(401)))),
            "filter.too_long",
        ),
        (
            Query("Account", where=Condition("Name", "in", tuple("x" * 2001))),
            "filter.operands",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(query: Query, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        select_for(ACTOR, query, SNAPSHOT)
    assert refusal.value.problems[0].code == code
