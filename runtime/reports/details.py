"""The rows of a report, page by page: within groups in the order of the groups, or in one list.

The groups are known with their numbers of rows, so a page knows which of them it shows: their rows
are asked for in one statement, each group from its own condition and cursor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.report_model import Bucket
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..query.branches import run_compiled
from ..query.compile import MAX_OFFSET, Compiled, select_for
from ..query.reading import reading_for
from ..query.record import Page, Record
from ..query.request import Query
from ..query.run import page_of, read_rows, run
from .planning import Column, ReportPlan
from .result import Group, Keys, ReportResult
from .statements import key_expression

PAGE = 100  # rows
MOST_GROUPS = 60  # in one page, so in one statement
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: in which of the lowest groups, beyond which row or how many of it."""

    group: int = 0
    after: str = ""
    skip: int = 0  # rows, where no row is known to begin after

    @property
    def is_within(self) -> bool:
        """Says whether rows of the group come before."""
        return bool(self.after or self.skip)


START = Place()


@dataclass(frozen=True, slots=True)
class GroupRows:
    """Rows of one of the lowest groups."""

    group: Group
    records: tuple[Record, ...]
    is_begun: bool = False  # rows of it were on the page before
    is_cut: bool = False  # more are on the next one


@dataclass(frozen=True, slots=True)
class DetailPage:
    """One page of rows in groups."""

    parts: tuple[GroupRows, ...]
    next: Place | None = None


def detail_paths(plan: ReportPlan) -> tuple[str, ...]:
    """The paths that rows are made of."""
    found = [path for column in plan.columns for path in column.paths]
    found += [path for key in plan.keys for path in (key.path, key.title) if path]
    return tuple(dict.fromkeys(found)) or ("Id",)


def place_before(counts: Sequence[int], start: int, limit: int = PAGE) -> tuple[Place, int]:
    """Where the page before the row numbered `start` begins, and the number of its first row.

    `counts` are the rows of each of the lowest groups. What cannot be skipped begins anew.
    """
    first = max(1, start - limit)
    left = first - 1
    for n, count in enumerate(counts):
        if left < count:
            return (Place(n, "", left), first) if left <= MAX_OFFSET else (Place(n), first - left)
        left -= count
    return Place(), 1


def rows_page(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan,
    place: Place = START, limit: int = PAGE,
) -> Page:  # fmt: skip
    """A page of rows in no groups."""
    query = _placed(plan, place, limit)
    return run(conn, actor, query, snapshot)


def rows_in(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, down: Keys,
    across: Keys = (), place: Place = START, limit: int = PAGE,
) -> Page:  # fmt: skip
    """A page of the rows of one group, or of where two cross."""
    query = _placed(plan, place, limit)
    compiled = _within(plan, select_for(actor, query, snapshot), actor, snapshot, down, across)
    rows = conn.execute(compiled.statement, compiled.parameters).all()
    return page_of(compiled, rows, is_later=bool(place.after))


def _placed(plan: ReportPlan, place: Place, limit: int) -> Query:
    return replace(
        plan.query, fields=detail_paths(plan), limit=limit, after=place.after, offset=place.skip
    )


def rows_by_group(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan,
    result: ReportResult, place: Place, limit: int = PAGE,
) -> DetailPage:  # fmt: skip
    """A page of the rows under the lowest groups, from a place on; one statement."""
    leaves = result.leaves()
    shown = list(_fitting(leaves, place, limit))
    if not shown:
        return DetailPage(())
    compiled = []
    for n, (group, wanted) in enumerate(shown):
        bare = select_for(actor, _placed(plan, place if n == 0 else START, wanted), snapshot)
        compiled.append(_within(plan, bare, actor, snapshot, group.keys, ()))
    pages = run_compiled(conn, compiled)
    parts = tuple(
        GroupRows(group, page.records, place.is_within and n == 0, page.more)
        for n, ((group, _wanted), page) in enumerate(zip(shown, pages, strict=True))
    )
    return DetailPage(parts, _next(leaves, place, len(shown), pages[-1]))


def _fitting(leaves: Sequence[Group], place: Place, limit: int) -> Iterator[tuple[Group, int]]:
    left = limit
    for n, group in enumerate(leaves[place.group : place.group + MOST_GROUPS]):
        if left <= 0:
            return
        wanted = min(group.count - (place.skip if n == 0 else 0), left)
        left -= wanted
        yield group, max(wanted, 1)


def _next(leaves: Sequence[Group], place: Place, shown: int, last: Page) -> Place | None:
    at = place.group + shown
    if last.more:
        return Place(at - 1, last.next)
    return Place(at) if at < len(leaves) else None


def _within(
    plan: ReportPlan, compiled: Compiled, actor: Actor, snapshot: Snapshot, down: Keys, across: Keys
) -> Compiled:
    """The statement held to the rows of a group."""
    wanted = [*zip(plan.down, down, strict=False), *zip(plan.across, across, strict=False)]
    clauses = []
    for key, value in wanted:
        expression = key_expression(key, compiled.frame, actor, snapshot)
        clauses.append(expression.is_(None) if value is None else expression == value)
    return replace(compiled, statement=compiled.statement.where(*clauses), parts=())


def all_rows(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, down: Keys = (),
    across: Keys = (), limit: int | None = None,
) -> Iterator[tuple[Record, ...]]:  # fmt: skip
    """All rows of the report, or of a group, in batches that are read as they are asked for."""
    query = replace(plan.query, fields=detail_paths(plan))
    compiled = _within(plan, select_for(actor, query, snapshot), actor, snapshot, down, across)
    statement = compiled.statement.limit(limit) if limit else compiled.statement
    options = {"yield_per": BATCH}
    found = conn.execute(statement, compiled.parameters, execution_options=options)
    for rows in found.partitions(BATCH):
        yield tuple(read_rows(compiled.frame, rows))


# -- values --------------------------------------------------------------------------------------


def value_of(column: Column, record: Record, actor: Actor, snapshot: Snapshot) -> Any:
    """What a row has in a column; of a bucket its label."""
    if column.bucket is None or column.source is None:
        return record.values.get(column.path)
    value = record.values.get(column.bucket.field)
    return bucket_text(column.bucket, column.source, value, actor, snapshot)


def bucket_text(
    bucket: Bucket, field: CustomField, value: Any, actor: Actor, snapshot: Snapshot
) -> str:
    """The label of the bucket that a value is in: the twin of the statement's CASE."""
    reading = reading_for(actor).for_field(field, snapshot)
    for one in bucket.values:
        tests = []
        if one.values:
            tests.append(field.field_type.bind("equals", one.values, field, reading))
        if one.least:
            tests.append(field.field_type.bind("greaterOrEqual", (one.least,), field, reading))
        if one.below:
            tests.append(field.field_type.bind("lessThan", (one.below,), field, reading))
        if all(test.matches(value) for test in tests):
            return one.label
    return bucket.other
