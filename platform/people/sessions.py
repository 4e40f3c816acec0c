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
from ..migrations.tables import sys_session, sys_user
from . import second_factor
from .actor import Actor
from .photos import STAMP as PHOTOS
from .standing import AT_WORK, STANDING, actor_of_row, setting
from .viewing import Viewing, find_viewed, viewing_of
from .whereabouts import SETTING as RANGES
from .whereabouts import IpRange, ranges_of

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
UNSURE = timedelta(minutes=10)  # to enter the code of the second factor
AWAITS_CODE = "awaits_code"  # in the values of a session
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept; spares a write per page

SIGNED_OUT, PASSWORD_CHANGED, ENDED_BY_USER = "sign-out", "password change", "ended by the user"
FROZEN, DEACTIVATED, REPLACED = "freeze", "deactivation", "new session"
FACTOR_CHANGED = "change of the second factor"


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
    viewer: Actor | None = None  # who sits there, while they view the org as the actor
    viewing: Viewing | None = None  # with no viewer beside it: one that is over
    awaits_code: bool = False  # the password was right, the second factor is still to come
    org_logo: str = ""  # digest of the company's logo; "" for none
    must_enrol: bool = False  # the org asks for a second factor that the person has not set up
    zone: str = "UTC"  # of the company, in which profiles say their hours
    ranges: tuple[IpRange, ...] = ()  # from where the org lets people in; empty: from anywhere
    photos: str = ""  # changes with every photo of the org; "" while there is none
    scope: str = ""  # what a program may do, that came in with an API token; "" for a browser

    @property
    def person(self) -> Actor:
        """Who signed in."""
        return self.viewer or self.actor

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


def start_session(
    conn: sa.Connection,
    user_id: str,
    ip: str = "",
    user_agent: str = "",
    *,
    is_sure: bool = False,
) -> str:
    """Begins a session and returns its token, which is kept nowhere.

    It awaits the code of whoever signs in with one, unless it takes the place of one that is sure.
    """
    token = secrets.token_urlsafe(32)
    now = clock.now()
    awaits = not is_sure and second_factor.is_on(conn, user_id)
    row = {"created_at": now, "seen_at": now, "ip": ip, "user_agent": user_agent[:300]}
    row["expires_at"] = now + (UNSURE if awaits else ABSOLUTE)
    row["value"] = {AWAITS_CODE: True} if awaits else None
    conn.execute(sa.insert(sys_session).values(id=id_of(token), user_id=user_id, **row))
    return token


def find_session(conn: sa.Connection, org: str, token: str) -> Session | None:
    """The session of that token, with its actor, in one statement; None unless it is good now."""
    found = conn.execute(_FOUND, {"token_id": id_of(token)}).one_or_none()
    now = clock.now()
    if found is None or found.expires_at <= now or found.seen_at + IDLE <= now:
        return None
    person, viewing = actor_of_row(found, org), viewing_of(found.value)
    viewed = find_viewed(conn, org, person, viewing) if viewing else None
    return Session(
        found.id,
        viewed or person,
        found.seen_at,
        found.theme,
        found.density,
        found.must_change_password,
        found.org_name or "",
        person if viewed else None,
        viewing,
        bool((found.value or {}).get(AWAITS_CODE)),
        str(found.org_logo or ""),
        not found.has_factor and second_factor.is_asked_of(person.profile, found.org_second_factor),
        found.org_time_zone or "UTC",
        ranges_of(found.org_sign_in_ranges),
        str(found.org_photos or ""),
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


WHEREABOUTS = (setting("org.time_zone"), setting(RANGES), setting(PHOTOS))
_GOOD = (sys_session.c.ended_at.is_(None), *AT_WORK)
_USER = (sys_user.c.theme, sys_user.c.density, sys_user.c.must_change_password)
#: asked by every request, so it is put together once
_FOUND = (
    sa.select(
        sys_session,
        *STANDING,
        *_USER,
        setting("org.name"),
        setting("org.logo"),
        *WHEREABOUTS,
        setting(second_factor.SETTING),
        second_factor.has_factor().label("has_factor"),
    )
    .join(sys_user, sys_user.c.id == sys_session.c.user_id)
    .where(sys_session.c.id == sa.bindparam("token_id"), *_GOOD)
)


def _end(conn: sa.Connection, why: str, *where: sa.ColumnElement[bool]) -> None:
    open_ones = sa.update(sys_session).where(sys_session.c.ended_at.is_(None), *where)
    conn.execute(open_ones.values(ended_at=clock.now(), ended_by=why))
