from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations import run
from trellis.platform.migrations.tables import METADATA, sys_schema


def test_steps_are_numbered_without_a_gap_and_named() -> None:
    assert [step.NUMBER for step in run.STEPS] == list(range(1, run.LATEST + 1))
    assert all(step.NAME and step.__doc__ for step in run.STEPS)


def test_a_new_org_has_every_system_table_and_no_step_left(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        assert run.current(conn) == run.LATEST
        assert run.apply(conn) == 0
        there = set(sa.inspect(conn).get_table_names(schema=org_db.schema))
        assert there == set(METADATA.tables)
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_schema)) == run.LATEST


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
