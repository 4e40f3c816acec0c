"""Records that a search of frequent words shows first, found without looking at all that fit.

A word of many records is read in the order of the index: the shortest words first, of one word the
oldest records. What of these the reader sees fills a page nearly always; for whoever is shown too
few more are looked at, and at last all. The statements are made once for a snapshot and all actors
of one fingerprint: the words are bound when they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform.migrations.tables import sys_word
from ...platform.people.actor import Actor
from ..access import permissions
from ..unindexed import unindexed
from .compile import Compiled, frame_for, select_for
from .record import Record
from .request import Query
from .run import page_of
from .search import among, escaped, indexed_fields, occurs, words_of
from .words import asked_words, upper_bound

STEPS = (12, 80, 400)  # records that are looked at for each that is wanted, before all
TERMS = 20  # words with one beginning; a beginning of more says too little
MOST_COUNTED = 4000  # rows of a word, to find the rarest

Range = tuple[str, str]  # terms from the first up to the second, which is left out
Rows = sa.Select[tuple[str]]


@dataclass(frozen=True, slots=True)
class _Step:
    """A statement for the first records among some of those with the words."""

    compiled: Compiled  # its parameters are those of no actor yet; the last column counts those
    most: int = 0  # so many it looks at; 0: all
    size: sa.Select[int] | None = None  # counts them, for whoever sees none


def first_with(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, query: Query, text: str
) -> tuple[Record, ...] | None:
    """The first records of a query that have the words; None where a word begins too many terms.

    Fields that the actor may not read find nothing.
    """
    obj = snapshot.object(query.object)
    if obj.storage:
        return _people(conn, actor, snapshot, query, words_of(text))
    prefix = snapshot.storage.prefix(obj.uid)
    ranges = [(prefix + word, prefix + upper_bound(word)) for word in asked_words(text)]
    if not ranges or not indexed_fields(actor, snapshot, obj.name):
        return ()
    rarest, *others = _by_rarity(conn, snapshot, ranges)
    bound: dict[str, Any] = {"from_term": rarest[0], "to_term": rarest[1]}
    for number, one in enumerate(others):
        if (terms := _terms(conn, snapshot, one)) is None:
            return None
        bound[f"terms{number}"] = terms
    return _found(conn, actor, snapshot, query, bound, len(others))


def _people(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, query: Query, words: Sequence[str]
) -> tuple[Record, ...]:
    """The first people with the words as parts of their fields: of people there is no index."""
    key = ("first people", permissions.fingerprint(actor, snapshot), query, len(words))
    compiled = snapshot.derived(key, lambda: _of_people(actor, snapshot, query, len(words)))
    known = {**compiled.frame.parameters(actor, snapshot)}
    known |= {f"part{n}": escaped(word) for n, word in enumerate(words)}
    return page_of(compiled, conn.execute(compiled.statement, known).all()).records


def _of_people(actor: Actor, snapshot: Snapshot, query: Query, words: int) -> Compiled:
    frame = frame_for(actor, replace(query, search="?"), snapshot)
    parts = (sa.bindparam(f"part{n}", type_=sa.Text()) for n in range(words))
    statement = frame.statement.where(*(occurs(frame.searched, part) for part in parts))
    limit = query.limit or 0
    statement = statement.order_by(*(key.ordering for key in frame.keys)).limit(limit + 1)
    return Compiled(statement, frame, limit)


def _found(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    query: Query,
    bound: Mapping[str, Any],
    others: int,
) -> tuple[Record, ...]:
    found: tuple[Record, ...] = ()
    key = ("first with words", permissions.fingerprint(actor, snapshot), query, others, STEPS)
    for step in snapshot.derived(key, lambda: _steps(actor, snapshot, query, others)):
        compiled = step.compiled
        known = {**compiled.frame.parameters(actor, snapshot), **bound}
        rows = conn.execute(compiled.statement, known).all()
        found = page_of(compiled, rows).records
        if len(found) == query.limit or step.size is None:
            break
        looked_at = rows[0][-1] if rows else conn.execute(step.size, bound).scalar_one()
        if looked_at < step.most:
            break
    return found


def _steps(actor: Actor, snapshot: Snapshot, query: Query, others: int) -> tuple[_Step, ...]:
    rows = _rows(indexed_fields(actor, snapshot, query.object), others)
    compiled = replace(select_for(actor, query, snapshot), parts=(), parameters={})
    found = []
    for times in STEPS:
        most = times * (query.limit or 1)
        size = sa.select(sa.func.count()).select_from(rows.limit(most).subquery())
        found.append(_Step(_among(compiled, rows.limit(most)), most, size))
    return (*found, _Step(_among(compiled, rows.order_by(None))))


def _among(compiled: Compiled, rows: Rows) -> Compiled:
    some = rows.cte("some")
    size = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    statement = compiled.statement.add_columns(size.label("looked_at"))
    where = compiled.frame.main.c.id.in_(sa.select(some.c.record_id))
    return replace(compiled, statement=statement.where(where))


def _rows(fields: Sequence[str], others: int) -> Rows:
    """The rows of one word whose records have one of the terms of each other word."""
    w = sys_word.c
    rows = sa.select(w.record_id).where(*_between("from_term", "to_term"), among(w.field, fields))
    for number in range(others):
        also = sys_word.alias(f"also{number}").c
        terms = sa.bindparam(f"terms{number}", type_=sa.Text(), expanding=True)
        field = unindexed(also.field)  # else each of the fields would be looked for by itself
        same = (also.term.in_(terms), also.record_id == w.record_id, among(field, fields))
        rows = rows.where(sa.exists().where(*same))
    return rows.order_by(w.term, w.record_id)


def _between(first: str, last: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    term, kind = sys_word.c.term, sa.Text()
    return term >= sa.bindparam(first, type_=kind), term < sa.bindparam(last, type_=kind)


def _by_rarity(conn: sa.Connection, snapshot: Snapshot, ranges: list[Range]) -> list[Range]:
    """The words of a search, that of the fewest rows first."""
    if len(ranges) == 1:
        return ranges
    count = len(ranges)
    statement = snapshot.derived(("rows of words", count), lambda: _counted(count))
    bound = {f"from{n}": first for n, (first, _last) in enumerate(ranges)}
    bound |= {f"to{n}": last for n, (_first, last) in enumerate(ranges)}
    sizes = conn.execute(statement, bound).one()
    return [one for _size, one in sorted(zip(sizes, ranges, strict=True))]


def _counted(words: int) -> sa.Select[Any]:
    """The number of rows of each word, at most MOST_COUNTED."""
    columns = []
    for n in range(words):
        rows = sa.select(sys_word.c.term).where(*_between(f"from{n}", f"to{n}"))
        some = rows.limit(MOST_COUNTED).subquery()
        columns.append(sa.select(sa.func.count()).select_from(some).scalar_subquery())
    return sa.select(*(column.label(f"n{n}") for n, column in enumerate(columns)))


def _terms(conn: sa.Connection, snapshot: Snapshot, terms: Range) -> list[str] | None:
    """The terms of the index between two; None for many."""
    statement = snapshot.derived(("terms of the index", TERMS), _distinct)
    bound = {"from_term": terms[0], "to_term": terms[1]}
    found = [str(one) for one in conn.scalars(statement, bound)]
    return found if len(found) <= TERMS else None


def _distinct() -> sa.Select[tuple[str]]:
    """Each term between two, found behind the one before; a range has far more rows than terms."""
    w, last = sys_word.c, sa.bindparam("to_term", type_=sa.Text())
    least = sa.select(sa.func.min(w.term).label("term")).where(*_between("from_term", "to_term"))
    found = least.cte("found", recursive=True)
    rest = sa.select(sa.func.min(w.term)).where(w.term > found.c.term, w.term < last)
    following = sa.select(rest.correlate(found).scalar_subquery()).where(found.c.term.is_not(None))
    found = found.union_all(following)
    return sa.select(found.c.term).where(found.c.term.is_not(None)).limit(TERMS + 1)
