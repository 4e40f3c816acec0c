"""Step 1: the system tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA

NUMBER = 1
NAME = "system tables"


def apply(conn: sa.Connection) -> None:
    """Creates every system table; a new org starts with their present shape."""
    METADATA.create_all(conn, checkfirst=False)
