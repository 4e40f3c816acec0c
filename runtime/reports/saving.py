"""Saving reports: one's own, or into a folder that lets one.

A report in a folder is metadata: it goes live by a deployment, and can be taken back from the
change log. Refuses (Denied) whoever may not build reports, or may not change what is in the folder.
"""

from __future__ import annotations

from typing import Any

from ...metadata.definition import Document, Uid
from ...metadata.deploy.apply import Deployment, deploy
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.report_model import Report
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Denied, Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..lists.saving import new_key
from .catalog import EDIT, MANAGE, folder_levels, may_build
from .kept import PRIVATE, is_own, save_own

IDENTITY = ("kind", "uid", "name", "folder", "system")


def content_of(document: Document) -> dict[str, Any]:
    """What a report asks or a dashboard shows, without who it is and where it lies."""
    return {name: value for name, value in document.items() if name not in IDENTITY}


def save_as(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, document: Document, folder: str,
    deployment_id: str,
) -> str:  # fmt: skip
    """Saves a new report; returns its key in addresses. Sent twice, a shared one is made once."""
    _require_building(actor, snapshot)
    content = _labelled(content_of(document))
    if folder == PRIVATE:
        key = new_key()
        org_db.transact(lambda conn: save_own(conn, actor, snapshot, key, content))
        return key
    _require_folder(org_db, actor, snapshot, folder, EDIT, MANAGE)
    label, uid = str(content["label"]), f"report.{deployment_id}"
    name = free_name(snapshot, "Report", label, uid)
    whole = {**content, "kind": "Report", "uid": uid, "name": name, "folder": folder}
    change_set = ChangeSet((whole,), (), _("New report %(label)s", label=label))
    deploy(org_db, actor, change_set, deployment_id=deployment_id)
    return name


def save_report(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, report: Report, document: Document
) -> Deployment | None:
    """Makes the report what the document says; where it lies and who it is stays."""
    _require_building(actor, snapshot)
    content = _labelled(content_of(document))
    if is_own(report):
        org_db.transact(lambda conn: save_own(conn, actor, snapshot, report.uid, content))
        return None
    _require_folder(org_db, actor, snapshot, report.folder, EDIT, MANAGE)
    kept = {name: report.document[name] for name in IDENTITY if name in report.document}
    summary = _("Report %(label)s changed", label=report.label)
    change_set = ChangeSet(({**content, **kept},), (), summary, snapshot.version)
    return deploy(org_db, actor, change_set)


def delete_shared(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, report: Report
) -> Deployment:
    """Puts a shared report into the bin, for everybody."""
    _require_building(actor, snapshot)
    _require_folder(org_db, actor, snapshot, report.folder, MANAGE)
    summary = _("Report %(label)s deleted", label=report.label)
    return deploy(org_db, actor, ChangeSet((), (Uid(report.uid),), summary, snapshot.version))


def _labelled(content: dict[str, Any]) -> dict[str, Any]:
    label = str(content.get("label", "")).strip()
    if not label:
        raise Rejected(Problem("report.label", ("label",), _("The report needs a name.")))
    return {**content, "label": label}


def _require_building(actor: Actor, snapshot: Snapshot) -> None:
    if not may_build(actor, snapshot):
        raise Denied(_("You may not build reports."))


def _require_folder(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, folder: str, *levels: str
) -> None:
    with org_db.read() as conn:
        level = folder_levels(conn, actor, snapshot).get(folder)
    if level not in levels:
        raise Denied(_("You may not change the reports of this folder."))


def free_name(snapshot: Snapshot, kind: str, label: str, uid: str) -> str:
    """A name that no other component of the kind has; its own when one of the uid is there."""
    made = snapshot.find_uid(uid)
    if made is not None:
        return str(made.name)
    name = api_name(label) or kind
    taken = {one.name.casefold() for one in snapshot.of_kind(kind)}
    candidates = (name if n == 1 else f"{name}_{n}" for n in range(1, len(taken) + 2))
    return next(one for one in candidates if one.casefold() not in taken)
