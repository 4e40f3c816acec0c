"""A list in groups: how many records each has, what they add up to, and the first of each.

Counts and sums of all groups are one statement, the records of all groups another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import All, Condition, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..query.branches import run_branches
from ..query.record import Page
from ..query.request import Aggregate, Query
from ..query.run import run, walk_of

COUNT, SUM = "count", "total"
MOST = 200  # groups that are read


@dataclass(frozen=True, slots=True)
class Figure:
    """How many records a group has, and what its measure adds up to (None without one)."""

    count: int
    total: Value = None


NOBODY = Figure(0)


def group_figures(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    query: Query,
    group: str,
    measure: str = "",
) -> dict[Value, Figure]:
    """{value of the group's field: figure}, in the order of the values; one statement."""
    sums = (Aggregate("sum", measure, SUM),) if measure else ()
    grouped = replace(
        query, fields=(group,), order=(), limit=MOST, after="", before="",
        group_by=(group,), aggregates=(Aggregate("count", "", COUNT), *sums),
    )  # fmt: skip
    records = run(conn, actor, grouped, snapshot).records
    return {
        record[group]: Figure(int(record[COUNT]), record[SUM] if measure else None)
        for record in records
    }


def first_of_each(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    query: Query,
    parts: Sequence[Predicate],
    each: int,
) -> tuple[Page, ...]:
    """The first records of the query under each further condition; one statement."""
    queries = [
        replace(query, where=All((query.where, part)), limit=each, after="", before="")
        for part in parts
    ]
    return run_branches(
        conn, actor, queries, snapshot, lambda one: walk_of(conn, actor, one, snapshot)
    )


# -- the columns of a board ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lane:
    """One column of a board."""

    value: str  # of the picklist; "" holds records without one
    is_known: bool  # in the picklist: others hold what it no longer has
    is_active: bool
    page: Page


def lanes_of(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    query: Query,
    field: CustomField,
    each: int,
) -> tuple[Lane, ...]:
    """The columns in the order of the picklist, those without a value last.

    A value that is not in use any more, a blank and a value that the picklist lost have a column
    only where there are records.
    """
    path, values = field.local_name, snapshot.values(field)
    names = tuple(value.name for value in values)
    parts: list[Predicate] = [Condition(path, "equals", (name,)) for name in names]
    lost = All((Condition(path, "isNotBlank"), Condition(path, "notIn", names)))
    found = first_of_each(
        conn, actor, snapshot, query, (*parts, lost, Condition(path, "isBlank")), each
    )
    lanes = [
        Lane(value.name, True, value.active, page)
        for value, page in zip(values, found, strict=False)
        if value.active or page.records
    ]
    for name, page in (("?", found[-2]), ("", found[-1])):
        if page.records:
            lanes.append(Lane(name, False, False, page))
    return tuple(lanes)
