"""Step 23: installed packages, and what a deployment replaced of what packages had shipped."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_package, sys_rebased

NUMBER = 23
NAME = "packages"


def apply(conn: sa.Connection) -> None:
    """Creates their tables."""
    METADATA.create_all(conn, tables=[sys_package, sys_rebased], checkfirst=False)
