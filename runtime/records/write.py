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

MANY = 50  # rows that are worth binding by columns
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
    """One statement; of many rows each column is bound by itself, which takes half the time."""
    if len(rows) < MANY:
        conn.execute(sa.insert(table), rows)
        return
    names, dialect = tuple(rows[0]), conn.dialect
    bound = [_bound(table.c[name], [row[name] for row in rows], dialect) for name in names]
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    columns, marks = ", ".join(map(quote, names)), ", ".join([mark] * len(names))
    statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608
    conn.exec_driver_sql(statement, list(zip(*bound, strict=True)))


def _bound(column: sa.Column[Any], values: list[Any], dialect: sa.Dialect) -> list[Any]:
    """The values as the driver takes them; one that all rows share is bound once."""
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return values
    first = values[0]
    if all(value is first for value in values):
        return [bind(first)] * len(values)
    return [bind(value) for value in values]


def _slice(rows: dict[int, Row], place: Place, record_id: str) -> Row:
    return rows.setdefault(place.slice, {"id": record_id})


def update(
    conn: sa.Connection, rules: Rules, drafts: Sequence[Draft], actor_id: str, now: datetime
) -> None:
    """Writes the changed values and moves the versions on; Conflict if somebody was quicker.

    Drafts that set the same columns are one statement.
    """
    alike: dict[tuple[str, ...], list[tuple[Draft, Row]]] = defaultdict(list)
    for draft in drafts:
        rows = rows_of(rules, draft.values)
        row = rows.pop(0, {})
        alike[tuple(sorted(row))].append((draft, row))
        for number, part in rows.items():
            write_slice(conn, rules, number, draft.id, part)
    stamps = {"modified_at": now, "modified_by": actor_id}
    for columns, several in alike.items():
        _update(conn, rules.home.main, columns, several, stamps)


def derive(conn: sa.Connection, rules: Rules, drafts: Sequence[Draft], stamps: Row) -> None:
    """Writes values that follow from other records; the versions stay where they are.

    The caller holds the rows, so nobody can have been quicker.
    """
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for draft in drafts:
        rows = rows_of(rules, draft.values)
        row = {**rows.pop(0, {}), **stamps}
        names = tuple(sorted(row))
        binds = {"i": draft.id, **{f"v{n}": row[name] for n, name in enumerate(names)}}
        alike[names].append(binds)
        for number, part in rows.items():
            write_slice(conn, rules, number, draft.id, part)
    main = rules.home.main
    for names, several in alike.items():
        if names:
            given: Row = {name: sa.bindparam(f"v{n}") for n, name in enumerate(names)}
            one = sa.update(main).where(main.c.id == sa.bindparam("i")).values(given)
            conn.execute(one, several)


def _update(
    conn: sa.Connection,
    main: sa.Table,
    columns: Sequence[str],
    several: Sequence[tuple[Draft, Row]],
    stamps: Row,
) -> None:
    """One statement for rows that change in the same columns; names of binds are their places."""
    given: Row = {name: sa.bindparam(f"v{n}") for n, name in enumerate(columns)}
    statement = (
        sa.update(main)
        .where(main.c.id == sa.bindparam("i"), main.c.version == sa.bindparam("w"))
        .values(**given, **stamps, version=main.c.version + 1)
    )
    binds = [
        {"i": draft.id, "w": draft.version, **{f"v{n}": row[c] for n, c in enumerate(columns)}}
        for draft, row in several
    ]
    if conn.execute(statement, binds).rowcount != len(binds):
        raise Conflict(several[0][0].id)


def write_slice(conn: sa.Connection, rules: Rules, number: int, record_id: str, row: Row) -> None:
    """A slice has a row for a record from the first value on."""
    table = rules.home.slices[number - 1]
    done = conn.execute(sa.update(table).where(table.c.id == record_id).values(**row))
    if not done.rowcount:
        conn.execute(sa.insert(table).values(id=record_id, **row))
