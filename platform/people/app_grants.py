"""What was granted to connected apps: codes for a minute, access for two hours, refresh for longer.

All that comes of one consent is a family. A code or a rotating refresh token is good once; shown a
second time somebody has stolen it, and its family ends. Access tokens are API tokens, so that they
end with their owner's standing like those.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from .. import clock
from ..ids import org_id
from ..migrations.tables import sys_api_token, sys_app_grant, sys_app_token
from .actor import Actor
from .api_tokens import PREFIX, Scope, new_secret
from .sessions import id_of

CODE_KEPT = timedelta(seconds=60)
ACCESS_KEPT = timedelta(hours=2)
REFRESH_KEPT = timedelta(days=90)
_SHAPE = re.compile(r"[cr]_([a-z][a-z0-9_]{1,30})\.[A-Za-z0-9]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_t, _a = sys_app_grant.c, sys_api_token.c


class Kind(StrEnum):
    """What a grant is shown as."""

    CODE = "code"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody allowed an app."""

    app_id: str
    user_id: str
    scope: Scope
    family: str
    stays: bool = False
    redirect_uri: str = ""
    challenge: str = ""


def org_of(secret: str) -> str:
    """The key of the org that a code or refresh token names; "" for what is none."""
    found = _SHAPE.fullmatch(secret)
    return found[1] if found else ""


def new_family() -> str:
    """The name of what begins with a consent."""
    return secrets.token_hex(16)


def issue_grant(conn: sa.Connection, kind: Kind, grant: Grant, org: str) -> str:
    """Keeps a code or refresh token and returns it, for the only time."""
    secret = f"{kind[0]}_{org}.{new_secret()}"
    now, kept = clock.now(), CODE_KEPT if kind is Kind.CODE else REFRESH_KEPT
    said = {name: getattr(grant, name) for name in Grant.__slots__}
    row = said | {"id": id_of(secret), "kind": kind, "created_at": now, "expires_at": now + kept}
    conn.execute(sa.insert(sys_app_grant).values(row))
    return secret


def redeem(
    conn: sa.Connection, kind: Kind, secret: str, app_id: str, *, spends: bool = True
) -> Grant | None:
    """What a code or refresh token of that app grants now; None for nothing.

    It is spent by that. One that is spent already ends its family: the caller commits that.
    """
    mine = sa.and_(_t.id == id_of(secret), _t.kind == kind, _t.app_id == app_id)
    columns = [_t[name] for name in Grant.__slots__]
    row = conn.execute(sa.select(*columns, _t.expires_at, _t.ended_at).where(mine)).one_or_none()
    if row is None:
        return None
    if row.ended_at is not None:
        end_family(conn, row.family)
        return None
    if row.expires_at <= clock.now():
        return None
    if spends:
        spent = sa.update(sys_app_grant).where(mine, _t.ended_at.is_(None))
        if conn.execute(spent.values(ended_at=clock.now())).rowcount != 1:
            end_family(conn, row.family)  # the same one was shown twice at this moment
            return None
    values = {name: row._mapping[name] for name in Grant.__slots__}
    return Grant(**values | {"scope": Scope(row.scope)})


def issue_access(conn: sa.Connection, grant: Grant, actor: Actor, name: str) -> str:
    """An access token of an app for the actor."""
    secret, now = new_secret(), clock.now()
    token = f"{PREFIX}{actor.org}.{secret}"
    row = {"id": id_of(token), "user_id": actor.user_id, "name": name, "scope": grant.scope}
    times = {"created_at": now, "expires_at": now + ACCESS_KEPT}
    conn.execute(sa.insert(sys_api_token).values(**row, hint=secret[-4:], **times))
    link = {"id": row["id"], "app_id": grant.app_id, "family": grant.family}
    conn.execute(sa.insert(sys_app_token).values(link))
    return f"{org_id(actor.org)[:15]}!{token}"


def is_challenge(text: str) -> bool:
    """Says whether it can be the SHA-256 of a verifier."""
    return bool(_CHALLENGE.fullmatch(text))


def answers(challenge: str, verifier: str) -> bool:
    """Says whether the verifier is the one that was announced (PKCE, S256)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    said = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    return hmac.compare_digest(said, challenge)


@dataclass(frozen=True, slots=True)
class Known:
    """A good access token of an app, for whoever introspects it."""

    user_id: str
    scope: Scope
    created_at: datetime
    expires_at: datetime


def find_access(conn: sa.Connection, token: str, app_id: str) -> Known | None:
    """The access token, if it is good and that app's own."""
    asked = sa.select(_a.user_id, _a.scope, _a.created_at, _a.expires_at)
    asked = asked.join(sys_app_token, sys_app_token.c.id == _a.id)
    asked = asked.where(_a.id == id_of(token.rpartition("!")[2]), sys_app_token.c.app_id == app_id)
    asked = asked.where(_a.revoked_at.is_(None), _a.expires_at > clock.now())
    row = conn.execute(asked).one_or_none()
    return Known(row.user_id, Scope(row.scope), row.created_at, row.expires_at) if row else None


def revoke(conn: sa.Connection, secret: str) -> bool:
    """Ends an access token of an app, or a refresh token with its family."""
    bare = id_of(secret.rpartition("!")[2])
    family = conn.scalar(sa.select(_t.family).where(_t.id == bare))
    if family is not None:
        end_family(conn, family)
        return True
    return _end_access(conn, sys_app_token.c.id == bare) > 0


def end_family(conn: sa.Connection, family: str) -> None:
    """Ends all that came of one consent."""
    _end_all(conn, _t.family == family, sys_app_token.c.family == family)


def end_grants_of_app(conn: sa.Connection, app_id: str) -> None:
    """Ends all that was granted to an app."""
    _end_all(conn, _t.app_id == app_id, sys_app_token.c.app_id == app_id)


def forget_old_grants(conn: sa.Connection) -> None:
    """Deletes grants that ran out half a year ago, and links of tokens that are gone."""
    limit = clock.now() - timedelta(days=180)
    conn.execute(sa.delete(sys_app_grant).where(_t.expires_at < limit))
    conn.execute(sa.delete(sys_app_token).where(sys_app_token.c.id.not_in(sa.select(_a.id))))


def _end_all(
    conn: sa.Connection, grants: sa.ColumnElement[bool], tokens: sa.ColumnElement[bool]
) -> None:
    open_ones = sa.update(sys_app_grant).where(grants, _t.ended_at.is_(None))
    conn.execute(open_ones.values(ended_at=clock.now()))
    _end_access(conn, tokens)


def _end_access(conn: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    of_app = sa.select(sys_app_token.c.id).where(where)
    open_ones = sa.update(sys_api_token).where(_a.revoked_at.is_(None), _a.id.in_(of_app))
    return conn.execute(open_ones.values(revoked_at=clock.now(), revoked_by="the app")).rowcount
