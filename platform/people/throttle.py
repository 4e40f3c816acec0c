"""How often may one try: ten failures in fifteen minutes for a user name, more for an address.

Each try is a row of sys_signin, committed before the password is looked at and counted after that,
so tries at the same moment see each other. A refused try leaves no row: who is locked out gets in
again fifteen minutes after the tenth failure, however often others keep knocking.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from .. import clock
from ..db.scope import OrgDatabase
from ..db.types import fold
from ..errors import TrellisError
from ..i18n import _
from ..migrations.tables import sys_signin

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=180)
PER_ACCOUNT = 10
PER_ADDRESS = 30  # an office shares one

TRYING, FAILED, SIGNED_IN, ASKED = "trying", "failed", "signed in", "asked for a link"
ELSEWHERE = "not from there or then"
BAD_TOKEN = "token refused"  # noqa: S105 - an outcome
_COUNTED = {TRYING: (TRYING, FAILED), ASKED: (ASKED,)}  # what counts against which kind of try
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class TooManyTries(TrellisError):
    """This user name or this address has failed too often of late."""

    status = 429
    retry_after = int(WINDOW.total_seconds())


@dataclass(frozen=True, slots=True)
class Try:
    """One counted try, to be settled by its outcome."""

    id: int
    username_key: str
    address: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """A try to sign in, as the history shows it."""

    at: datetime
    outcome: str
    ip: str
    user_agent: str


def begin_try(db: OrgDatabase, username: str, ip: str, user_agent: str, what: str = TRYING) -> Try:
    """Counts a try. Raises TooManyTries when the account or the address has none left."""
    key, address = key_of(username), address_of(ip)
    with db.read() as conn:
        _refuse_beyond(conn, key, address, _COUNTED[what], spare=1)
    row = {"username_key": key, "ip": address, "user_agent": user_agent[:300], "outcome": what}

    def insert(conn: sa.Connection) -> int:
        done = conn.execute(sa.insert(sys_signin).values(at=clock.now(), **row))
        return int((done.inserted_primary_key or (0,))[0])

    begun = Try(db.transact(insert), key, address)
    try:
        with db.read() as conn:
            _refuse_beyond(conn, key, address, _COUNTED[what], spare=0)
    except TooManyTries:
        withdraw_try(db, begun)
        raise
    return begun


def settle_try(conn: sa.Connection, begun: Try, outcome: str, user_id: str | None = None) -> None:
    """Notes how the try ended. A sign-in forgives the earlier failures of its account."""
    row = sa.update(sys_signin).where(sys_signin.c.id == begun.id)
    conn.execute(row.values(outcome=outcome, user_id=user_id))
    if outcome == SIGNED_IN:
        own = sa.update(sys_signin).where(
            sys_signin.c.username_key == begun.username_key,
            sys_signin.c.outcome == FAILED,
            sys_signin.c.at > clock.now() - WINDOW,
        )
        conn.execute(own.values(outcome="forgiven"))


def withdraw_try(db: OrgDatabase, begun: Try) -> None:
    """The try did not take place after all: nothing was looked at."""
    db.transact(lambda conn: conn.execute(sa.delete(sys_signin).where(sys_signin.c.id == begun.id)))


def count_bad_token(db: OrgDatabase, ip: str, user_agent: str, user_id: str) -> None:
    """Counts an API token that was refused. Raises TooManyTries beyond the limit of an address.

    Counted apart from passwords: a program that was forgotten keeps nobody in its office out.
    """
    address, s = address_of(ip), sys_signin.c
    recent = sa.and_(s.ip == address, s.outcome == BAD_TOKEN, s.at > clock.now() - WINDOW)
    with db.read() as conn:
        if (conn.scalar(sa.select(sa.func.count()).where(recent)) or 0) >= PER_ADDRESS:
            raise TooManyTries(_("Too many tries. Wait 15 minutes, then try again."))
    row = {"username_key": "", "ip": address, "user_agent": user_agent, "outcome": BAD_TOKEN}
    said = sa.insert(sys_signin).values(at=clock.now(), user_id=user_id or None, **row)
    db.transact(lambda conn: conn.execute(said))


def history_of(conn: sa.Connection, user_id: str, limit: int) -> tuple[SignIn, ...]:
    """How signing in as this user went lately, latest first."""
    s = sys_signin.c
    mine = sa.select(s.at, s.outcome, s.ip, s.user_agent).where(s.user_id == user_id)
    rows = conn.execute(mine.order_by(s.id.desc()).limit(limit))
    return tuple(SignIn(row.at, row.outcome, row.ip or "", row.user_agent or "") for row in rows)


def forget_old_tries(conn: sa.Connection) -> int:
    """Deletes the history of sign-ins older than half a year; returns how many rows."""
    limit = clock.now() - KEPT
    return conn.execute(sa.delete(sys_signin).where(sys_signin.c.at < limit)).rowcount


def key_of(username: str) -> str:
    """The user name as a key: the same for every spelling that would find the same user."""
    return clean(fold(clean(username.strip()[:200])))


def clean(text: str) -> str:
    """The text without what no database or terminal should get."""
    return _UNFIT.sub("?", text)


def address_of(ip: str) -> str:
    """The address that is counted: of IPv6 the /64, which one household or server has whole."""
    try:
        address = ipaddress.ip_address(ip.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _refuse_beyond(
    conn: sa.Connection, key: str, address: str, counted: tuple[str, ...], *, spare: int
) -> None:
    recent = sa.and_(sys_signin.c.outcome.in_(counted), sys_signin.c.at > clock.now() - WINDOW)
    count = sa.select(sa.func.count()).select_from(sys_signin).where(recent)
    of_account = conn.scalar(count.where(sys_signin.c.username_key == key)) or 0
    of_address = conn.scalar(count.where(sys_signin.c.ip == address)) or 0
    if of_account + spare > PER_ACCOUNT or of_address + spare > PER_ADDRESS:
        raise TooManyTries(_("Too many tries. Wait 15 minutes, then try again."))
