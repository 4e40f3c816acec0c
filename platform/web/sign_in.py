"""The way in and out: sign-in, sign-out, forgotten password, one-time links, first password.

Says the same for a known and an unknown user, keeps the reader on our own site, and gives a fresh
session to everyone who comes in.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, session
from flask import url_for as path_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField

from ..db.scope import OrgDatabase
from ..errors import NotFound, Problem, Rejected, TrellisError
from ..i18n import _, lazy
from ..people import letters, links, sign_in, throttle
from ..people.passwords import TooBusy, verify_nobody
from ..people.throttle import TooManyTries
from . import current
from .access import ANYONE, HALF_SIGNED_IN, requires
from .current import ORG, TOKEN
from .forms import Form
from .redirects import safe_next
from .security import is_https

blueprint = Blueprint("sign_in", __name__)


#: {why a session is over: what is said of it}
OVER = {
    "idle": lazy("You were signed out because nothing was done for a while."),
    "life": lazy("You were signed out because the session had lasted as long as one may."),
    "many": lazy("You were signed out here because you have signed in elsewhere since."),
}


class SignInForm(Form):
    org = StringField(lazy("Organization"))
    username = StringField(lazy("User name"))
    password = PasswordField(lazy("Password"))
    next = HiddenField()


class ForgottenForm(Form):
    org = StringField(lazy("Organization"))
    username = StringField(lazy("User name"))


class NewPasswordForm(Form):
    password = PasswordField(lazy("New password"))
    again = PasswordField(lazy("New password again"))


class ChangePasswordForm(NewPasswordForm):
    old = PasswordField(lazy("Present password"))


@blueprint.get("/login")
@requires(ANYONE)
def login() -> Response:
    """The sign-in page; whoever is signed in already goes on."""
    if current.current_session() is not None:
        return redirect(safe_next(request.args.get("next")), HTTPStatus.SEE_OTHER)
    form = SignInForm(org=_usual_org(), next=safe_next(request.args.get("next"), ""))
    why = OVER.get(request.args.get("why", ""))
    return bare_page("sign_in", form, why=why)


@blueprint.post("/login")
@requires(ANYONE)
def sign_in_now() -> Response:
    form = SignInForm(request.form)
    try:
        db = _open(form.org.data)
        if db is None:
            verify_nobody(form.password.data or "")
            raise Rejected(*_unknown_org())
        name, password = form.username.data or "", form.password.data or ""
        token = sign_in.sign_in(db, name, password, current.origin(), current.admits())
    except (Rejected, TooManyTries, TooBusy) as refused:
        form.problems = _problems_of(refused)
        return bare_page("sign_in", form, _status_of(refused))
    return enter(db, token, safe_next(form.next.data))


@blueprint.post("/logout")
@requires(ANYONE)
def logout() -> Response:
    """Ends the session; also fine for somebody whose session has ended already."""
    if (found := current.current_session()) is not None:
        sign_in.sign_out(current.own_db(), found)
    org = session.get(ORG)
    session.clear()
    if isinstance(org, str):
        session[ORG] = org
    flash(_("You are signed out."))
    return redirect(path_for("sign_in.login"), HTTPStatus.SEE_OTHER)


@blueprint.get("/password/forgotten")
@requires(ANYONE)
def forgotten() -> Response:
    return bare_page("forgotten", ForgottenForm(org=_usual_org()))


@blueprint.post("/password/forgotten")
@requires(ANYONE)
def send_reset() -> Response:
    """Sends a link to the stored address, if there is one; the answer is the same anyway."""
    form = ForgottenForm(request.form)
    try:
        if (db := _open(form.org.data)) is not None:
            _ask_for_link(db, form.username.data or "")
    except TooManyTries as refused:
        form.problems = _problems_of(refused)
        return bare_page("forgotten", form, refused.status)
    return bare_page("forgotten", form, sent=True)


@blueprint.get(f"{letters.CHOOSE_PATH}/<org>/<token>")
@requires(ANYONE)
def choose(org: str, token: str) -> Response:
    """The page behind a one-time link; looking does not use the link up."""
    db = _open(org)
    if db is not None:
        with db.read() as conn:
            if links.find_link(conn, token) is not None:
                return bare_page("choose_password", NewPasswordForm())
    return bare_page("link_spent", None, HTTPStatus.GONE)


@blueprint.post(f"{letters.CHOOSE_PATH}/<org>/<token>")
@requires(ANYONE)
def choose_now(org: str, token: str) -> Response:
    form = NewPasswordForm(request.form)
    if (db := _open(org)) is None:
        return bare_page("link_spent", None, HTTPStatus.GONE)
    try:
        password = _same_twice(form)
        fresh = sign_in.choose_password(db, token, password, current.origin())
    except (Rejected, TooBusy) as refused:
        problems = _problems_of(refused)
        if any(problem.code == "link.spent" for problem in problems):
            return bare_page("link_spent", None, HTTPStatus.GONE)
        form.take(problems)
        return bare_page("choose_password", form, _status_of(refused))
    flash(_("Your password is set."))
    return enter(db, fresh, safe_next(None))


@blueprint.get("/password/first")
@requires(HALF_SIGNED_IN)
def first_password() -> Response:
    """For somebody whose password was made by another: first choose one's own."""
    return bare_page("first_password", ChangePasswordForm())


@blueprint.post("/password/first")
@requires(HALF_SIGNED_IN)
def set_first_password() -> Response:
    form = ChangePasswordForm(request.form)
    try:
        return change_own_password(form)
    except (Rejected, TooManyTries, TooBusy) as refused:
        form.take(_problems_of(refused))
        return bare_page("first_password", form, _status_of(refused))


def change_own_password(form: ChangePasswordForm, target: str | None = None) -> Response:
    """Changes the password and goes on with a fresh session; raises what sign_in raises."""
    db, found = current.org_db(), current.signed_in()
    new, old = _same_twice(form), form.old.data or ""
    token = sign_in.change_password(db, found, old, new, current.origin())
    flash(_("Your password is changed. Other devices are signed out."))
    return enter(db, token, target or safe_next(None))


def enter(db: OrgDatabase, token: str, target: str) -> Response:
    """Goes on with this session and none of what the cookie held before."""
    flashes = session.get("_flashes")
    session.clear()
    session[ORG], session[TOKEN] = db.key, token
    if flashes:
        session["_flashes"] = flashes
    current.forget()
    response = redirect(target, HTTPStatus.SEE_OTHER)
    if (found := current.current_session()) is not None:
        show_as_chosen(response, found.theme, found.density)
    return response


def show_as_chosen(response: Response, theme: str, density: str) -> None:
    """Keeps the look in cookies of the browser, where the page finds it before any script runs."""
    secure = is_https(current.config())
    for name, value, usual in (("theme", theme, "system"), ("density", density, "compact")):
        if value == usual:
            response.delete_cookie(name, samesite="Lax", secure=secure)
        else:
            response.set_cookie(name, value, max_age=31_536_000, samesite="Lax", secure=secure)


def _ask_for_link(db: OrgDatabase, username: str) -> None:
    origin = current.origin()
    throttle.begin_try(db, username, origin.ip, origin.user_agent, throttle.ASKED)
    db.transact(lambda conn: letters.ask_for_reset(conn, username))


def _same_twice(form: NewPasswordForm) -> str:
    password = form.password.data or ""
    if password != form.again.data:
        message = _("The two passwords differ.")
        raise Rejected(Problem("password.differs", ("again",), message))
    return password


def _open(org: str | None) -> OrgDatabase | None:
    """The org that was named, or the usual one when the form has no such field."""
    try:
        return current.orgs().open((org or "").strip().lower() or current.config().org)
    except NotFound:
        return None


def _usual_org() -> str:
    """What stands in the field beforehand: the org in the address, the last one, the one served."""
    remembered = session.get(ORG)
    chosen = request.args.get("org") or (remembered if isinstance(remembered, str) else "")
    return chosen or current.config().org


def _unknown_org() -> tuple[Problem, ...]:
    """The same words as for an unknown user: which orgs there are is nobody's business."""
    message = _("The user name or the password is not right.")
    return (Problem("sign_in.refused", (), message, _("Check both, and whether Caps Lock is on.")),)


def _problems_of(refused: TrellisError) -> tuple[Problem, ...]:
    if isinstance(refused, Rejected):
        return refused.problems
    return (Problem("sign_in.later", (), str(refused)),)


def _status_of(refused: TrellisError) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(refused, Rejected) else refused.status


def bare_page(name: str, form: Form | None, status: int = HTTPStatus.OK, **more: Any) -> Response:
    """A page without the frame of signed-in pages."""
    nav = {"org_name": current.company_name(), "org_logo": ""}
    asks_org = len(current.orgs().list()) > 1
    template = f"platform/{name}.html"
    body = render_template(template, form=form, nav=nav, asks_org=asks_org, **more)
    return make_response(body, status)
