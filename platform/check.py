"""Invariants of an org, for `trellis check`: the ground's own and those of every feature.

Finds, never mends. A check that cannot be finished is itself a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import sqlalchemy as sa

from . import clock
from .db.scope import OrgDatabase
from .errors import Problem
from .i18n import _
from .jobs.queue import FAILED, LEASED, MOST_ATTEMPTS
from .migrations import run as migrations
from .migrations.tables import METADATA, sys_job

Check = Callable[[OrgDatabase], tuple[Problem, ...]]
_LONG = 3600  # seconds that reading a whole database may take
_PATIENCE = timedelta(days=1)  # how long a job may lie with a worker that is gone

_BROKEN_INDEXES = """
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = CAST(:schema AS regnamespace) AND NOT (i.indisvalid AND i.indisready)"""
_OPEN_CONSTRAINTS = """
SELECT conname FROM pg_constraint
WHERE connamespace = CAST(:schema AS regnamespace) AND NOT convalidated"""
_HAS_AMCHECK = "SELECT true FROM pg_extension WHERE extname = 'amcheck'"
_AMCHECK = """
SELECT bt_index_check(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree'
WHERE c.relnamespace = CAST(:schema AS regnamespace) AND i.indisvalid"""


def check_org(db: OrgDatabase, checks: Iterable[Check] = ()) -> tuple[Problem, ...]:
    """Everything wrong with the org; each problem's path begins with the check's name."""
    found: list[Problem] = []
    for check in (*OWN_CHECKS, *checks):
        found += (problem.under(check.__name__) for problem in _run(check, db))
    return tuple(found)


def check_database(db: OrgDatabase) -> tuple[Problem, ...]:
    """I12: pages, indexes and foreign keys are sound, as far as the database can tell."""
    with db.read(seconds=_LONG) as conn:
        found = _of_sqlite(conn) if db.dialect == "sqlite" else _of_postgresql(conn, db.schema)
    return tuple(
        Problem("check.database", (), _("The database is damaged: %(what)s", what=what))
        for what in found
    )


def check_system_tables(db: OrgDatabase) -> tuple[Problem, ...]:
    """I1 for the system tables: they are those that this release expects."""
    with db.read() as conn:
        step, inspector = migrations.current(conn), sa.inspect(conn)
        there = {
            (name, column["name"])
            for name in inspector.get_table_names(schema=db.schema)
            if name.startswith("sys_")
            for column in inspector.get_columns(name, schema=db.schema)
        }
    expected = {
        (table.name, column.name) for table in METADATA.tables.values() for column in table.c
    }
    wrong = [".".join(name) for name in sorted(there ^ expected)]
    if step != migrations.LATEST:
        wrong.insert(0, f"step {step} of {migrations.LATEST}")
    return tuple(
        Problem("check.system_tables", (), _("The system tables differ: %(what)s", what=what))
        for what in wrong
    )


def check_jobs(db: OrgDatabase) -> tuple[Problem, ...]:
    """I5: every job is in a state that the queue knows, and none is forgotten."""
    forgotten = sa.and_(sys_job.c.state == LEASED, sys_job.c.leased_until < clock.now() - _PATIENCE)
    overworked = sys_job.c.attempts > MOST_ATTEMPTS
    unleased = sa.and_(sys_job.c.state == LEASED, sys_job.c.lease.is_(None))
    statement = sa.select(sys_job.c.id, sys_job.c.kind).where(forgotten | overworked | unleased)
    with db.read() as conn:
        rows = conn.execute(statement.order_by(sys_job.c.id)).all()
    return tuple(
        Problem("check.job", (row.id,), _("The job %(kind)s is stuck.", kind=row.kind))
        for row in rows
    )


def parked_jobs(db: OrgDatabase) -> tuple[tuple[int, str, str], ...]:
    """(number, kind, error) of jobs that failed for good; for an administrator, not a break."""
    statement = sa.select(sys_job.c.id, sys_job.c.kind, sys_job.c.error)
    with db.read() as conn:
        rows = conn.execute(statement.where(sys_job.c.state == FAILED).order_by(sys_job.c.id))
        return tuple((row.id, row.kind, row.error or "") for row in rows)


OWN_CHECKS: tuple[Check, ...] = (check_database, check_system_tables, check_jobs)


def _run(check: Check, db: OrgDatabase) -> tuple[Problem, ...]:
    try:
        return check(db)
    except Exception as err:  # noqa: BLE001 - a check that fails is a finding
        what = f"{type(err).__name__}: {err}"
        message = _("The check could not be finished: %(error)s", error=what)
        return (Problem("check.unfinished", (), message),)


def _of_sqlite(conn: sa.Connection) -> list[str]:
    verdict = [str(row[0]) for row in conn.exec_driver_sql("PRAGMA integrity_check(20)")]
    broken = conn.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
    rows = [f"row {row[1]} of {row[0]} refers to nothing in {row[2]}" for row in broken]
    return [line for line in verdict if line != "ok"] + rows


def _of_postgresql(conn: sa.Connection, schema: str | None) -> list[str]:
    named = {"schema": schema}
    indexes = [f"index {name}" for name in conn.scalars(sa.text(_BROKEN_INDEXES), named)]
    constraints = [f"constraint {name}" for name in conn.scalars(sa.text(_OPEN_CONSTRAINTS), named)]
    if conn.scalar(sa.text(_HAS_AMCHECK)):
        conn.execute(sa.text(_AMCHECK), named)  # raises, naming the index, when one is damaged
    return indexes + constraints
