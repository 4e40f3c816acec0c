"""API tokens: a program acts as a person, within a scope and until a day.

A token names its org and is shown once; only its hash is kept. It is refused when it has run out or
was revoked, and when its owner may not sign in. What is refused is counted for each address.
Programs that look at the form of a token want the org's id before it, "00D…!trl_…": new tokens are
shown so, and good with and without.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from .. import audit, clock
from ..errors import NotFound, Problem, require
from ..i18n import _
from ..ids import org_id
from ..migrations.tables import sys_api_token, sys_app_grant, sys_app_token, sys_user
from .actor import Actor
from .sessions import SEEN_EVERY, WHEREABOUTS, Session, id_of
from .standing import AT_WORK, STANDING, actor_of_row, setting
from .whereabouts import ranges_of

PREFIX = "trl_"  # by which scanners for lost secrets know a token: trl_<org>.<43 signs>
LONGEST_NAME = 80
DAYS = (7, 30, 90, 180, 365)
USUAL_DAYS = 90
MOST = 50  # tokens of one person that are good at a time
_SHAPE = re.compile(r"(?:(00D[0-9A-Za-z]{12})!)?(trl_([a-z][a-z0-9_]{1,30})\.[A-Za-z0-9_-]{43})")
_SIGNS = string.ascii_letters + string.digits
_t = sys_api_token.c

REVOKED_BY_USER, REVOKED_BY_ADMIN = "the user", "an administrator"


class Scope(StrEnum):
    """What a program may do of what its owner may; each holds those before it."""

    READ = "read"
    WRITE = "write"
    SETUP = "setup"

    def covers(self, needed: Scope) -> bool:
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as its owner sees it in a list."""

    id: str
    user_id: str
    name: str
    scope: Scope
    hint: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_ip: str
    revoked_at: datetime | None

    @property
    def is_good(self) -> bool:
        return self.revoked_at is None and self.expires_at > clock.now()


@dataclass(frozen=True, slots=True)
class TokenDraft:
    """What somebody says about a new token."""

    name: str
    scope: str = Scope.READ
    days: int = USUAL_DAYS


def issue(conn: sa.Connection, draft: TokenDraft, by: Actor, ip: str = "") -> str:
    """Keeps a new token of the actor and returns it, for the only time. Raises Rejected."""
    name = draft.name.strip()
    require(check_draft(conn, draft, by))
    secret = new_secret()
    token, now = f"{PREFIX}{by.org}.{secret}", clock.now()
    row = {"id": id_of(token), "user_id": by.user_id, "name": name, "scope": Scope(draft.scope)}
    times = {"created_at": now, "expires_at": now + timedelta(days=draft.days)}
    conn.execute(sa.insert(sys_api_token).values(**row, hint=secret[-4:], **times))
    said = {"name": name, "scope": draft.scope, "expires": times["expires_at"].isoformat()}
    audit.record(conn, by, "api_token.created", _subject(by.user_id, by.name), None, said, ip=ip)
    return f"{org_id(by.org)[:15]}!{token}"


def new_secret() -> str:
    """Signs that nobody guesses: 256 bits, of letters and digits alone."""
    return "".join(secrets.choice(_SIGNS) for _n in range(43))


def check_draft(conn: sa.Connection, draft: TokenDraft, by: Actor) -> tuple[Problem, ...]:
    """Everything that is wrong with a new token."""
    choose = _("Choose one of the list.")
    problems = []
    if not 0 < len(draft.name.strip()) <= LONGEST_NAME:
        message = _("Enter a name of up to 80 characters.")
        problems.append(Problem("api_token.name", ("name",), message))
    if draft.scope not in tuple(Scope):
        problems.append(Problem("api_token.scope", ("scope",), choose))
    elif draft.scope == Scope.SETUP and not by.is_administrator:
        message = _("Only an administrator may give a program access to Setup.")
        problems.append(Problem("api_token.scope", ("scope",), message))
    if draft.days not in DAYS:
        problems.append(Problem("api_token.days", ("days",), choose))
    if sum(one.is_good for one in list_tokens(conn, by.user_id)) >= MOST:
        message = _("You have %(n)s tokens. Revoke one that nothing uses.", n=MOST)
        problems.append(Problem("api_token.too_many", (), message))
    return tuple(problems)


def get_token(conn: sa.Connection, token: str) -> ApiToken:
    """What is kept of a token that was just made; raises NotFound."""
    row = conn.execute(sa.select(*_COLUMNS).where(_t.id == id_of(_bare(token)))).one_or_none()
    if row is None:
        raise NotFound(_("There is no such token."))
    return _token(row)


def list_tokens(conn: sa.Connection, user_id: str) -> Sequence[ApiToken]:
    """The tokens that a user made and did not revoke, those that ran out too; newest first."""
    of_apps = sa.select(sys_app_token.c.id)
    mine = sa.select(*_COLUMNS).where(_t.user_id == user_id, _t.revoked_at.is_(None))
    mine = mine.where(_t.id.not_in(of_apps))
    return [_token(row) for row in conn.execute(mine.order_by(_t.created_at.desc(), _t.id))]


def revoke(
    conn: sa.Connection, user_id: str, token_id: str, by: Actor, name: str = "", ip: str = ""
) -> ApiToken:
    """Ends one token of that user at once. Raises NotFound for any other."""
    mine = sa.select(*_COLUMNS).where(_t.id == token_id, _t.user_id == user_id)
    row = conn.execute(mine.where(_t.revoked_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound(_("There is no such token."))
    found = replace(_token(row), revoked_at=clock.now())
    why = REVOKED_BY_USER if user_id == by.user_id else REVOKED_BY_ADMIN
    _end(conn, why, _t.id == token_id)
    said, subject = {"name": found.name}, _subject(user_id, name or by.name)
    audit.record(conn, by, "api_token.revoked", subject, said, None, ip=ip)
    return found


def revoke_all(conn: sa.Connection, user_id: str, why: str, by: Actor, name: str = "") -> int:
    """Ends every token of the user, those of apps too, and what apps could get new ones by.

    Returns how many tokens; `why` is that of the sessions' end.
    """
    grants = sa.update(sys_app_grant).where(sys_app_grant.c.user_id == user_id)
    conn.execute(grants.where(sys_app_grant.c.ended_at.is_(None)).values(ended_at=clock.now()))
    ended = _end(conn, why, _t.user_id == user_id)
    if ended:
        said = {"tokens": ended, "why": why}
        audit.record(conn, by, "api_token.revoked", _subject(user_id, name), said, None)
    return ended


# -- coming in with one


def org_of(token: str) -> str:
    """The key of the org that a token names; "" for what is no token."""
    found = _SHAPE.fullmatch(token)
    if found is None or found[1] not in (None, org_id(found[3])[:15]):
        return ""
    return found[3]


def _bare(token: str) -> str:
    """The token without the org's id."""
    return token.rpartition("!")[2]


def find_by_token(conn: sa.Connection, org: str, token: str) -> Session | None:
    """The way in that a token is at this moment, in one statement; None unless it is good."""
    asked = {"token_id": id_of(_bare(token)), "now": clock.now()}
    found = conn.execute(_FOUND, asked).one_or_none()
    if found is None:
        return None
    seen_at = found.used_at or found.created_at - SEEN_EVERY
    actor, name = actor_of_row(found, org), found.org_name or ""
    return Session(
        *(found.id, actor, seen_at, "system", "compact", False, name),
        zone=found.org_time_zone or "UTC",
        ranges=ranges_of(found.org_sign_in_ranges),
        scope=found.scope,
    )


def owner_of(conn: sa.Connection, token: str) -> str:
    """Whose token it is or was, for the history of who came in; "" for nobody's."""
    return conn.scalar(sa.select(_t.user_id).where(_t.id == id_of(_bare(token)))) or ""


def note_used(conn: sa.Connection, token_id: str, ip: str) -> None:
    mine = sa.update(sys_api_token).where(_t.id == token_id)
    conn.execute(mine.values(used_at=clock.now(), used_ip=ip))


def forget_old_tokens(conn: sa.Connection) -> int:
    """Deletes what ran out or was revoked half a year ago; returns how many."""
    limit = clock.now() - timedelta(days=180)
    over = sa.or_(_t.expires_at < limit, _t.revoked_at < limit)
    return conn.execute(sa.delete(sys_api_token).where(over)).rowcount


#: asked by every request of a program, so it is put together once
_FOUND = (
    sa.select(
        _t.id, _t.scope, _t.used_at, _t.created_at, *STANDING, setting("org.name"), *WHEREABOUTS
    )
    .join(sys_user, sys_user.c.id == _t.user_id)
    .where(_t.id == sa.bindparam("token_id"), _t.revoked_at.is_(None))
    .where(_t.expires_at > sa.bindparam("now"), *AT_WORK)
)
_COLUMNS = tuple(_t[name] for name in ApiToken.__slots__)


def _token(row: sa.Row[tuple[object, ...]]) -> ApiToken:
    values = dict(row._mapping)
    known = {"scope": Scope(values["scope"]), "used_ip": values["used_ip"] or ""}
    return ApiToken(**values | known)


def _end(conn: sa.Connection, why: str, where: sa.ColumnElement[bool]) -> int:
    open_ones = sa.update(sys_api_token).where(_t.revoked_at.is_(None), where)
    return conn.execute(open_ones.values(revoked_at=clock.now(), revoked_by=why)).rowcount


def _subject(user_id: str, name: str) -> audit.Subject:
    return audit.Subject("user", user_id, name)
