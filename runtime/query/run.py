"""Runs queries: pages of records, counts, groups, streams of many and titles of mixed ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.queue import KEY_PREFIX as QUEUE_PREFIX
from ...metadata.kinds.queue import Queue
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot, relation_name
from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.ids import is_id
from ...platform.people.actor import SYSTEM_USER_ID, Actor
from .compile import Compiled, Frame, counting, filtered, frame_for, select_for
from .fences import Fence
from .page import write_cursor
from .record import Page, Record
from .request import Query, Rows, Scope
from .strategy import MANY, Walk, is_page, names_rows, sees_many, walk_for

BATCH = 1000


def run(conn: sa.Connection, actor: Actor, query: Query, snapshot: Snapshot) -> Page:
    """A page of records, or all groups; in one statement, or two where blanks come into view."""
    compiled = select_for(actor, query, snapshot, walk_of(conn, actor, query, snapshot))
    rows = _rows(conn, compiled, bool(query.after or query.before))
    return page_of(compiled, rows, is_later=bool(query.after))


def page_of(compiled: Compiled, rows: Sequence[Sequence[Any]], *, is_later: bool = False) -> Page:
    """The page that a statement's rows are, the one beyond it included; later than the first?"""
    more = compiled.limit is not None and len(rows) > compiled.limit
    if more:
        rows = rows[: compiled.limit]
    if compiled.backward:
        rows = rows[::-1]
    records = tuple(read_rows(compiled.frame, rows))
    if not rows or not compiled.frame.key_positions:
        return Page(records)
    before, after = is_later, more
    if compiled.backward:
        before, after = more, True
    return Page(
        records,
        _cursor(compiled.frame, rows[-1]) if after else "",
        _cursor(compiled.frame, rows[0]) if before else "",
    )


def walk_of(conn: sa.Connection, actor: Actor, query: Query, snapshot: Snapshot) -> Walk | None:
    """What the database shall follow through the query; None where its planner knows best."""
    if names_rows(query):
        return Walk.ROWS
    usual = None
    if is_page(query) and (sources := _sources(actor, query.object, snapshot)) is not None:
        if not sees_many(
            actor, query.object, snapshot, lambda: _has_many(conn, actor, sources, snapshot)
        ):
            return Walk.SOURCES
        usual = Walk.ROWS
    if conn.dialect.name != "sqlite":
        return usual

    def is_wide(narrowed: Query) -> bool:
        return count(conn, actor, narrowed, snapshot, cap=MANY) >= MANY

    return walk_for(actor, query, snapshot, is_wide) or usual


def _sources(actor: Actor, object_name: str, snapshot: Snapshot) -> Frame | None:
    """The records of an object that the actor may see, source by source; None: all of them."""
    frame = frame_for(actor, Query(object_name), snapshot, fence=Fence.APART)
    return frame if frame.sources else None


def _has_many(conn: sa.Connection, actor: Actor, frame: Frame, snapshot: Snapshot) -> bool:
    """Counts the sources' records, some of them twice, up to MANY."""
    ids = frame.statement.with_only_columns(sa.literal(1), maintain_column_froms=True)
    some = sa.union_all(*(ids.where(one) for one in frame.sources)).limit(MANY)
    counted = sa.select(sa.func.count()).select_from(some.subquery())
    return int(conn.execute(counted, frame.parameters(actor, snapshot)).scalar_one()) >= MANY


def _rows(conn: sa.Connection, compiled: Compiled, is_later: bool) -> Sequence[Sequence[Any]]:
    """The rows of a page and the one beyond it.

    PostgreSQL keeps blanks at the wrong end of an index, and a later page wants to begin within it:
    then filled and blank rows are asked for one after the other.
    """
    if not compiled.parts or not (is_later or conn.dialect.name == "postgresql"):
        return conn.execute(compiled.statement, compiled.parameters).all()
    rows: list[Sequence[Any]] = []
    wanted = (compiled.limit or 0) + 1
    for part in compiled.parts:
        rows += conn.execute(part.limit(wanted - len(rows)), compiled.parameters).all()
        if len(rows) >= wanted:
            break
    return rows


def iterate(
    conn: sa.Connection, actor: Actor, query: Query, snapshot: Snapshot, *, batch: int = BATCH
) -> Generator[tuple[Record, ...], None, None]:
    """All records of a query in batches, from one statement that is read as it goes.

    Whoever may stop before the end closes it, or the statement stays open on the connection.
    """
    compiled: Compiled = select_for(actor, query, snapshot)
    if compiled.limit is not None:
        statement = compiled.statement.limit(compiled.limit)
        compiled = replace(compiled, statement=statement, limit=None)
    reads = {"yield_per": batch}
    found = conn.execute(compiled.statement, compiled.parameters, execution_options=reads)
    with found as result:
        for rows in result.partitions(batch):
            yield tuple(read_rows(compiled.frame, rows))


def count(
    conn: sa.Connection,
    actor: Actor,
    query: Query,
    snapshot: Snapshot,
    *,
    cap: int | None = None,
) -> int:
    """How many records the query finds; counting stops at `cap`, so cap + 1 is never answered."""
    bare = replace(query, fields=(), order=(), limit=None, offset=0, after="", before="")
    frame = frame_for(actor, bare, snapshot, fence=Fence.APART)
    by_source = bool(frame.sources)
    if not by_source:
        frame = frame_for(actor, bare, snapshot)
    statement = filtered(frame, actor, bare, snapshot)
    counted = counting(frame, statement, cap, by_source=by_source)
    return int(conn.execute(counted, frame.parameters(actor, snapshot)).scalar_one())


def get(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    record_id: str,
    fields: Sequence[str],
    rows: Rows = Rows.LIVE,
) -> Record:
    """One record with the paths asked for. Raises NotFound, for what may not be seen as well."""
    obj = snapshot.object_of_id(record_id)
    where = Condition("Id", "equals", (record_id,))
    page = run(conn, actor, Query(obj.name, tuple(fields), where, rows=rows), snapshot)
    if not page.records:
        raise NotFound(record_id)
    return page.records[0]


def get_many(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    record_ids: Iterable[str],
    fields: Sequence[str],
    rows: Rows = Rows.LIVE,
) -> dict[str, Record]:
    """{id: record} of those that are there and may be seen, in a statement for each 500 ids."""
    wanted, found = list(dict.fromkeys(record_ids)), dict[str, Record]()
    for start in range(0, len(wanted), 500):
        where = Condition("Id", "in", tuple(wanted[start : start + 500]))
        query = Query(object_name, tuple(fields), where, rows=rows)
        found |= {r.id: r for r in run(conn, actor, query, snapshot).records}
    return found


def title_path(snapshot: Snapshot, object_name: str, path: str) -> str | None:
    """The path that names what a lookup points at: "AccountId" -> "Account.Name".

    None for what is no lookup, or points at several objects: see `find_titles`.
    """
    *_relations, field = snapshot.resolve(object_name, path)
    if len(field.reference_to) != 1:
        return None
    name = snapshot.name_field(field.reference_to[0])
    if name is None:
        return None
    return f"{path.rpartition('.')[0]}.{relation_name(field)}.{name.local_name}".lstrip(".")


def find_titles(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    ids: Iterable[str],
    rows: Rows = Rows.ALL,
) -> dict[str, str]:
    """{id: title} of records of any objects, deleted ones too, in one statement for each object.

    What is not there, or not the actor's to see, has no title. A record of an object without a name
    field is called by its id.
    """
    by_object: dict[str, list[str]] = defaultdict(list)
    titles: dict[str, str] = {}
    for record_id in dict.fromkeys(ids):
        if record_id == SYSTEM_USER_ID:
            titles[record_id] = _("System")
        elif record_id and (queue := find_queue(snapshot, record_id)) is not None:
            titles[record_id] = snapshot.label(queue)
        elif record_id and is_id(record_id):
            try:
                by_object[snapshot.object_of_id(record_id).name].append(record_id)
            except NotFound:
                continue
    for object_name, wanted in by_object.items():
        titles |= _titles(conn, actor, snapshot, object_name, wanted, rows)
    return titles


def _titles(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    ids: list[str],
    rows: Rows,
) -> dict[str, str]:
    field = snapshot.name_field(object_name)
    paths = (field.local_name,) if field else ()
    records = get_many(conn, actor, snapshot, object_name, ids, paths, rows)
    return {
        record_id: (field.field_type.display(record[field.local_name], field) if field else "")
        or record_id
        for record_id, record in records.items()
    }


def find_queue(snapshot: Snapshot, owner: str) -> Queue | None:
    """The queue that owns a record, where the owner is no person."""
    found = snapshot.find_uid(owner) if owner.startswith(QUEUE_PREFIX) else None
    return found if isinstance(found, Queue) else None


def read_rows(frame: Frame, rows: Iterable[Sequence[Any]]) -> Iterator[Record]:
    """The records that the rows of a frame's statement are."""
    name, plain, readers = frame.plan.object.name, frame.plain, frame.readers
    if not frame.key_positions:
        for row in rows:
            yield Record("", name, _values(plain, readers, row))
        return
    for row in rows:
        yield Record(row[0], name, _values(plain, readers, row), row[1])


def _values(plain: Any, readers: Any, row: Sequence[Any]) -> Mapping[str, Any]:
    values = {path: row[at] for path, at in plain}
    for path, read in readers:
        values[path] = read(row)
    return values


def _cursor(frame: Frame, row: Sequence[Any]) -> str:
    return write_cursor(frame.binding, [row[at] for at in frame.key_positions])


__all__ = [
    "Page",
    "Query",
    "Record",
    "Rows",
    "Scope",
    "count",
    "find_queue",
    "find_titles",
    "get",
    "get_many",
    "iterate",
    "run",
    "title_path",
]
