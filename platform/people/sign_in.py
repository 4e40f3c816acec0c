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
from . import links, second_factor, sessions, throttle, users, viewing
from .actor import Actor
from .passwords import (
    PasswordHash,
    TooBusy,
    check_password,
    hash_password,
    needs_rehash,
    verify_nobody,
    verify_password,
)
from .standing import find_actor
from .whereabouts import Admits


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    user: users.User
    password_hash: PasswordHash


def sign_in(
    db: OrgDatabase,
    username: str,
    password: str,
    origin: Origin,
    admits: Admits | None = None,
) -> str:
    """The token of a new session.

    Raises Rejected (`sign_in.refused`, one for every cause), TooManyTries, TooBusy.
    Whoever has said the right password is told why `admits` keeps them out.
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
    if admits is not None:
        _refuse_elsewhere(db, known.user, begun, origin, admits)
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
        actor = _acting(conn, db.key, user.id)
        audit.record(conn, actor, "session.started", user.subject, ip=origin.ip)
        return sessions.start_session(conn, user.id, origin.ip, origin.user_agent)

    return db.transact(start)


def _refuse_elsewhere(
    db: OrgDatabase, user: users.User, begun: throttle.Try, origin: Origin, admits: Admits
) -> None:
    """Raises Rejected when the user may not come in from there or then; noted in the history."""
    with db.read() as conn:
        problem = admits(conn, db, _acting(conn, db.key, user.id), origin.ip)
    if problem is not None:
        db.transact(lambda conn: throttle.settle_try(conn, begun, throttle.ELSEWHERE, user.id))
        raise Rejected(problem)


def sign_out(db: OrgDatabase, session: sessions.Session) -> None:
    def end(conn: sa.Connection) -> None:
        if session.viewing is not None:
            viewing.end(conn, session.id, session.person, session.viewing)
        sessions.end_session(conn, session.id)
        subject = audit.Subject("user", session.person.user_id, session.person.name)
        audit.record(conn, session.person, "session.ended", subject)

    db.transact(end)


def confirm_password(
    db: OrgDatabase, session: sessions.Session, password: str, origin: Origin
) -> tuple[users.User, PasswordHash]:
    """Who is signed in, and what is kept of their password, once they have said it again.

    Raises Rejected (`password.wrong`), TooManyTries, TooBusy.
    """
    with db.read() as conn:
        user = users.get_user(conn, session.actor.user_id)
        current = users.password_hash_of(conn, user.id)
    begun = throttle.begin_try(db, user.username, origin.ip, origin.user_agent)
    if current is None or not verify_password(current, password):
        db.transact(lambda conn: throttle.settle_try(conn, begun, throttle.FAILED, user.id))
        raise Rejected(Problem("password.wrong", ("old",), _("This is not your password.")))
    throttle.withdraw_try(db, begun)
    return user, current


def change_password(
    db: OrgDatabase, session: sessions.Session, old: str, new: str, origin: Origin
) -> str:
    """Changes one's own password and returns the token of a fresh session; all others end.

    Raises Rejected (`password.wrong`, or why the new one is too weak), TooManyTries, TooBusy.
    """
    user, current = confirm_password(db, session, old, origin)
    require(check_new_password(user, new, old))
    fresh = hash_password(new)

    def change(conn: sa.Connection) -> str:
        if users.password_hash_of(conn, user.id) != current:
            raise _refused()
        users.set_password(conn, user.id, fresh, session.actor)
        return sessions.start_session(conn, user.id, origin.ip, origin.user_agent, is_sure=True)

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
        users.set_password(conn, owner.id, fresh, _acting(conn, db.key, owner.id))
        users.note_login(conn, owner.id)
        return sessions.start_session(conn, owner.id, origin.ip, origin.user_agent)

    return db.transact(choose)


def enter_code(db: OrgDatabase, session: sessions.Session, code: str, origin: Origin) -> str:
    """The token of a session that is sure by the code of the second factor; the half one ends.

    Raises Rejected (`second_factor.wrong`) or TooManyTries.
    """
    with db.read() as conn:
        user = users.get_user(conn, session.actor.user_id)
    begun = throttle.begin_try(db, user.username, origin.ip, origin.user_agent)

    def enter(conn: sa.Connection) -> str:
        is_right = second_factor.take(conn, user.id, code)
        outcome = throttle.SIGNED_IN if is_right else throttle.FAILED
        throttle.settle_try(conn, begun, outcome, user.id)
        if not is_right:
            return ""
        sessions.end_session(conn, session.id, sessions.REPLACED)
        return sessions.start_session(conn, user.id, origin.ip, origin.user_agent, is_sure=True)

    if not (token := db.transact(enter)):
        raise second_factor.refused()
    return token


def refuse_weak(user: users.User, new: str) -> None:
    """Raises Rejected when this user may not take that password."""
    require(check_new_password(user, new))


def check_new_password(user: users.User, new: str, old: str = "") -> tuple[Problem, ...]:
    """Why this user may not take that password."""
    if new and new == old:
        same = _("This is the password you have.")
        return (Problem("password.same", ("password",), same, _("Choose another one.")),)
    return check_password(new, (user.username, user.email, user.first_name, user.last_name))


def _acting(conn: sa.Connection, org: str, user_id: str) -> Actor:
    """The user as an actor, for what they do on the way in; nobody who may not come in."""
    if (found := find_actor(conn, org, user_id)) is None:
        raise _refused()
    return found


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
