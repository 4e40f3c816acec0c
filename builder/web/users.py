"""Users: the list, a new one, one user's page; freeze, deactivate, reset the password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform.clock import now
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import (
    LANGUAGES,
    LOCALES,
    _,
    format_ago,
    format_datetime,
    locale_name,
    ngettext,
    time_zones,
)
from ...platform.people import api_tokens, second_factor, sessions, throttle
from ...platform.people import users as people
from ...platform.people.actor import Actor
from ...platform.people.letters import send_invitation, send_reset, tell_of_token
from ...platform.people.users import User, UserDraft
from ...platform.web.access import DELEGATED, requires
from ...platform.web.current import company as company_profile
from ...platform.web.current import config, origin
from ...platform.web.devices import device_name
from ...runtime.web.api_tokens import line_of
from ...runtime.web.feedback import say
from ...runtime.web.offsets import offset_here
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from .belongings import owns_something
from .blueprint import setup
from .bounds import bounds, within
from .choices import profile_choices, role_choices
from .nav import stand
from .problems import by_field

ROWS = 50
SIGN_INS = 10  # shown on the page of a user
ASKED = tuple(f.name for f in fields(UserDraft) if f.name not in ("theme", "density", "currency"))


@setup.get("/users")
@requires(DELEGATED)
def users() -> str:
    """All users by name; `q` looks in name, user name and e-mail."""
    scope = here()
    stand("setup.users")
    words, offset = request.args.get("q", "").strip(), offset_here()
    with scope.read() as connection:
        roles = bounds(scope).roles
        found = people.list_users(connection, words, ROWS + 1, offset, roles)
        total = people.count_users(connection, roles)
    return render_template(
        "builder/users.html",
        users=[(user, _state(user), _seen(user)) for user in found[:ROWS]],
        profiles=dict(profile_choices(scope.snapshot)),
        roles={one.uid: scope.snapshot.label(one) for one in scope.snapshot.of_kind("Role")},
        words=words,
        note=ngettext("%(n)s user", "%(n)s users", total),
        next=offset + ROWS if len(found) > ROWS else None,
        previous=max(offset - ROWS, 0) if offset else None,
    )


@setup.route("/users/new", methods=["GET", "POST"])
@requires(DELEGATED)
@sent_once
def new_user() -> str | Response | tuple[str, int]:
    """The form of a new user; ticked, an invitation is mailed at once."""
    scope = here()
    stand("setup.users", (_("New user"), ""))
    profile = company_profile()
    if request.method == "GET":
        start = UserDraft("", "", "", language=profile.language, locale=profile.locale,
                          time_zone=profile.time_zone)  # fmt: skip
        return _form(asdict(start) | {"invite": True}, _("New user"))
    said = dict.fromkeys(("username", "email", "last_name"), "") | _said()

    def create(connection: Connection) -> User:
        bounds(scope).require_place(said.get("role", ""), said.get("profile", ""))
        user = people.create_user(connection, UserDraft(**said), scope.actor)
        if "invite" in request.form:
            send_invitation(connection, config(), user.id, scope.actor)
        return user

    try:
        user = within(scope, create)
    except Rejected as rejected:
        shown = said | {"invite": "invite" in request.form}
        return _form(shown, _("New user"), rejected.problems), 422
    say(_("User %(name)s created.", name=user.name))
    return redirect(url_for("setup.user", user_id=user.id))


@setup.route("/users/<user_id>", methods=["GET", "POST"])
@requires(DELEGATED)
def user(user_id: str) -> str | Response | tuple[str, int]:
    """One user as a form, with what can be done to them."""
    scope = here()
    with scope.read() as connection:
        known = people.get_user(connection, user_id)
        if request.method == "GET":
            bounds(scope).require_user(connection, known)
    stand("setup.users", (known.name, ""))
    if request.method == "GET":
        return _form(asdict(known), known.name, user=known)
    said = _said()

    def change(connection: Connection) -> User:
        before = _required(connection, scope, user_id)
        role, profile = said.get("role", before.role), said.get("profile", before.profile)
        bounds(scope).require_place(role, profile, before)
        return people.update_user(connection, user_id, said, scope.actor)

    try:
        within(scope, change)
    except Rejected as rejected:
        return _form(asdict(known) | said, known.name, rejected.problems, known), 422
    say(_("Saved."))
    return redirect(url_for("setup.user", user_id=user_id))


def _required(connection: Connection, scope: Here, user_id: str) -> User:
    """The user, whom the caller may administer; raises NotFound or Beyond."""
    found = people.get_user(connection, user_id)
    bounds(scope).require_user(connection, found)
    return found


def _without_code(connection: Connection, user_id: str, by: Actor) -> User:
    """For somebody who lost the phone: no second factor any more, and no session of theirs."""
    found = people.get_user(connection, user_id)
    if second_factor.turn_off(connection, user_id, found.name, by):
        sessions.end_sessions(connection, user_id, sessions.FACTOR_CHANGED)
        api_tokens.revoke_all(connection, user_id, sessions.FACTOR_CHANGED, by, found.name)
    return found


_STATES: dict[str, Callable[[Connection, str, Actor], User]] = {
    "freeze": people.freeze_user,
    "unfreeze": people.unfreeze_user,
    "deactivate": people.deactivate_user,
    "activate": people.activate_user,
    "no-code": lambda conn, user_id, by: _without_code(conn, user_id, by),
}
_LETTERS = {"reset": send_reset, "invite": send_invitation}


@setup.post("/users/<user_id>/<deed>")
@requires(DELEGATED)
def user_deed(user_id: str, deed: str) -> Response:
    """Freezes, unfreezes, deactivates, activates, or mails a link for a new password."""
    scope = here()
    if deed not in _STATES and deed not in _LETTERS:
        raise NotFound(deed)

    def do(connection: Connection) -> User:
        _required(connection, scope, user_id)
        if deed in _LETTERS:
            _LETTERS[deed](connection, config(), user_id, scope.actor)
            return people.get_user(connection, user_id)
        return _STATES[deed](connection, user_id, scope.actor)

    try:
        changed = within(scope, do)
    except Rejected as rejected:
        say(" ".join(str(p.message) for p in rejected.problems), kind="bad")
        return redirect(url_for("setup.user", user_id=user_id))
    say(_told(deed, changed))
    if deed == "deactivate" and scope.actor.is_administrator:
        with scope.read() as connection:
            if owns_something(connection, scope, user_id):
                return redirect(url_for("setup.records_of_user", user_id=user_id))
    return redirect(url_for("setup.user", user_id=user_id))


@setup.post("/users/<user_id>/tokens/revoke")
@requires(DELEGATED)
def revoke_token_of_user(user_id: str) -> Response:
    """Ends one API token of a user at once, and tells them by mail."""
    scope, token_id = here(), request.form.get("token", "")

    def revoke(connection: Connection) -> api_tokens.ApiToken:
        owner, by, ip = _required(connection, scope, user_id), scope.actor, origin().ip
        gone = api_tokens.revoke(connection, owner.id, token_id, by, owner.name, ip)
        tell_of_token(connection, config(), owner.id, gone, by)
        return gone

    gone = within(scope, revoke)
    say(_("The token %(name)s is revoked.", name=gone.name))
    return redirect(url_for("setup.user", user_id=user_id))


def _told(deed: str, changed: User) -> str:
    match deed:
        case "reset" | "invite":
            return _("A link to choose a password was sent to %(email)s.", email=changed.email)
        case "freeze":
            return _("%(name)s is frozen and signed out everywhere.", name=changed.name)
        case "unfreeze":
            return _("%(name)s may sign in again.", name=changed.name)
        case "deactivate":
            return _("%(name)s is deactivated.", name=changed.name)
        case "no-code":
            return _("%(name)s signs in by password alone now.", name=changed.name)
    return _("%(name)s is active again.", name=changed.name)


def _said() -> dict[str, str]:
    said = {name: request.form.get(name, "").strip() for name in ASKED if name in request.form}
    if not said.get("username"):
        said["username"] = said.get("email", "")
    return said


def _form(
    shown: dict[str, Any],
    heading: str,
    problems: tuple[Problem, ...] = (),
    user: User | None = None,
) -> str:
    limits, kept = bounds(here()), user.profile if user else ""
    no_role = [("", _("No role"))] if limits.is_whole else []
    history: tuple[throttle.SignIn, ...] = ()
    has_code, tokens = False, []
    if user is not None:
        with here().read() as connection:
            has_code = second_factor.is_on(connection, user.id)
            history = throttle.history_of(connection, user.id, SIGN_INS)
            tokens = [line_of(one) for one in api_tokens.list_tokens(connection, user.id)]
    return render_template(
        "builder/user.html",
        shown=shown,
        heading=heading,
        user=user,
        has_code=has_code,
        tokens=tokens,
        device_name=device_name,
        history=[(one, _outcome(one), format_datetime(one.at)) for one in history],
        state=_state(user) if user else None,
        seen=_seen(user) if user else "",
        errors=by_field(problems),
        profiles=limits.profiles(profile_choices(here().snapshot), kept),
        roles=[*no_role, *limits.role_choices(role_choices(here().snapshot))],
        is_whole=limits.is_whole,
        languages=list(LANGUAGES.items()),
        locales=[(code, locale_name(code)) for code in LOCALES],
        zones=[(zone, zone.replace("_", " ")) for zone in time_zones()],
    )


def _state(user: User) -> tuple[str, str]:
    """(words, kind of pill) of what a user may do."""
    if not user.is_active:
        return _("Inactive"), ""
    return (_("Frozen"), "warn") if user.is_frozen else (_("Active"), "ok")


def _outcome(one: throttle.SignIn) -> tuple[str, str]:
    """(words, kind of pill) of how a sign-in ended."""
    if one.outcome == throttle.SIGNED_IN:
        return _("Signed in"), "ok"
    if one.outcome == throttle.ASKED:
        return _("Asked for a link"), ""
    if one.outcome == throttle.ELSEWHERE:
        return _("Not from there or then"), "warn"
    if one.outcome == throttle.BAD_TOKEN:
        return _("API token refused"), "warn"
    return _("Refused"), "warn"


def _seen(user: User) -> str:
    return format_ago(user.last_login_at, now()) if user.last_login_at else _("Never")
