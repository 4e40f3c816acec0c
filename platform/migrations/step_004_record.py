"""Step 4: who follows which record, and what a last save can be taken back to."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_follow, sys_undo

NUMBER = 4
NAME = "record"


def apply(conn: sa.Connection) -> None:
    """Creates the two tables."""
    METADATA.create_all(conn, tables=[sys_follow, sys_undo], checkfirst=False)
