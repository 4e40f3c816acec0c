"""The edge to HTTP: a request becomes a call, an answer or an error becomes a response.

Refuses: whoever comes without a token, bodies that are no JSON or too large, calls beyond a limit.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import IO, Any

from flask import Response, current_app, make_response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from ...platform.errors import TrellisError
from ...platform.web.access import ANYONE, find_access
from ...platform.web.current import SignInNeeded, by_token, current_session, own_db, signed_in
from ...platform.web.errors import answer_http
from ..access.permissions import holds
from ..web.scope import here
from . import limits
from .call import Answer, Call
from .faults import EXPIRED, ApiError, Fault, Refusal, fault_of, fault_of_http, unknown
from .json_text import read_json, unpacked, write_json
from .once import once

_LOG = logging.getLogger(__name__)
LARGEST = 8 * 1024 * 1024  # bytes of a body
LARGEST_TABLE = 100 * 1024 * 1024  # bytes of a body that is read as it comes
JSON = "application/json;charset=UTF-8"
CSV = "text/csv;charset=UTF-8"
SERVICES = ("/services/", "/id/")
NEEDED = "ApiEnabled"
Work = Callable[..., Answer]


def respond(version: str, work: Work, arguments: Mapping[str, Any]) -> Response:
    """The response of a resource to the present request."""
    call = Call(
        here(), version, request.args, _body(), request.headers,  # type: ignore[arg-type]
        signed_in().scope,
    )  # fmt: skip
    if request.method == "POST" and (key := request.headers.get("Idempotency-Key", "")):
        return written(once(call, key, lambda: work(call, **arguments)))
    return written(work(call, **arguments))


def written(answer: Answer) -> Response:
    """The response that an answer is."""
    if answer.csv is not None:
        response = Response(answer.csv, answer.status, content_type=CSV)
    elif answer.ready is None and answer.body is None:
        response = make_response("", answer.status)
        response.content_type = JSON
    else:
        pretty = request.headers.get("X-PrettyPrint") == "1"
        content = answer.ready
        if content is None:
            content = write_json(answer.body, pretty=pretty)
        response = make_response(content, answer.status)
        response.content_type = JSON
        if answer.ready_encoding:
            response.headers["Content-Encoding"] = answer.ready_encoding
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _body() -> Any:
    if request.method in ("GET", "DELETE", "HEAD"):
        return None
    if request.method == "PUT":
        return _table()
    request.max_content_length = LARGEST
    content = request.get_data(cache=False)
    if not content:
        return None
    if request.mimetype not in ("", "application/json"):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", "The body must be JSON.", status=415)
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
        content = unpacked(content, LARGEST)
    return read_json(content)


def _table() -> IO[bytes]:
    """What is put: a table, however long it takes to read."""
    request.max_content_length = LARGEST_TABLE
    if request.mimetype != "text/csv" or request.headers.get("Content-Encoding"):
        message = "The body must be CSV (text/csv), not compressed."
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", message, status=415)
    return request.stream


# -- before and after each call


def require_token() -> None:
    """Raises SignInNeeded for whoever comes without a token: cookies open no address of the API."""
    if not by_token() and not _is_open():
        raise SignInNeeded


def count_call() -> None:
    """Counts the call; raises Refusal beyond a limit."""
    if not _is_open():
        limits.count(own_db(), here().actor)


def _is_open() -> bool:
    """Says whether anybody may call what is asked for."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and find_access(view) is ANYONE


def say_limits(response: Response) -> Response:
    """The use of the org so far, as programs look for it."""
    if by_token() and current_session() is not None:
        used = limits.used(own_db()) or 0
        response.headers["Sforce-Limit-Info"] = f"api-usage={used}/{limits.A_DAY}"
    return response


# -- errors


def answer_error(error: Exception) -> Response:
    """The response of an error, whatever it is; what is a fault of ours is logged."""
    if isinstance(error, CSRFError):
        return told(Fault(401, (EXPIRED,)))
    if isinstance(error, HTTPException):
        return _of_http(error)
    if not isinstance(error, TrellisError) or error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_ours(error)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.warning("%s %s: %s", request.method, request.path, error, exc_info=error)
    if error.status == HTTPStatus.FORBIDDEN:
        _LOG.info("%s %s: denied: %s", request.method, request.path, error)
    response = told(_narrowed(fault_of(error), error))
    if error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        response.headers["Retry-After"] = str(getattr(error, "retry_after", 5))
    return response


def _narrowed(fault: Fault, error: TrellisError) -> Fault:
    """Whoever may not use the API at all learns that, and not what they asked for."""
    found = current_session() if fault.status == HTTPStatus.FORBIDDEN and by_token() else None
    if found is None or isinstance(error, Refusal):
        return fault
    scope = here()
    if holds(scope.actor, NEEDED, scope.snapshot):
        return fault
    return Fault(403, (ApiError("API_DISABLED_FOR_ORG", str(error)),))


def _of_http(error: HTTPException) -> Response:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return answer_http(error)
    response = told(fault_of_http(error.code))
    if methods := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(methods))
    return response


def _of_ours(error: Exception) -> Response:
    reference = secrets.token_hex(5)
    _LOG.error("error %s in %s %s", reference, request.method, request.path, exc_info=error)
    return told(unknown(reference))


def told(fault: Fault) -> Response:
    """The response of a fault."""
    response = written(Answer([one.rest() for one in fault.errors], fault.status))
    if fault.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


def answer_unrouted(error: HTTPException) -> Response:
    """Addresses and methods that nothing stands at: in the words of the API below its root."""
    if request.path.startswith(SERVICES):
        return answer_error(error)
    return answer_http(error)
