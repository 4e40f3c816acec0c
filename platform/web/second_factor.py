"""Pages of the second factor: setting it up, turning it off, and the code on the way in."""

from __future__ import annotations

import io
from contextlib import suppress
from http import HTTPStatus

import segno
import sqlalchemy as sa
from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask import url_for as path_for
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField

from ..errors import Rejected
from ..i18n import _, lazy
from ..people import second_factor, sessions, sign_in
from ..people.api_tokens import revoke_all
from ..people.passwords import TooBusy
from ..people.throttle import TooManyTries
from . import current
from .access import HALF_SIGNED_IN, SIGNED_IN, requires
from .forms import Form
from .redirects import safe_next
from .sign_in import bare_page, enter

blueprint = Blueprint("second_factor", __name__)
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


class CodeForm(Form):
    code = StringField(lazy("Code"))
    next = HiddenField()


class OffForm(Form):
    password = PasswordField(lazy("Present password"))


@blueprint.get("/login/code")
@requires(HALF_SIGNED_IN)
def code() -> Response:
    """The code that is asked for after the password."""
    target = safe_next(request.args.get("next"))
    if not current.signed_in().awaits_code:
        return redirect(target, HTTPStatus.SEE_OTHER)
    return bare_page("sign_in_code", CodeForm(next=target))


@blueprint.post("/login/code")
@requires(HALF_SIGNED_IN)
def enter_code() -> Response:
    form = CodeForm(request.form)
    found = current.signed_in()
    if not found.awaits_code:
        return redirect(safe_next(form.next.data), HTTPStatus.SEE_OTHER)
    db = current.org_db()
    try:
        token = sign_in.enter_code(db, found, form.code.data or "", current.origin())
    except Rejected as refused:
        form.take(refused.problems)
        return bare_page("sign_in_code", form, UNPROCESSABLE)
    except TooManyTries as refused:
        form.code.errors = [str(refused)]
        return bare_page("sign_in_code", form, refused.status)
    return enter(db, token, safe_next(form.next.data))


@blueprint.get("/settings/second-factor")
@requires(SIGNED_IN)
def show() -> Response:
    """The picture to scan, or how it stands."""
    return _page(CodeForm(), OffForm())


@blueprint.post("/settings/second-factor/begin")
@requires(SIGNED_IN)
def begin() -> Response:
    """Makes the secret that the page then shows."""
    user_id = current.actor().user_id
    with suppress(Rejected):  # it is on already, as the page then says
        current.org_db().transact(lambda conn: second_factor.begin(conn, user_id))
    return redirect(path_for("second_factor.show"), HTTPStatus.SEE_OTHER)


@blueprint.post("/settings/second-factor")
@requires(SIGNED_IN)
def turn_on() -> Response:
    """Turns it on by a first code; the recovery codes are shown this once."""
    form = CodeForm(request.form)
    actor = current.actor()

    here = current.signed_in().id

    def confirm(conn: sa.Connection) -> tuple[str, ...]:
        codes = second_factor.confirm(conn, actor, form.code.data or "")
        sessions.end_sessions(conn, actor.user_id, sessions.FACTOR_CHANGED, but=here)
        revoke_all(conn, actor.user_id, sessions.FACTOR_CHANGED, actor, actor.name)
        return codes

    try:
        codes = current.org_db().transact(confirm)
    except Rejected as refused:
        form.take(refused.problems)
        return _page(form, OffForm(), UNPROCESSABLE)
    current.forget()
    return make_response(render_template("platform/recovery_codes.html", codes=codes))


@blueprint.post("/settings/second-factor/off")
@requires(SIGNED_IN)
def turn_off() -> Response:
    """Turns it off for whoever says their password again."""
    asked = OffForm(request.form)
    db, found = current.org_db(), current.signed_in()
    try:
        said = asked.password.data or ""
        user, _hash = sign_in.confirm_password(db, found, said, current.origin())
    except Rejected as refused:
        asked.password.errors = [problem.message for problem in refused.problems]
        return _page(CodeForm(), asked, UNPROCESSABLE)
    except (TooManyTries, TooBusy) as refused:
        asked.password.errors = [str(refused)]
        return _page(CodeForm(), asked, refused.status)

    def off(conn: sa.Connection) -> None:
        second_factor.turn_off(conn, user.id, user.name, found.actor)
        sessions.end_sessions(conn, user.id, sessions.FACTOR_CHANGED, but=found.id)
        revoke_all(conn, user.id, sessions.FACTOR_CHANGED, found.actor, user.name)

    db.transact(off)
    flash(_("The second factor is off."))
    return redirect(path_for("second_factor.show"), HTTPStatus.SEE_OTHER)


def _page(form: CodeForm, off: OffForm, status: int = HTTPStatus.OK) -> Response:
    actor = current.actor()

    with current.org_db().read() as conn:
        is_on = second_factor.is_on(conn, actor.user_id)
        left = second_factor.recovery_left(conn, actor.user_id) if is_on else 0
        secret = "" if current.signed_in().viewer else second_factor.pending(conn, actor.user_id)
    body = render_template(
        "platform/second_factor.html",
        form=form,
        off=off,
        is_on=is_on,
        left=left,
        must=current.signed_in().must_enrol,
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        picture=_picture(secret, actor.name) if secret else "",
    )
    return make_response(body, status)


def _picture(secret: str, name: str) -> Markup:
    """The address of the secret as a QR code."""
    out = io.BytesIO()
    code = segno.make(second_factor.uri_of(secret, current.company_name(), name), micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, scale=5, border=2, omitsize=False)
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn by the library from our own text
