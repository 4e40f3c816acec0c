"""Step 19: tokens of programs, photos of people."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_api_token, sys_photo

NUMBER = 19
NAME = "tokens and photos"


def apply(conn: sa.Connection) -> None:
    """Creates the two tables."""
    METADATA.create_all(conn, tables=[sys_api_token, sys_photo], checkfirst=False)
