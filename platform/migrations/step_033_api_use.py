"""Step 33: how much programs ask of an org, day by day."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_api_use

NUMBER = 33
NAME = "use of the API"


def apply(conn: sa.Connection) -> None:
    """Creates its table."""
    METADATA.create_all(conn, tables=[sys_api_use], checkfirst=False)
