"""Records that stand in the way of a unique combination: those alike in all of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from ...platform.db.types import Flag
from ...platform.errors import NotFound, Problem
from ...platform.i18n import _
from ...platform.ids import is_id
from ..definition import Uid
from ..kinds.unique_combination import UniqueCombination, combinations_of
from ..snapshot import Snapshot
from ..storage import PEOPLE_TABLE, SYSTEM_COLUMNS
from . import steps as s
from .indexes import Index
from .plan import Plan, unique_steps
from .rows import table_of

EXAMPLES = 3


def problems(conn: sa.Connection, old: Snapshot, new: Snapshot, plan: Plan) -> Iterator[Problem]:
    """A problem for each combination that is to be unique, and is not among the live records."""
    converted = {step.after.uid for step in plan.tables if type(step) is s.ConvertField}
    for step in unique_steps(plan):
        places = {uid for uid, _part in step.index.columns if uid}
        if not step.index.beside or places & converted or not _has_values(old, step.index):
            continue
        if rows := _alike(conn, old, step.index):
            one = _combination(new, step.index)
            texts = "; ".join(_told(conn, old, row) for row in rows)
            message = _("Several records have the same values: %(values)s.", values=texts)
            hint = _("Make these records different first.")
            path = (one.kind, one.name, "fields")
            yield Problem("combination.doubled_values", path, message, hint)


def _has_values(old: Snapshot, index: Index) -> bool:
    """Says whether there can be records that have all of the values."""
    is_there = index.object_uid in old.storage.objects
    return is_there and all(part in old.storage.of_field(uid) for uid, part in index.columns if uid)


def _combination(new: Snapshot, index: Index) -> UniqueCombination:
    obj = new.by_uid[Uid(index.object_uid)]
    wanted = {uid or part for uid, part in index.columns}
    for one in combinations_of(new, obj.name):
        fields = [new.field(one.object, name) for name in one.fields]
        if {"owner_id" if field.is_system else field.uid for field in fields} == wanted:
            return one
    raise NotFound(f"combination of {wanted}")


def _alike(conn: sa.Connection, old: Snapshot, index: Index) -> Sequence[sa.Row[Any]]:
    """The values that several live records share, a few of them."""
    main = old.storage.object(index.object_uid).table
    home = sa.table(main, *(sa.column(name, kind) for name, (kind, _n) in SYSTEM_COLUMNS.items()))
    source: sa.FromClause = home
    keys: list[sa.ColumnElement[Any]] = []
    for uid, part in index.columns:
        if not uid:
            keys.append(home.c[part])
            continue
        place = old.storage.of_field(uid)[part]
        table = table_of(place.table, **{place.column: place.type}).alias()
        source = source.join(table, table.c.id == home.c.id)
        keys.append(table.c[place.column])
    query = sa.select(*keys).select_from(source).group_by(*keys).order_by(*keys).limit(EXAMPLES)
    query = query.where(home.c.is_deleted == sa.false(), *map(_is_filled, keys))
    return conn.execute(query.having(sa.func.count() > 1)).all()


def _is_filled(key: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Blanks are not compared; an unticked checkbox is one."""
    return key == sa.true() if isinstance(key.type, Flag) else key.is_not(None)


def _told(conn: sa.Connection, old: Snapshot, row: sa.Row[Any]) -> str:
    return "(" + ", ".join(_shown(conn, old, value) for value in row) + ")"


def _shown(conn: sa.Connection, old: Snapshot, value: Any) -> str:
    """The value for a person: of a lookup, what names its record."""
    return repr(_name_of(conn, old, value) or (str(value) if value is not None else ""))[:60]


def _name_of(conn: sa.Connection, old: Snapshot, value: Any) -> str | None:
    try:
        obj = old.object_of_id(value if is_id(str(value)) else "")
    except NotFound:
        return None
    if obj.storage:
        table = sa.table(PEOPLE_TABLE, sa.column("id"), sa.column("name"))
        return conn.scalar(sa.select(table.c.name).where(table.c.id == value))
    field = old.name_field(obj.name)
    place = old.storage.of_field(field.uid).get("") if field else None
    if place is None:
        return None
    named = table_of(place.table, **{place.column: place.type})
    found = conn.scalar(sa.select(named.c[place.column]).where(named.c.id == value))
    return None if found is None else str(found)
