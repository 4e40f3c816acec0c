"""The page on which somebody signed in lets an app in: it is sent away with a code, or without.

Nobody is sent to an address that the app did not give beforehand, letter by letter. Every app has
to announce a verifier (PKCE), so that a code is of no use to whoever catches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import Response, make_response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from ...platform import audit
from ...platform.i18n import _
from ...platform.people.app_grants import Grant, Kind, is_challenge, issue_grant, new_family
from ...platform.people.connected_apps import ConnectedApp, find_app
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.current import company_name, origin, own_db
from ...platform.web.security import CONTENT_SECURITY_POLICY
from ..web.api_tokens import SCOPES
from ..web.scope import here
from .admission import why_not
from .blueprint import oauth
from .scopes import Asked, asked_of

SENT = (
    *("client_id", "redirect_uri", "response_type", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)
LONGEST_STATE = 2000
Said = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """An app that may be answered, at the address to which it wants to be."""

    app: ConnectedApp
    address: str
    said: Said

    def back(self, **answer: str) -> Response:
        """Sends the reader to the app with an answer."""
        state = self.said.get("state")
        sent = answer | ({"state": state} if state else {})
        joint = "&" if urlsplit(self.address).query else "?"
        return make_response(redirect(f"{self.address}{joint}{urlencode(sent)}", 303))

    def refused(self, error: str, why: str) -> Response:
        return self.back(error=error, error_description=why)


@oauth.get("/services/oauth2/authorize")
@requires(SIGNED_IN)
def authorize() -> Response:
    """Says which app would act for the reader, and asks."""
    wish = _wish(request.args)
    if isinstance(wish, Response):
        return wish
    asked = _asked(wish)
    return asked if isinstance(asked, Response) else _page(wish, asked)


@oauth.post("/services/oauth2/authorize")
@requires(SIGNED_IN)
def decide() -> Response:
    """Gives the app its code, or tells it that the reader said no."""
    wish = _wish(request.form)
    if isinstance(wish, Response):
        return wish
    asked = _asked(wish)
    if isinstance(asked, Response):
        return asked
    if request.form.get("decision") != "allow":
        return wish.refused("access_denied", "end-user denied authorization")
    scope, app = here(), wish.app
    grant = Grant(
        app.id, scope.actor.user_id, asked.scope, new_family(), asked.stays, wish.address,
        wish.said["code_challenge"],
    )  # fmt: skip

    def allow(conn: sa.Connection) -> str:
        subject = audit.Subject("connected app", app.id, app.name)
        said = {"scope": asked.scope.value, "stays": asked.stays}
        who, ip = scope.actor, origin().ip
        audit.record(conn, who, "connected_app.allowed", subject, None, said, ip=ip)
        return issue_grant(conn, Kind.CODE, grant, scope.actor.org)

    return wish.back(code=own_db().transact(allow))


def _wish(said: Said) -> Wish | Response:
    """The app and its address; a page for whoever must not be sent anywhere."""
    address, client = said.get("redirect_uri", ""), said.get("client_id", "")
    with here().read() as conn:
        app = find_app(conn, client)
    if app is None:
        return _refusal(_("%(company)s knows no app of this client id.", company=company_name()))
    if address not in app.redirect_uris:
        return _refusal(_("The app asks to be answered at an address that is not among its own."))
    return Wish(app, address, said)


def _asked(wish: Wish) -> Asked | Response:
    """What the app would get; an answer to it for what is not right."""
    said, scope = wish.said, here()
    if any(len(said.getlist(name)) > 1 for name in SENT):
        return wish.refused("invalid_request", "a parameter is given twice")
    if said.get("response_type") != "code":
        return wish.refused("unsupported_response_type", "response_type must be code")
    if len(said.get("state", "")) > LONGEST_STATE:
        return wish.refused("invalid_request", "state is too long")
    is_plain = said.get("code_challenge_method") != "S256"
    if is_plain or not is_challenge(said.get("code_challenge", "")):
        return wish.refused("invalid_request", "code challenge required, with method S256")
    if (asked := asked_of(said.get("scope", ""), wish.app, scope.actor)) is None:
        return wish.refused("invalid_scope", "ask for api, refresh_token or full")
    with scope.read() as conn:
        why = why_not(conn, own_db(), wish.app, scope.actor, origin().ip)
    return wish.refused("access_denied", why) if why else asked


def _page(wish: Wish, asked: Asked) -> Response:
    host = urlsplit(wish.address)
    body = render_template(
        "runtime/oauth_consent.html",
        app=wish.app,
        may=SCOPES[asked.scope][1],
        stays=asked.stays,
        reader=here().actor.name,
        host=host.netloc,
        sent=[(name, wish.said[name]) for name in SENT if name in wish.said],
        nav={"org_name": company_name(), "org_logo": ""},
    )
    response = make_response(body)
    # Browsers hold the address that a form is answered with against this policy, too.
    allowed = f"form-action 'self' {host.scheme}://{host.netloc}"
    policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", allowed)
    response.headers["Content-Security-Policy"] = policy
    return response


def _refusal(why: str) -> Response:
    nav = {"org_name": company_name(), "org_logo": ""}
    return make_response(render_template("runtime/oauth_refused.html", why=why, nav=nav), 400)
