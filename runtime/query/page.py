"""Keyset paging: where a page ended, as an opaque text, and the condition that goes on from there.

A cursor carries the sort values of a row and is bound to the org, the shape of the query and the
actor's fingerprint; one that was altered or belongs to another query is refused (`query.cursor`).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..unindexed import unindexed


@dataclass(frozen=True, slots=True)
class SortKey:
    """One expression of an ORDER BY; blanks have a place of their own on both databases."""

    expression: sa.ColumnElement[Any]
    descending: bool = False
    blanks_first: bool = False
    filled: bool = False  # never NULL

    @property
    def reverse(self) -> SortKey:
        return SortKey(self.expression, not self.descending, not self.blanks_first, self.filled)

    @property
    def unindexed(self) -> SortKey:
        return replace(self, expression=unindexed(self.expression))

    @property
    def ordering(self) -> sa.UnaryExpression[Any]:
        ordered = self.expression.desc() if self.descending else self.expression.asc()
        if self.filled:
            return ordered
        return ordered.nulls_first() if self.blanks_first else ordered.nulls_last()

    def beyond(self, value: Any) -> sa.ColumnElement[bool]:
        """True of rows that come strictly after the value by this key alone."""
        column = self.expression
        if value is None:
            return column.is_not(None) if self.blanks_first else sa.false()
        further: sa.ColumnElement[bool] = column < value if self.descending else column > value
        if self.filled or self.blanks_first:
            return further
        return sa.or_(further, column.is_(None))

    def same(self, value: Any) -> sa.ColumnElement[bool]:
        return self.expression.is_(None) if value is None else self.expression == value


def beyond(keys: Sequence[SortKey], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """True of rows that come after the row with these sort values."""
    first, *rest = keys
    if not rest:
        return first.beyond(values[0])
    if values[0] is not None and all(key.filled for key in keys) and _one_way(keys):
        row, bound = sa.tuple_(*(k.expression for k in keys)), _bound(keys, values)
        found: sa.ColumnElement[bool] = row < bound if first.descending else row > bound
        return found
    tied = sa.and_(first.same(values[0]), beyond(rest, values[1:]))
    return sa.or_(first.beyond(values[0]), tied)


_Part = tuple[list[sa.ColumnElement[bool]], list[SortKey]]


def in_phases(
    keys: Sequence[SortKey], values: Sequence[Any] | None
) -> list[tuple[list[sa.ColumnElement[bool]], list[sa.UnaryExpression[Any]]]]:
    """The same rows as a filled and a blank part, one after the other: (conditions, ordering).

    Each part alone is in the order of an index on the first key, whatever a database thinks of
    where blanks belong; after a cursor it begins where the cursor stands instead of at the start.
    """
    first, *rest = keys
    there = [replace(first, filled=True), *rest]
    filled: _Part = ([first.expression.is_not(None)], there)
    blank: _Part = ([first.expression.is_(None)], rest)
    parts = [blank, filled] if first.blanks_first else [filled, blank]
    if values is not None:
        at, left = (blank, values[1:]) if values[0] is None else (filled, values)
        at[0].append(beyond(at[1], left))
        parts = parts[parts.index(at) :]
    return [(conditions, [key.ordering for key in some]) for conditions, some in parts]


def _one_way(keys: Sequence[SortKey]) -> bool:
    return len({key.descending for key in keys}) == 1


def _bound(keys: Sequence[SortKey], values: Sequence[Any]) -> sa.Tuple:
    typed = (
        sa.literal(value, key.expression.type) for key, value in zip(keys, values, strict=True)
    )
    return sa.tuple_(*typed)


# -- cursors -------------------------------------------------------------------------------------

_TAGS: dict[type[Any], tuple[str, Any]] = {
    Decimal: ("d", str),
    datetime: ("m", lambda moment: moment.astimezone(UTC).isoformat()),
    date: ("y", date.isoformat),
    time: ("t", time.isoformat),
}
_READERS: dict[str, Callable[[str], Any]] = {
    "d": Decimal,
    "m": datetime.fromisoformat,
    "y": date.fromisoformat,
    "t": time.fromisoformat,
}


def write_cursor(binding: str, values: Sequence[Any]) -> str:
    """An opaque text for the row with these sort values, good for queries of that binding only."""
    body = json.dumps([_tagged(value) for value in values], separators=(",", ":")).encode()
    return urlsafe_b64encode(_seal(binding, body) + body).decode().rstrip("=")


def read_cursor(binding: str, cursor: str, length: int) -> tuple[Any, ...]:
    """The sort values in a cursor; raises Rejected `query.cursor` for any other text."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        seal, body = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        if seal != _seal(binding, body):
            raise ValueError("another query's cursor")
        values = tuple(_untagged(value) for value in json.loads(body))
        if len(values) != length:
            raise ValueError("another order")
    except (ValueError, TypeError, ArithmeticError) as err:
        message = _("This page of the list is no longer known.")
        raise Rejected(
            Problem("query.cursor", ("after",), message, _("Begin at the first page."))
        ) from err
    return values


_SEAL_BYTES = 12


def _seal(binding: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=_SEAL_BYTES, key=blake2b(binding.encode()).digest()).digest()


def _tagged(value: Any) -> Any:
    tag, write = _TAGS.get(type(value), ("", None))
    return [tag, write(value)] if tag else value


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        tag, text = value
        return _READERS[tag](text)
    return value
