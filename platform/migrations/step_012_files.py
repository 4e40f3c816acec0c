"""Step 12: files in versions, deleted ones that can be put back."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_file, sys_file_version

NUMBER = 12
NAME = "files"


def apply(conn: sa.Connection) -> None:
    """Makes the two tables. No release has written to the older one: it is made anew."""
    tables = [sys_file, sys_file_version]
    METADATA.drop_all(conn, tables=tables, checkfirst=True)
    METADATA.create_all(conn, tables=tables, checkfirst=False)
