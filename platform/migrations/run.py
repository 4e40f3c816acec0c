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
from . import step_001_system
from .tables import sys_schema

STEPS: tuple[ModuleType, ...] = (step_001_system,)
LATEST: int = STEPS[-1].NUMBER


def current(conn: sa.Connection) -> int:
    """The number of the last step that this org has; 0 for an empty database."""
    schema = conn.get_execution_options().get("schema_translate_map", {}).get(None)
    if not sa.inspect(conn).has_table("sys_schema", schema=schema):
        return 0
    return conn.scalar(sa.select(sa.func.max(sys_schema.c.version))) or 0


def apply(conn: sa.Connection) -> int:
    """Runs what is missing and returns the number of steps run; 0 when the org is up to date."""
    have = current(conn)
    if have > LATEST:
        raise Unavailable(_("This org was written by a later release of Trellis."))
    missing = [step for step in STEPS if have < step.NUMBER]
    for step in missing if have else STEPS[:1]:
        step.apply(conn)
        failpoint(f"migrations.after_{step.NUMBER}")
    if missing:
        done = [{"version": step.NUMBER, "name": step.NAME, "at": clock.now()} for step in missing]
        conn.execute(sa.insert(sys_schema), done)
    return len(missing)
