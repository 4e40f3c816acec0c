"""Records that a person looked at lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.inserts import insert_into
from ...platform.db.scope import OrgDatabase
from ...platform.migrations.tables import sys_recent
from ...platform.people.actor import Actor
from ..query import run
from ..query.request import Rows

KEPT = 100  # for each person
FRESH = timedelta(minutes=1)  # looking again so soon is not noted again


@dataclass(frozen=True, slots=True)
class Seen:
    """A record that was looked at."""

    id: str
    object: str  # API name
    title: str
    at: datetime


def remember(org_db: OrgDatabase, actor: Actor, obj: CustomObject, record_id: str) -> None:
    """Notes that the actor looks at a record, unless they did so a moment ago, or somebody else
    does with their eyes.
    """
    if org_db.is_read_only:
        return
    r, now = sys_recent.c, clock.now()
    with org_db.read() as conn:
        mine = sa.select(r.at).where(r.user_id == actor.user_id, r.record_id == record_id)
        last = conn.execute(mine).scalar()
    if last is None or now - last > FRESH:
        org_db.transact(lambda conn: _note(conn, actor, obj, record_id, now))


def _note(
    conn: sa.Connection, actor: Actor, obj: CustomObject, record_id: str, now: datetime
) -> None:
    row = {
        "user_id": actor.user_id, "record_id": record_id, "object_uid": obj.uid, "at": now,
    }  # fmt: skip
    statement = insert_into(conn, sys_recent).values(row)
    conn.execute(
        statement.on_conflict_do_update(index_elements=["user_id", "record_id"], set_={"at": now})
    )
    r = sys_recent.c
    oldest = (
        sa.select(r.at)
        .where(r.user_id == actor.user_id)
        .order_by(r.at.desc())
        .offset(KEPT)
        .limit(1)
        .scalar_subquery()
    )
    conn.execute(sa.delete(sys_recent).where(r.user_id == actor.user_id, r.at <= oldest))


def recent_ids(conn: sa.Connection, actor: Actor, obj: CustomObject) -> tuple[str, ...]:
    """The ids of the object's records that the actor opened lately, latest first."""
    r = sys_recent.c
    mine = sa.select(r.record_id).where(r.user_id == actor.user_id, r.object_uid == obj.uid)
    return tuple(conn.execute(mine.order_by(r.at.desc(), r.record_id)).scalars())


def recent(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    limit: int = 20,
    object_name: str | None = None,
) -> tuple[Seen, ...]:
    """What the actor looked at last and may still see, latest first, of one object or of all."""
    r = sys_recent.c
    known = {o.uid: o.name for o in snapshot.objects() if object_name in (None, o.name)}
    rows = conn.execute(
        sa.select(r.record_id, r.object_uid, r.at)
        .where(r.user_id == actor.user_id, r.object_uid.in_(list(known)))
        .order_by(r.at.desc(), r.record_id)
        .limit(limit * 2)
    ).all()
    titles = run.find_titles(conn, actor, snapshot, [row[0] for row in rows], Rows.LIVE)
    seen = (Seen(i, known[uid], titles[i], at) for i, uid, at in rows if i in titles)
    return tuple(seen)[:limit]
