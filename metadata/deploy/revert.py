"""Takes a deployment back, by another deployment: the log only ever grows.

What others changed since stays: the difference is undone element by element. Refuses (Conflict)
when a component that it would change back is gone.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from ...platform.db.scope import OrgDatabase
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.migrations.tables import sys_deployment, sys_rebased
from ...platform.people.actor import Actor
from .. import overlay
from ..definition import Document, Uid
from ..snapshot import Snapshot
from ..store import SNAPSHOTS, Change, changes_of
from .apply import Deployment, Told, deploy, find_deployment, tell_nobody
from .change_set import ChangeSet
from .record import Shipped


def revert(
    org_db: OrgDatabase,
    actor: Actor,
    deployment_id: str,
    *,
    new_id: str | None = None,
    told: Told = tell_nobody,
) -> Deployment:
    """Brings back what was before the deployment; raises NotFound, Rejected or Conflict.

    A `new_id` that was given already does nothing.
    """
    with org_db.read() as conn:
        if new_id and (done := find_deployment(conn, new_id)) is not None:
            return done
    change_set = revert_change_set(org_db, deployment_id)
    with org_db.read() as conn:
        shipped = _shipped_before(conn, deployment_id)
    return deploy(org_db, actor, change_set, deployment_id=new_id, shipped=shipped, told=told)


def _shipped_before(conn: sa.Connection, deployment_id: str) -> dict[str, Shipped]:
    """What packages had shipped before the deployment, where none since has shipped it anew."""
    d, r, other = sys_deployment.c, sys_rebased.c, sys_rebased.alias().c
    version = sa.select(d.version_after).where(d.id == deployment_id).scalar_subquery()
    anew = (
        sa.select(other.uid)
        .join_from(other.uid.table, sys_deployment, d.id == other.deployment_id)
        .where(other.uid == r.uid, d.version_after > version, d.reverted_by.is_(None))
    )
    rows = sa.select(r.uid, r.origin, r.base).where(
        r.deployment_id == deployment_id, ~anew.exists()
    )
    return {uid: Shipped(origin, base) for uid, origin, base in conn.execute(rows)}


def revert_change_set(org_db: OrgDatabase, deployment_id: str) -> ChangeSet:
    """What taking the deployment back would change, for a preview."""
    with org_db.read() as conn:
        d = sys_deployment.c
        query = sa.select(d.version_after, d.summary, d.reverted_by).where(d.id == deployment_id)
        row = conn.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"deployment {deployment_id}")
        if row.reverted_by:
            message = _("This deployment was taken back already.")
            raise Rejected(Problem("deployment.reverted", (deployment_id,), message))
        snapshot = SNAPSHOTS.at(conn, org_db)
        changes = changes_of(conn, row.version_after)
    summary = _("Taken back: %(summary)s", summary=row.summary)
    return replace(undone(snapshot, changes, summary), reverts=deployment_id)


def undone(snapshot: Snapshot, changes: tuple[Change, ...], summary: str) -> ChangeSet:
    """The change set that undoes the changes in the snapshot of now."""
    put: list[Document] = []
    remove: list[Uid] = []
    for change in changes:
        now = snapshot.find_uid(change.uid)
        if change.before is None:
            if now is not None:
                remove.append(now.uid)
        elif change.after is None:
            if now is None:
                put.append(change.before)
        elif now is None:
            raise Conflict(_("%(name)s was deleted since.", name=change.name))
        else:
            put.append(_undone(now.document, change.before, change.after))
    return ChangeSet(tuple(put), tuple(remove), summary, snapshot.version)


def _undone(now: Document, before: Document, after: Document) -> Document:
    if overlay.same(now, after):
        return before
    merged: Document = overlay.merge(now, overlay.diff(after, before))
    return merged
