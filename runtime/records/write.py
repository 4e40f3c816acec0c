"""Rows of records: drafts become INSERT and UPDATE by id, on the main table and its slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...platform.errors import Conflict
from ..tables import Place
from .draft import Draft
from .rules import Rules

Row = dict[str, Any]  # {column: stored value}


def rows_of(rules: Rules, values: Mapping[str, Any]) -> dict[int, Row]:
    """{slice: row} of values by local name; 0 is the main table."""
    rows: dict[int, Row] = {}
    for name, value in values.items():
        for place, stored in rules.fields[name].stored(value):
            rows.setdefault(place.slice, {})[place.column] = stored
    return rows


def insert(
    conn: sa.Connection, rules: Rules, drafts: Sequence[Draft], actor_id: str, now: datetime
) -> None:
    """Inserts the drafts, one statement for each table, with the columns that any of them sets."""
    stamps = {
        "created_at": now, "created_by": actor_id, "modified_at": now, "modified_by": actor_id,
        "version": 1, "is_deleted": False,
    }  # fmt: skip
    names = dict.fromkeys(n for d in drafts for n, v in d.values.items() if v is not None)
    plain = [(n, place) for n in names for place in rules.fields[n].plain]
    shaped = [(n, rules.fields[n]) for n in names if not rules.fields[n].plain]
    main: list[Row] = []
    slices: dict[int, list[Row]] = defaultdict(list)
    for draft in drafts:
        values, row = draft.values, {"id": draft.id, **stamps}
        rows: dict[int, Row] = {0: row}
        for name, place in plain:
            (_slice(rows, place, draft.id) if place.slice else row)[place.column] = values.get(name)
        for name, rule in shaped:
            for place, stored in rule.stored(values.get(name)):
                (_slice(rows, place, draft.id) if place.slice else row)[place.column] = stored
        main.append(rows.pop(0))
        for number, part in rows.items():
            slices[number].append(part)
    _insert(conn, rules.home.main, main)
    for number, several in slices.items():
        _insert(conn, rules.home.slices[number - 1], several)


def _insert(conn: sa.Connection, table: sa.Table, rows: list[Row]) -> None:
    conn.execute(sa.insert(table), rows)


def _slice(rows: dict[int, Row], place: Place, record_id: str) -> Row:
    return rows.setdefault(place.slice, {"id": record_id})


def update(conn: sa.Connection, rules: Rules, draft: Draft, actor_id: str, now: datetime) -> None:
    """Writes the changed values and moves the version on; Conflict if somebody was quicker."""
    rows = rows_of(rules, draft.values)
    main = rules.home.main
    stamps = {"modified_at": now, "modified_by": actor_id, "version": draft.version + 1}
    done = conn.execute(
        sa.update(main)
        .where(main.c.id == draft.id, main.c.version == draft.version)
        .values(**rows.pop(0, {}), **stamps)
    )
    if done.rowcount != 1:
        raise Conflict(draft.id)
    for number, row in rows.items():
        write_slice(conn, rules, number, draft.id, row)


def write_slice(conn: sa.Connection, rules: Rules, number: int, record_id: str, row: Row) -> None:
    """A slice has a row for a record from the first value on."""
    table = rules.home.slices[number - 1]
    done = conn.execute(sa.update(table).where(table.c.id == record_id).values(**row))
    if not done.rowcount:
        conn.execute(sa.insert(table).values(id=record_id, **row))
