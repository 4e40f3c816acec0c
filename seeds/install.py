"""Installs the standard CRM in an org, or upgrades it: the org's own changes stay on top."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

import sqlalchemy as sa

from trellis.metadata.deploy.apply import Deployment
from trellis.metadata.packages.install import install_documents
from trellis.metadata.packages.read import read_package
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.feature import Feature
from trellis.platform.migrations.tables import sys_document
from trellis.platform.org_settings import read_setting, save_setting
from trellis.platform.people.actor import Actor, system_actor

STANDARD = Path(__file__).parent / "standard"
ORIGIN = "standard"
INSTALLED = "package.standard"  # the setting that says which release the org has


def install_standard(org_db: OrgDatabase, actor: Actor | None = None) -> Deployment:
    """Deploys every document of the standard package that is new or has changed."""
    by = actor or system_actor(org_db.key, "installing the standard package")
    done = install_documents(org_db, by, read_package(STANDARD), origin=ORIGIN)
    org_db.transact(_note)
    return done


def upgrade_standard(org_db: OrgDatabase) -> Deployment | None:
    """Brings an org that has the package to what this release ships; others are left alone."""
    with org_db.read() as conn:
        known = read_setting(conn, INSTALLED)
        if known == _digest() or not _has_package(conn):
            return None
    return install_standard(org_db)


def _has_package(conn: sa.Connection) -> bool:
    d = sys_document.c
    return conn.scalar(sa.select(sa.literal(1)).where(d.origin == ORIGIN).limit(1)) is not None


def _note(conn: sa.Connection) -> None:
    """Notes which release of the package the org has."""
    save_setting(conn, INSTALLED, _digest())


@cache
def _digest() -> str:
    """Changes with any file of the package."""
    found = blake2b(digest_size=16)
    for path in sorted(STANDARD.rglob("*.json")):
        found.update(path.relative_to(STANDARD).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


STANDARD_CRM = Feature("standard", install=install_standard, upgrade=upgrade_standard)
