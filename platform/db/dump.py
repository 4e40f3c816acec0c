"""One PostgreSQL schema as an archive and back: what its tables are, and their rows by COPY.

The description comes from the catalogue, so it holds every table that is there, whoever made it.
Only a verified archive is read: its statements run as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql

from ..archive import Reader, Writer

STRUCTURE = "structure.json"
_TABLES = """
SELECT c.oid, c.relname AS name FROM pg_class c
WHERE c.relnamespace = :schema AND c.relkind = 'r' ORDER BY c.relname"""
_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
       a.attidentity AS identity, pg_get_expr(d.adbin, d.adrelid) AS "default",
       CASE WHEN a.attcollation <> t.typcollation THEN l.collname END AS collation
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE a.attrelid = :table AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_CONSTRAINTS = """
SELECT r.relname AS "table", c.conname AS name, pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE c.connamespace = :schema AND c.contype IN ('p', 'u', 'c', 'x', 'f')
ORDER BY c.contype = 'f', r.relname, c.conname"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = :schema
AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
ORDER BY c.relname"""


def dump_schema(conn: sa.Connection, schema: str, writer: Writer) -> None:
    """Writes structure and rows as the connection's transaction sees them."""
    structure = _structure(conn, schema)
    writer.add(STRUCTURE, json.dumps(structure, ensure_ascii=False, indent=1).encode())
    for number, table in enumerate(structure["tables"]):
        names = [column["name"] for column in table["columns"]]
        copy = sql.SQL("COPY {} ({}) TO STDOUT").format(*_named(schema, table["name"], names))
        with (
            writer.member(_rows_of(number)) as sink,
            _raw(conn).cursor() as cursor,
            cursor.copy(copy) as source,
        ):
            for chunk in source:
                sink.write(chunk)


def load_schema(conn: sa.Connection, schema: str, reader: Reader) -> None:
    """Makes the tables of the archive in the schema, which is empty, and fills them."""
    with reader.open(STRUCTURE) as member:
        structure = json.load(member)
    raw = _raw(conn)
    for creation in _creations(schema, structure):
        raw.execute(creation)
    for number, table in enumerate(structure["tables"]):
        _fill(raw, schema, table, reader, number)
    for completion in _completions(schema, structure):
        raw.execute(completion)


def _structure(conn: sa.Connection, schema: str) -> dict[str, Any]:
    named = {"schema": conn.scalar(sa.text("SELECT CAST(:n AS regnamespace)::oid"), {"n": schema})}
    tables = [dict(row) for row in conn.execute(sa.text(_TABLES), named).mappings()]
    for table in tables:
        columns = conn.execute(sa.text(_COLUMNS), {"table": table.pop("oid")}).mappings()
        table["columns"] = [dict(column) for column in columns]
        table["last"] = _last_number(conn, schema, table)
    constraints = conn.execute(sa.text(_CONSTRAINTS), named).mappings()
    indexes = conn.execute(sa.text(_INDEXES), named).scalars()
    return {
        "tables": tables,
        "constraints": [dict(row) for row in constraints],
        "indexes": list(indexes),
    }


def _last_number(conn: sa.Connection, schema: str, table: Mapping[str, Any]) -> int | None:
    """The last number that an identity column of the table gave out."""
    column = next((column["name"] for column in table["columns"] if column["identity"]), None)
    if column is None:
        return None
    last = """SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, :column)::regclass)"""
    asked = {"table": f'"{schema}"."{table["name"]}"', "column": column}
    number: int | None = conn.scalar(sa.text(last), asked)
    return number


def _creations(schema: str, structure: Mapping[str, Any]) -> Iterator[sql.Composed]:
    for table in structure["tables"]:
        columns = sql.SQL(", ").join(_column(column) for column in table["columns"])
        name = sql.Identifier(schema, table["name"])
        yield sql.SQL("CREATE TABLE {} ({})").format(name, columns)


def _column(column: Mapping[str, Any]) -> sql.Composable:
    parts: list[sql.Composable] = [sql.Identifier(column["name"]), sql.SQL(column["type"])]
    if column["collation"]:
        parts += [sql.SQL("COLLATE"), sql.Identifier(column["collation"])]
    if column["default"] is not None:
        parts += [sql.SQL("DEFAULT"), sql.SQL(column["default"])]
    if column["identity"]:
        parts.append(sql.SQL("GENERATED BY DEFAULT AS IDENTITY"))
    if column["required"]:
        parts.append(sql.SQL("NOT NULL"))
    return sql.SQL(" ").join(parts)


def _completions(schema: str, structure: Mapping[str, Any]) -> Iterator[sql.Composed | sql.SQL]:
    for constraint in structure["constraints"]:
        table = sql.Identifier(schema, constraint["table"])
        name, definition = sql.Identifier(constraint["name"]), sql.SQL(constraint["definition"])
        yield sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(table, name, definition)
    yield from map(sql.SQL, structure["indexes"])
    for table in structure["tables"]:
        if table["last"] is not None:
            column = next(column["name"] for column in table["columns"] if column["identity"])
            named = f'"{schema}"."{table["name"]}"', column, table["last"]
            move = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), {})")
            yield move.format(*(sql.Literal(value) for value in named))


def _fill(
    raw: psycopg.Connection[Any], schema: str, table: Mapping[str, Any], reader: Reader, number: int
) -> None:
    names = [column["name"] for column in table["columns"]]
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(*_named(schema, table["name"], names))
    with (
        reader.open(_rows_of(number)) as source,
        raw.cursor() as cursor,
        cursor.copy(copy) as sink,
    ):
        while chunk := source.read(1024 * 1024):
            sink.write(chunk)


def _named(schema: str, table: str, columns: list[str]) -> tuple[sql.Composable, sql.Composable]:
    return sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))


def _rows_of(number: int) -> str:
    return f"rows/{number:05}.copy"


def _raw(conn: sa.Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", conn.connection.dbapi_connection)
