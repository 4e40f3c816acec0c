"""An org from before reports gets the tables that a new one has."""

from __future__ import annotations

import sqlalchemy as sa

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations import step_021_reports
from trellis.platform.migrations.tables import sys_folder_share, sys_report, sys_report_use

TABLES = (sys_report, sys_report_use, sys_folder_share)


def columns_of(conn: sa.Connection, org_db: OrgDatabase) -> dict[str, list[str]]:
    inspector = sa.inspect(conn)
    return {
        table.name: [repr(c) for c in inspector.get_columns(table.name, schema=org_db.schema)]
        for table in TABLES
    }


def test_the_step_makes_the_tables_that_a_new_org_has(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        fresh = columns_of(conn, org_db)
        for table in TABLES:
            table.drop(conn)
        step_021_reports.apply(conn)
        assert columns_of(conn, org_db) == fresh
