"""Roles as change sets: a new one, another name or place, its removal. Circles are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.role import CHILD_LEVELS, LEVELS, Role
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid
from .permits import check_label, free_name


@dataclass(frozen=True, slots=True)
class SaidRole:
    """What the administrator says of a role."""

    label: str
    parent: str = ""  # API name of the role above
    description: str = ""
    child_levels: tuple[tuple[str, str], ...] = ()  # (object, level)


def new_role(snapshot: Snapshot, said: SaidRole) -> ChangeSet:
    """The change set of a new role, last among those below the same one."""
    require(_problems(snapshot, said))
    ranks = [role.rank for role in snapshot.of_kind("Role") if role.parent == said.parent]
    document: Draft = {
        "kind": "Role",
        "uid": new_uid(),
        "name": free_name(snapshot, "Role", said.label),
        "rank": min(max(ranks, default=0) + 10, 100_000),
    }
    return ChangeSet((_with(document, said),), (), _("Role %(name)s created", name=said.label))


def edited_role(snapshot: Snapshot, role: Role, said: SaidRole) -> ChangeSet:
    """The change set of another label, place or levels."""
    require(_problems(snapshot, said, role))
    document = _with(draft(role), said)
    return ChangeSet((document,), (), _("Role %(name)s changed", name=said.label))


def moved_role(snapshot: Snapshot, role: Role, parent: str) -> ChangeSet:
    """The change set that puts a role, with all below it, under another one; "" is the top."""
    said = SaidRole(role.label, parent, role.description, role.child_levels)
    require(_check_parent(snapshot, said, role))
    document = draft(role) | {"parentRole": parent}
    return ChangeSet((_tidied(document),), (), _("Role %(name)s moved", name=role.label))


def deleted_role(snapshot: Snapshot, role: Role) -> ChangeSet:
    """The change set that puts a role into the bin; one with roles below stays."""
    below = [one.label for one in snapshot.of_kind("Role") if one.parent == role.name]
    if below:
        message = _("There are roles below it: %(names)s.", names=", ".join(below[:5]))
        hint = _("Move or delete them first.")
        raise Rejected(Problem("role.has_below", (), message, hint))
    return ChangeSet((), (Uid(role.uid),), _("Role %(name)s deleted", name=role.label))


def _problems(snapshot: Snapshot, said: SaidRole, own: Role | None = None) -> list[Problem]:
    problems = list(check_label(snapshot, "Role", said.label, own.uid if own else ""))
    problems += _check_parent(snapshot, said, own)
    if any(level not in LEVELS for _object, level in said.child_levels):
        problems.append(Problem("role.level", (), _("Choose one of the list.")))
    return problems


def _check_parent(snapshot: Snapshot, said: SaidRole, own: Role | None) -> Iterator[Problem]:
    if said.parent and snapshot.find("Role", said.parent) is None:
        yield Problem("role.unknown", ("parent",), _("Choose one of the list."))
    elif own is not None and said.parent in names_below(snapshot, own):
        message = _("%(name)s cannot stand below itself.", name=own.label)
        hint = _("Choose a role that is not below it.")
        yield Problem("role.circle", ("parent",), message, hint)


def names_below(snapshot: Snapshot, role: Role) -> frozenset[str]:
    """The names of the role and of all below it."""
    found, roles = {role.name}, snapshot.of_kind("Role")
    while new := {one.name for one in roles if one.parent in found} - found:
        found |= new
    return frozenset(found)


def _with(document: Draft, said: SaidRole) -> Draft:
    document |= {"label": said.label, "description": said.description, "parentRole": said.parent}
    document |= {CHILD_LEVELS[name]: level for name, level in said.child_levels}
    return _tidied(document)


def _tidied(document: Draft) -> Draft:
    return {key: value for key, value in document.items() if value != ""}
