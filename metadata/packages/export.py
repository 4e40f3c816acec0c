"""An org's components as a package: picked ones with their needs, or the whole org."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from ...platform import clock
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, local_moment
from ...platform.migrations.tables import (
    sys_deployment,
    sys_document,
    sys_package_export,
    sys_version,
)
from ...platform.people.actor import Actor
from ..definition import Uid
from ..snapshot import Snapshot
from ..store import LIVE
from .install import org_for
from .manifest import Manifest
from .read import Package
from .selection import Selection, everything, packed, select, with_parts


def export(org_db: OrgDatabase, manifest: Manifest, picked: Iterable[str] | None = None) -> Package:
    """The package of the picked components, of objects with all their parts; None is the org."""
    with org_db.read() as conn:
        org = org_for(conn, org_db, manifest.name)
    if picked is None:
        return packed(org, manifest, select(org, everything(org)), whole=True)
    return packed(org, manifest, select(org, with_parts(org, map(Uid, picked))))


def changed_since(conn: sa.Connection, version: int) -> tuple[Uid, ...]:
    """The components that versions after this one have written."""
    d = sys_document.c
    query = sa.select(d.uid).where(d.revision > version, d.state == LIVE).order_by(d.uid)
    return tuple(map(Uid, conn.scalars(query)))


def version_at(conn: sa.Connection, moment: datetime) -> int:
    """The org's version at that moment; 0 before its first."""
    v = sys_version.c
    return conn.scalar(sa.select(sa.func.max(v.version)).where(v.at < moment)) or 0


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was made."""

    id: int
    name: str
    label: str  # its version
    version: int  # of the org
    at: datetime


def note_export(conn: sa.Connection, actor: Actor, manifest: Manifest, version: int) -> None:
    """Keeps that the package was written of that version of the org."""
    row = {
        "name": manifest.name, "label": manifest.version, "version": version, "at": clock.now(),
        "actor_name": actor.name,
    }  # fmt: skip
    conn.execute(sa.insert(sys_package_export).values(row))


def list_exports(conn: sa.Connection, limit: int = 20, name: str = "") -> tuple[Exported, ...]:
    """The latest exports, of all packages or of one."""
    e = sys_package_export.c
    query = sa.select(*(e[key] for key in Exported.__slots__)).order_by(e.id.desc()).limit(limit)
    rows = conn.execute(query.where(e.name == name) if name else query)
    return tuple(Exported(*row) for row in rows)


def parse_since(conn: sa.Connection, text: str, name: str = "") -> int:
    """The version that a text means; raises Rejected.

    It is a version, a day, the id of a deployment, "last" for the last export (of the package
    `name`, if given), or "export:7" for that one.
    """
    if text == "last" or text.startswith("export:"):
        return _version_of_export(conn, text, name)
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    if (found := _version_after(conn, text)) is not None:
        return found
    try:
        day = date.fromisoformat(text)
        if not 1970 <= day.year <= 9000:
            raise ValueError(text)
    except ValueError as error:
        message = _("Write a version of the change log, or a day as 2026-03-31.")
        hint = _("The id of a deployment and “last” for the last export are understood, too.")
        raise Rejected(Problem("export.since", ("since",), message, hint)) from error
    return version_at(conn, local_moment(day, time()).astimezone(UTC))


def _version_of_export(conn: sa.Connection, text: str, name: str) -> int:
    wanted = text.removeprefix("export:")
    for one in list_exports(conn, 1 if text == "last" else 1000, name if text == "last" else ""):
        if text == "last" or str(one.id) == wanted:
            return one.version
    message = _("There was no such export of this org.")
    hint = _("Say a version, a day or a deployment.")
    raise Rejected(Problem("export.since", ("since",), message, hint))


def _version_after(conn: sa.Connection, deployment_id: str) -> int | None:
    d = sys_deployment.c
    return conn.scalar(sa.select(d.version_after).where(d.id == deployment_id))


def needs_of(
    org_db: OrgDatabase, name: str, picked: Iterable[str] | None
) -> tuple[Selection, Snapshot]:
    """What an export of these would hold, without writing any of it."""
    with org_db.read() as conn:
        org = org_for(conn, org_db, name)
    if picked is None:
        return select(org, everything(org)), org.snapshot
    return select(org, with_parts(org, map(Uid, picked))), org.snapshot


__all__ = [
    "changed_since", "export", "list_exports", "needs_of", "note_export", "parse_since",
    "version_at",
]  # fmt: skip
