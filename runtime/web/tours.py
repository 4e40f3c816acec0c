"""Tours: what a script shows step by step, and the note that somebody has seen one.

A page offers its tour by a line at the foot of the navigation until it was taken or put away;
the person's menu has it always.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify

from ...platform.errors import NotFound
from ...platform.web.access import SIGNED_IN, requires
from ..tours import TOURS, note_seen
from .blueprint import pages
from .scope import here


@pages.get("/tours/<name>")
@requires(SIGNED_IN)
def tour(name: str) -> Response:
    """The steps of a tour in the reader's language."""
    if name not in TOURS:
        raise NotFound(name)
    steps = [
        {"at": step.places, "title": str(step.title), "text": str(step.text)}
        for step in TOURS[name]
    ]
    return jsonify(steps=steps)


@pages.post("/tours/<name>")
@requires(SIGNED_IN)
def tour_seen(name: str) -> Response:
    """Does not offer the person this tour again."""
    if name not in TOURS:
        raise NotFound(name)
    scope = here()
    scope.org_db.transact(lambda conn: note_seen(conn, scope.actor, name))
    return Response(status=HTTPStatus.NO_CONTENT)
