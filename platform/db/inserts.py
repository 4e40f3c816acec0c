"""Inserts that say what becomes of a row that is there already, alike on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(conn: sa.Connection, table: sa.TableClause) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def put_row(
    conn: sa.Connection, table: sa.Table, place: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Writes a row, over the one of the same `place`: the columns of a key or unique index."""
    conn.execute(
        insert_into(conn, table)
        .values(**place, **values)
        .on_conflict_do_update(index_elements=list(place), set_=dict(values))
    )
