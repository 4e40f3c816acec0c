"""Step 35: reports and dashboards by mail, and what is attached to letters."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_mail_part, sys_subscription

NUMBER = 35
NAME = "subscriptions"


def apply(conn: sa.Connection) -> None:
    """Creates the tables."""
    METADATA.create_all(conn, tables=[sys_subscription, sys_mail_part], checkfirst=False)
