"""Installs, upgrades and removes packages through the one pipeline.

Each is one deployment: it is previewed, done whole or not at all, and taken back like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..checks import check_document
from ..definition import Document
from ..deploy.apply import (
    Deployment,
    Preview,
    Told,
    deploy,
    find_deployment,
    preview,
    tell_nobody,
)
from ..deploy.change_set import ChangeSet
from ..deploy.record import ORG, Shipped
from ..deploy.revert import revert
from ..store import SNAPSHOTS
from .installed import (
    REMOVED,
    Installed,
    get_installed,
    list_installed,
    note_package,
    origins_of_others,
    stored,
)
from .plan import Choice, Plan, Standing, effective, is_new_base, plan_install, plan_uninstall
from .read import Package
from .selection import Org

AS_SHIPPED = Choice()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an installation would do, and what the pipeline says to it."""

    plan: Plan
    preview: Preview

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self.plan.problems, *self.preview.problems)


def compare(
    org_db: OrgDatabase, actor: Actor, package: Package, choice: Choice = AS_SHIPPED
) -> Comparison:
    """Thinks the installation through; writes nothing."""
    with org_db.read() as conn:
        plan = plan_install(standing(conn, org_db), actor, package, choice)
    if plan.problems:
        return Comparison(plan, Preview(()))
    return Comparison(plan, preview(org_db, plan.change_set))


def install(
    org_db: OrgDatabase,
    actor: Actor,
    package: Package,
    choice: Choice = AS_SHIPPED,
    *,
    deployment_id: str | None = None,
    told: Told = tell_nobody,
) -> Deployment:
    """Installs or upgrades. Raises Rejected with every problem; then nothing is changed.

    The id of a deployment that was made already, or a package that the org has already, does
    nothing.
    """
    with org_db.read() as conn:
        if deployment_id and (done := find_deployment(conn, deployment_id)) is not None:
            return done
        org = standing(conn, org_db)
        plan = plan_install(org, actor, package, choice)
    require(plan.problems)
    before = org.find(package.manifest.name)
    is_known = before is not None and before.digest == plan.digest
    if is_known and not plan.shipped and not preview(org_db, plan.change_set).diff.changes:
        return Deployment("", org.snapshot.version)

    def note(conn: sa.Connection, made: str) -> None:
        note_package(conn, actor, package.manifest, package.extensions, plan.digest, made)

    return deploy(
        org_db, actor, plan.change_set,
        deployment_id=deployment_id, shipped=plan.shipped, also=note, told=told,
    )  # fmt: skip


def uninstall(
    org_db: OrgDatabase,
    actor: Actor,
    name: str,
    *,
    deployment_id: str | None = None,
    told: Told = tell_nobody,
) -> Deployment:
    """Removes what the package brought; its records sleep in the bin for as long as its objects.

    Raises NotFound, or Rejected when something else needs it. The id of a deployment that was made
    already does nothing.
    """
    with org_db.read() as conn:
        if deployment_id and (done := find_deployment(conn, deployment_id)) is not None:
            return done
        org, gone = standing(conn, org_db), get_installed(conn, name)
    require(_needed_by_others(org, gone))
    shipped = {uid: Shipped(ORG, None) for uid, known in org.stored.items() if known.origin == name}

    def note(conn: sa.Connection, made: str) -> None:
        note_package(conn, actor, gone.manifest, (), gone.digest, made, REMOVED)

    change_set = plan_uninstall(org, gone)
    return deploy(
        org_db, actor, change_set,
        deployment_id=deployment_id, shipped=shipped, also=note, told=told,
    )  # fmt: skip


def preview_uninstall(org_db: OrgDatabase, name: str) -> Preview:
    """What `uninstall` would do; raises NotFound."""
    with org_db.read() as conn:
        org, gone = standing(conn, org_db), get_installed(conn, name)
    problems = tuple(_needed_by_others(org, gone))
    return Preview(problems) if problems else preview(org_db, plan_uninstall(org, gone))


def revert_package(
    org_db: OrgDatabase,
    actor: Actor,
    name: str,
    *,
    deployment_id: str | None = None,
    told: Told = tell_nobody,
) -> Deployment:
    """Takes the package's last installation or upgrade back; raises NotFound or Rejected.

    The id of a deployment that was made already does nothing.
    """
    with org_db.read() as conn:
        if deployment_id and (done := find_deployment(conn, deployment_id)) is not None:
            return done
        last = get_installed(conn, name)
    return revert(org_db, actor, last.deployment_id, new_id=deployment_id, told=told)


def standing(conn: sa.Connection, org_db: OrgDatabase) -> Standing:
    """The org as an installation finds it."""
    return Standing(SNAPSHOTS.at(conn, org_db), stored(conn), list_installed(conn))


def org_for(conn: sa.Connection, org_db: OrgDatabase, name: str) -> Org:
    """The org as an export of that package looks at it."""
    others = origins_of_others(conn, name)
    return Org(SNAPSHOTS.at(conn, org_db), stored(conn), others, list_installed(conn))


def install_documents(
    org_db: OrgDatabase,
    actor: Actor,
    documents: Iterable[Document],
    origin: str = "standard",
    summary: str = "",
    *,
    deployment_id: str | None = None,
) -> Deployment:
    """Installs or upgrades what this release ships itself, without a manifest.

    Raises Rejected with every problem; then nothing is installed.
    """
    shipped = {str(document["uid"]): document for document in documents}
    require(problem for document in shipped.values() for problem in check_document(document))
    with org_db.read() as conn:
        snapshot, known = SNAPSHOTS.at(conn, org_db), stored(conn)
    put = effective(snapshot, shipped, known)
    bases = {
        uid: Shipped(origin, document)
        for uid, document in shipped.items()
        if uid in put and is_new_base(known.get(uid), origin, document)
    }
    said = summary or _("Package %(name)s installed", name=origin)
    change_set = ChangeSet(tuple(put.values()), (), said)
    return deploy(org_db, actor, change_set, deployment_id=deployment_id, shipped=bases)


def _needed_by_others(org: Standing, gone: Installed) -> Iterable[Problem]:
    for other in org.installed:
        if gone.name in other.manifest.dependencies:
            message = _("The package %(name)s needs it.", name=other.manifest.title)
            hint = _("Remove that first.")
            yield Problem("package.needed", (gone.name,), message, hint)


__all__ = [
    "Choice", "Comparison", "Rejected", "compare", "install", "install_documents", "org_for",
    "preview_uninstall", "revert_package", "standing", "uninstall",
]  # fmt: skip
