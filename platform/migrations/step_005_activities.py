"""Step 5: what repeats, and on which days it was made."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_occurrence, sys_series

NUMBER = 5
NAME = "activities"


def apply(conn: sa.Connection) -> None:
    """Creates the tables of series and their occurrences."""
    METADATA.create_all(conn, tables=[sys_series, sys_occurrence], checkfirst=False)
