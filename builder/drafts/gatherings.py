"""Public groups and queues as change sets: their words, and whom they hold by roles and groups.

Users who are in one by themselves are the org's data: see `platform/people/assignments`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...metadata.circles import Circle, nested_groups
from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.group import Group
from ...metadata.kinds.queue import KEY_PREFIX, Queue
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, require
from ...platform.i18n import _
from ...platform.ids import new_id
from .documents import Draft, draft, new_uid
from .permits import check_label, free_name

Gathering = Group | Queue


@dataclass(frozen=True, slots=True)
class SaidGathering:
    """What the administrator says of a group or queue."""

    label: str
    description: str = ""
    members: tuple[Circle, ...] = ()
    includes_bosses: bool = True  # of a group
    objects: tuple[str, ...] = ()  # of a queue
    email: str = ""  # of a queue


def new_gathering(snapshot: Snapshot, kind: str, said: SaidGathering) -> ChangeSet:
    """The change set of a new group or queue."""
    require(_problems(snapshot, kind, said))
    document: Draft = {
        "kind": kind,
        "uid": new_id(KEY_PREFIX) if kind == "Queue" else new_uid(),
        "name": free_name(snapshot, kind, said.label),
    }
    return ChangeSet((_with(document, said),), (), _("%(name)s created", name=said.label))


def edited_gathering(snapshot: Snapshot, known: Gathering, said: SaidGathering) -> ChangeSet:
    """The change set of other words, members or objects."""
    require(_problems(snapshot, known.kind, said, known))
    return ChangeSet((_with(draft(known), said),), (), _("%(name)s changed", name=said.label))


def deleted_gathering(known: Gathering) -> ChangeSet:
    """The change set that puts it into the bin; rules that share with it keep it."""
    return ChangeSet((), (Uid(known.uid),), _("%(name)s deleted", name=known.label))


def _problems(
    snapshot: Snapshot, kind: str, said: SaidGathering, own: Gathering | None = None
) -> list[Problem]:
    problems = list(check_label(snapshot, kind, said.label, own.uid if own else ""))
    inner = [circle.name for circle in said.members if circle.type == "group"]
    if isinstance(own, Group) and own.name in nested_groups(snapshot, inner):
        message = _("%(name)s would be in itself.", name=own.label)
        hint = _("Take out the group that holds it.")
        problems.append(Problem("group.circle", ("group",), message, hint))
    if kind == "Queue" and not said.objects:
        message = _("Choose the objects whose records it may own.")
        problems.append(Problem("queue.objects", ("objects",), message))
    if said.email and "@" not in said.email:
        problems.append(Problem("queue.email", ("email",), _("Enter a complete email address.")))
    return problems


def _with(document: Draft, said: SaidGathering) -> Draft:
    document |= {"label": said.label, "description": said.description}
    document["members"] = _rows(said.members)
    if document["kind"] == "Queue":
        document |= {"objects": list(said.objects), "email": said.email}
    else:
        document["doesIncludeBosses"] = said.includes_bosses
    return {key: value for key, value in document.items() if value not in ("", [])}


def _rows(members: Sequence[Circle]) -> list[Draft]:
    return [{"type": circle.type, "name": circle.name} for circle in dict.fromkeys(members)]
