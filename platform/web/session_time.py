"""How long the session of a page still lasts, and saying that one is there.

A page asks by itself now and then (`session_time.js`), which does not make the session last longer.
"""

from __future__ import annotations

import math

from flask import Blueprint, Response, jsonify

from .. import clock
from ..people.sessions import Session, note_seen
from . import current
from .access import SIGNED_IN, requires

blueprint = Blueprint("session", __name__)


@blueprint.get("/session/left")
@requires(SIGNED_IN)
def left() -> Response:
    """Seconds until the session ends, and whether being there makes it last longer."""
    return _answer()


@blueprint.post("/session/stay")
@requires(SIGNED_IN)
def stay() -> Response:
    """Starts the time without pages anew."""
    found = current.signed_in()
    current.own_db().transact(lambda conn: note_seen(conn, found.id))
    current.forget()
    return _answer()


def _answer() -> Response:
    found = current.signed_in()
    return jsonify(left=seconds_left(found), extends=_extends(found))


def seconds_left(found: Session) -> int:
    """0 for what does not end by time, as a program's access."""
    if found.idle_at is None or found.life_at is None:
        return 0
    return max(0, math.floor((min(found.idle_at, found.life_at) - clock.now()).total_seconds()))


def session_left() -> int:
    """For the frame of a page: the seconds that its session has, unless somebody comes back."""
    found = current.current_session()
    return seconds_left(found) if found else 0


def _extends(found: Session) -> bool:
    if found.idle_at is None or found.life_at is None:
        return False
    return found.idle_at < found.life_at
