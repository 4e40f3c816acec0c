"""The company's logo, for the frame of signed-in pages."""

from __future__ import annotations

from flask import Blueprint, Response

from ..errors import NotFound
from ..files import SANDBOX
from ..logo import find_logo
from . import current
from .access import SIGNED_IN, requires

blueprint = Blueprint("logo", __name__)


@blueprint.get("/logo")
@requires(SIGNED_IN)
def logo() -> Response:
    """The picture; its address carries a digest, so that a new one is fetched."""
    with current.org_db().read() as conn:
        found = find_logo(conn)
    if found is None:
        raise NotFound("logo")
    response = Response(found.data, content_type=found.media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response
