"""Tables of one field, as the contract tests need them: its parts, filled with values."""

from __future__ import annotations

from itertools import count
from typing import Any

import sqlalchemy as sa

from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.storage_types import storage_type

_NUMBER = count(1)


def make_table(conn: sa.Connection, field: CustomField, values: list[Any]) -> sa.Table:
    """A table whose row n holds the n-th value, with the field's parts as columns."""
    parts = field.field_type.columns(field)
    columns = [sa.Column(f"f_{part.name}", storage_type(part.type)) for part in parts]
    place = sa.Column("place", sa.Integer, primary_key=True)
    table = sa.Table(f"thing_{next(_NUMBER)}", sa.MetaData(), place, *columns, sqlite_strict=True)
    table.create(conn)
    rows = [
        {
            "place": i,
            **{f"f_{part}": v for part, v in field.field_type.to_columns(value, field).items()},
        }
        for i, value in enumerate(values)
    ]
    conn.execute(sa.insert(table), rows)
    return table


def parts_of(table: sa.Table, field: CustomField) -> dict[str, Any]:
    """{part: column}."""
    return {part.name: table.c[f"f_{part.name}"] for part in field.field_type.columns(field)}
