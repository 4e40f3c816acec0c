"""What SQLite follows to the rows of a page; whatever it is, the rows are the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.runtime.conftest import Crm
from trellis.metadata.predicates import ALWAYS, All, AnyOf, Condition, Not, Predicate
from trellis.runtime.query import run, strategy
from trellis.runtime.query.compile import select_for
from trellis.runtime.query.request import Order, Query
from trellis.runtime.query.strategy import Walk, narrowing

HOT = Condition("Rating", "equals", ("Hot",))
CODED = Condition("Code", "greaterThan", ("C03",))
ON_SQLITE = pytest.mark.parametrize("database_url", [None], ids=["sqlite"])
UNDER = Condition("ParentId", "equals", ("001000000000001AAA",))
CODES = Query("Account", ("Name",), CODED, (Order("Name"),), limit=5)


@pytest.fixture
def accounts(crm: Crm) -> None:
    for number in range(12):
        rating = ("Hot", "Cold", None)[number % 3]
        revenue = Decimal(number * 7 % 5) if number % 4 else None
        crm.make(
            "Account", Name=f"A{number:02}", Code=f"C{number:02}", Rating=rating,
            AnnualRevenue=revenue,
        )  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("where", [HOT, Not(HOT), All((HOT, CODED)), AnyOf((HOT, CODED)), ALWAYS])
@pytest.mark.parametrize("walk", list(Walk))
def test_a_walk_changes_no_row_and_no_order_on_any_page(
    crm: Crm, accounts: None, where: Predicate, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for order in (Order("Name"), Order("AnnualRevenue", descending=True), Order("AnnualRevenue")):
        query = Query("Account", ("Name",), where, (order,), limit=2)
        wanted = _pages(crm, query)
        monkeypatch.setattr(run, "walk_of", lambda *_asked: walk)
        assert _pages(crm, query) == wanted
        monkeypatch.undo()


def _pages(crm: Crm, query: Query) -> list[str]:
    """All names page by page, then back again from the last page."""
    found, after, before = [], "", ""
    with crm.org_db.read() as conn:
        while True:
            page = run.run(conn, crm.actor, replace(query, after=after), crm.snapshot)
            found += [record["Name"] for record in page.records]
            before, after = page.previous, page.next
            if not after:
                break
        while before:
            page = run.run(conn, crm.actor, replace(query, before=before), crm.snapshot)
            found += [record["Name"] for record in page.records]
            before = page.previous
    return found


@ON_SQLITE
def test_sqlite_walks_the_index_that_it_is_told_to_follow(crm: Crm) -> None:
    by_name = select_for(crm.actor, CODES, crm.snapshot, Walk.ORDER)
    by_code = select_for(crm.actor, CODES, crm.snapshot, Walk.FILTER)
    assert "ORDER BY" not in _plan(crm, by_name.statement)
    assert "USE TEMP B-TREE FOR ORDER BY" in _plan(crm, by_code.statement)


def _plan(crm: Crm, statement: sa.Select[tuple[object]]) -> str:
    with crm.org_db.read() as conn:
        compiled = statement.compile(
            dialect=conn.dialect, compile_kwargs={"render_postcompile": True}
        )
        values = tuple(compiled.params[name] for name in compiled.positiontup or ())
        rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values).all()
    return "\n".join(str(row[3]) for row in rows)


def test_only_what_an_index_serves_narrows(crm: Crm) -> None:
    def served(where: Predicate, **changes: object) -> Predicate | None:
        found = narrowing(replace(CODES, where=where, **changes), crm.snapshot)  # type: ignore[arg-type]
        return found.where if found else None

    assert served(All((CODED, HOT, UNDER))) == All((CODED, UNDER))
    assert served(HOT) is None, "ratings have no index"
    assert served(Not(CODED)) is None
    assert served(AnyOf((CODED, UNDER))) is None
    assert served(Condition("Parent.Code", "equals", ("C01",))) is None
    assert served(Condition("Code", "contains", ("C",))) is None
    assert served(CODED, order=(Order("code"),)) is None, "one index serves both"
    assert served(CODED, order=()) is None
    assert served(CODED, limit=None) is None


def test_many_records_are_walked_in_order_and_few_are_sorted(
    crm: Crm, accounts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []

    def wide(query: Query) -> bool:
        asked.append(query)
        return True

    for expected, answer in ((Walk.ORDER, wide), (Walk.ORDER, lambda _query: False)):
        assert strategy.walk_for(crm.actor, CODES, crm.snapshot, answer) is expected
    assert len(asked) == 1, "an answer is kept"
    monkeypatch.setattr(strategy, "GOOD_FOR", -1.0)
    other = replace(CODES, where=UNDER)
    for expected, size in ((Walk.FILTER, False), (Walk.ORDER, True)):
        found = strategy.walk_for(crm.actor, other, crm.snapshot, lambda _query, s=size: s)
        assert found is expected, "an old answer is asked for again"


def test_a_page_costs_one_more_statement_the_first_time_only(crm: Crm, accounts: None) -> None:
    with crm.org_db.read() as conn:
        counts = []
        for _again in range(2):
            heard: list[str] = []
            listen = lambda *event, heard=heard: heard.append(event[2])  # noqa: E731
            sa.event.listen(conn, "before_cursor_execute", listen)
            run.run(conn, crm.actor, CODES, crm.snapshot)
            sa.event.remove(conn, "before_cursor_execute", listen)
            counts.append(len(heard))
    assert counts == ([2, 1] if crm.org_db.dialect == "sqlite" else [1, 1])
