"""An org on PostgreSQL that goes from test to test: emptying it is quicker than making another.

A test that leaves its system tables other than it found them spoils the org, and it is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

ORG, SPARE = "org_main", "spare_main"

#: tables, views and sequences that are not in the list, with what hangs on them
_ADDED = """SELECT relkind, relname FROM pg_class
 WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'v', 'm', 'S') AND relname <> ALL(%s)
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('a', 'i'))"""
#: everything that a statement of DDL could change in a schema
_SHAPE = """WITH here AS (SELECT to_regnamespace(%s)::oid AS oid), lines AS (
  SELECT concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
      a.atthasdef, pg_get_indexdef(i.indexrelid)) AS line
    FROM here JOIN pg_class c ON c.relnamespace = here.oid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND c.relkind = 'r'
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
  UNION ALL SELECT concat_ws(' ', conname, pg_get_constraintdef(c.oid))
    FROM here JOIN pg_constraint c ON connamespace = here.oid
  UNION ALL SELECT concat_ws(' ', tgname, tgenabled)
    FROM here JOIN pg_class c ON c.relnamespace = here.oid
    JOIN pg_trigger ON tgrelid = c.oid AND NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', proname, prosrc) FROM here JOIN pg_proc ON pronamespace = here.oid
) SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM lines"""


@dataclass
class SpareOrg:
    """The org "main" of one database; its schema has another name while no test has it."""

    url: str
    shape: str = ""
    rows: dict[str, Any] = field(default_factory=dict)  # {table: all its rows as JSON}

    def fetch(self) -> bool:
        """Gives the org its name; False when there is none, which is then to be made and kept."""
        with self._connected() as conn:
            if not _has(conn, SPARE):
                return False
            _rename(conn, SPARE, ORG)
            return True

    def learn(self) -> None:
        """Takes what a new org holds for what every test finds."""
        with self._connected() as conn:
            self.rows = {name: _rows(conn, name) for name in _tables(conn)}
            self.shape = _shape(conn)

    def put_back(self) -> None:
        """Empties the org for the next test."""
        with self._connected() as conn, conn.transaction():
            if not _has(conn, ORG):
                return
            _drop_added(conn, list(self.rows))
            if _shape(conn) == self.shape:
                self._refill(conn)
                _rename(conn, ORG, SPARE)
            else:
                conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(ORG)))

    def _refill(self, conn: psycopg.Connection) -> None:
        conn.execute("SET LOCAL session_replication_role = replica")  # in any order of the tables
        for name, rows in self.rows.items():
            table = sql.Identifier(ORG, name)
            conn.execute(sql.SQL("DELETE FROM {}").format(table))
            if rows:
                statement = "INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, %s)"
                conn.execute(sql.SQL(statement).format(table), [rows])

    def _connected(self) -> psycopg.Connection:
        plain = sa.make_url(self.url).set(drivername="postgresql")
        return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def _has(conn: psycopg.Connection, schema: str) -> bool:
    return bool(conn.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema]).fetchall()[0][0])


def _rename(conn: psycopg.Connection, old: str, new: str) -> None:
    names = sql.Identifier(old), sql.Identifier(new)
    conn.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(*names))


def _tables(conn: psycopg.Connection) -> list[str]:
    found = (
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'"
    )
    return [name for (name,) in conn.execute(found, [ORG])]


def _rows(conn: psycopg.Connection, table: str) -> str | None:
    whole = sql.SQL("SELECT json_agg(t)::text FROM {} AS t").format(sql.Identifier(ORG, table))
    ((rows,),) = conn.execute(whole).fetchall()
    return rows


def _shape(conn: psycopg.Connection) -> str:
    ((shape,),) = conn.execute(_SHAPE, [ORG]).fetchall()
    return str(shape)


def _drop_added(conn: psycopg.Connection, known: Sequence[str]) -> None:
    kinds = {"r": "TABLE", "v": "VIEW", "m": "MATERIALIZED VIEW", "S": "SEQUENCE"}
    for kind, name in conn.execute(_ADDED, [ORG, list(known)]).fetchall():
        drop = sql.SQL("DROP {} IF EXISTS {} CASCADE")
        conn.execute(drop.format(sql.SQL(kinds[kind]), sql.Identifier(ORG, name)))
