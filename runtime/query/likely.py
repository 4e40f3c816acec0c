"""Records that a search of frequent words may show first, found without looking at all that fit.

A word of many records is read in the order of the index: the shortest words first, of one word the
oldest records. What of these the reader sees fills a page nearly always; whoever is shown too few
asks for more, and at last for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.migrations.tables import sys_word
from ...platform.people.actor import Actor
from .search import indexed_fields
from .words import asked_words, upper_bound

STEPS = (300, 2000)  # records that are looked at before all that have the words
TERMS = 20  # words with one beginning; a beginning of more says too little
MOST_COUNTED = 4000  # rows of a word, to find the rarest

Range = tuple[str, str]  # terms from the first up to the second, which is left out


def likely(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject, text: str
) -> Iterator[sa.Select[tuple[str]]]:
    """Statements for ids of records with the words, each for more of them, at last for all.

    Rights to records are not asked for here; fields that the actor may not read find nothing.
    """
    prefix = snapshot.storage.prefix(obj.uid)
    fields = indexed_fields(actor, snapshot, obj.name)
    ranges = [(prefix + word, prefix + upper_bound(word)) for word in asked_words(text)]
    if not ranges or not fields:
        return
    rarest, *others = _by_rarity(conn, ranges)
    terms = [_terms(conn, one) for one in others]
    if None in terms:
        return
    rows = _rows(rarest, [one for one in terms if one is not None], fields)
    for most in STEPS:
        yield rows.limit(most)
        if _count(conn, rows.limit(most + 1)) <= most:
            return
    yield rows.order_by(None)


def _rows(
    rarest: Range, others: Sequence[Sequence[str]], fields: Sequence[str]
) -> sa.Select[tuple[str]]:
    """The rows of one word whose records have one of the terms of each other word."""
    w = sys_word.c
    rows = sa.select(w.record_id).where(*_between(rarest), w.field.in_(fields))
    for terms in others:
        also = sys_word.alias().c
        same = (also.term.in_(terms), also.record_id == w.record_id, also.field.in_(fields))
        rows = rows.where(sa.exists().where(*same))
    return rows.order_by(w.term, w.record_id)


def _between(terms: Range) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return sys_word.c.term >= terms[0], sys_word.c.term < terms[1]


def _by_rarity(conn: sa.Connection, ranges: list[Range]) -> list[Range]:
    """The words of a search, that of the fewest rows first."""
    if len(ranges) == 1:
        return ranges

    def count(one: Range) -> int:
        return _count(conn, sa.select(sys_word.c.term).where(*_between(one)).limit(MOST_COUNTED))

    return sorted(ranges, key=count)


def _count(conn: sa.Connection, rows: sa.Select[tuple[str]]) -> int:
    return conn.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0


def _terms(conn: sa.Connection, terms: Range) -> list[str] | None:
    """The terms of the index between two, each found behind the one before; None for many."""
    term, found = sys_word.c.term, list[str]()
    while len(found) <= TERMS:
        following = term > found[-1] if found else term >= terms[0]
        rest = sa.select(term).where(following, term < terms[1]).order_by(term).limit(1)
        if (one := conn.scalar(rest)) is None:
            return found
        found.append(one)
    return None
