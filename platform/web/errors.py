"""Error pages: a sentence and a way on, as page, fragment or JSON; never a trace, SQL or a path.

Faults get an id that stands on the page and in the log, so that a person can name what they saw.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ..errors import Problem, Rejected, TrellisError
from ..i18n import _
from .current import by_token

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the caller is told."""

    status: int
    title: str
    message: str
    problems: tuple[Problem, ...] = ()
    error_id: str = ""


def install(app: Flask) -> None:
    """Answers every error of the application."""
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(TrellisError, answer_ours)
    app.register_error_handler(Exception, answer_fault)


def answer_http(error: HTTPException) -> Response:
    """An error of the HTTP layer: unknown address, wrong method, too large, no CSRF token."""
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    answer = _respond(page_for(error.code, _sentence_of(error)))
    if methods := getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def answer_ours(error: TrellisError) -> Response:
    """An error raised on purpose. What is our own fault is logged under an id."""
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer_fault(error)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.warning("%s %s: %s", request.method, request.path, error, exc_info=error)
    if error.status == HTTPStatus.FORBIDDEN:
        _LOG.info("%s %s: denied: %s", request.method, request.path, error)
    problems = error.problems if isinstance(error, Rejected) else ()
    spoken = str(error) if error.status != HTTPStatus.BAD_REQUEST and _is_sentence(error) else ""
    answer = _respond(page_for(error.status, spoken, problems))
    if error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        answer.headers["Retry-After"] = str(getattr(error, "retry_after", 5))
    return answer


def answer_fault(error: Exception) -> Response:
    """A bug or a fault: an id for the person, everything else for the log."""
    error_id = secrets.token_hex(5)
    _LOG.error("error %s in %s %s", error_id, request.method, request.path, exc_info=error)
    page = page_for(HTTPStatus.INTERNAL_SERVER_ERROR)
    return _respond(ErrorPage(page.status, page.title, page.message, (), error_id))


def page_for(status: int, message: str = "", problems: tuple[Problem, ...] = ()) -> ErrorPage:
    """The words for a status, in the reader's language."""
    title, usual = _words(status)
    return ErrorPage(status, title, message or usual, problems)


def wants_json() -> bool:
    """Whether the caller is a program: it asked for JSON, or has an API token."""
    offered = ["text/html", "application/json"]
    if by_token():
        return True
    return request.accept_mimetypes.best_match(offered, "text/html") == "application/json"


def wants_fragment() -> bool:
    """Whether a script of ours asked for part of a page."""
    return "HX-Request" in request.headers


def _respond(page: ErrorPage) -> Response:
    if wants_json():
        response = jsonify(_as_json(page))
    else:
        template = "error_fragment" if wants_fragment() else "error"
        response = make_response(_rendered(f"platform/{template}.html", page))
    response.status_code = page.status
    return response


def _rendered(template: str, page: ErrorPage) -> str:
    """The page; a plain one when even the template fails, for an error page must not fail."""
    try:
        return render_template(template, error=page, nav=None)
    except Exception:  # noqa: BLE001 - whatever it is, the reader gets a page
        _LOG.exception("the error page could not be rendered")
        lines = [escape(text) for text in (page.title, page.message, page.error_id) if text]
        return f"<!doctype html><title>{lines[0]}</title><p>{'</p><p>'.join(lines)}</p>"


def _as_json(page: ErrorPage) -> dict[str, Any]:
    """{title, message, errorId?, problems: [{code, path, message, hint}]}"""
    body: dict[str, Any] = {"title": page.title, "message": page.message}
    if page.problems:
        body["problems"] = [asdict(problem) for problem in page.problems]
    return body | ({"errorId": page.error_id} if page.error_id else {})


def _is_sentence(error: TrellisError) -> bool:
    """Says whether the error speaks to people; a bare name of what is missing is for the log."""
    return str(error).endswith((".", "。", "!", "！", "?", "？"))


def _sentence_of(error: HTTPException) -> str:
    """Our own words where there are any: descriptions of libraries may name inner things."""
    if isinstance(error, CSRFError):
        return _("This form is out of date. Go back, reload the page and try again.")
    if isinstance(error, RequestEntityTooLarge):
        return _("This is more than the server takes at once.")
    return ""


def _words(status: int) -> tuple[str, str]:
    """(title, sentence) of a status."""
    known = {
        400: (_("That did not work"), _("The request could not be understood.")),
        401: (_("Please sign in"), _("Your session has ended. Sign in to go on.")),
        403: (_("Not allowed"), _("You do not have access to this page.")),
        404: (_("Not found"), _("This page does not exist, or you do not have access to it.")),
        405: (_("That did not work"), _("This address does not take such a request.")),
        409: (_("Changed in the meantime"), _("Somebody else changed this. Reload and try again.")),
        413: (_("Too large"), _("This is more than the server takes at once.")),
        429: (_("Too many tries"), _("Wait a little and try again.")),
        500: (_("Something went wrong"), _("The error was noted. Trying again may help.")),
        503: (_("Busy"), _("The server is busy. Please try again in a moment.")),
    }
    return known.get(status) or known[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]
