from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from trellis.platform import clock
from trellis.platform.check import check_org, parked_jobs
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Problem
from trellis.platform.jobs.queue import enqueue
from trellis.platform.migrations.tables import sys_job, sys_schema


def codes(db: OrgDatabase) -> list[str]:
    return [problem.code for problem in check_org(db)]


def run(db: OrgDatabase, *statements: str) -> None:
    with db.write() as conn:
        for statement in statements:
            conn.execute(sa.text(statement))


def test_a_fresh_org_is_sound(org_db: OrgDatabase) -> None:
    assert check_org(org_db) == ()


def test_checks_of_features_are_run_and_named(org_db: OrgDatabase) -> None:
    def check_tea(db: OrgDatabase) -> tuple[Problem, ...]:
        return (Problem("tea.cold", ("pot", 1), f"The tea of {db.key} is cold."),)

    assert check_org(org_db, [check_tea]) == (
        Problem("tea.cold", ("check_tea", "pot", 1), "The tea of main is cold."),
    )


def test_a_check_that_cannot_be_finished_is_a_problem(org_db: OrgDatabase) -> None:
    def check_tea(_db: OrgDatabase) -> tuple[Problem, ...]:
        raise KeyError("pot")

    (problem,) = check_org(org_db, [check_tea])
    assert (problem.code, problem.path) == ("check.unfinished", ("check_tea",))
    assert "pot" in problem.message


def test_a_missing_or_strange_system_column_is_found(org_db: OrgDatabase) -> None:
    run(org_db, "ALTER TABLE sys_counter ADD COLUMN strange TEXT", "DROP TABLE sys_recent")
    messages = " ".join(problem.message for problem in check_org(org_db))
    assert "sys_counter.strange" in messages
    assert "sys_recent.user_id" in messages
    assert "sys_counter.name" not in messages


def test_an_org_behind_this_release_is_found(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        conn.execute(sa.delete(sys_schema))
    assert codes(org_db) == ["check.system_tables"]


def test_forgotten_and_overworked_jobs_are_found_and_parked_ones_are_told(
    org_db: OrgDatabase,
) -> None:
    with org_db.write() as conn:
        numbers = [enqueue(conn, f"k{n}", {}, actor_id="x") for n in range(4)]
        old = clock.now() - timedelta(days=2)
        for number, values in zip(
            numbers,
            (
                {"state": "leased", "lease": "x", "leased_until": old},
                {"attempts": 6},
                {"state": "leased"},
                {"state": "failed", "error": "no tea"},
            ),
            strict=True,
        ):
            conn.execute(sa.update(sys_job).where(sys_job.c.id == number).values(values))
    assert codes(org_db) == ["check.job"] * 3
    assert parked_jobs(org_db) == ((numbers[3], "k3", "no tea"),)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_row_without_its_parent_is_found(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        conn.execute(sa.text("CREATE TABLE p (id INTEGER PRIMARY KEY)"))
        conn.execute(sa.text("CREATE TABLE c (p INTEGER REFERENCES p (id))"))
    raw = org_db._engine.raw_connection()
    raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
    raw.execute("INSERT INTO c VALUES (7)")  # type: ignore[attr-defined]
    raw.close()
    assert codes(org_db) == ["check.database"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgresql
def test_a_constraint_that_was_not_validated_is_found(org_db: OrgDatabase) -> None:
    run(
        org_db,
        "INSERT INTO sys_counter VALUES ('a', -1)",
        "ALTER TABLE sys_counter ADD CONSTRAINT positive CHECK (value > 0) NOT VALID",
    )
    (problem,) = check_org(org_db)
    assert "constraint positive" in problem.message
