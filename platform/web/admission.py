"""What happens before each view: the language is set, and who may not call it is turned away."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, make_response, redirect, request, url_for

from .. import i18n
from ..errors import Denied, TrellisError
from ..i18n import Localization, _
from ..people.api_tokens import Scope
from . import errors
from .access import Access, find_access, find_scope
from .current import (
    SignInNeeded,
    by_token,
    current_session,
    localization,
    signed_in,
    why_over,
)

ADMITS_DELEGATE = "trellis.admits_delegate"  # extension: says whether the caller is a delegate
SAFE = ("GET", "HEAD", "OPTIONS")
CODE_PAGES = ("second_factor.code", "second_factor.enter_code")
ENROLMENT = ("second_factor.show", "second_factor.begin", "second_factor.turn_on")
#: what one may post while viewing as somebody else: the ways out, and that one is there
LEAVING = ("viewing.leave", "sign_in.logout", "session.stay")


class Undeclared(TrellisError):
    """A view that does not say who may call it: refused, and a bug."""


def install(app: Flask) -> None:
    """Sets the language and checks the caller before every view."""
    app.before_request(speak)
    app.before_request(admit)
    app.teardown_request(fall_silent)
    app.register_error_handler(SignInNeeded, ask_to_sign_in)


def speak() -> None:
    """From here on texts, numbers and times are those of whoever asks."""
    i18n.speak_to(Localization())
    if request.endpoint != "assets.asset":
        i18n.speak_to(localization())


def fall_silent(_error: BaseException | None) -> None:
    i18n.speak_to(Localization())


def admit() -> Response | None:
    """Lets the caller through, or raises SignInNeeded or Denied."""
    if request.endpoint is None:
        return None
    refuse_while_viewing()
    access = find_access(current_app.view_functions[request.endpoint])
    if access is None:
        raise Undeclared(f"{request.endpoint} lacks @requires(…)")
    if access is Access.ANYONE and not (by_token() and request.method not in SAFE):
        return None
    session = signed_in()
    if by_token():
        admit_program(find_scope(current_app.view_functions[request.endpoint]), session.scope)
    if session.awaits_code:
        is_there = request.endpoint in CODE_PAGES
        return None if is_there else _see_other(url_for("second_factor.code", next=_way_back()))
    if access is Access.HALF_SIGNED_IN and request.endpoint not in CODE_PAGES:
        return None
    if session.must_change_password:
        return _see_other(url_for("sign_in.first_password"))
    if session.must_enrol and request.endpoint not in ENROLMENT:
        return _see_other(url_for("second_factor.show"))
    if access >= Access.DELEGATED and not session.actor.is_administrator:
        is_open = current_app.extensions.get(ADMITS_DELEGATE)
        if access is Access.ADMINISTRATOR or is_open is None or not is_open():
            raise Denied(_("Only an administrator may do this."))
    return None


def admit_program(needed: Scope | None, scope: str) -> None:
    """Raises Denied unless a program with a token of that scope may call the view."""
    if needed is None:
        raise Denied(_("Programs with an API token cannot use this address."))
    if not Scope(scope).covers(needed):
        raise Denied(_("The scope of the API token does not allow this."))


def refuse_while_viewing() -> None:
    """Raises Denied for whatever could change something, while one views as somebody else."""
    if request.method in SAFE or request.endpoint in LEAVING:
        return
    found = current_session()
    if found is not None and found.viewer is not None:
        name = found.actor.name
        message = _("You are viewing as %(name)s, and can change nothing. Leave first.", name=name)
        raise Denied(message)


def ask_to_sign_in(error: SignInNeeded) -> Response:
    """A reader is led to the sign-in page and back; a script is told to do so, a program is not."""
    over = None if by_token() else why_over()
    target = url_for("sign_in.login", next=_way_back(), why=over.value if over else None)
    if errors.wants_fragment():
        answer = make_response("", HTTPStatus.UNAUTHORIZED)
        answer.headers["HX-Redirect"] = target
        return answer
    if errors.wants_json():
        answer = errors.answer_ours(error)
        if by_token():
            answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return answer
    return _see_other(target)


def _way_back() -> str | None:
    if request.method != "GET" or errors.wants_fragment() or request.path == "/":
        return None
    return request.full_path.rstrip("?")


def _see_other(target: str) -> Response:
    return make_response(redirect(target, HTTPStatus.SEE_OTHER))
