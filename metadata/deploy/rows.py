"""Tables of records as a deployment looks into them: a few columns, by their storage types."""

from __future__ import annotations

import sqlalchemy as sa

from ..storage_types import storage_type


def table_of(name: str, **columns: str) -> sa.Table:
    """A table with its ids and these columns: {column: name of its storage type}."""
    kinds = {"id": "id", **columns}
    return sa.Table(
        name, sa.MetaData(), *(sa.Column(key, storage_type(kind)) for key, kind in kinds.items())
    )
