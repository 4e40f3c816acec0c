"""The way out of viewing as another user. The way in is Setup's, where rights are known."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from ..people import viewing
from . import current
from .access import SIGNED_IN, requires
from .redirects import safe_next

blueprint = Blueprint("viewing", __name__)


@blueprint.post("/viewing/leave")
@requires(SIGNED_IN)
def leave() -> Response:
    """The administrator's session is their own again."""
    found = current.signed_in()
    if found.viewer is None or found.viewing is None:
        return redirect("/", HTTPStatus.SEE_OTHER)
    viewer, view, name = found.viewer, found.viewing, found.actor.name
    current.own_db().transact(lambda conn: viewing.end(conn, found.id, viewer, view, name))
    current.forget()
    return redirect(safe_next(view.back), HTTPStatus.SEE_OTHER)


def viewed_name() -> str:
    """The name of the user as whom this page is seen; "" for one's own eyes. For the frame."""
    found = current.current_session()
    return found.actor.name if found is not None and found.viewer is not None else ""
