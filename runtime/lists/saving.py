"""Saving what is looked at as a view: one's own, or one for everybody.

A shared view is metadata: it goes live by a deployment, like one made in Setup, and can be taken
back from the change log. Refuses (Denied) to share for those who may not.
"""

from __future__ import annotations

import secrets
from typing import Any

from ...metadata.definition import Document, Uid
from ...metadata.deploy.apply import Deployment, deploy
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import ListView
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Denied, Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access.permissions import may_share_views
from .changes import attributes_of, with_attributes
from .kept import OWN

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_key() -> str:
    """A key for a view of somebody's own."""
    return OWN + "".join(secrets.choice(ALPHABET) for _n in range(10))


def document_of(now: ListView, label: str) -> dict[str, Any]:
    """What a list shows now, as the document of a view; it lacks its identity."""
    return {"kind": "ListView", "label": label.strip(), **attributes_of(now)}


def share(
    org_db: OrgDatabase,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    document: Document,
    deployment_id: str,
) -> tuple[str, Deployment]:
    """Makes a view for everybody; returns its local name. Sent twice, it is made once."""
    _require_sharing(actor)
    label = str(document["label"])
    if not label:
        raise Rejected(Problem("view.label", ("label",), _("The view needs a name.")))
    name = _free_name(snapshot, obj.name, api_name(label) or "View", deployment_id)
    whole = {
        **document, "uid": f"view.{deployment_id}", "name": f"{obj.name}.{name}",
        "object": obj.name,
    }  # fmt: skip
    change_set = ChangeSet((whole,), (), _("New list view %(label)s", label=label))
    return name, deploy(org_db, actor, change_set, deployment_id=deployment_id)


def save_shared(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, view: ListView, now: ListView
) -> Deployment:
    """Makes the shared view what is looked at, for everybody."""
    _require_sharing(actor)
    changed = with_attributes(view.document, now)
    summary = _("List view %(label)s changed", label=view.label)
    return deploy(org_db, actor, ChangeSet((changed,), (), summary, snapshot.version))


def delete_shared(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, view: ListView
) -> Deployment:
    """Puts the shared view into the bin, for everybody."""
    _require_sharing(actor)
    summary = _("List view %(label)s deleted", label=view.label)
    return deploy(org_db, actor, ChangeSet((), (Uid(view.uid),), summary, snapshot.version))


def _require_sharing(actor: Actor) -> None:
    if not may_share_views(actor):
        raise Denied("to share list views")


def _free_name(snapshot: Snapshot, object_name: str, name: str, deployment_id: str) -> str:
    """A name that no other view of the object has; its own when it was made by this id already."""
    made = snapshot.find_uid(f"view.{deployment_id}")
    if made is not None:
        return str(made.local_name)
    taken = {view.name.casefold() for view in snapshot.of_kind("ListView")}
    candidates = (name if n == 1 else f"{name}_{n}" for n in range(1, len(taken) + 2))
    return next(one for one in candidates if f"{object_name}.{one}".casefold() not in taken)
