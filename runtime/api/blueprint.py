"""The addresses of the API: each resource is a function of a call, known by HTTP and by itself.

`resource` hangs a function on its address; composite calls find it by `find_resource`. The versions
that are offered share one behaviour: what differs between them in the ecosystem does not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from ...platform.people.api_tokens import Scope
from ...platform.web.access import SIGNED_IN, requires
from .call import Answer, Call
from .edge import respond
from .faults import Refusal

ROOT = "/services/data"
OLDEST, NEWEST = 50, 62
VERSIONS = tuple(f"{number}.0" for number in range(OLDEST, NEWEST + 1))
_VERSION = re.compile(r"v(\d{1,3})\.0", re.ASCII)

api = Blueprint("api", __name__)

Work = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Resource:
    """What stands at an address for some methods."""

    work: Work
    scope: Scope  # what a token must allow


_RESOURCES: dict[str, Resource] = {}  # {endpoint: resource}
_MAP = Map(strict_slashes=False, merge_slashes=False)


def resource(address: str, *methods: str, scope: Scope | None = None) -> Callable[[Work], Work]:
    """Hangs a function of a call and the address' arguments below every version.

    Whoever only reads needs a token to read; a resource that writes says so by its methods.
    """

    def hung(work: Work) -> Work:
        asked = methods or ("GET",)
        needed = scope or (Scope.READ if asked == ("GET",) else Scope.WRITE)
        name = work.__name__
        _RESOURCES[name] = Resource(work, needed)
        _MAP.add(Rule(f"/{address}", endpoint=name, methods=asked))

        @requires(SIGNED_IN, needed)
        def view(version: str, **arguments: Any) -> Any:
            return respond(version_of(version), work, arguments)

        rule = f"{ROOT}/<version>/{address}"
        api.add_url_rule(rule, name, view, methods=list(asked), strict_slashes=False)
        return work

    return hung


def version_of(text: str) -> str:
    """The version that an address names: "62.0" of v62.0. Raises Refusal for others."""
    found = _VERSION.fullmatch(text)
    if found and (number := int(found[1])) < OLDEST:
        message = f"Version {number}.0 of the API is retired. Use {OLDEST}.0 to {NEWEST}.0."
        raise Refusal("GONE", message, status=410)
    if found is None or found[0][1:] not in VERSIONS:
        raise Refusal("NOT_FOUND", "The requested resource does not exist", status=404)
    return found[0][1:]


def find_resource(method: str, address: str) -> tuple[Resource, Mapping[str, Any]]:
    """The resource of a method at an address below a version; raises Refusal."""
    try:
        endpoint, arguments = _MAP.bind("").match(address, method=method)
    except HTTPException as refused:
        if refused.code == 405:
            message = "HTTP method not allowed here."
            raise Refusal("METHOD_NOT_ALLOWED", message, status=405) from None
        message = "The requested resource does not exist"
        raise Refusal("NOT_FOUND", message, status=404) from None
    return _RESOURCES[endpoint], arguments


def perform(call: Call, method: str, address: str) -> Answer:
    """What the resource at an address says to a call; raises whatever it raises."""
    found, arguments = find_resource(method, address)
    if not Scope(call.token_scope).covers(found.scope):
        message = "The scope of the API token does not allow this."
        raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", message, status=403)
    return found.work(call, **arguments)
