"""Packages that somebody has uploaded, from the check to the installation: their session's alone.

A check that found nothing notes the org's version and what was chosen; an installation without
another look is refused once the org has changed since. What is a day old goes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ...platform import clock
from ...platform.errors import NotFound
from ...platform.ids import new_id
from ...platform.migrations.tables import sys_deployment, sys_package_upload
from ..deploy.apply import DEPLOYMENT_PREFIX
from .archive import read_zip
from .plan import Choice
from .read import Package, parse_package

KEPT = timedelta(days=1)
MOST = 10  # of one session


@dataclass(frozen=True, slots=True)
class Upload:
    """One package on its way in."""

    token: str
    file_name: str
    content: bytes
    deployment_id: str
    choice: Choice
    with_samples: bool = False
    checked_version: int | None = None

    @property
    def package(self) -> Package:
        """What is in it; it was readable when it came."""
        return parse_package(read_zip(self.content))


def keep_upload(conn: sa.Connection, session_id: str, file_name: str, content: bytes) -> str:
    """Keeps a zip that was read already; returns its token. Old ones go."""
    u = sys_package_upload.c
    conn.execute(sa.delete(sys_package_upload).where(u.at < clock.now() - KEPT))
    _make_room(conn, session_id)
    token = secrets.token_urlsafe(24)
    row = {
        "token": token, "session_id": session_id, "at": clock.now(), "file_name": file_name,
        "content": content, "deployment_id": new_id(DEPLOYMENT_PREFIX),
        "choice": _said(Choice(), with_samples=False),
    }  # fmt: skip
    conn.execute(sa.insert(sys_package_upload).values(row))
    return token


def get_upload(conn: sa.Connection, session_id: str, token: str) -> Upload:
    """The upload of that session; raises NotFound."""
    u = sys_package_upload.c
    mine = (u.token == token, u.session_id == session_id, u.at >= clock.now() - KEPT)
    row = conn.execute(sa.select(sys_package_upload).where(*mine)).one_or_none()
    if row is None:
        raise NotFound("upload")
    choice, with_samples = _read(row.choice)
    return Upload(
        row.token, row.file_name, row.content, row.deployment_id, choice, with_samples,
        row.checked_version,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """An upload in the list of those that a session has not installed."""

    token: str
    file_name: str
    at: datetime
    checked_version: int | None


def list_uploads(conn: sa.Connection, session_id: str) -> tuple[Waiting, ...]:
    """The session's uploads, latest first, without those that are installed."""
    u, d = sys_package_upload.c, sys_deployment.c
    done = sa.exists().where(d.id == u.deployment_id)
    query = (
        sa.select(u.token, u.file_name, u.at, u.checked_version)
        .where(u.session_id == session_id, u.at >= clock.now() - KEPT, ~done)
        .order_by(u.at.desc())
    )
    return tuple(Waiting(*row) for row in conn.execute(query))


def note_choice(
    conn: sa.Connection, token: str, choice: Choice, *, with_samples: bool, version: int | None
) -> None:
    """Notes what was chosen, and the org's version where the check of it found nothing."""
    conn.execute(
        sa.update(sys_package_upload)
        .where(sys_package_upload.c.token == token)
        .values(choice=_said(choice, with_samples=with_samples), checked_version=version)
    )


def _make_room(conn: sa.Connection, session_id: str) -> None:
    u = sys_package_upload.c
    mine = sa.select(u.token).where(u.session_id == session_id).order_by(u.at.desc())
    old = conn.scalars(mine.offset(MOST - 1).limit(1000)).all()
    conn.execute(sa.delete(sys_package_upload).where(u.token.in_(old)))


def _said(choice: Choice, *, with_samples: bool) -> Mapping[str, Any]:
    return choice.to_json() | {"samples": with_samples}


def _read(tree: Mapping[str, Any]) -> tuple[Choice, bool]:
    return Choice.from_json(tree), bool(tree["samples"])
