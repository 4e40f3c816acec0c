"""Step 7: the words by which records are found."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_near_word, sys_word

NUMBER = 7
NAME = "search"


def apply(conn: sa.Connection) -> None:
    """Creates the two tables; a job fills them with what there is."""
    METADATA.create_all(conn, tables=[sys_word, sys_near_word], checkfirst=False)
