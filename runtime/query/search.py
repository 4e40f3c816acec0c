"""Words that must occur: each in some searched column, as a part of it, in any case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ...platform.db.types import fold

MAX_WORDS = 10
MAX_WORD = 100  # characters


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
    return sa.and_(*(_occurs(columns, word) for word in words))


def _occurs(columns: Sequence[sa.ColumnElement[Any]], word: str) -> sa.ColumnElement[bool]:
    hits = (column.contains(word, autoescape=True) for column in columns)
    return sa.func.coalesce(sa.or_(*hits), sa.false())
