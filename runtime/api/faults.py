"""Errors of the house as programs know them: HTTP status, code, message and fields, in one place.

A resource raises what any part of the house raises; nobody else writes codes of the API but
`Refusal`, for what only the API can refuse. What is a fault of ours says a reference, no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from ...platform.errors import (
    Conflict,
    Denied,
    NotFound,
    Problem,
    Rejected,
    TrellisError,
    Unavailable,
)
from ...platform.i18n import _
from ...platform.people.throttle import TooManyTries
from ...platform.web.current import MixedUp, SignInNeeded
from ..soql.errors import SoqlError


@dataclass(frozen=True, slots=True)
class ApiError:
    """One error: a code that programs act on, a sentence for people, the fields it is about."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def rest(self) -> dict[str, Any]:
        """As an answer of one resource says it."""
        found: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        return found | ({"fields": list(self.fields)} if self.fields else {})

    def of_record(self) -> dict[str, Any]:
        """As the result of one record among many says it."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


class Refusal(TrellisError):
    """What the API itself refuses: an address, a body, a header, a limit."""

    def __init__(self, code: str, message: str, *fields: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = ApiError(code, message, fields)
        self.status = status


UNUSABLE = "INVALID_FIELD_FOR_INSERT_UPDATE"
#: {code of a problem, or its first word: code of the API}
CODES: Mapping[str, str] = MappingProxyType(
    {
        "field.unknown": "INVALID_FIELD",
        "field.unknown_relationship": "INVALID_FIELD",
        "field.not_filterable": "INVALID_FIELD",
        "field.not_sortable": "INVALID_FIELD",
        "field.not_groupable": "INVALID_FIELD",
        "field.not_aggregated": "INVALID_FIELD",
        "field.too_deep": "INVALID_FIELD",
        "field.not_writable": UNUSABLE,
        "field.computed": UNUSABLE,
        "field.compound": UNUSABLE,
        "field.required": "REQUIRED_FIELD_MISSING",
        "field.not_unique": "DUPLICATE_VALUE",
        "field.json": "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "object.unknown": "INVALID_TYPE",
        "id.malformed": "MALFORMED_ID",
        "text.too_long": "STRING_TOO_LONG",
        "number.too_large": "NUMBER_OUTSIDE_VALID_RANGE",
        "number.too_precise": "NUMBER_OUTSIDE_VALID_RANGE",
        "number.out_of_range": "NUMBER_OUTSIDE_VALID_RANGE",
        "rollup": "NUMBER_OUTSIDE_VALID_RANGE",
        "number": "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "checkbox": "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "date": "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "datetime": "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "time": "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "email": "INVALID_EMAIL_ADDRESS",
        "picklist": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "record_type": "INVALID_CROSS_REFERENCE_KEY",
        "record_type.value": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "rule.failed": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "rule": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "lookup.filtered": "FIELD_FILTER_VALIDATION_EXCEPTION",
        "lookup.not_found": "INVALID_CROSS_REFERENCE_KEY",
        "lookup.itself": "CIRCULAR_DEPENDENCY",
        "lookup.several": "INVALID_FIELD",
        "lookup": "FIELD_INTEGRITY_EXCEPTION",
        "hierarchy": "FIELD_INTEGRITY_EXCEPTION",
        "master.fixed": UNUSABLE,
        "master.read_only": "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "owner.not_transferable": "INSUFFICIENT_ACCESS_OR_READONLY",
        "owner": "INVALID_CROSS_REFERENCE_KEY",
        "record.read_only": "INSUFFICIENT_ACCESS_OR_READONLY",
        "record.not_found": "INVALID_CROSS_REFERENCE_KEY",
        "record.race": "UNABLE_TO_LOCK_ROW",
        "delete": "DELETE_FAILED",
        "upsert.several": "DUPLICATE_EXTERNAL_ID",
        "upsert.doubled": "DUPLICATE_VALUE",
        "upsert.no_key": "MISSING_ARGUMENT",
        "upsert.no_external_id": "INVALID_FIELD",
        "user": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "duplicate": "DUPLICATES_DETECTED",
        "query.cursor": "INVALID_QUERY_LOCATOR",
        "filter": "INVALID_QUERY_FILTER_OPERATOR",
        "search": "MALFORMED_SEARCH",
    }
)
USUAL = "FIELD_INTEGRITY_EXCEPTION"
#: codes that are no 400
STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "INSUFFICIENT_ACCESS_OR_READONLY": 403,
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": 403,
        "REQUEST_LIMIT_EXCEEDED": 403,
        "API_DISABLED_FOR_ORG": 403,
        "NOT_FOUND": 404,
        "ENTITY_IS_DELETED": 404,
    }
)


def code_of(problem: Problem) -> str:
    """The code of the API for a problem."""
    first = problem.code.partition(".")[0]
    return CODES.get(problem.code) or CODES.get(first) or USUAL


def error_of(problem: Problem) -> ApiError:
    """A problem as programs know it."""
    code = code_of(problem)
    if code == "INVALID_FIELD" and problem.code == "field.unknown" and problem.path:
        # hints with the spelling of fields are for people at a form
        return ApiError(code, problem.message)
    fields = tuple(str(part) for part in problem.path[:1] if isinstance(part, str))
    return ApiError(code, problem.sentence, fields)


def errors_of(problems: Iterable[Problem]) -> tuple[ApiError, ...]:
    return tuple(error_of(problem) for problem in problems)


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error comes to: a status and what is said."""

    status: int
    errors: tuple[ApiError, ...]


def fault_of(error: TrellisError) -> Fault:
    """What an error that the house raised on purpose comes to."""
    match error:
        case Refusal():
            return Fault(error.status, (error.error,))
        case SoqlError():
            return Fault(400, (ApiError(error.code, error.message),))
        case Rejected():
            errors = errors_of(error.problems)
            statuses = [STATUSES.get(one.code, 400) for one in errors]
            return Fault(statuses[0] if len(set(statuses)) == 1 else 400, errors)
        case SignInNeeded() | MixedUp():
            return Fault(401, (EXPIRED,))
        case NotFound():
            return Fault(404, (ABSENT,))
        case Denied():
            said = str(error) if _is_sentence(error) else _("You may not do this.")
            return Fault(403, (ApiError("INSUFFICIENT_ACCESS_OR_READONLY", said),))
        case Conflict():
            said = _("Somebody else changed this. Reload and try again.")
            return Fault(409, (ApiError("UNABLE_TO_LOCK_ROW", said),))
        case TooManyTries():
            return Fault(error.status, (ApiError("REQUEST_LIMIT_EXCEEDED", str(error)),))
        case Unavailable():
            said = _("The server is busy. Please try again in a moment.")
            return Fault(503, (ApiError("SERVER_UNAVAILABLE", said),))
    raise error


EXPIRED = ApiError("INVALID_SESSION_ID", "Session expired or invalid")
ABSENT = ApiError("NOT_FOUND", "The requested resource does not exist")
#: {status of the HTTP layer: (code, sentence)}
HTTP: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("INVALID_REQUEST", "The request could not be understood."),
        404: (ABSENT.code, ABSENT.message),
        405: ("METHOD_NOT_ALLOWED", "HTTP method not allowed here."),
        410: ("GONE", "This version of the API is retired."),
        413: ("REQUEST_ENTITY_TOO_LARGE", "The request is larger than the API takes."),
        415: ("UNSUPPORTED_MEDIA_TYPE", "The body must be JSON."),
    }
)


def fault_of_http(status: int) -> Fault:
    """What an error of the HTTP layer comes to."""
    known = HTTP.get(status) or HTTP[400]
    return Fault(status, (ApiError(*known),))


def unknown(reference: str) -> Fault:
    """What a fault of ours says: a reference for whoever reads the log, and nothing of it."""
    said = f"An unexpected error occurred. Reference: {reference}"
    return Fault(HTTPStatus.INTERNAL_SERVER_ERROR, (ApiError("UNKNOWN_EXCEPTION", said),))


def _is_sentence(error: TrellisError) -> bool:
    return str(error).endswith((".", "。", "!", "！", "?", "？"))
