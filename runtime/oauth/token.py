"""Where apps get tokens, give them back and ask after them. No cookie counts here.

Whatever is wrong with a code, a secret or a refresh token is told in the same words, and counted
for the address it came from.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from ...platform import clock
from ...platform.db.scope import OrgDatabase
from ...platform.errors import TrellisError
from ...platform.migrations.tables import sys_user
from ...platform.people import app_grants, connected_apps, throttle
from ...platform.people.api_tokens import org_of
from ...platform.people.app_grants import ACCESS_KEPT, Grant, Kind
from ...platform.people.connected_apps import ConnectedApp
from ...platform.people.standing import find_actor
from ...platform.web.access import ANYONE, requires
from ...platform.web.current import orgs, origin
from ...platform.web.security import csrf
from ..api.call import Answer
from ..api.edge import written
from ..api.versions import base_url, identity_url
from .admission import why_not
from .blueprint import oauth
from .scopes import Asked, asked_of

LARGEST = 64 * 1024  # bytes of a body


class Failed(Exception):
    """What an app is told that gets nothing; raised after what was found out is kept."""

    def __init__(self, error: str, why: str, status: int = 400, *, counts: bool = False) -> None:
        super().__init__(why)
        self.error, self.why, self.status, self.counts = error, why, status, counts


@dataclass(frozen=True, slots=True)
class Caller:
    """An app that proved to be itself, or a public one that cannot."""

    db: OrgDatabase
    app: ConnectedApp
    secret: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a grant gives: it goes to whom, and whether a refresh token goes with it."""

    grant: Grant
    refresh: bool = False  # a new one


NO_CLIENT = ("invalid_client", "invalid client credentials")


def answered(work: Callable[[], Any]) -> Response:
    """The response of an endpoint to the present request."""
    request.max_content_length = LARGEST
    try:
        return written(Answer(work()))
    except Failed as failed:
        return _told(failed)
    except TrellisError as refused:
        if refused.status >= 500:
            raise
        return _told(Failed("invalid_request", str(refused), refused.status))


def _told(failed: Failed) -> Response:
    response = written(
        Answer({"error": failed.error, "error_description": failed.why}, failed.status)
    )
    if failed.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="OAuth"'
    return response


@csrf.exempt  # type: ignore[untyped-decorator]  # the library has no types
@oauth.post("/services/oauth2/token")
@requires(ANYONE)
def token() -> Response:
    """An access token for a code, a refresh token, or an app's own credentials."""
    return answered(_token)


@csrf.exempt  # type: ignore[untyped-decorator]
@oauth.post("/services/oauth2/revoke")
@requires(ANYONE)
def revoke() -> Response:
    """Ends a token of an app; who has it may do so. One that nobody knows is ended already."""
    return answered(_revoke)


@csrf.exempt  # type: ignore[untyped-decorator]
@oauth.post("/services/oauth2/introspect")
@requires(ANYONE)
def introspect() -> Response:
    """Tells an app with a secret of one of its own tokens."""
    return answered(_introspect)


def _token() -> dict[str, Any]:
    kind = request.form.get("grant_type", "")
    if (giving := GRANTS.get(kind)) is None:
        raise Failed("unsupported_grant_type", "grant type not supported")
    caller = _caller()

    def give(conn: sa.Connection) -> dict[str, Any] | Failed:
        found = giving(conn, caller)
        return found if isinstance(found, Failed) else _given(conn, caller, found)

    said = caller.db.transact(give)  # a bad grant is kept, too: it may have ended a family
    if isinstance(said, Failed):
        if said.counts:
            _count(caller.db)
        raise said
    return said


# -- who calls


def _caller() -> Caller:
    """The app that calls; raises Failed, and TooManyTries for too many bad ones."""
    basic = request.authorization
    is_basic = basic is not None and basic.type == "basic"
    client = (basic.username if is_basic and basic else request.form.get("client_id")) or ""
    secret = (basic.password if is_basic and basic else request.form.get("client_secret")) or ""
    no_client = Failed(*NO_CLIENT, 401 if is_basic else 400)
    try:
        db = orgs().open(connected_apps.org_of(client))
    except TrellisError:
        raise no_client from None
    with db.read() as conn:
        app = connected_apps.find_app(conn, client)
        is_it = app is not None and (
            app.is_public or connected_apps.is_secret_of(conn, app, secret)
        )
    if app is None or not is_it:
        _count(db)
        raise no_client
    return Caller(db, app, secret)


def _count(db: OrgDatabase) -> None:
    throttle.count_bad_token(db, origin().ip, origin().user_agent, "")


# -- what is shown for a token


def _by_code(conn: sa.Connection, caller: Caller) -> Given | Failed:
    form = request.form
    grant = app_grants.redeem(conn, Kind.CODE, form.get("code", ""), caller.app.id)
    is_right = (
        grant is not None
        and hmac.compare_digest(grant.redirect_uri.encode(), form.get("redirect_uri", "").encode())
        and app_grants.answers(grant.challenge, form.get("code_verifier", ""))
    )
    if grant is None or not is_right:
        return Failed("invalid_grant", "invalid authorization code", counts=True)
    return Given(grant, refresh=grant.stays)


def _by_refresh(conn: sa.Connection, caller: Caller) -> Given | Failed:
    rotates = caller.app.rotates or caller.app.is_public
    secret = request.form.get("refresh_token", "")
    grant = app_grants.redeem(conn, Kind.REFRESH, secret, caller.app.id, spends=rotates)
    if grant is None:
        return Failed("invalid_grant", "expired access/refresh token", counts=True)
    return Given(grant, refresh=rotates)


def _by_itself(conn: sa.Connection, caller: Caller) -> Given | Failed:
    app = caller.app
    if app.is_public or app.run_as is None:
        return Failed("invalid_grant", "no client credentials user enabled")
    return Given(Grant(app.id, app.run_as, app.scope, app_grants.new_family()))


GRANTS: dict[str, Callable[[sa.Connection, Caller], Given | Failed]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "client_credentials": _by_itself,
}


# -- what is given


def _given(conn: sa.Connection, caller: Caller, given: Given) -> dict[str, Any]:
    """A token in the shape of the ecosystem, for whoever may have it from here and now.

    Raises Failed for others, which leaves what they showed unspent.
    """
    app, db, grant = caller.app, caller.db, given.grant
    actor = find_actor(conn, db.key, grant.user_id)
    if actor is None:
        raise Failed("invalid_grant", "inactive user")
    if why := why_not(conn, db, app, actor, origin().ip):
        raise Failed("invalid_grant", why)
    most = asked_of("full" if grant.scope == "setup" else "api", app, actor)
    scope = most.scope if most and not most.scope.covers(grant.scope) else grant.scope
    grant = replace(grant, scope=scope)
    access = app_grants.issue_access(conn, grant, actor, app.name)
    issued, identity = int(clock.now().timestamp() * 1000), identity_url(db.key, actor.user_id)
    said = {
        "access_token": access,
        "signature": _signature(caller.secret, f"{identity}{issued}"),
        "scope": Asked(scope, grant.stays).text,
        "instance_url": base_url(),
        "id": identity,
        "token_type": "Bearer",
        "issued_at": str(issued),
        "expires_in": int(ACCESS_KEPT.total_seconds()),
    }
    if given.refresh:
        said["refresh_token"] = app_grants.issue_grant(conn, Kind.REFRESH, grant, db.key)
    return said


def _signature(secret: str, text: str) -> str:
    """By which an app sees that the identity is ours; made with its secret as it was sent."""
    if not secret:
        return ""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha256)).decode()


# -- giving back, asking after


def _revoke() -> None:
    secret = request.form.get("token", "")
    if not secret:
        raise Failed("invalid_request", "token is missing")
    try:
        db = orgs().open(org_of(secret) or app_grants.org_of(secret))
    except TrellisError:
        return
    if not db.transact(lambda conn: app_grants.revoke(conn, secret)):
        _count(db)


def _introspect() -> dict[str, Any]:
    caller = _caller()
    if caller.app.is_public:
        raise Failed(*NO_CLIENT)
    with caller.db.read() as conn:
        found = app_grants.find_access(conn, request.form.get("token", ""), caller.app.id)
        actor = find_actor(conn, caller.db.key, found.user_id) if found else None
        if found is None or actor is None:
            return {"active": False}
        name = conn.scalar(sa.select(sys_user.c.username).where(sys_user.c.id == actor.user_id))
    return {
        "active": True,
        "scope": Asked(found.scope, stays=False).text,
        "client_id": caller.app.id,
        "username": name,
        "sub": identity_url(caller.db.key, actor.user_id),
        "token_type": "access_token",
        "iat": int(found.created_at.timestamp()),
        "nbf": int(found.created_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
    }
