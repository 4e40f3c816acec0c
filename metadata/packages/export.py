"""An org's components as a package: picked ones with their needs, or the whole org."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from ...platform.db.scope import OrgDatabase
from ...platform.migrations.tables import sys_document, sys_version
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


def needs_of(
    org_db: OrgDatabase, name: str, picked: Iterable[str] | None
) -> tuple[Selection, Snapshot]:
    """What an export of these would hold, without writing any of it."""
    with org_db.read() as conn:
        org = org_for(conn, org_db, name)
    if picked is None:
        return select(org, everything(org)), org.snapshot
    return select(org, with_parts(org, map(Uid, picked))), org.snapshot


__all__ = ["changed_since", "export", "needs_of", "version_at"]
