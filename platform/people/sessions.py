"""Sessions: who is signed in, known by the hash of a random token, ended at once when they must be.

A session ends two hours after it was last seen and twelve after it began. Ended, expired, frozen
and inactive all look alike: there is no session.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from .. import clock
from ..ids import RecordId
from ..migrations.tables import sys_session, sys_setting, sys_user
from .actor import Actor

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept; spares a write per page

SIGNED_OUT, PASSWORD_CHANGED, ENDED_BY_USER = "sign-out", "password change", "ended by the user"
FROZEN, DEACTIVATED, REPLACED = "freeze", "deactivation", "new session"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is good at this moment, and whose it is."""

    id: str
    actor: Actor
    seen_at: datetime
    theme: str
    density: str
    must_change_password: bool
    org_name: str

    @property
    def is_due(self) -> bool:
        """Whether "last seen" is old enough to be written again."""
        return clock.now() - self.seen_at >= SEEN_EVERY


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as its owner sees it in a list."""

    id: str
    created_at: datetime
    seen_at: datetime
    ip: str
    user_agent: str


def start_session(conn: sa.Connection, user_id: str, ip: str = "", user_agent: str = "") -> str:
    """Begins a session and returns its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    row = {"created_at": now, "seen_at": now, "expires_at": now + ABSOLUTE}
    origin = {"ip": ip, "user_agent": user_agent[:300]}
    conn.execute(sa.insert(sys_session).values(id=id_of(token), user_id=user_id, **row, **origin))
    return token


def find_session(conn: sa.Connection, org: str, token: str) -> Session | None:
    """The session of that token, with its actor, in one statement; None unless it is good now."""
    found = conn.execute(
        sa.select(sys_session, *_USER, _setting("org.currency"), _setting("org.name"))
        .join(sys_user, sys_user.c.id == sys_session.c.user_id)
        .where(sys_session.c.id == id_of(token), *_GOOD)
    ).one_or_none()
    now = clock.now()
    if found is None or found.expires_at <= now or found.seen_at + IDLE <= now:
        return None
    return Session(
        found.id,
        _actor(found, org),
        found.seen_at,
        found.theme,
        found.density,
        found.must_change_password,
        found.org_name or "",
    )


def note_seen(conn: sa.Connection, session_id: str) -> None:
    """Starts the two hours anew; an ended session stays ended."""
    good = sa.and_(sys_session.c.id == session_id, sys_session.c.ended_at.is_(None))
    conn.execute(sa.update(sys_session).where(good).values(seen_at=clock.now()))


def end_session(conn: sa.Connection, session_id: str, why: str = SIGNED_OUT) -> None:
    """Ends the session; ending it again changes nothing."""
    _end(conn, why, sys_session.c.id == session_id)


def end_sessions(conn: sa.Connection, user_id: str, why: str, but: str = "") -> None:
    """Ends every session of the user, except the one with the id `but`."""
    _end(conn, why, sys_session.c.user_id == user_id, sys_session.c.id != but)


def list_sessions(conn: sa.Connection, user_id: str) -> Sequence[SessionSummary]:
    """The good sessions of a user, latest seen first."""
    now = clock.now()
    rows = conn.execute(
        sa.select(sys_session)
        .where(
            sys_session.c.user_id == user_id,
            sys_session.c.ended_at.is_(None),
            sys_session.c.expires_at > now,
            sys_session.c.seen_at > now - IDLE,
        )
        .order_by(sys_session.c.seen_at.desc(), sys_session.c.id)
    )
    return [
        SessionSummary(row.id, row.created_at, row.seen_at, row.ip or "", row.user_agent or "")
        for row in rows
    ]


def forget_old_sessions(conn: sa.Connection) -> int:
    """Deletes what ended or ran out over thirty days ago; returns how many."""
    limit = clock.now() - timedelta(days=30)
    return conn.execute(sa.delete(sys_session).where(sys_session.c.expires_at < limit)).rowcount


def id_of(token: str) -> str:
    """What is stored of a token: its SHA-256, from which it cannot be made again."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


_GOOD = (
    sys_session.c.ended_at.is_(None),
    sys_user.c.is_active.is_(sa.true()),
    sys_user.c.is_frozen.is_(sa.false()),
)
_USER = tuple(
    sys_user.c[name]
    for name in (
        *("name", "profile", "language", "locale", "time_zone", "currency"),
        *("theme", "density", "must_change_password"),
    )
)


def _setting(name: str) -> sa.ColumnElement[object]:
    value = sa.select(sys_setting.c.value).where(sys_setting.c.name == name)
    return value.scalar_subquery().label(name.replace(".", "_"))


def _actor(row: sa.Row[tuple[object, ...]], org: str) -> Actor:
    currency = row.currency or row.org_currency or "USD"
    spoken = (row.language, row.locale, row.time_zone, currency)
    return Actor(RecordId(row.user_id), row.name, org, row.profile, *spoken)


def _end(conn: sa.Connection, why: str, *where: sa.ColumnElement[bool]) -> None:
    open_ones = sa.update(sys_session).where(sys_session.c.ended_at.is_(None), *where)
    conn.execute(open_ones.values(ended_at=clock.now(), ended_by=why))
