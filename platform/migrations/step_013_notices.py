"""Step 13: what people are told of, and what they say of records."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_comment, sys_notice

NUMBER = 13
NAME = "notices"


def apply(conn: sa.Connection) -> None:
    """Creates the two tables."""
    METADATA.create_all(conn, tables=[sys_notice, sys_comment], checkfirst=False)
