"""Installs the standard CRM in an org, or upgrades it: the org's own changes stay on top."""

from __future__ import annotations

from pathlib import Path

from trellis.metadata.deploy.apply import Deployment
from trellis.metadata.packages.install import install_documents
from trellis.metadata.packages.read import read_package
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.feature import Feature
from trellis.platform.people.actor import Actor, system_actor

STANDARD = Path(__file__).parent / "standard"


def install_standard(org_db: OrgDatabase, actor: Actor | None = None) -> Deployment:
    """Deploys every document of the standard package that is new or has changed."""
    by = actor or system_actor(org_db.key, "installing the standard package")
    return install_documents(org_db, by, read_package(STANDARD), origin="standard")


STANDARD_CRM = Feature("standard", install=install_standard)
