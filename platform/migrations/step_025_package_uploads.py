"""Step 25: packages that people have uploaded and look at before they install them."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_package_upload

NUMBER = 25
NAME = "uploaded packages"


def apply(conn: sa.Connection) -> None:
    """Creates their table."""
    METADATA.create_all(conn, tables=[sys_package_upload], checkfirst=False)
