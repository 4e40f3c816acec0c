"""Predicates as expressions of SQL: each condition's operator over its columns, operands bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.field_types.base import NEUTRAL, Reading
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import All, AnyOf, Condition, Not, Predicate, conditions
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access.branch import Scene
from ..tables import Place, Tables
from .plan import FieldPath, Test
from .reading import bind_operands
from .request import Among
from .sources import Columns, Sources


@dataclass(frozen=True, slots=True)
class BoundTest:
    """A test and the columns it looks at."""

    test: Test
    columns: Columns


Ids = Callable[[Among], sa.Select[Any]]


def _nowhere(among: Among) -> sa.Select[Any]:
    raise ValueError(among)


def bind(
    predicate: Predicate,
    tests: Iterator[BoundTest],
    reading: Reading,
    snapshot: Snapshot,
    ids: Ids = _nowhere,
) -> sa.ColumnElement[bool]:
    """The expression of a predicate; `tests` are its conditions from left to right.

    `ids` gives the records that an operand is among.
    """
    match predicate:
        case Condition(_path, operator, (Among() as among,)):
            return _among(next(tests), operator, ids(among))
        case Condition(_path, _operator, raw):
            bound = next(tests)
            return bind_operands(bound.test, raw, reading, snapshot).sql(bound.columns)
        case Not(part):
            return sa.not_(bind(part, tests, reading, snapshot, ids))
        case All(parts):
            every = [bind(part, tests, reading, snapshot, ids) for part in parts]
            return sa.and_(*every) if every else sa.true()
        case AnyOf(parts):
            some = [bind(part, tests, reading, snapshot, ids) for part in parts]
            return sa.or_(*some) if some else sa.false()


def _among(bound: BoundTest, operator: str, ids: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """True of rows whose id is among those, or false of them; never NULL, as `ids` has none."""
    if operator not in ("in", "notIn") or bound.test.field.field_type.formula_kind != "id":
        message = _("Only ids can be among those of other records.")
        raise Rejected(Problem("filter.among", (bound.test.field.local_name,), message))
    column = bound.columns[""]
    found = sa.and_(column.is_not(None), column.in_(ids))
    return found if operator == "in" else sa.not_(found)


# -- criteria of sharing rules


def scene_of(actor: Actor, snapshot: Snapshot, *, is_test: bool = False) -> Scene:
    """Who asks for access, with the way to compile criteria."""
    return Scene(actor, snapshot, partial(criteria, snapshot), is_test)


def criteria(
    snapshot: Snapshot, obj: CustomObject, alias: FromClause, predicate: Predicate
) -> sa.ColumnElement[bool]:
    """The criteria of a rule over an alias of the object's main table.

    The rule belongs to the org, not to the actor: it may name fields that they may not read, and
    its operands mean the same to everybody at any time.
    """
    fields = [snapshot.field(obj.name, one.path) for one in conditions(predicate)]
    if any(place.slice for f in fields for place in _places(obj, f, snapshot)):
        return alias.c.id.in_(_ids(snapshot, obj, predicate, fields))
    home = Tables.of(snapshot).home(obj.name)
    columns = [
        {part: _column(alias, place.column, folded=place.folded) for part, place in parts.items()}
        for parts in (home.parts(f) for f in fields)
    ]
    return _bound(snapshot, predicate, fields, columns)


def _places(obj: CustomObject, field: CustomField, snapshot: Snapshot) -> Iterator[Place]:
    yield from Tables.of(snapshot).home(obj.name).parts(field).values()


def _column(alias: FromClause, name: str, *, folded: bool) -> sa.ColumnElement[str]:
    column: sa.ColumnElement[str] = alias.c[name]
    return sa.func.lower(column) if folded else column


def _ids(
    snapshot: Snapshot, obj: CustomObject, predicate: Predicate, fields: list[CustomField]
) -> sa.Select[tuple[str]]:
    """Ids of the records that meet criteria on fields outside of the main table."""
    sources = Sources(snapshot, obj, lambda _obj, _alias: None)
    columns = [sources.columns(FieldPath(f.local_name, (), f)) for f in fields]
    found = _bound(snapshot, predicate, fields, columns)
    return sa.select(sources.main.c.id).select_from(sources.joined).where(found)


def _bound(
    snapshot: Snapshot, predicate: Predicate, fields: list[CustomField], columns: Sequence[Columns]
) -> sa.ColumnElement[bool]:
    asked = zip(conditions(predicate), fields, columns, strict=True)
    tests = (
        BoundTest(Test(f, f.field_type.operator(one.operator)), found) for one, f, found in asked
    )
    return bind(predicate, iter(tests), NEUTRAL, snapshot)
