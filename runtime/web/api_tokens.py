"""My API tokens: what programs may act as me, a new one, revoking; and what every program needs.

A token is shown on the page that answers its making, and never again. Making one takes the password
and the permission to use the API, which is asked again whenever a token is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform.clock import now
from ...platform.errors import Denied, Problem, Rejected
from ...platform.i18n import _, format_ago, format_date, lazy, ngettext
from ...platform.people import api_tokens, sign_in
from ...platform.people.api_tokens import ApiToken, Scope, TokenDraft
from ...platform.people.letters import tell_of_token
from ...platform.people.passwords import TooBusy
from ...platform.people.throttle import TooManyTries
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.current import by_token, config, current_session, origin, signed_in
from ..access.permissions import holds
from .blueprint import pages
from .feedback import say
from .scope import Here, here
from .shell import trail

SCOPES: Mapping[Scope, tuple[Any, Any]] = {
    Scope.READ: (lazy("Read"), lazy("Reads what you may read.")),
    Scope.WRITE: (lazy("Read and write"), lazy("Reads and changes what you may.")),
    Scope.SETUP: (lazy("Setup"), lazy("Also works in Setup, as far as you may.")),
}
NEEDED = "ApiEnabled"


def require_api() -> None:
    """Before each view: raises Denied for a program whose owner may not use the API."""
    if by_token() and current_session() is not None:
        scope = here()
        if not holds(scope.actor, NEEDED, scope.snapshot):
            raise Denied(_("The owner of this API token may not use the API."))


@pages.get("/settings/tokens")
@requires(SIGNED_IN)
def api_tokens_page() -> str:
    """The person's tokens, and the form of a new one."""
    return _page(TokenDraft(""))


@pages.post("/settings/tokens")
@requires(SIGNED_IN)
def make_api_token() -> str | tuple[str, int]:
    """Makes a token and shows it, for the only time."""
    scope, found = here(), signed_in()
    if not may_have_tokens(scope):
        raise Denied(_("Your profile does not allow to use the API."))
    draft = _said()
    try:
        with scope.read() as connection:
            _require(api_tokens.check_draft(connection, draft, scope.actor))
        password = request.form.get("password", "")
        sign_in.confirm_password(scope.org_db, found, password, origin())
        token, kept = scope.org_db.transact(lambda conn: _made(conn, scope, draft))
    except Rejected as refused:
        return _page(draft, _at_password(refused)), 422
    except (TooManyTries, TooBusy) as refused:
        later = Problem("api_token.later", ("password",), str(refused))
        return _page(draft, (later,)), refused.status
    _trail((_("New token"), ""))
    return render_template("runtime/api_token_made.html", token=token, said=line_of(kept))


def _require(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise Rejected(*problems)


def _made(connection: Connection, scope: Here, draft: TokenDraft) -> tuple[str, ApiToken]:
    token = api_tokens.issue(connection, draft, scope.actor, origin().ip)
    kept = api_tokens.get_token(connection, token)
    tell_of_token(connection, config(), scope.actor.user_id, kept, scope.actor)
    return token, kept


@pages.post("/settings/tokens/revoke")
@requires(SIGNED_IN)
def revoke_api_token() -> Response:
    """Ends one of one's own tokens at once."""
    scope, token_id = here(), request.form.get("token", "")
    me = scope.actor.user_id

    def revoke(connection: Connection) -> ApiToken:
        return api_tokens.revoke(connection, me, token_id, scope.actor, ip=origin().ip)

    gone = scope.org_db.transact(revoke)
    say(_("The token %(name)s is revoked.", name=gone.name))
    return redirect(url_for("pages.api_tokens_page"))


def may_have_tokens(scope: Here) -> bool:
    return holds(scope.actor, NEEDED, scope.snapshot)


def line_of(token: ApiToken) -> dict[str, Any]:
    """A token as lists show it."""
    used = _("Never used")
    if token.used_at is not None:
        when, place = format_ago(token.used_at, now()), token.used_ip
        used = _("Used %(when)s from %(place)s", when=when, place=place)
    until = format_date(token.expires_at)
    over = _("Ran out on %(day)s", day=until)
    return {
        "id": token.id,
        "name": token.name,
        "hint": token.hint,
        "scope": str(SCOPES[token.scope][0]),
        "used": used,
        "until": _("Until %(day)s", day=until) if token.is_good else over,
        "is_good": token.is_good,
    }


def _said() -> TokenDraft:
    form, offered = request.form, {str(days): days for days in api_tokens.DAYS}
    days = offered.get(form.get("days", ""), 0)
    return TokenDraft(form.get("name", ""), form.get("scope", ""), days)


def _at_password(refused: Rejected) -> tuple[Problem, ...]:
    """What is wrong with the password stands at its field here."""
    return tuple(
        Problem(p.code, ("password",), p.message, p.hint) if p.path == ("old",) else p
        for p in refused.problems
    )


def _trail(*crumbs: tuple[str, str]) -> None:
    page = url_for("pages.api_tokens_page") if crumbs else ""
    trail((_("My settings"), "/settings"), (_("API tokens"), page), *crumbs)


def _page(draft: TokenDraft, problems: tuple[Problem, ...] = ()) -> str:
    scope = here()
    _trail()
    with scope.read() as connection:
        kept = api_tokens.list_tokens(connection, scope.actor.user_id)
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(str(problem.path[0]) if problem.path else "", []).append(problem.sentence)
    scopes = [one for one in Scope if one is not Scope.SETUP or scope.actor.is_administrator]
    return render_template(
        "runtime/api_tokens.html",
        tokens=[line_of(one) for one in kept],
        draft=draft,
        errors=errors,
        may_make=may_have_tokens(scope),
        scopes=[(one.value, f"{SCOPES[one][0]}: {SCOPES[one][1]}") for one in scopes],
        days=[(n, ngettext("%(n)s day", "%(n)s days", n)) for n in api_tokens.DAYS],
    )
