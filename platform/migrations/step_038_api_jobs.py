"""Step 38: work on many records that programs ask for, and the rows that they send."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import METADATA, sys_api_job, sys_api_job_part

NUMBER = 38
NAME = "api jobs"


def apply(conn: sa.Connection) -> None:
    """Creates the tables."""
    METADATA.create_all(conn, tables=[sys_api_job, sys_api_job_part], checkfirst=False)
