"""An org from before a step gets the tables that a new one has."""

from __future__ import annotations

from types import ModuleType

import pytest
import sqlalchemy as sa

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations import run, tables

#: {number of a step that makes tables and does nothing else: the tables}
MADE = {
    3: (tables.sys_view, tables.sys_favourite),
    4: (tables.sys_follow, tables.sys_undo),
    5: (tables.sys_series, tables.sys_occurrence),
    7: (tables.sys_word, tables.sys_near_word),
    11: (tables.sys_bulk, tables.sys_bulk_chunk),
    13: (tables.sys_notice, tables.sys_comment),
    14: (tables.sys_second_factor,),
    16: (tables.sys_rollup,),
    19: (tables.sys_api_token, tables.sys_photo),
    20: (tables.sys_sent_form,),
    21: (tables.sys_report, tables.sys_report_use, tables.sys_folder_share),
    23: (tables.sys_package, tables.sys_rebased),
    24: (tables.sys_dashboard, tables.sys_dashboard_use),
    25: (tables.sys_package_upload,),
    32: (
        *(tables.sys_package_run, tables.sys_package_check, tables.sys_package_export),
        *(tables.sys_package_person, tables.sys_package_sample),
    ),
    33: (tables.sys_api_use,),
    35: (tables.sys_subscription, tables.sys_mail_part),
    37: (tables.sys_connected_app, tables.sys_app_grant, tables.sys_app_token),
    38: (tables.sys_api_job, tables.sys_api_job_part),
}
STEPS = [step for step in run.STEPS if step.NUMBER in MADE]


def columns_of(conn: sa.Connection, org_db: OrgDatabase, number: int) -> dict[str, list[str]]:
    inspector = sa.inspect(conn)
    return {
        table.name: [repr(c) for c in inspector.get_columns(table.name, schema=org_db.schema)]
        for table in MADE[number]
    }


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.NAME)
def test_the_step_makes_the_tables_that_a_new_org_has(
    org_db: OrgDatabase, step: ModuleType
) -> None:
    with org_db.write() as conn:
        fresh = columns_of(conn, org_db, step.NUMBER)
        tables.METADATA.drop_all(conn, tables=MADE[step.NUMBER], checkfirst=False)
        step.apply(conn)
        assert columns_of(conn, org_db, step.NUMBER) == fresh
