"""The company's logo: a small picture kept with the settings. Refuses what is no picture that a
browser may show, and what is large: it stands on every page."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from .errors import Problem, Rejected
from .files import picture_type
from .i18n import _
from .org_settings import forget_settings, read_setting, save_setting

SETTING, DIGEST = "org.logo_picture", "org.logo"
LARGEST = 100 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture and its type."""

    media_type: str
    data: bytes


def find_logo(conn: sa.Connection) -> Logo | None:
    """The logo of the org, if it has one."""
    kept = read_setting(conn, SETTING)
    return Logo(kept["type"], base64.b64decode(kept["data"])) if kept else None


def save_logo(conn: sa.Connection, data: bytes) -> None:
    """Keeps the picture; raises Rejected. The caller audits."""
    media_type = picture_type(data[:16])
    if not media_type:
        message = _("A logo is a PNG, JPEG, GIF or WebP picture.")
        raise Rejected(Problem("logo.type", ("logo",), message))
    if len(data) > LARGEST:
        message = _("A logo has up to %(n)s KB.", n=LARGEST // 1024)
        hint = _("Make the picture smaller: 128 × 128 is enough.")
        raise Rejected(Problem("logo.size", ("logo",), message, hint))
    kept = {"type": media_type, "data": base64.b64encode(data).decode()}
    save_setting(conn, SETTING, kept)
    save_setting(conn, DIGEST, hashlib.sha256(data).hexdigest()[:16])


def remove_logo(conn: sa.Connection) -> None:
    forget_settings(conn, SETTING, DIGEST)
