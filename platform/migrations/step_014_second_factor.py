"""Step 14: a second factor for signing in."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_second_factor

NUMBER = 14
NAME = "second factor"


def apply(conn: sa.Connection) -> None:
    """Creates its table."""
    METADATA.create_all(conn, tables=[sys_second_factor], checkfirst=False)
