"""The children of many records in one statement, at most so many of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ...metadata.predicates import All, Condition
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from .compile import filtered, frame_for
from .page import write_cursor
from .record import Record
from .request import Query
from .run import read_rows

CHUNK = 500  # parents of one statement


@dataclass(frozen=True, slots=True)
class Children:
    """The first children of a record; how many there are; where they go on, "" where they end."""

    records: tuple[Record, ...]
    total: int
    next: str = ""


def run_children(
    conn: sa.Connection,
    actor: Actor,
    query: Query,
    snapshot: Snapshot,
    lookup: str,
    parents: Sequence[str],
    each: int,
) -> dict[str, Children]:
    """{id of a parent: its children} of those that have any: records whose lookup names it.

    `each` is the most that come of one parent. The query's offset counts for each parent anew; a
    cursor is of the query whose first condition is that its lookup names the parent.
    """
    found: dict[str, Children] = {}
    for start in range(0, len(parents), CHUNK):
        some = tuple(parents[start : start + CHUNK])
        found |= _chunk(conn, actor, query, snapshot, lookup, some, each)
    return found


def of_parents(query: Query, lookup: str, parents: Sequence[str]) -> Query:
    """The query for the children of these."""
    named = Condition(lookup, "in", tuple(parents))
    return replace(query, where=All((named, query.where)))


def _chunk(
    conn: sa.Connection,
    actor: Actor,
    query: Query,
    snapshot: Snapshot,
    lookup: str,
    parents: Sequence[str],
    each: int,
) -> dict[str, Children]:
    fields = (*(path for path in query.fields if path != lookup), lookup)
    asked = of_parents(replace(query, fields=fields), lookup, parents)
    frame = frame_for(actor, asked, snapshot)
    rows = filtered(frame, actor, asked, snapshot)
    parent = frame.columns[lookup][""]
    order = [key.ordering for key in frame.keys]
    number = sa.func.row_number().over(partition_by=parent, order_by=order).label("n")
    total = sa.func.count().over(partition_by=parent).label("total")
    numbered = rows.add_columns(number, total, parent.label("parent")).subquery()
    first, last = query.offset, query.offset + each
    statement = (
        sa.select(numbered)
        .where(numbered.c.n > first, numbered.c.n <= last)
        .order_by(numbered.c.parent, numbered.c.n)
    )
    by_parent: dict[str, list[Sequence[Any]]] = defaultdict(list)
    for row in conn.execute(statement, frame.parameters(actor, snapshot)):
        by_parent[row.parent].append(row)
    return {
        one: _children(frame, some, some[0].total - first)  # type: ignore[attr-defined]
        for one, some in by_parent.items()
    }


def _children(frame: Any, rows: Sequence[Sequence[Any]], total: int) -> Children:
    cursor = ""
    if total > len(rows):
        cursor = write_cursor(frame.binding, [rows[-1][at] for at in frame.key_positions])
    return Children(tuple(read_rows(frame, rows)), total, cursor)
