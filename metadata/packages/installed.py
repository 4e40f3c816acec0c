"""Which packages an org has, and which of its components come from where.

A row is written for each installation, upgrade and removal, in the transaction of its deployment;
what was taken back does not count, so that an earlier release holds again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ...platform import clock
from ...platform.errors import NotFound
from ...platform.migrations.tables import sys_deployment, sys_document, sys_package
from ...platform.people.actor import Actor
from ..definition import Document
from ..deploy.record import ORG
from ..overlay import Patch
from ..store import LIVE
from .manifest import Manifest, parse_manifest
from .read import Extension

INSTALLED, REMOVED = "installed", "removed"
STANDARD = "standard"  # the CRM itself, which every org but a bare one has


@dataclass(frozen=True, slots=True)
class Installed:
    """A package that the org has."""

    manifest: Manifest
    extensions: tuple[Extension, ...]
    digest: str
    deployment_id: str
    at: datetime
    actor_name: str

    @property
    def name(self) -> str:
        return self.manifest.name


@dataclass(frozen=True, slots=True)
class Stored:
    """What the org has of one component: where it comes from, and what it was shipped as."""

    uid: str
    origin: str
    state: str
    name: str  # as the org calls it
    base: Document | None
    patch: Patch

    @property
    def is_live(self) -> bool:
        return self.state == LIVE


def list_installed(conn: sa.Connection) -> tuple[Installed, ...]:
    """The packages of the org, by name; the standard one is no row here."""
    p, d = sys_package.c, sys_deployment.c
    holds = sa.select(sys_package).join(sys_deployment, d.id == p.deployment_id).order_by(p.id)
    last = {row.name: row for row in conn.execute(holds.where(d.reverted_by.is_(None)))}
    return tuple(_installed(last[name]) for name in sorted(last) if last[name].state == INSTALLED)


def find_installed(conn: sa.Connection, name: str) -> Installed | None:
    return next((one for one in list_installed(conn) if one.name == name), None)


def get_installed(conn: sa.Connection, name: str) -> Installed:
    """As `find_installed`, but raises NotFound."""
    if (found := find_installed(conn, name)) is None:
        raise NotFound(f"package {name}")
    return found


def note_package(
    conn: sa.Connection,
    actor: Actor,
    manifest: Manifest,
    extensions: tuple[Extension, ...],
    digest: str,
    deployment_id: str,
    state: str = INSTALLED,
) -> None:
    """Writes the row of an installation or removal."""
    conn.execute(
        sa.insert(sys_package).values(
            name=manifest.name,
            state=state,
            manifest=manifest.to_json(),
            extensions=[extension.to_json() for extension in extensions],
            digest=digest,
            deployment_id=deployment_id,
            at=clock.now(),
            actor_name=actor.name,
        )
    )


def stored(conn: sa.Connection) -> Mapping[str, Stored]:
    """{uid: what the org has of it}, binned ones too."""
    d = sys_document.c
    rows = conn.execute(sa.select(d.uid, d.origin, d.state, d.name, d.base, d.overlay))
    return {row.uid: Stored(*row) for row in rows}


def origins_of_others(conn: sa.Connection, name: str) -> frozenset[str]:
    """The packages that components can come from, but for this one and the org itself."""
    known = {one.name for one in list_installed(conn)} | {STANDARD}
    return frozenset(known - {name, ORG})


def _installed(row: sa.Row[tuple[object, ...]]) -> Installed:
    extensions = tuple(Extension(**tree) for tree in row.extensions)
    return Installed(
        parse_manifest(row.manifest), extensions, row.digest, row.deployment_id, row.at,
        row.actor_name,
    )  # fmt: skip
