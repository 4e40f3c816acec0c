"""Runs queries: batches of rows, and where they go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ...platform.errors import Denied, Rejected
from ..query import run as door
from ..query.children import of_parents, run_children
from ..query.compile import MAX_OFFSET
from ..query.record import Record
from ..query.request import Order, Query, Rows
from ..query.request import Scope as Whose
from .answer import Answer, Row
from .beyond import look_up
from .errors import (
    INVALID_FIELD,
    INVALID_QUERY_FILTER_OPERATOR,
    INVALID_QUERY_LOCATOR,
    INVALID_TYPE,
    MALFORMED_QUERY,
    SoqlError,
)
from .filters import path_of, predicate
from .grouping import groups, is_count, is_grouped
from .locators import Place, read_locator, write_locator
from .naming import Names, object_named
from .parser import parse
from .scope import Scope
from .selection import Shape, shape_of
from .syntax import Child, Key, Select
from .virtual import find_virtual, run_virtual

MOST = 2000  # rows of a batch
PARENTS = 500  # rows of a batch that come with their children
EACH = 500  # children of a record in the batch of their parents
TOTAL_CAP = 100_000  # rows that are counted
_WHOSE = {"EVERYTHING": Whose.EVERYTHING, "MINE": Whose.MINE, "TEAM": Whose.TEAM}


def run(scope: Scope, text: str, *, size: int = MOST, all_rows: bool = False) -> Answer:
    """The first batch of a query; raises SoqlError for what is not understood or not allowed."""
    size = max(1, min(size, MOST))
    return _batch(scope, Place(text, size, all_rows, -1, 0, ""))


def more(scope: Scope, locator: str) -> Answer:
    """The next batch; raises SoqlError INVALID_QUERY_LOCATOR for what is no locator of the user."""
    return _batch(scope, read_locator(scope, locator))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that is understood: what the door is asked, and what its records are poured into."""

    select: Select
    query: Query
    shape: Shape
    children: Mapping[int, Prepared]  # {number of the item: its sub-select}
    lookup: str = ""  # of a sub-select: the field that names the parent

    def child(self, numbers: tuple[int, ...]) -> Prepared:
        """The sub-select of those numbers; raises SoqlError where there is none."""
        if not numbers:
            return self
        if (found := self.children.get(numbers[0])) is None:
            raise SoqlError(INVALID_QUERY_LOCATOR, "invalid query locator")
        return found.child(numbers[1:])


def names_of(scope: Scope, text: str, select: Select) -> Names:
    return Names(scope, text, object_named(scope, text, select.source), select)


def prepare(names: Names, select: Select, rows: Rows = Rows.LIVE, lookup: str = "") -> Prepared:
    """Resolves every name of a query and of its sub-selects."""
    if select.all_rows:
        rows = Rows.ALL
    if select.having is not None:
        raise names.refused(select.at, "HAVING is of queries with groups.", MALFORMED_QUERY)
    shape = shape_of(names, select)
    children = {
        number: _child(names, item.select, rows)
        for number, item in enumerate(select.items)
        if isinstance(item, Child)
    }
    return Prepared(select, _query(names, select, shape.paths(), rows), shape, children, lookup)


def _child(names: Names, select: Select, rows: Rows) -> Prepared:
    lookup = names.children(select.source)
    obj = names.scope.snapshot.object(lookup.object_name)
    inner = Names(names.scope, names.text, obj, select)
    if is_grouped(select):
        raise names.refused(select.at, "A sub-select has no groups.", MALFORMED_QUERY)
    return prepare(inner, select, rows, lookup.local_name)


def _query(names: Names, select: Select, paths: Iterable[str], rows: Rows) -> Query:
    return Query(
        names.object.name,
        tuple(dict.fromkeys(paths)),
        predicate(names, select.where),
        tuple(_order(names, key) for key in select.order_by),
        scope=_whose(names, select),
        rows=rows,
    )


def _order(names: Names, key: Key) -> Order:
    """Blanks come first where the order is ascending, unless the query says where."""
    found = names.field(path_of(names, key.expression))
    if not found.field.field_type.sortable:
        sentence = f"field '{found.field.local_name}' can not be sorted in a query call"
        raise names.refused(key.expression.at, sentence)
    blanks_first = not key.descending if key.blanks_first is None else key.blanks_first
    return Order(found.text, key.descending, blanks_first)


def _whose(names: Names, select: Select) -> Whose:
    if (found := _WHOSE.get(select.scope.upper() or "EVERYTHING")) is None:
        sentence = f"The scope {select.scope} is not supported; use everything, mine or team."
        raise names.refused(select.at, sentence, MALFORMED_QUERY)
    return found


def _batch(scope: Scope, place: Place) -> Answer:
    rows = Rows.ALL if place.all_rows else Rows.LIVE
    with understood():
        select = parse(place.text)
        if (one := find_virtual(scope, select.source.text)) is not None:
            return run_virtual(scope, place.text, select, one)
        names = names_of(scope, place.text, select)
        if is_grouped(select):
            return _groups(names, select, rows)
        prepared = prepare(names, select, rows)
        if place.child:
            return _more_children(scope, place, prepared.child(place.child))
        return _records(scope, place, prepared)


def _groups(names: Names, select: Select, rows: Rows) -> Answer:
    rows = Rows.ALL if select.all_rows else rows
    if not is_count(select):
        where = replace(select, order_by=())
        return groups(names, select, _query(names, where, (), rows))
    query = _query(names, select, (), rows)
    found = door.count(names.scope.conn, names.scope.actor, query, names.scope.snapshot)
    limit = found if select.limit is None else min(found, select.limit)
    return Answer(limit, True, None, [])


def count_all(scope: Scope, text: str, *, all_rows: bool = False) -> int:
    """How many rows a query without groups finds, however many they are."""
    with understood():
        select = parse(text)
        if (one := find_virtual(scope, select.source.text)) is not None:
            return run_virtual(scope, text, select, one).total
        rows = Rows.ALL if all_rows else Rows.LIVE
        query = prepare(names_of(scope, text, select), select, rows).query
        found = door.count(scope.conn, scope.actor, query, scope.snapshot)
        return found if select.limit is None else min(found, select.limit)


def _records(scope: Scope, place: Place, prepared: Prepared) -> Answer:
    select = prepared.select
    size = min(place.size, PARENTS) if prepared.children else place.size
    if select.limit is not None:
        size = min(size, select.limit - place.given)
    offset = 0 if place.cursor else select.offset or 0
    asked = replace(prepared.query, limit=size, offset=offset, after=place.cursor)
    page = door.run(scope.conn, scope.actor, asked, scope.snapshot)
    rows = rows_of(scope, place, prepared, page.records)
    given = place.given + len(rows)
    if not page.more or given == select.limit:
        return Answer(given if place.total < 0 else place.total, True, None, rows)
    total = place.total if place.total >= 0 else count(scope, prepared.query, select)
    onward = replace(place, total=total, given=given, cursor=page.next)
    return Answer(total, False, write_locator(scope, onward), rows)


def rows_of(scope: Scope, place: Place, prepared: Prepared, records: Sequence[Record]) -> list[Row]:
    """The records as rows, with what is looked up for all of them at once."""
    beside = look_up(scope, prepared.shape.far(), records, prepared.query.rows)
    ids = [record.id for record in records]
    beside.children = {
        number: _children(scope, replace(place, child=(*place.child, number)), one, ids)
        for number, one in prepared.children.items()
    }
    return [row for record in records if (row := prepared.shape.read(record, beside))]


def _children(
    scope: Scope, place: Place, prepared: Prepared, parents: Sequence[str]
) -> dict[str, Answer]:
    """{id of a parent: its children} of those that have any, in one statement."""
    if not parents:
        return {}
    limit = prepared.select.limit
    each = EACH if limit is None else min(limit, EACH)
    query = replace(prepared.query, offset=min(prepared.select.offset or 0, MAX_OFFSET))
    found = run_children(
        scope.conn, scope.actor, query, scope.snapshot, prepared.lookup, parents, each
    )
    records = [record for one in found.values() for record in one.records]
    rows = iter(rows_of(scope, place, prepared, records))
    answers: dict[str, Answer] = {}
    for parent, one in found.items():
        some = [next(rows) for _record in one.records]
        total = one.total if limit is None else min(one.total, limit)
        done = len(some) == total
        onward = replace(place, total=total, given=len(some), cursor=one.next, parent=parent)
        locator = None if done else write_locator(scope, onward)
        answers[parent] = Answer(total, done, locator, some)
    return answers


def _more_children(scope: Scope, place: Place, prepared: Prepared) -> Answer:
    """The next children of one parent; the query has the shape of that which began with them."""
    fields = (*(p for p in prepared.query.fields if p != prepared.lookup), prepared.lookup)
    query = replace(prepared.query, fields=fields)
    query = of_parents(query, prepared.lookup, (place.parent,))
    return _records(scope, place, replace(prepared, query=query))


def count(scope: Scope, query: Query, select: Select) -> int:
    """How many rows a query finds within its limit and offset, at most TOTAL_CAP."""
    skipped = select.offset or 0
    most = TOTAL_CAP if select.limit is None else min(select.limit, TOTAL_CAP)
    found = door.count(scope.conn, scope.actor, query, scope.snapshot, cap=most + skipped)
    return max(0, min(found - skipped, most))


@contextmanager
def understood() -> Iterator[None]:
    """What the query door refuses, in the codes of the language."""
    try:
        yield
    except Denied as err:
        raise SoqlError(INVALID_TYPE, "sObject type is not supported.") from err
    except Rejected as err:
        problem = err.problems[0]
        code = _CODES.get(problem.code.partition(".")[0], MALFORMED_QUERY)
        if problem.code == "query.cursor":
            code = INVALID_QUERY_LOCATOR
        raise SoqlError(code, problem.sentence) from err


_CODES = {"field": INVALID_FIELD, "filter": INVALID_QUERY_FILTER_OPERATOR}
