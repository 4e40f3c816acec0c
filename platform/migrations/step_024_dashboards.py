"""Step 24: what people keep of dashboards."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_dashboard, sys_dashboard_use

NUMBER = 24
NAME = "dashboards"


def apply(conn: sa.Connection) -> None:
    """Creates the tables."""
    METADATA.create_all(conn, tables=[sys_dashboard, sys_dashboard_use], checkfirst=False)
