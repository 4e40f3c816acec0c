"""Who follows which record: those who want to hear of its changes."""

from __future__ import annotations

import sqlalchemy as sa

from ...platform import clock
from ...platform.db.inserts import insert_into
from ...platform.migrations.tables import sys_follow
from ...platform.people.actor import Actor


def follow(conn: sa.Connection, actor: Actor, record_id: str) -> None:
    """Has the actor follow a record they may see; again changes nothing."""
    row = {"user_id": actor.user_id, "record_id": record_id, "at": clock.now()}
    conn.execute(insert_into(conn, sys_follow).values(row).on_conflict_do_nothing())


def unfollow(conn: sa.Connection, actor: Actor, record_id: str) -> None:
    conn.execute(sa.delete(sys_follow).where(*_mine(actor, record_id)))


def is_followed(actor: Actor, record_id: str) -> sa.ColumnElement[bool]:
    """Says whether the actor follows the record; a condition."""
    return sa.exists().where(*_mine(actor, record_id))


def followers(conn: sa.Connection, record_id: str) -> tuple[str, ...]:
    """Ids of the users who follow it; whether they still may see it is the caller's to ask."""
    f = sys_follow.c
    found = sa.select(f.user_id).where(f.record_id == record_id).order_by(f.user_id)
    return tuple(conn.execute(found).scalars())


def _mine(actor: Actor, record_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return sys_follow.c.user_id == actor.user_id, sys_follow.c.record_id == record_id
