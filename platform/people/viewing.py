"""Viewing as another user: an administrator's session shows the org as somebody else sees it.

It is kept with the session and ends with it, at the latest after an hour; begin and end stand in
the audit log. Nothing is changed meanwhile (`web/admission`). Who may view as whom is decided
above, where rights are known; that an administrator sits there is asked again for each request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from .. import audit, clock
from ..migrations.tables import sys_session
from .actor import Actor
from .standing import find_actor

LONGEST = timedelta(minutes=60)
_KEY = "view_as"  # in the values of a session: {"user_id": …, "until": …, "back": …}


@dataclass(frozen=True, slots=True)
class Viewing:
    """As whom a session looks at the org, until when, and where it came from."""

    user_id: str
    until: datetime
    back: str = ""


def viewing_of(value: Mapping[str, Any] | None) -> Viewing | None:
    """What the values of a session say."""
    said = (value or {}).get(_KEY)
    if not said:
        return None
    return Viewing(said["user_id"], datetime.fromisoformat(said["until"]), said.get("back", ""))


def find_viewed(conn: sa.Connection, org: str, viewer: Actor, viewing: Viewing) -> Actor | None:
    """The user as whom the viewer looks; None where it is over: time, rights, or they are gone."""
    if viewing.until <= clock.now() or not viewer.is_administrator:
        return None
    return find_actor(conn, org, viewing.user_id)


def begin(
    conn: sa.Connection, session_id: str, viewer: Actor, viewed: Actor, back: str = "", ip: str = ""
) -> None:
    """From the next request on the session shows the org as the other user sees it."""
    until = clock.now() + LONGEST
    said = {"user_id": viewed.user_id, "until": until.isoformat(), "back": back}
    _keep(conn, session_id, said)
    subject = audit.Subject("user", viewed.user_id, viewed.name)
    after = {"until": until.isoformat()}
    audit.record(conn, viewer, "view_as.begun", subject, None, after, ip=ip)


def end(
    conn: sa.Connection, session_id: str, viewer: Actor, viewing: Viewing, name: str = ""
) -> None:
    """The session is the viewer's own again; ended already, nothing changes."""
    query = sa.select(sys_session.c.value).where(sys_session.c.id == session_id)
    if viewing_of(conn.scalar(query.with_for_update())) is None:
        return
    _keep(conn, session_id, None)
    subject = audit.Subject("user", viewing.user_id, name)
    audit.record(conn, viewer, "view_as.ended", subject)


def _keep(conn: sa.Connection, session_id: str, said: Mapping[str, str] | None) -> None:
    mine = sys_session.c.id == session_id
    value = dict(conn.scalar(sa.select(sys_session.c.value).where(mine)) or {})
    value.pop(_KEY, None)
    if said is not None:
        value[_KEY] = dict(said)
    conn.execute(sa.update(sys_session).where(mine).values(value=value or None))
