"""Step 37: connected apps, and what was granted to them."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_app_grant, sys_app_token, sys_connected_app

NUMBER = 37
NAME = "connected apps"


def apply(conn: sa.Connection) -> None:
    """Creates their tables."""
    made = [sys_connected_app, sys_app_grant, sys_app_token]
    METADATA.create_all(conn, tables=made, checkfirst=False)
