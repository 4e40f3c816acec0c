"""Words that must occur: each in some searched column, as a part of it; or each in the index of
words, as the beginning of one. In any case of letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.migrations.tables import sys_word
from ...platform.people.actor import Actor
from ..access import permissions
from .words import asked_words, upper_bound

MAX_WORDS = 10
MAX_WORD = 100  # characters
_ESCAPE = "/"


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a search, each once, at most ten of them."""
    found = dict.fromkeys(fold(word)[:MAX_WORD] for word in text.replace("\x00", " ").split())
    return tuple(found)[:MAX_WORDS]


def every_word(columns: Sequence[sa.ColumnElement[Any]], text: str) -> sa.ColumnElement[bool]:
    """True of rows where every word occurs somewhere in the columns; no words: all rows."""
    words = words_of(text)
    if not words:
        return sa.true()
    if not columns:
        return sa.false()
    return sa.and_(*(occurs(columns, escaped(word)) for word in words))


def occurs(columns: Sequence[sa.ColumnElement[Any]], word: Any) -> sa.ColumnElement[bool]:
    """True of rows where the word, which is escaped, is a part of one of the columns."""
    hits = (column.contains(word, escape=_ESCAPE) for column in columns)
    return sa.func.coalesce(sa.or_(*hits), sa.false())


def escaped(word: str) -> str:
    """The word as a pattern that finds nothing but the word."""
    for sign in (_ESCAPE, "%", "_"):
        word = word.replace(sign, _ESCAPE + sign)
    return word


# -- by the index


def is_indexed(field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether the words of a field are kept: texts of its own, not parts of a name."""
    if not field.field_type.searchable or field.is_system or field.formula:
        return False
    if not field.field_type.columns(field):
        return False
    whole = snapshot.find_field(field.object_name, field.component_of or "")
    return whole is None or not whole.field_type.columns(whole)


def index_key(field: CustomField, snapshot: Snapshot) -> str:
    """What the index of words calls a field: the column of its value; "" where it has none."""
    column = snapshot.storage.of_field(field.uid).get("")
    return column.column if column else ""


def indexed_fields(actor: Actor, snapshot: Snapshot, object_name: str) -> tuple[str, ...]:
    """The keys of the fields whose words the actor may be found by."""
    key = ("indexed fields", permissions.fingerprint(actor, snapshot), object_name)
    return snapshot.derived(
        key,
        lambda: tuple(
            index_key(field, snapshot)
            for field in snapshot.fields(object_name).values()
            if is_indexed(field, snapshot) and permissions.readable(actor, field, snapshot)
        ),
    )


def every_indexed(
    main: sa.FromClause, prefix: str, fields: Sequence[str], text: str
) -> sa.ColumnElement[bool]:
    """True of records of which some word in these fields begins with each word of the text."""
    words = asked_words(text)
    if not words or not fields:
        return sa.false()
    ranges = ((prefix + word, prefix + upper_bound(word)) for word in words)
    return sa.and_(*(main.c.id.in_(having_term(fields, *one)) for one in ranges))


def having_term(fields: Sequence[str], first: Any, last: Any) -> sa.Select[Any]:
    """The ids of the records with a term between two, the last one excluded.

    A term is a word behind the key prefix of the records.
    """
    w = sys_word.c
    return sa.select(w.record_id).where(w.term >= first, w.term < last, among(w.field, fields))


def among(field: sa.ColumnElement[Any], fields: Sequence[str]) -> sa.ColumnElement[bool]:
    """True of these fields, each of which the text of the statement names by a value of its own.

    A list that is written out each time a statement runs would cost more than the search.
    """
    return field.in_([sa.literal(one, sa.Text()) for one in fields])
