"""Step 11: what is done to whole lists in the background, and the records it is done to."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_bulk, sys_bulk_chunk

NUMBER = 11
NAME = "bulk"


def apply(conn: sa.Connection) -> None:
    """Creates the tables."""
    METADATA.create_all(conn, tables=[sys_bulk, sys_bulk_chunk], checkfirst=False)
