"""The statements that shape an org's tables, on both databases. Every name is generated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable, DropIndex, DropTable, ExecutableDDLElement

from ...platform.db.types import Flag
from ..storage import SYSTEM_COLUMNS, StoredColumn
from ..storage_types import storage_type
from .indexes import Purpose

FLAG = "flag"  # the one storage type without NULL


def table_of(name: str, columns: Iterable[StoredColumn] = ()) -> sa.Table:
    """A main table ("t17") or a slice ("t17_2") with these columns of fields."""
    fixed = SYSTEM_COLUMNS if "_" not in name else {"id": SYSTEM_COLUMNS["id"]}
    return sa.Table(
        name,
        sa.MetaData(),
        *(_fixed_column(key, kind, never_null) for key, (kind, never_null) in fixed.items()),
        *(column_of(column) for column in columns),
        sqlite_strict=True,
    )


def column_of(column: StoredColumn) -> sa.Column[Any]:
    """A field's column: it may be null, but for a flag, which is false where nobody says more."""
    kind = storage_type(column.type)
    if column.type == FLAG:
        return sa.Column(column.column, kind, nullable=False, server_default=sa.false())
    return sa.Column(column.column, kind, nullable=True)


def _fixed_column(name: str, kind: Any, never_null: bool) -> sa.Column[Any]:
    return sa.Column(
        name,
        kind,
        primary_key=name == "id",
        nullable=not never_null,
        server_default=sa.false() if name == "is_deleted" else None,
    )


class AddColumns(ExecutableDDLElement):
    """ALTER TABLE … ADD COLUMN …: instant, since the columns may be null or have a constant."""

    inherit_cache = False

    def __init__(self, table: sa.Table, columns: tuple[sa.Column[Any], ...]) -> None:
        self.table = table
        self.columns = columns


@compiles(AddColumns)
def _compile_add(element: AddColumns, compiler: Any, **_kw: Any) -> str:
    table = compiler.preparer.format_table(element.table)
    added = (f"ADD COLUMN {compiler.get_column_specification(c)}" for c in element.columns)
    return f"ALTER TABLE {table} {', '.join(added)}"


def create_table(conn: sa.Connection, table: sa.Table) -> None:
    conn.execute(CreateTable(table))


def drop_table(conn: sa.Connection, name: str) -> None:
    conn.execute(DropTable(sa.Table(name, sa.MetaData()), if_exists=True))


def add_columns(conn: sa.Connection, table: str, columns: Iterable[StoredColumn]) -> None:
    """Adds the columns; SQLite takes them one at a time."""
    home = table_of(table)
    added = tuple(column_of(column) for column in columns)
    for column in added:
        home.append_column(column)
    together = (added,) if conn.dialect.name == "postgresql" else tuple((c,) for c in added)
    for each in together:
        conn.execute(AddColumns(home, each))


def index_name(table: str, columns: Iterable[str], purpose: Purpose) -> str:
    """A name that says what it is: "t17_f3_unique"."""
    return f"{table}_{'_'.join(columns)}_{purpose.name.lower()}"


def create_index(
    conn: sa.Connection,
    table: str,
    columns: Mapping[str, sa.types.TypeEngine[Any]],
    purpose: Purpose,
) -> None:
    """Creates the index; a unique one holds live records only, where the table knows which are."""
    home = sa.Table(table, sa.MetaData(), sa.Column("id", SYSTEM_COLUMNS["id"][0]))
    for name, kind in columns.items():
        if name not in home.c:
            home.append_column(sa.Column(name, kind))
    on = [home.c[name] for name in columns] + ([home.c.id] if purpose is Purpose.SORT else [])
    name, is_unique = index_name(table, columns, purpose), purpose is Purpose.UNIQUE
    where = _compared(home, columns) if is_unique else {}
    conn.execute(CreateIndex(sa.Index(name, *on, unique=is_unique, **where)))


def _compared(home: sa.Table, columns: Iterable[str]) -> Mapping[str, Any]:
    """Which rows a unique index holds: live ones; among several columns, an unticked flag is none.

    A row with a null in it is never like another.
    """
    ticked = [home.c[name] == sa.true() for name in columns if isinstance(home.c[name].type, Flag)]
    live = [] if "_" in home.name else [sa.column("is_deleted") == sa.false()]
    if not (live or ticked):
        return {}
    where = sa.and_(*live, *ticked)
    return {"sqlite_where": where, "postgresql_where": where}


def drop_index(conn: sa.Connection, name: str) -> None:
    home = sa.Table("t", sa.MetaData(), sa.Column("c", sa.Integer))
    conn.execute(DropIndex(sa.Index(name, home.c.c), if_exists=True))


def index_names(conn: sa.Connection, table: str) -> frozenset[str]:
    """The names of the indexes that the table has, primary keys aside; none of no table."""
    schema = (conn.get_execution_options().get("schema_translate_map") or {}).get(None)
    try:
        found = sa.inspect(conn).get_indexes(table, schema=schema)
    except sa.exc.NoSuchTableError:
        return frozenset()
    return frozenset(str(index["name"]) for index in found)
