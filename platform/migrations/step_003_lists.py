"""Step 3: what people keep of lists, and their favourites."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_favourite, sys_view

NUMBER = 3
NAME = "lists"


def apply(conn: sa.Connection) -> None:
    """Creates the two tables."""
    METADATA.create_all(conn, tables=[sys_view, sys_favourite], checkfirst=False)
