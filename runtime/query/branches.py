"""The first records of several like queries in one statement: columns of a board, groups of a list.

Each branch has its own filter and its own limit, so an index can end it early; the whole is one
UNION ALL. The queries name the same fields in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from .compile import Compiled, select_for
from .record import Page
from .request import Query
from .run import page_of
from .strategy import Walk

BRANCH = "branch"


def run_branches(
    conn: sa.Connection,
    actor: Actor,
    queries: Sequence[Query],
    snapshot: Snapshot,
    walk: Callable[[Query], Walk | None] = lambda _query: None,
) -> tuple[Page, ...]:
    """The first page of each query, in their order; each needs a limit."""
    compiled = [select_for(actor, query, snapshot, walk(query)) for query in queries]
    if not compiled:
        return ()
    rows: list[list[Sequence[Any]]] = [[] for _query in queries]
    for number, *row in conn.execute(_united(compiled), compiled[0].parameters):
        rows[number].append(row)
    return tuple(page_of(one, some) for one, some in zip(compiled, rows, strict=True))


def _united(compiled: Sequence[Compiled]) -> sa.Select[Any]:
    """All branches as one, branch after branch, each in its own order."""
    parts = [one.statement.subquery(f"b{n}") for n, one in enumerate(compiled)]
    selects = [
        sa.select(sa.literal_column(str(n), sa.Integer()).label(BRANCH), *part.c)
        for n, part in enumerate(parts)
    ]
    whole = sa.union_all(*selects).subquery("branches")
    first = compiled[0].frame
    keys = (
        replace(key, expression=whole.c[f"c{at + 1}"])
        for key, at in zip(first.keys, first.key_positions, strict=True)
    )
    return sa.select(whole).order_by(whole.c[BRANCH], *(key.ordering for key in keys))
