"""How far the fields of an object are filled: one statement for each of its tables.

Counts records of everybody, so it is for administrators; a checkbox counts where it is ticked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from ..metadata.kinds.custom_field import CustomField
from ..metadata.snapshot import Snapshot
from .tables import Home, Tables

OWN = 3  # columns of the answer for each field
AT_ONCE = 300  # fields of one statement: databases take some 1,600 columns


@dataclass(frozen=True, slots=True)
class Filled:
    """One field: how many records have it, how many of the younger ones, when one changed last."""

    field: CustomField
    all: int
    since: int
    last: datetime | None  # the last change of a record that has it


@dataclass(frozen=True, slots=True)
class Usage:
    """All fields of an object that have a place of their own."""

    records: int
    records_since: int
    fields: tuple[Filled, ...]


def usage_of(conn: sa.Connection, snapshot: Snapshot, object_name: str, since: datetime) -> Usage:
    """The use of an object's fields; `since` is when the younger records begin."""
    home = Tables.of(snapshot).home(object_name)
    main = home.main.c
    is_young = main.created_at >= since
    counts = sa.select(sa.func.count(), sa.func.count().filter(is_young)).where(_live(home))
    row = conn.execute(counts).one()
    found: list[Filled] = []
    fields = [f for f in snapshot.fields(object_name).values() if _is_kept(home, f)]
    fields.sort(key=lambda f: _slice(home, f))
    for _number, group in groupby(fields, lambda f: _slice(home, f)):
        own = list(group)
        for start in range(0, len(own), AT_ONCE):
            found += _asked(conn, home, own[start : start + AT_ONCE], is_young)
    return Usage(int(row[0]), int(row[1]), tuple(found))


def _live(home: Home) -> sa.ColumnElement[bool]:
    return home.main.c.is_deleted == sa.false()


def _is_kept(home: Home, field: CustomField) -> bool:
    return not field.is_system and bool(home.parts(field))


def _slice(home: Home, field: CustomField) -> int:
    return next(iter(home.parts(field).values())).slice


def _column(home: Home, field: CustomField) -> sa.Column[Any]:
    parts = home.parts(field)
    place = parts.get("") or next(iter(parts.values()))
    return home.table(place).c[place.column]


def _asked(
    conn: sa.Connection, home: Home, fields: list[CustomField], is_young: sa.ColumnElement[bool]
) -> Iterator[Filled]:
    asked: list[sa.ColumnElement[Any]] = []
    for field in fields:
        column = _column(home, field)
        has = column == sa.true() if field.type == "Checkbox" else column.is_not(None)
        asked += (
            sa.func.count().filter(has),
            sa.func.count().filter(sa.and_(has, is_young)),
            sa.func.max(sa.case((has, home.main.c.modified_at))),
        )
    source: sa.FromClause = home.main
    if (number := _slice(home, fields[0])) != 0:
        table = home.slices[number - 1]
        source = source.join(table, table.c.id == home.main.c.id)
    row = conn.execute(sa.select(*asked).select_from(source).where(_live(home))).one()
    for n, field in enumerate(fields):
        every, young, last = row[n * OWN : n * OWN + OWN]
        yield Filled(field, int(every), int(young), last)
