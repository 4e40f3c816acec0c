"""Several queries in one statement answer what each would answer alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.runtime.conftest import Crm
from trellis.metadata.predicates import All, Condition
from trellis.runtime.query.branches import run_branches
from trellis.runtime.query.request import Order, Query
from trellis.runtime.query.run import run

RATINGS = ("Hot", "Warm", "Cold")


@pytest.fixture
def filled(crm: Crm) -> Crm:
    parents = [crm.make("Account", Name=f"P{n}", Rating="Cold") for n in range(3)]
    for n in range(30):
        crm.make(
            "Account",
            Name=f"a{n:02}",
            Rating=RATINGS[n % 3] if n % 10 else None,
            AnnualRevenue=Decimal(n * 7 % 5) if n % 4 else None,
            ParentId=parents[n % 3] if n % 5 else None,
        )
    return crm


@pytest.mark.parametrize(
    "order",
    [
        (),
        (Order("Name"),),
        (Order("AnnualRevenue", descending=True),),
        (Order("AnnualRevenue"), Order("Parent.Name", descending=True)),
        (Order("AnnualRevenue", blanks_first=True),),
    ],
)
def test_each_branch_is_the_page_of_its_query(filled: Crm, order: tuple[Order, ...]) -> None:
    base = Query("Account", ("Name", "AnnualRevenue", "Parent.Name"), order=order, limit=4)
    where = [Condition("Rating", "equals", (rating,)) for rating in RATINGS]
    conditions = (*where, Condition("Rating", "isBlank"), Condition("Name", "equals", ("nobody",)))
    queries = [
        Query(base.object, base.fields, All((condition,)), base.order, base.limit)
        for condition in conditions
    ]
    with filled.org_db.read() as conn:
        alone = [run(conn, filled.actor, query, filled.snapshot) for query in queries]
        heard: list[str] = []
        sa.event.listen(conn, "before_cursor_execute", lambda *event: heard.append(event[2]))
        together = run_branches(conn, filled.actor, queries, filled.snapshot)
    assert [page.records for page in together] == [page.records for page in alone]
    assert [page.more for page in together] == [True, True, True, False, False]
    assert [bool(page.next) for page in together] == [page.more for page in alone]
    assert len(heard) == 1


def test_no_branches_are_no_pages(filled: Crm) -> None:
    with filled.org_db.read() as conn:
        assert run_branches(conn, filled.actor, (), filled.snapshot) == ()
