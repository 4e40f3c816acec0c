"""New profiles, permission sets and groups of sets as change sets; their names, their removal.

A profile is always the copy of another one. Shipped profiles are protected by the deployment.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.permission_set_group import PermissionSetGroup
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid
from .grants import Permit

PERMIT_KINDS = ("Profile", "PermissionSet", "PermissionSetGroup")


def new_permit(
    snapshot: Snapshot, kind: str, label: str, description: str, source: Permit | None
) -> ChangeSet:
    """The change set of a new one, empty or as a copy of `source`."""
    require(_problems(snapshot, kind, label, source))
    document: Draft = {}
    if source is not None:
        document = draft(source)
        document.pop("protected", None)
    document |= {"kind": kind, "uid": new_uid(), "name": free_name(snapshot, kind, label)}
    document |= {"label": label, "description": description}
    return ChangeSet((document,), (), _("%(name)s created", name=label))


def _problems(snapshot: Snapshot, kind: str, label: str, source: Permit | None) -> list[Problem]:
    problems = list(check_label(snapshot, kind, label))
    if kind not in PERMIT_KINDS:
        problems.append(Problem("permit.kind", ("kind",), _("Choose one of the list.")))
    elif kind == "Profile" and source is None:
        message = _("Choose the profile that it is a copy of.")
        problems.append(Problem("permit.source", ("source",), message))
    if source is not None and source.kind != kind:
        problems.append(Problem("permit.source", ("source",), _("Choose one of the same kind.")))
    return problems


def check_label(snapshot: Snapshot, kind: str, label: str, own: str = "") -> tuple[Problem, ...]:
    """What is wrong with the label of one of this kind, for the one with the uid `own`."""
    if not label:
        return (Problem("label.blank", ("label",), _("This is needed.")),)
    labels = {d.label.casefold() for d in snapshot.of_kind(kind) if d.uid != own}
    if label.casefold() in labels:
        message = _("There is already one of this name.")
        return (Problem("label.exists", ("label",), message),)
    return ()


def free_name(snapshot: Snapshot, kind: str, label: str) -> str:
    """An API name made of the label that nothing of the kind has yet."""
    base = api_name(label) or f"{kind}_{len(snapshot.of_kind(kind)) + 1}"
    names = {d.name.casefold() for d in snapshot.of_kind(kind)}
    tries = (base, *(f"{base[:36]}_{n}" for n in range(2, len(names) + 3)))
    return next(name for name in tries if name.casefold() not in names)


def edited_permit(snapshot: Snapshot, permit: Permit, label: str, description: str) -> ChangeSet:
    """The change set of another label and description."""
    require(check_label(snapshot, permit.kind, label, permit.uid))
    document = draft(permit) | {"label": label, "description": description}
    return ChangeSet((document,), (), _("%(name)s changed", name=label))


def deleted_permit(permit: Permit) -> ChangeSet:
    """The change set that puts it into the bin."""
    return ChangeSet((), (Uid(permit.uid),), _("%(name)s deleted", name=permit.label))


def edited_sets(group: PermissionSetGroup, names: Iterable[str]) -> ChangeSet:
    """The change set of the permission sets in a group."""
    chosen = list(dict.fromkeys(names))
    if not chosen:
        message = _("Choose at least one permission set.")
        raise Rejected(Problem("group.empty", ("sets",), message))
    document = draft(group) | {"permissionSets": chosen}
    return ChangeSet((document,), (), _("%(name)s changed", name=group.label))
