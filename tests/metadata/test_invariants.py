"""`trellis check` finds every way in which documents and tables can disagree."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.metadata.company import company, put
from trellis.metadata.deploy import ddl
from trellis.metadata.feature import FEATURE, PURGE
from trellis.metadata.invariants import check_metadata
from trellis.metadata.storage import StoredColumn
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import (
    sys_deployment,
    sys_document,
    sys_group_reach,
    sys_role_reach,
    sys_storage_column,
    sys_storage_object,
)  # fmt: skip

D, C = sys_document, sys_storage_column
RATING = D.c.uid == "f-Account.Rating"


def _other_body(conn: sa.Connection) -> None:
    body = conn.scalar(sa.select(D.c.body).where(RATING))
    conn.execute(sa.update(D).where(RATING).values(body={**body, "label": "Forged"}))


def _foreign_column(conn: sa.Connection) -> None:
    ddl.add_columns(conn, "t1", [StoredColumn("x", "", "t1", "f999", "text")])


BREAKS: dict[str, tuple[str, Callable[[sa.Connection], object]]] = {
    "a document changed past the pipeline": ("metadata.history", _other_body),
    "a document that is gone": ("", lambda c: c.execute(sa.delete(D).where(RATING))),
    "a column nobody knows": ("metadata.table", _foreign_column),
    "a table that is gone": ("metadata.table", lambda c: ddl.drop_table(c, "t1")),
    "a column that is not noted": (
        "metadata.columns",
        lambda c: c.execute(sa.delete(C).where(C.c.field_uid == "f-Account.Rating")),
    ),
    "an object without a table": (
        "metadata.no_table",
        lambda c: c.execute(
            sa.delete(sys_storage_object).where(sys_storage_object.c.uid == "o-Account")
        ),
    ),
    "an index that is gone": (
        "metadata.indexes",
        lambda c: ddl.drop_index(c, sorted(ddl.index_names(c, "t1"))[0]),
    ),
    "roles that were flattened wrongly": (
        "metadata.reach",
        lambda c: c.execute(sa.delete(sys_role_reach)),
    ),
    "a group that reaches a role it does not hold": (
        "metadata.reach",
        lambda c: c.execute(
            sa.insert(sys_group_reach).values(
                group_uid="d-Group-Partners", kind="role", member_uid="d-Role-Chief"
            )
        ),
    ),
    "a version without its deployment": (
        "metadata.version",
        lambda c: c.execute(sa.delete(sys_deployment)),
    ),
}


@pytest.mark.parametrize("what", sorted(BREAKS))
def test_a_break_is_found(org_db: OrgDatabase, what: str) -> None:
    put(org_db, *company())
    assert check_metadata(org_db) == ()
    code, work = BREAKS[what]
    with org_db.write() as conn:
        work(conn)
    found = check_metadata(org_db)
    assert found
    assert not code or code in {problem.code for problem in found}


def test_the_feature_brings_the_check_and_the_purge() -> None:
    assert check_metadata in FEATURE.checks
    assert {schedule.kind for schedule in FEATURE.schedules} == set(FEATURE.jobs) == {PURGE}
