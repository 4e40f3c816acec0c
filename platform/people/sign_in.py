"""Signing in, choosing and changing a password: the order of steps in which nothing leaks.

Refused alike, in words and in time: an unknown user, a wrong password, somebody frozen or gone.
Passwords are hashed outside of transactions, which are short.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from .. import audit
from ..db.scope import OrgDatabase
from ..errors import Problem, Rejected, require
from ..i18n import _
from . import links, sessions, throttle, users
from .actor import Actor, system_actor
from .passwords import (
    PasswordHash,
    TooBusy,
    check_password,
    hash_password,
    needs_rehash,
    verify_nobody,
    verify_password,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    user: users.User
    password_hash: PasswordHash


def sign_in(db: OrgDatabase, username: str, password: str, origin: Origin) -> str:
    """The token of a new session.

    Raises Rejected (`sign_in.refused`, one for every cause), TooManyTries, TooBusy.
    """
    begun = throttle.begin_try(db, username, origin.ip, origin.user_agent)
    known = _find_known(db, username)
    try:
        is_right = _is_right(known, password)
    except TooBusy:
        throttle.withdraw_try(db, begun)
        raise
    if known is None or not is_right or not known.user.may_sign_in:
        user_id = known.user.id if known else None
        db.transact(lambda conn: throttle.settle_try(conn, begun, throttle.FAILED, user_id))
        raise _refused()
    fresh = hash_password(password) if needs_rehash(known.password_hash) else None

    def start(conn: sa.Connection) -> str:
        user = users.find_user(conn, known.user.id)
        # Frozen, or given another password, since it was checked above?
        current = users.password_hash_of(conn, known.user.id)
        if user is None or not user.may_sign_in or current != known.password_hash:
            raise _refused()
        if fresh:
            users.rehash_password(conn, user.id, fresh)
        throttle.settle_try(conn, begun, throttle.SIGNED_IN, user.id)
        users.note_login(conn, user.id)
        actor = actor_of(user, db.key)
        audit.record(conn, actor, "session.started", user.subject, ip=origin.ip)
        return sessions.start_session(conn, user.id, origin.ip, origin.user_agent)

    return db.transact(start)


def sign_out(db: OrgDatabase, session: sessions.Session) -> None:
    def end(conn: sa.Connection) -> None:
        sessions.end_session(conn, session.id)
        subject = audit.Subject("user", session.actor.user_id, session.actor.name)
        audit.record(conn, session.actor, "session.ended", subject)

    db.transact(end)


def change_password(
    db: OrgDatabase, session: sessions.Session, old: str, new: str, origin: Origin
) -> str:
    """Changes one's own password and returns the token of a fresh session; all others end.

    Raises Rejected (`password.wrong`, or why the new one is too weak), TooManyTries, TooBusy.
    """
    with db.read() as conn:
        user = users.get_user(conn, session.actor.user_id)
        current = users.password_hash_of(conn, user.id)
    begun = throttle.begin_try(db, user.username, origin.ip, origin.user_agent)
    if current is None or not verify_password(current, old):
        db.transact(lambda conn: throttle.settle_try(conn, begun, throttle.FAILED, user.id))
        raise Rejected(Problem("password.wrong", ("old",), _("This is not your password.")))
    throttle.withdraw_try(db, begun)
    require(check_new_password(user, new, old))
    fresh = hash_password(new)

    def change(conn: sa.Connection) -> str:
        if users.password_hash_of(conn, user.id) != current:
            raise _refused()
        users.set_password(conn, user.id, fresh, session.actor)
        return sessions.start_session(conn, user.id, origin.ip, origin.user_agent)

    return db.transact(change)


def choose_password(db: OrgDatabase, token: str, new: str, origin: Origin) -> str:
    """Sets the password by a one-time link and returns the token of a session.

    Raises Rejected (`link.spent`, or why the password is too weak; the link then stays good).
    """
    with db.read() as conn:
        link = links.find_link(conn, token)
        user = users.find_user(conn, link.user_id) if link else None
    if user is not None:
        require(check_new_password(user, new))
    fresh = hash_password(new) if user is not None else PasswordHash("")

    def choose(conn: sa.Connection) -> str:
        used = links.use_link(conn, token)
        owner = users.get_user(conn, used.user_id)
        users.set_password(conn, owner.id, fresh, actor_of(owner, db.key))
        users.note_login(conn, owner.id)
        return sessions.start_session(conn, owner.id, origin.ip, origin.user_agent)

    return db.transact(choose)


def refuse_weak(user: users.User, new: str) -> None:
    """Raises Rejected when this user may not take that password."""
    require(check_new_password(user, new))


def check_new_password(user: users.User, new: str, old: str = "") -> tuple[Problem, ...]:
    """Why this user may not take that password."""
    if new and new == old:
        same = _("This is the password you have.")
        return (Problem("password.same", ("password",), same, _("Choose another one.")),)
    return check_password(new, (user.username, user.email, user.first_name, user.last_name))


def actor_of(user: users.User, org: str) -> Actor:
    """The user as an actor; for what they do on the way in."""
    if not user.may_sign_in:
        return system_actor(org, "acting for a user who may not sign in")
    spoken = (user.language, user.locale, user.time_zone, user.currency or "USD")
    return Actor(user.id, user.name, org, user.profile, *spoken)


def _find_known(db: OrgDatabase, username: str) -> _Known | None:
    try:
        with db.read() as conn:
            found = users.find_to_sign_in(conn, username[:200])
    except Rejected:  # text that no database takes, such as a NUL, is nobody's name
        return None
    return _Known(*found) if found else None


def _is_right(known: _Known | None, password: str) -> bool:
    if known is None:
        return verify_nobody(password)
    return verify_password(known.password_hash, password)


def _refused() -> Rejected:
    message = _("The user name or the password is not right.")
    hint = _("Check both, and whether Caps Lock is on.")
    return Rejected(Problem("sign_in.refused", (), message, hint))
