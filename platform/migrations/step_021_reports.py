"""Step 21: what people keep of reports."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_folder_share, sys_report, sys_report_use

NUMBER = 21
NAME = "reports"


def apply(conn: sa.Connection) -> None:
    """Creates the tables."""
    tables = [sys_report, sys_report_use, sys_folder_share]
    METADATA.create_all(conn, tables=tables, checkfirst=False)
