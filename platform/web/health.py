"""Whether the server is up, for whatever watches it; says nothing about what is in it."""

from __future__ import annotations

from flask import Blueprint, Response

from . import current
from .access import ANYONE, requires

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@requires(ANYONE)
def health() -> Response:
    """200 when the databases of the orgs are within reach; 503 otherwise."""
    current.orgs().list()
    return Response("ok\n", content_type="text/plain; charset=utf-8")
