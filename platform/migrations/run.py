"""Brings the system tables of an org to what this release expects, inside the caller's transaction.

A new org gets the tables in their present shape; an older one runs the steps it lacks, in order.
Refuses an org that a later release has written to.
"""

from __future__ import annotations

from types import ModuleType

import sqlalchemy as sa

from .. import clock
from ..db.failpoints import failpoint
from ..errors import Unavailable
from ..i18n import _
from . import (
    step_001_system,
    step_003_lists,
    step_004_record,
    step_005_activities,
    step_007_search,
    step_010_access,
    step_011_bulk,
    step_012_files,
    step_013_notices,
    step_014_second_factor,
    step_016_rollups,
    step_019_sign_in,
    step_020_sent_forms,
    step_021_reports,
    step_023_packages,
    step_024_dashboards,
    step_025_package_uploads,
    step_032_package_runs,
    step_033_api_use,
    step_035_subscriptions,
    step_037_connected_apps,
    step_038_api_jobs,
)
from .tables import sys_schema

STEPS: tuple[ModuleType, ...] = (
    step_001_system, step_003_lists, step_004_record, step_005_activities, step_007_search,
    step_010_access, step_011_bulk, step_012_files, step_013_notices, step_014_second_factor,
    step_016_rollups, step_019_sign_in, step_020_sent_forms, step_021_reports, step_023_packages,
    step_024_dashboards, step_025_package_uploads, step_032_package_runs, step_033_api_use,
    step_035_subscriptions, step_037_connected_apps, step_038_api_jobs,
)  # fmt: skip
LATEST: int = STEPS[-1].NUMBER


def current(conn: sa.Connection) -> int:
    """The number of the last step that this org has; 0 for an empty database."""
    schema = conn.get_execution_options().get("schema_translate_map", {}).get(None)
    if not sa.inspect(conn).has_table("sys_schema", schema=schema):
        return 0
    return conn.scalar(sa.select(sa.func.max(sys_schema.c.version))) or 0


def apply(conn: sa.Connection) -> int:
    """Runs what is missing and returns the number of steps run; 0 when the org is up to date."""
    have = _applied(conn) if current(conn) else set()
    if max(have, default=0) > LATEST:
        raise Unavailable(_("This org was written by a later release of Trellis."))
    missing = [step for step in STEPS if step.NUMBER not in have]
    for step in missing if have else STEPS[:1]:
        step.apply(conn)
        failpoint(f"migrations.after_{step.NUMBER}")
    if missing:
        done = [{"version": step.NUMBER, "name": step.NAME, "at": clock.now()} for step in missing]
        conn.execute(sa.insert(sys_schema), done)
    return len(missing)


def _applied(conn: sa.Connection) -> set[int]:
    """The numbers of the steps that this org has; a step may be missing below the last one."""
    return set(conn.scalars(sa.select(sys_schema.c.version)))
