"""Step 20: what remembers the forms that were sent, so that none is taken twice."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_sent_form

NUMBER = 20
NAME = "sent forms"


def apply(conn: sa.Connection) -> None:
    """Creates its table."""
    METADATA.create_all(conn, tables=[sys_sent_form], checkfirst=False)
