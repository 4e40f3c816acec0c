"""How SQLite goes through the rows of a page: along its order, or along its filter.

A page in order is found soonest by walking the index of the order when many records pass the
filter, and by sorting what passes when few do. SQLite's planner cannot tell the two apart, so a few
thousand of the passing records are counted before, and the answer is good for a minute: it decides
on speed alone. PostgreSQL has statistics and is left to decide by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

from ...metadata.deploy.indexes import wanted_indexes
from ...metadata.predicates import All, Condition, Predicate
from ...metadata.snapshot import Snapshot
from ...metadata.system_fields import COLUMNS
from ...platform.people.actor import Actor
from ..access import permissions
from .request import Query

MANY = 3000  # records; more are not worth sorting for a page
GOOD_FOR = 60.0  # seconds
MAX_KNOWN = 2000  # answers of one snapshot
#: Operators that an index on the field can serve.
_SERVED = frozenset(
    {"equals", "in", "includes", "startsWith"}
    | {"lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual"}
)


class Walk(Enum):
    """What the planner shall follow."""

    ORDER = "order"
    FILTER = "filter"
    ROWS = "rows"  # whatever it likes; what the actor may see is asked of each row
    SOURCES = "sources"  # what the actor may see, source after source


def narrowing(query: Query, snapshot: Snapshot) -> Query | None:
    """The part of the query's filter that indexes serve, as a query of its own.

    None where there is none, and where the order's own index serves the filter as well.
    """
    if not query.order or query.limit is None:
        return None
    served = tuple(one for one in _needed(query.where) if _is_served(one, query.object, snapshot))
    sorted_by = query.order[0].path.casefold()
    if not served or any(one.path.casefold() == sorted_by for one in served):
        return None
    return replace(
        query, fields=(), where=All(served), order=(), limit=None, after="", before="", search=""
    )


def _needed(where: Predicate) -> Iterator[Condition]:
    """The conditions that every record of the result meets."""
    match where:
        case Condition():
            yield where
        case All(parts):
            for part in parts:
                yield from _needed(part)


def _is_served(condition: Condition, object_name: str, snapshot: Snapshot) -> bool:
    if condition.operator not in _SERVED or "." in condition.path:
        return False
    return condition.path.casefold() in _indexed(snapshot, snapshot.object(object_name).name)


def _indexed(snapshot: Snapshot, object_name: str) -> frozenset[str]:
    """Local names, folded, of the object's fields that have an index."""
    known = _KNOWN_INDEXES.setdefault(snapshot, {})
    if object_name not in known:
        every = wanted_indexes(snapshot, snapshot.object(object_name))
        indexes = [index for index in every if not index.beside]
        uids = {index.field_uid for index in indexes}
        fixed = {index.part for index in indexes if not index.field_uid}
        known[object_name] = frozenset(
            name.casefold()
            for name, field in snapshot.fields(object_name).items()
            if (COLUMNS.get(name) in fixed if field.is_system else field.uid in uids)
        )
    return known[object_name]


_KNOWN_INDEXES: WeakKeyDictionary[Snapshot, dict[str, frozenset[str]]] = WeakKeyDictionary()


class Widths:
    """What was found out about filters: is the set of records that one passes a wide one?"""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[float, bool]] = {}  # {filter and reader: (good till, wide)}

    def find(self, key: Any) -> bool | None:
        till, wide = self._known.get(key, (0.0, False))
        return wide if till > time.monotonic() else None

    def note(self, key: Any, wide: bool) -> None:
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[key] = time.monotonic() + GOOD_FOR, wide


def walk_for(
    actor: Actor, query: Query, snapshot: Snapshot, is_wide: Callable[[Query], bool]
) -> Walk | None:
    """What to follow; None leaves it to the planner. `is_wide` counts the records of a query."""
    if (narrowed := narrowing(query, snapshot)) is None:
        return None
    widths = _WIDTHS.setdefault(snapshot, Widths())
    key = narrowed, permissions.fingerprint(actor, snapshot), actor.user_id
    if (wide := widths.find(key)) is None:
        wide = is_wide(narrowed)
        widths.note(key, wide)
    return Walk.ORDER if wide else Walk.FILTER


def names_rows(query: Query) -> bool:
    """Says whether the query is of records that it names by their ids."""
    return any(
        one.path.casefold() == "id" and one.operator in ("equals", "in")
        for one in _needed(query.where)
    )


def is_page(query: Query) -> bool:
    """Says whether the query asks for the first records of an order."""
    return bool(query.order) and query.limit is not None and not query.group_by + query.aggregates


def sees_many(
    actor: Actor, object_name: str, snapshot: Snapshot, is_wide: Callable[[], bool]
) -> bool:
    """Says whether the actor has many of the object's records, as `is_wide` counts."""
    widths = _WIDTHS.setdefault(snapshot, Widths())
    key = object_name.casefold(), permissions.fingerprint(actor, snapshot), actor.user_id
    if (wide := widths.find(key)) is None:
        wide = is_wide()
        widths.note(key, wide)
    return wide


_WIDTHS: WeakKeyDictionary[Snapshot, Widths] = WeakKeyDictionary()
