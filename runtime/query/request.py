"""What is asked for, as data: the query before it meets an actor, a snapshot or a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ...metadata.predicates import ALWAYS, Predicate


class Scope(Enum):
    """Whose records: everybody's that the actor may see, or the actor's own."""

    EVERYTHING = "Everything"
    MINE = "Mine"


class Rows(Enum):
    """Which rows: live ones, those in the recycle bin, or both."""

    LIVE = "live"
    DELETED = "deleted"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Order:
    """A field path to sort by; blanks come last unless `blanks_first`."""

    path: str
    descending: bool = False
    blanks_first: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """count, count_distinct, sum, avg, min or max of a path ("" = rows), under an alias."""

    function: str
    path: str
    alias: str


@dataclass(frozen=True, slots=True)
class Query:
    """A request for records, in the terms of SOQL.

    `fields` are paths ("Name", "Account.Owner.Name"). `after` and `before` are opaque cursors of
    a page; the id is always added to `order` as the last key. With `aggregates` or `group_by` the
    rows are groups.
    """

    object: str
    fields: tuple[str, ...] = ()
    where: Predicate = ALWAYS
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    after: str = ""
    before: str = ""
    scope: Scope = Scope.EVERYTHING
    rows: Rows = Rows.LIVE
    search: str = ""  # words that must occur in the searchable fields, as parts of them
    words: str = ""  # words with which words of searchable fields must begin: by the index
    group_by: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    having: Predicate = field(default=ALWAYS)
