"""Saving dashboards: one's own, or into a folder that lets one; each can be taken back.

A dashboard that always shows what one certain user sees is saved only by that user, or by who sees
all data anyway.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...metadata.definition import Document, Uid
from ...metadata.deploy.apply import deploy
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.deploy.revert import revert, revert_change_set
from ...metadata.kinds.dashboard import Dashboard
from ...metadata.kinds.report_folder import EDIT, MANAGE
from ...metadata.snapshot import Snapshot
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Denied, Problem, Rejected
from ...platform.i18n import _
from ...platform.migrations.tables import sys_user
from ...platform.people.actor import Actor
from ..access.permissions import holds
from ..lists.saving import new_key
from ..reports.catalog import folder_levels, may_build
from ..reports.kept import PRIVATE
from ..reports.saving import IDENTITY, content_of, free_name
from .catalog import FOLDERS, get_dashboard, may_change
from .kept import is_own, save_own, undo_own


def save_new(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, document: Document, folder: str,
    deployment_id: str,
) -> str:  # fmt: skip
    """Saves a new dashboard; returns its key. Sent twice, a shared one is made once."""
    _require_building(actor, snapshot)
    content = _labelled(content_of(document))
    if folder == PRIVATE:
        key = new_key()
        org_db.transact(lambda conn: save_own(conn, actor, snapshot, key, content))
        return key
    with org_db.read() as conn:
        if folder_levels(conn, actor, snapshot, FOLDERS).get(folder) not in (EDIT, MANAGE):
            raise Denied(_("You may not change the dashboards of this folder."))
        _require_running_user(conn, actor, snapshot, str(content.get("runningUser", "")))
    uid = f"dashboard.{deployment_id}"
    name = free_name(snapshot, "Dashboard", str(content["label"]), uid)
    whole = {**content, "kind": "Dashboard", "uid": uid, "name": name, "folder": folder}
    summary = _("New dashboard %(label)s", label=content["label"])
    deploy(org_db, actor, ChangeSet((whole,), (), summary), deployment_id=deployment_id)
    return name


def save_dashboard(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, dashboard: Dashboard, document: Document
) -> str:
    """Makes the dashboard what the document says; returns what takes that back again."""
    _require_building(actor, snapshot)
    content = _labelled(content_of(document))
    if is_own(dashboard):
        key = str(dashboard.uid)
        org_db.transact(lambda conn: save_own(conn, actor, snapshot, key, content))
        return "own"
    with org_db.read() as conn:
        _found, level = get_dashboard(conn, actor, snapshot, dashboard.name)
        if not may_change(level):
            raise Denied(_("You may not change the dashboards of this folder."))
        for username in {dashboard.running_user, str(content.get("runningUser", ""))}:
            _require_running_user(conn, actor, snapshot, username)
    kept = {name: dashboard.document[name] for name in IDENTITY if name in dashboard.document}
    summary = _("Dashboard %(label)s changed", label=dashboard.label)
    made = deploy(org_db, actor, ChangeSet(({**content, **kept},), (), summary, snapshot.version))
    return made.id or ""


def undo_save(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, dashboard: Dashboard, token: str
) -> None:
    """Takes back what `save_dashboard` did; `token` is its answer."""
    _require_building(actor, snapshot)
    if is_own(dashboard):
        key = str(dashboard.uid)
        org_db.transact(lambda conn: undo_own(conn, actor, snapshot, key))
        return
    with org_db.read() as conn:
        _found, level = get_dashboard(conn, actor, snapshot, dashboard.name)
    if not may_change(level):
        raise Denied(_("You may not change the dashboards of this folder."))
    _require_deployment_of(org_db, dashboard, token)
    revert(org_db, actor, token)


def _require_deployment_of(org_db: OrgDatabase, dashboard: Dashboard, token: str) -> None:
    """Refuses deployments that changed anything else than this dashboard."""
    changes = revert_change_set(org_db, token)
    uids = {str(document["uid"]) for document in changes.put} | set(map(str, changes.remove))
    if uids != {str(dashboard.uid)}:
        raise Denied(_("You may not change the dashboards of this folder."))


def delete_shared(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, dashboard: Dashboard, level: str
) -> None:
    """Puts a shared dashboard into the bin, for everybody."""
    _require_building(actor, snapshot)
    if level != MANAGE:
        raise Denied(_("You may not change the dashboards of this folder."))
    summary = _("Dashboard %(label)s deleted", label=dashboard.label)
    gone = (Uid(dashboard.uid),)
    deploy(org_db, actor, ChangeSet((), gone, summary, snapshot.version))


def _labelled(content: dict[str, Any]) -> dict[str, Any]:
    label = str(content.get("label", "")).strip()
    if not label:
        raise Rejected(Problem("dashboard.label", ("label",), _("The dashboard needs a name.")))
    return {**content, "label": label}


def _require_building(actor: Actor, snapshot: Snapshot) -> None:
    if not may_build(actor, snapshot):
        raise Denied(_("You may not build dashboards."))


def _require_running_user(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, username: str
) -> None:
    if not username or holds(actor, "ViewAllData", snapshot):
        return
    u = sys_user.c
    mine = sa.select(u.username).where(u.id == actor.user_id)
    if conn.execute(mine).scalar_one_or_none() != username:
        raise Denied(_("You may not change a dashboard that shows what somebody else sees."))
