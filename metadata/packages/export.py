"""An org's components as a package: picked ones with their needs, or the whole org."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from ...platform.db.scope import OrgDatabase
from ...platform.migrations.tables import sys_document
from ..definition import Uid
from ..store import LIVE
from .install import org_for
from .manifest import Manifest
from .read import Package
from .selection import everything, packed, select, with_parts


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


__all__ = ["changed_since", "export"]
