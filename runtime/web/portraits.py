"""Where the photo of somebody is. Which there are is remembered by a process until the org's stamp
changes, so that a page of many people asks nothing."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g

from ...platform.people.photos import list_photos
from ...platform.web.current import current_session, own_db

_known: dict[str, tuple[str, Mapping[str, str]]] = {}  # {org: (stamp, {user id: digest})}


def photo_url(user_id: str) -> str:
    """The address of somebody's photo; "" for who has none. For avatars."""
    digest = _photos().get(user_id)
    return f"/people/{user_id}/photo?v={digest}" if digest else ""


def _photos() -> Mapping[str, str]:
    if "photos" not in g:
        g.photos = _find_photos()
    found: Mapping[str, str] = g.photos
    return found


def _find_photos() -> Mapping[str, str]:
    session = current_session()
    if session is None or not session.photos:
        return {}
    kept = _known.get(session.actor.org)
    if kept is None or kept[0] != session.photos:
        with own_db().read() as conn:
            kept = (session.photos, list_photos(conn))
        _known[session.actor.org] = kept
    return kept[1]
