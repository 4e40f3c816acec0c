"""Photos of people: a small square picture each, its bytes among the org's files.

A stamp in the org's settings changes with every photo, so that a process knows without asking
whether what it remembers is still so. Refuses what is no PNG, JPEG or WebP, and what is large.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from .. import audit, clock
from ..errors import Problem, Rejected
from ..files import FileStore, Kept, picture_type
from ..i18n import _, format_bytes
from ..migrations.tables import sys_photo
from ..org_settings import save_setting
from ..pictures import picture_size
from .actor import Actor

STAMP = "org.photos"  # the setting that changes with every photo
LARGEST = 1024 * 1024  # bytes
WIDEST = 2048  # pixels of a side
TYPES = ("image/png", "image/jpeg", "image/webp")
_p = sys_photo.c


@dataclass(frozen=True, slots=True)
class Photo:
    """Where the bytes are, and what they are."""

    sha256: str
    picture: str


def keep(store: FileStore, data: bytes) -> Kept:
    """Puts the bytes among the files; raises Rejected for what is no photo."""
    media_type = picture_type(data[:16])
    size = picture_size(data, media_type)
    if media_type not in TYPES or size is None:
        message = _("A photo is a PNG, JPEG or WebP picture.")
        raise Rejected(Problem("photo.type", ("photo",), message))
    if len(data) > LARGEST:
        message = _("A photo has up to %(limit)s.", limit=format_bytes(LARGEST))
        hint = _("Make the picture smaller: 256 × 256 is enough.")
        raise Rejected(Problem("photo.size", ("photo",), message, hint))
    if max(size) > WIDEST:
        message = _("A photo has up to %(n)s pixels a side.", n=WIDEST)
        hint = _("Make the picture smaller: 256 × 256 is enough.")
        raise Rejected(Problem("photo.size", ("photo",), message, hint))
    return store.put(io.BytesIO(data))


def set_photo(conn: sa.Connection, user_id: str, kept: Kept, by: Actor) -> None:
    """The bytes are the user's photo from now on."""
    conn.execute(sa.delete(sys_photo).where(_p.user_id == user_id))
    row = {"sha256": kept.sha256, "picture": kept.picture, "at": clock.now()}
    conn.execute(sa.insert(sys_photo).values(user_id=user_id, **row))
    _note(conn, user_id, by, "user.photo_set")


def remove_photo(conn: sa.Connection, user_id: str, by: Actor) -> bool:
    """The user has initials again; False when they had no photo."""
    if not conn.execute(sa.delete(sys_photo).where(_p.user_id == user_id)).rowcount:
        return False
    _note(conn, user_id, by, "user.photo_removed")
    return True


def find_photo(conn: sa.Connection, user_id: str) -> Photo | None:
    row = conn.execute(sa.select(_p.sha256, _p.picture).where(_p.user_id == user_id)).one_or_none()
    return Photo(*row) if row else None


def list_photos(conn: sa.Connection) -> Mapping[str, str]:
    """{user id: the first signs of the hash of their photo}"""
    return {row.user_id: row.sha256[:12] for row in conn.execute(sa.select(_p.user_id, _p.sha256))}


def _note(conn: sa.Connection, user_id: str, by: Actor, operation: str) -> None:
    save_setting(conn, STAMP, secrets.token_hex(8))
    audit.record(conn, by, operation, audit.Subject("user", user_id))
