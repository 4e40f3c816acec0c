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
from ...platform.people import second_factor, sessions, throttle
from ...platform.people import users as people
from ...platform.people.actor import Actor
from ...platform.people.letters import send_invitation, send_reset
from ...platform.people.users import User, UserDraft
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import company as company_profile
from ...platform.web.current import config
from ...platform.web.devices import device_name
from ...runtime.web.feedback import say
from ...runtime.web.offsets import offset_here
from ...runtime.web.scope import here
from .belongings import owns_something
from .blueprint import setup
from .choices import profile_choices, role_choices
from .nav import stand
from .problems import by_field

ROWS = 50
SIGN_INS = 10  # shown on the page of a user
ASKED = tuple(f.name for f in fields(UserDraft) if f.name not in ("theme", "density", "currency"))


@setup.get("/users")
@requires(ADMINISTRATOR)
def users() -> str:
    """All users by name; `q` looks in name, user name and e-mail."""
    scope = here()
    stand("setup.users")
    words, offset = request.args.get("q", "").strip(), offset_here()
    with scope.read() as connection:
        found = people.list_users(connection, words, ROWS + 1, offset)
        total = people.count_users(connection)
    return render_template(
        "builder/users.html",
        users=[(user, _state(user), _seen(user)) for user in found[:ROWS]],
        profiles=dict(profile_choices(scope.snapshot)),
        roles=dict(role_choices(scope.snapshot)),
        words=words,
        note=ngettext("%(n)s user", "%(n)s users", total),
        next=offset + ROWS if len(found) > ROWS else None,
        previous=max(offset - ROWS, 0) if offset else None,
    )


@setup.route("/users/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
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
        user = people.create_user(connection, UserDraft(**said), scope.actor)
        if "invite" in request.form:
            send_invitation(connection, config(), user.id, scope.actor)
        return user

    try:
        user = scope.org_db.transact(create)
    except Rejected as rejected:
        shown = said | {"invite": "invite" in request.form}
        return _form(shown, _("New user"), rejected.problems), 422
    say(_("User %(name)s created.", name=user.name))
    return redirect(url_for("setup.user", user_id=user.id))


@setup.route("/users/<user_id>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def user(user_id: str) -> str | Response | tuple[str, int]:
    """One user as a form, with what can be done to them."""
    scope = here()
    with scope.read() as connection:
        known = people.get_user(connection, user_id)
    stand("setup.users", (known.name, ""))
    if request.method == "GET":
        return _form(asdict(known), known.name, user=known)
    said = _said()
    try:
        scope.org_db.transact(lambda c: people.update_user(c, user_id, said, scope.actor))
    except Rejected as rejected:
        return _form(asdict(known) | said, known.name, rejected.problems, known), 422
    say(_("Saved."))
    return redirect(url_for("setup.user", user_id=user_id))


def _without_code(connection: Connection, user_id: str, by: Actor) -> User:
    """For somebody who lost the phone: no second factor any more, and no session of theirs."""
    found = people.get_user(connection, user_id)
    if second_factor.turn_off(connection, user_id, found.name, by):
        sessions.end_sessions(connection, user_id, sessions.FACTOR_CHANGED)
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
@requires(ADMINISTRATOR)
def user_deed(user_id: str, deed: str) -> Response:
    """Freezes, unfreezes, deactivates, activates, or mails a link for a new password."""
    scope = here()
    if deed not in _STATES and deed not in _LETTERS:
        raise NotFound(deed)

    def do(connection: Connection) -> User:
        if deed in _LETTERS:
            _LETTERS[deed](connection, config(), user_id, scope.actor)
            return people.get_user(connection, user_id)
        return _STATES[deed](connection, user_id, scope.actor)

    try:
        changed = scope.org_db.transact(do)
    except Rejected as rejected:
        say(" ".join(str(p.message) for p in rejected.problems), kind="bad")
        return redirect(url_for("setup.user", user_id=user_id))
    say(_told(deed, changed))
    if deed == "deactivate":
        with scope.read() as connection:
            if owns_something(connection, scope, user_id):
                return redirect(url_for("setup.records_of_user", user_id=user_id))
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
    history: tuple[throttle.SignIn, ...] = ()
    has_code = False
    if user is not None:
        with here().read() as connection:
            has_code = second_factor.is_on(connection, user.id)
            history = throttle.history_of(connection, user.id, SIGN_INS)
    return render_template(
        "builder/user.html",
        shown=shown,
        heading=heading,
        user=user,
        has_code=has_code,
        device_name=device_name,
        history=[(one, _outcome(one), format_datetime(one.at)) for one in history],
        state=_state(user) if user else None,
        seen=_seen(user) if user else "",
        errors=by_field(problems),
        profiles=profile_choices(here().snapshot),
        roles=[("", _("No role")), *role_choices(here().snapshot)],
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
    return _("Refused"), "warn"


def _seen(user: User) -> str:
    return format_ago(user.last_login_at, now()) if user.last_login_at else _("Never")
