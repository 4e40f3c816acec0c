from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations import run
from trellis.platform.migrations.tables import METADATA, sys_schema

#: The tables that step 1 made when it was released.
FIRST_RELEASE = frozenset(
    [
        "sys_audit",
        "sys_counter",
        "sys_credential",
        "sys_deployment",
        "sys_document",
        "sys_document_history",
        "sys_file",
        "sys_history",
        "sys_job",
        "sys_mail",
        "sys_preference",
        "sys_recent",
        "sys_recycle",
        "sys_schema",
        "sys_session",
        "sys_setting",
        "sys_signin",
        "sys_storage_column",
        "sys_storage_object",
        "sys_token",
        "sys_user",
        "sys_version",
    ]
)


def test_steps_stand_in_the_order_of_their_numbers_and_are_named() -> None:
    numbers = [step.NUMBER for step in run.STEPS]
    assert numbers == sorted(set(numbers))
    assert all(step.NAME and step.__doc__ for step in run.STEPS)


def test_a_new_org_has_every_system_table_and_no_step_left(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        assert run.current(conn) == run.LATEST
        assert run.apply(conn) == 0
        there = set(sa.inspect(conn).get_table_names(schema=org_db.schema))
        assert there == set(METADATA.tables)
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_schema)) == len(run.STEPS)


def test_system_tables_have_the_columns_that_the_code_knows(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        inspector = sa.inspect(conn)
        for name, table in METADATA.tables.items():
            columns = inspector.get_columns(name, schema=org_db.schema)
            assert [column["name"] for column in columns] == [column.name for column in table.c]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_table_is_strict_on_sqlite(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        rows = conn.exec_driver_sql(
            "SELECT name, strict FROM pragma_table_list WHERE name LIKE 'sys%'"
        )
        assert [row.name for row in rows if not row.strict] == []


def test_every_name_starts_with_sys_and_is_short() -> None:
    for name, table in METADATA.tables.items():
        assert re.fullmatch(r"sys_[a-z_]{2,30}", name)
        assert all(str(index.name).startswith(name) for index in table.indexes)


def test_an_org_of_the_first_release_gets_every_table_that_came_later(org_db: OrgDatabase) -> None:
    later = [step for step in run.STEPS if step.NUMBER > 1]
    with org_db.write() as conn:
        there = set(sa.inspect(conn).get_table_names(schema=org_db.schema))
        for table in reversed(METADATA.sorted_tables):
            if table.name not in FIRST_RELEASE:
                conn.execute(sa.schema.DropTable(table))
        conn.execute(sa.delete(sys_schema).where(sys_schema.c.version > 1))
    with org_db.write() as conn:
        assert run.apply(conn) == len(later)
        assert set(sa.inspect(conn).get_table_names(schema=org_db.schema)) == there
        assert set(conn.scalars(sa.select(sys_schema.c.version))) == {s.NUMBER for s in run.STEPS}
