"""Step 32: packages at work in the background, checks, exports, people and sample records."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import (
    METADATA,
    sys_package_check,
    sys_package_export,
    sys_package_person,
    sys_package_run,
    sys_package_sample,
)

NUMBER = 32
NAME = "packages at work"
TABLES = (
    *(sys_package_run, sys_package_check, sys_package_export),
    *(sys_package_person, sys_package_sample),
)


def apply(conn: sa.Connection) -> None:
    """Creates their tables."""
    METADATA.create_all(conn, tables=list(TABLES), checkfirst=False)
