"""Which reports or dashboards somebody opened lately; their tables have one shape."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from ...platform import clock
from ...platform.db.inserts import put_row
from ...platform.db.scope import OrgDatabase
from ...platform.people.actor import Actor

RECENT = 50  # of one person are remembered
FRESH = timedelta(minutes=1)  # opening again so soon is not noted again


def note_opened(org_db: OrgDatabase, actor: Actor, table: sa.Table, key: str) -> None:
    """Notes that the actor opens it, unless they did so a moment ago."""
    if org_db.is_read_only:
        return
    u, now = table.c, clock.now()
    place = {"user_id": actor.user_id, "key": key}
    with org_db.read() as conn:
        where = (u.user_id == actor.user_id, u.key == key, u.at > now - FRESH)
        if conn.scalar(sa.select(sa.literal(1)).where(*where)):
            return
    org_db.transact(lambda conn: put_row(conn, table, place, {"at": now}))


def opened_lately(conn: sa.Connection, actor: Actor, table: sa.Table) -> tuple[str, ...]:
    """The keys of what the actor opened, the latest first."""
    u = table.c
    chosen = sa.select(u.key).where(u.user_id == actor.user_id).order_by(u.at.desc()).limit(RECENT)
    return tuple(conn.execute(chosen).scalars())
