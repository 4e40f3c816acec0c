"""Step 16: how far the values of roll-ups are worked out."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_rollup

NUMBER = 16
NAME = "roll-ups"


def apply(conn: sa.Connection) -> None:
    """Creates the table."""
    METADATA.create_all(conn, tables=[sys_rollup], checkfirst=False)
