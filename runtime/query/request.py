"""What is asked for, as data: the query before it meets an actor, a snapshot or a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ...metadata.predicates import ALWAYS, Predicate


class Scope(Enum):
    """Whose records: everybody's that the actor may see, the actor's own, or their team's."""

    EVERYTHING = "Everything"
    MINE = "Mine"
    TEAM = "Team"  # the actor's own, and those of everybody below them in the tree of roles


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
class Join:
    """Children joined to the rows: those whose lookup `field` names the record of `parent`.

    A path that begins with the name and "$" starts at the child: "Contacts$Email". An outer join
    keeps rows without children.
    """

    name: str
    object: str
    field: str  # local name of the child's lookup
    outer: bool = False
    parent: str = ""  # name of the join above; "" = the query's own object


@dataclass(frozen=True, slots=True)
class Crossing:
    """Only records with, or without, such records of another object that point at them."""

    object: str
    field: str  # local name of the lookup that points
    where: Predicate = ALWAYS
    is_without: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """As the operand of `in` or `notIn`: the ids at a path of such records of an object."""

    object: str
    path: str = "Id"
    where: Predicate = ALWAYS


@dataclass(frozen=True, slots=True)
class Query:
    """A request for records, in the terms of SOQL.

    `fields` are paths ("Name", "Account.Owner.Name"). `after` and `before` are opaque cursors of
    a page; the id is always added to `order` as the last key. With `aggregates` or `group_by` the
    rows are groups. `joins` make a row of each child, or chain of children, of a record.
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
    joins: tuple[Join, ...] = ()  # each after the one it hangs on
    crossing: tuple[Crossing, ...] = ()
    role: str = ""  # only records of owners in this role, or in one below it
