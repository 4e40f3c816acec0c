"""My settings: language, formats, time zone, look, password, and where one is signed in.

Everybody changes their own here and nobody else's; profile and address are for administrators.
"""

from __future__ import annotations

from http import HTTPStatus

import sqlalchemy as sa
from babel.numbers import list_currencies
from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask import url_for as path_for
from werkzeug.wrappers import Response
from wtforms import SelectField

from .. import i18n
from ..errors import NotFound, Rejected
from ..i18n import _, lazy
from ..people import second_factor, sessions, users
from ..people.passwords import TooBusy
from ..people.throttle import TooManyTries
from . import current
from .access import SIGNED_IN, requires
from .devices import device_name
from .forms import Form
from .sign_in import ChangePasswordForm, change_own_password, show_as_chosen

blueprint = Blueprint("settings", __name__)

THEMES = {"system": lazy("As the device"), "light": lazy("Light"), "dark": lazy("Dark")}
DENSITIES = {"compact": lazy("Compact"), "comfortable": lazy("Comfortable")}


class PreferencesForm(Form):
    """One's own settings; the choices are those of the ground."""

    language = SelectField(lazy("Language"))
    locale = SelectField(lazy("Formats of numbers and dates"))
    time_zone = SelectField(lazy("Time zone"))
    currency = SelectField(lazy("Currency"))
    theme = SelectField(lazy("Colours"))
    density = SelectField(lazy("Density"))


def preferences_form(user: users.User) -> PreferencesForm:
    """The form of that user, filled from the request when there is something in it."""
    form = PreferencesForm(request.form, obj=user)
    form.language.choices = dict(i18n.LANGUAGES)
    form.locale.choices = {code: i18n.locale_name(code) for code in i18n.LOCALES}
    form.time_zone.choices = {zone: zone.replace("_", " ") for zone in i18n.time_zones()}
    named = {code: f"{code} - {i18n.currency_name(code)}" for code in sorted(list_currencies())}
    form.currency.choices = {"": _("The company's currency"), **named}
    form.theme.choices = {value: str(label) for value, label in THEMES.items()}
    form.density.choices = {value: str(label) for value, label in DENSITIES.items()}
    return form


@blueprint.get("/settings")
@requires(SIGNED_IN)
def show() -> Response:
    return _page(preferences_form(_me()), ChangePasswordForm())


@blueprint.post("/settings")
@requires(SIGNED_IN)
def save() -> Response:
    """Saves the preferences and shows the page again in them."""
    me = _me()
    form = preferences_form(me)
    if not form.validate():
        return _page(form, ChangePasswordForm(), HTTPStatus.UNPROCESSABLE_ENTITY)
    chosen = {name: value or "" for name, value in form.data.items()}

    def change(conn: sa.Connection) -> users.User:
        return users.update_user(conn, me.id, chosen, current.actor())

    try:
        saved = current.org_db().transact(change)
    except Rejected as refused:
        form.take(refused.problems)
        return _page(form, ChangePasswordForm(), HTTPStatus.UNPROCESSABLE_ENTITY)
    with i18n.use_locale(i18n.in_language(saved.language)):
        flash(_("Your settings are saved."))
    response = redirect(path_for("settings.show"), HTTPStatus.SEE_OTHER)
    show_as_chosen(response, saved.theme, saved.density)
    return response


@blueprint.post("/settings/password")
@requires(SIGNED_IN)
def change_password() -> Response:
    form = ChangePasswordForm(request.form)
    try:
        return change_own_password(form, path_for("settings.show"))
    except Rejected as refused:
        form.take(refused.problems)
        status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    except (TooManyTries, TooBusy) as refused:
        form.old.errors = [str(refused)]
        status = refused.status
    return _page(preferences_form(_me()), form, status)


@blueprint.post("/settings/sessions/end")
@requires(SIGNED_IN)
def end_sessions() -> Response:
    """Ends one session of one's own, or all but this one."""
    here = current.signed_in()
    wanted = request.form.get("session", "")

    def end(conn: sa.Connection) -> None:
        mine = {found.id for found in sessions.list_sessions(conn, here.actor.user_id)}
        if not wanted:
            sessions.end_sessions(conn, here.actor.user_id, sessions.ENDED_BY_USER, but=here.id)
        elif wanted in mine:
            sessions.end_session(conn, wanted, sessions.ENDED_BY_USER)
        else:
            raise NotFound

    current.org_db().transact(end)
    flash(_("Signed out there."))
    return redirect(path_for("settings.show"), HTTPStatus.SEE_OTHER)


def _me() -> users.User:
    with current.org_db().read() as conn:
        return users.get_user(conn, current.actor().user_id)


def _page(
    form: PreferencesForm, password: ChangePasswordForm, status: int = HTTPStatus.OK
) -> Response:
    here = current.signed_in()
    with current.org_db().read() as conn:
        user = users.get_user(conn, here.actor.user_id)
        mine = sessions.list_sessions(conn, here.actor.user_id)
        has_factor = second_factor.is_on(conn, here.actor.user_id)
    body = render_template(
        "platform/settings.html",
        form=form,
        password=password,
        user=user,
        sessions=mine,
        second_factor=has_factor,
        here=here.id,
        device_name=device_name,
    )
    return make_response(body, status)
