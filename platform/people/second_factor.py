"""The second factor: a code of an authenticator app (RFC 6238), or a recovery code, once each.

The secret is sealed, recovery codes are kept as hashes. A code is taken half a minute early or late
and never twice. An org may ask for it of its administrators or of everybody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from .. import audit, clock
from ..errors import Problem, Rejected
from ..i18n import _, lazy
from ..migrations.tables import sys_second_factor, sys_user
from ..org_settings import read_setting, save_setting
from ..vault import vault
from .actor import ADMIN, Actor

STEP = 30  # seconds that a code is shown
DIGITS = 6
RECOVERY_CODES = 10
SETTING = "org.second_factor"
NOBODY, ADMINISTRATORS, EVERYBODY = "nobody", "administrators", "everybody"
POLICIES: Mapping[str, Any] = {
    NOBODY: lazy("Nobody; whoever wants may set it up"),
    ADMINISTRATORS: lazy("Administrators"),
    EVERYBODY: lazy("Everybody"),
}
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is taken for another
_f = sys_second_factor.c


def has_factor() -> sa.ColumnElement[bool]:
    """Whether the user of a row of sys_user signs in with a code."""
    return sa.exists().where(_f.user_id == sys_user.c.id, _f.confirmed_at.is_not(None))


def is_on(conn: sa.Connection, user_id: str) -> bool:
    """Says whether the user signs in with a code."""
    mine = sa.select(_f.user_id).where(_f.user_id == user_id, _f.confirmed_at.is_not(None))
    return conn.scalar(mine) is not None


def is_asked_of(profile: str, policy: str | None) -> bool:
    """Says whether a policy asks the users of a profile for it."""
    return policy == EVERYBODY or (policy == ADMINISTRATORS and profile == ADMIN)


# -- setting it up


def begin(conn: sa.Connection, user_id: str) -> str:
    """The secret in Base32, good once a code of it is confirmed; the one begun before, if any."""
    row = conn.execute(sa.select(_f.secret, _f.confirmed_at).filter_by(user_id=user_id)).first()
    if row is not None:
        if row.confirmed_at is not None:
            raise Rejected(Problem("second_factor.on", (), _("The second factor is on already.")))
        return _opened(row.secret, user_id)
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    sealed = vault().seal(secret, _context(user_id))
    values = {"secret": sealed, "last_step": 0, "recovery": [], "created_at": clock.now()}
    conn.execute(sa.insert(sys_second_factor).values(user_id=user_id, **values))
    return secret


def pending(conn: sa.Connection, user_id: str) -> str:
    """The secret that waits for its first code; "" when none was begun."""
    mine = sa.select(_f.secret).where(_f.user_id == user_id, _f.confirmed_at.is_(None))
    sealed = conn.scalar(mine)
    return _opened(str(sealed), user_id) if sealed else ""


def uri_of(secret: str, company: str, username: str) -> str:
    """The address that an authenticator app reads from a picture."""
    label = quote(f"{company}:{username}", safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(company, safe='')}"


def confirm(conn: sa.Connection, by: Actor, code: str) -> tuple[str, ...]:
    """Turns it on by a first code and returns the recovery codes, which are kept nowhere."""
    row = _row(conn, by.user_id)
    if row is None or row.confirmed_at is not None or not _take_code(conn, row, code):
        raise refused()
    codes = tuple(_recovery_code() for _n in range(RECOVERY_CODES))
    kept = {"confirmed_at": clock.now(), "recovery": [_hash(one) for one in codes]}
    conn.execute(sa.update(sys_second_factor).where(_f.user_id == by.user_id).values(kept))
    audit.record(conn, by, "second_factor.on", audit.Subject("user", by.user_id, by.name))
    return codes


def turn_off(conn: sa.Connection, user_id: str, name: str, by: Actor) -> bool:
    """Removes it; False when there was none. For the user, and for an administrator."""
    done = conn.execute(sa.delete(sys_second_factor).where(_f.user_id == user_id)).rowcount
    if done:
        audit.record(conn, by, "second_factor.off", audit.Subject("user", user_id, name))
    return bool(done)


# -- signing in with it


def take(conn: sa.Connection, user_id: str, code: str) -> bool:
    """Says whether the code is right, and uses it up: one of the app, or a recovery code."""
    row = _row(conn, user_id)
    if row is None or row.confirmed_at is None:
        return False
    return _take_code(conn, row, code) or _take_recovery(conn, row, code)


def recovery_left(conn: sa.Connection, user_id: str) -> int:
    """How many recovery codes are still good."""
    kept = conn.scalar(sa.select(_f.recovery).where(_f.user_id == user_id))
    return len(kept or ())


def _take_code(conn: sa.Connection, row: Any, code: str) -> bool:
    """Of two who send one code at the same moment one succeeds."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return False
    now = int(clock.now().timestamp()) // STEP
    key = base64.b32decode(_opened(row.secret, row.user_id))
    app = TOTP(key, DIGITS, SHA1(), STEP)  # noqa: S303 - what authenticator apps speak
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(app.generate(step * STEP), digits.encode()):
            fresh = sa.and_(_f.user_id == row.user_id, _f.last_step < step)
            taken = sa.update(sys_second_factor).where(fresh).values(last_step=step)
            return conn.execute(taken).rowcount == 1
    return False


def _take_recovery(conn: sa.Connection, row: Any, code: str) -> bool:
    found = _hash("".join(code.split()).replace("-", "").lower())
    left = [one for one in row.recovery or () if not hmac.compare_digest(one, found)]
    if len(left) == len(row.recovery or ()):
        return False
    mine = sa.update(sys_second_factor).where(_f.user_id == row.user_id)
    conn.execute(mine.values(recovery=left))
    return True


def _row(conn: sa.Connection, user_id: str) -> Any:
    mine = sa.select(sys_second_factor).where(_f.user_id == user_id)
    return conn.execute(mine.with_for_update()).one_or_none()


# -- what the org asks for


def read_policy(conn: sa.Connection) -> str:
    kept = read_setting(conn, SETTING)
    return str(kept) if kept in POLICIES else NOBODY


def save_policy(conn: sa.Connection, policy: str, by: Actor) -> None:
    """Keeps of whom the org asks a second factor."""
    if policy not in POLICIES:
        message = _("Choose one of the list.")
        raise Rejected(Problem("second_factor.policy", ("policy",), message))
    before = read_policy(conn)
    save_setting(conn, SETTING, policy)
    subject = audit.Subject("sign-in policy")
    changes = {"second_factor": before}, {"second_factor": policy}
    audit.record(conn, by, "sign_in_policy.changed", subject, *changes)


def _recovery_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _n in range(12))


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _opened(sealed: str, user_id: str) -> str:
    return vault().open(sealed, _context(user_id))


def _context(user_id: str) -> str:
    return f"second factor of {user_id}"


def refused() -> Rejected:
    """What is said of a wrong code."""
    hint = _("Check the time of your phone, then enter the code it shows now.")
    return Rejected(Problem("second_factor.wrong", ("code",), _("This code is not right."), hint))
