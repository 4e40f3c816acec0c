"""Sessions: who is signed in, known by the hash of a random token, ended at once when they must be.

A session ends some time after it was last seen, at the latest some time after it began, and when
its owner begins more than the org lets them have (`session_limits`). Ended, expired, frozen and
inactive all look alike: there is no session; only who has its token may ask why it is over.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa

from .. import clock
from ..migrations.tables import sys_session, sys_user
from . import second_factor
from .actor import Actor
from .photos import STAMP as PHOTOS
from .session_limits import SETTING as LIMITS
from .session_limits import SessionLimits, limits_of, read_limits
from .standing import AT_WORK, STANDING, actor_of_row, setting
from .viewing import Viewing, find_viewed, viewing_of
from .whereabouts import SETTING as RANGES
from .whereabouts import IpRange, ranges_of

UNSURE = timedelta(minutes=10)  # to enter the code of the second factor
AWAITS_CODE = "awaits_code"  # in the values of a session
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept; spares a write per page

SIGNED_OUT, PASSWORD_CHANGED, ENDED_BY_USER = "sign-out", "password change", "ended by the user"
FROZEN, DEACTIVATED, REPLACED = "freeze", "deactivation", "new session"
FACTOR_CHANGED = "change of the second factor"
TOO_MANY = "more sessions than the org allows"


class Over(Enum):
    """Why a session is no longer good, where its owner is told; not who or what ended it."""

    IDLE = "idle"
    LIFE = "life"
    MANY = "many"


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
    idle_at: datetime | None = None  # when it ends unless a page is looked at; None: never
    life_at: datetime | None = None  # when it ends in any case

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
    limits = read_limits(conn)
    row["expires_at"] = now + (UNSURE if awaits else limits.life_time)
    row["value"] = {AWAITS_CODE: True} if awaits else None
    conn.execute(sa.insert(sys_session).values(id=id_of(token), user_id=user_id, **row))
    if not awaits:
        end_surplus(conn, limits, id_of(token), sys_session.c.user_id == user_id)
    return token


def find_session(conn: sa.Connection, org: str, token: str) -> Session | None:
    """The session of that token, with its actor, in one statement; None unless it is good now."""
    found = conn.execute(_FOUND, {"token_id": id_of(token)}).one_or_none()
    if found is None:
        return None
    limits = limits_of(found.org_session_limits)
    idle_at, life_at = _ends(found, limits)
    if min(idle_at, life_at) <= clock.now():
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
        idle_at=idle_at,
        life_at=life_at,
    )


def _ends(row: Any, limits: SessionLimits) -> tuple[datetime, datetime]:
    """When a session ends for want of pages, and when in any case."""
    life_at = min(row.expires_at, row.created_at + limits.life_time)
    return row.seen_at + limits.idle_time, life_at


def why_over(conn: sa.Connection, token: str) -> Over | None:
    """Why the session of that token is over by the limits of the org; None for any other."""
    row = conn.execute(sa.select(sys_session).where(sys_session.c.id == id_of(token))).one_or_none()
    if row is None or (row.value or {}).get(AWAITS_CODE):
        return None
    if row.ended_at is not None:
        return Over.MANY if row.ended_by == TOO_MANY else None
    idle_at, life_at = _ends(row, read_limits(conn))
    if min(idle_at, life_at) > clock.now():
        return None
    return Over.IDLE if idle_at <= life_at else Over.LIFE


def note_seen(conn: sa.Connection, session_id: str) -> None:
    """Starts the time without pages anew; an ended session stays ended."""
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
    rows = conn.execute(
        sa.select(sys_session)
        .where(sys_session.c.user_id == user_id, *_open(read_limits(conn)))
        .order_by(sys_session.c.seen_at.desc(), sys_session.c.id)
    )
    return [
        SessionSummary(row.id, row.created_at, row.seen_at, row.ip or "", row.user_agent or "")
        for row in rows
    ]


def end_surplus(
    conn: sa.Connection, limits: SessionLimits, but: str, *where: sa.ColumnElement[bool]
) -> None:
    """Ends the oldest sessions of everybody who has more than they may, never the one named `but`.

    Half sessions that await a code count for nothing, nor do those that end within minutes anyway.
    """
    if not limits.most:
        return
    s = sys_session.c
    newest = (sa.case((s.id == but, 0), else_=1), s.created_at.desc(), s.id)
    place = sa.func.row_number().over(partition_by=s.user_id, order_by=newest)
    lasting = s.expires_at > clock.now() + UNSURE
    ranked = sa.select(s.id, place.label("place")).where(*_open(limits), lasting, *where).subquery()
    _end(conn, TOO_MANY, s.id.in_(sa.select(ranked.c.id).where(ranked.c.place > limits.most)))


def _open(limits: SessionLimits) -> tuple[sa.ColumnElement[bool], ...]:
    """True of the sessions that are good now."""
    s, now = sys_session.c, clock.now()
    return (
        s.ended_at.is_(None),
        s.expires_at > now,
        s.created_at > now - limits.life_time,
        s.seen_at > now - limits.idle_time,
    )


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
        setting(LIMITS),
        second_factor.has_factor().label("has_factor"),
    )
    .join(sys_user, sys_user.c.id == sys_session.c.user_id)
    .where(sys_session.c.id == sa.bindparam("token_id"), *_GOOD)
)


def _end(conn: sa.Connection, why: str, *where: sa.ColumnElement[bool]) -> None:
    open_ones = sa.update(sys_session).where(sys_session.c.ended_at.is_(None), *where)
    conn.execute(open_ones.values(ended_at=clock.now(), ended_by=why))
