"""What a delegated administrator may do: one fence for each delegated group that they are in.

A fence is asked as a whole: a role of one and a profile of another do not go together. An actor
without a fence administers nobody; an administrator needs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..platform.people.actor import Actor
from .circles import ROLE_AND_BELOW, Circle
from .kinds.delegate_group import DelegateGroup, powers_of
from .reach import reach_of
from .rights import SHIPPED
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .definition import Definition

#: kinds of an object's own components that a delegate may change, and where they name the object
SHAPED = {"CustomField": "object_name", "Layout": "object", "ListView": "object"}
#: fields that read beyond what the delegate may see, or reach into other objects
KEPT_TYPES = frozenset({"Formula", "Summary", "RollUpSummary", "EncryptedText"})


@dataclass(frozen=True, slots=True)
class Fence:
    """One delegated group, by what users have: uids, and of shipped profiles their names."""

    roles: frozenset[str]
    profiles: frozenset[str]
    permits: frozenset[str]  # permission sets and groups of them
    gatherings: frozenset[str]  # groups and queues
    objects: frozenset[str]  # by API name


def fences_of(actor: Actor, snapshot: Snapshot) -> tuple[Fence, ...]:
    """The actor's fences; empty for whoever is no delegate."""
    mine = tuple(uid for uid in actor.groups if is_delegation(uid, snapshot))
    return snapshot.derived((Fence, mine), lambda: tuple(_fences(mine, snapshot)))


def is_delegation(uid: str, snapshot: Snapshot) -> bool:
    return isinstance(snapshot.find_uid(uid), DelegateGroup)


def shaped_objects(actor: Actor, snapshot: Snapshot) -> frozenset[str]:
    """The API names of the objects that the actor may shape as a delegate."""
    return frozenset().union(*(fence.objects for fence in fences_of(actor, snapshot)))


def may_shape(actor: Actor, component: Definition, snapshot: Snapshot) -> bool:
    """Says whether a delegate may change this component: part of an object that is theirs to shape.

    Formulas ignore the rights of their reader, and lookups reach into other objects: both are kept
    for administrators.
    """
    if (attribute := SHAPED.get(component.kind)) is None:
        return False
    document = component.document
    if document.get("type") in KEPT_TYPES or document.get("formula") or document.get("referenceTo"):
        return False
    return getattr(component, attribute) in shaped_objects(actor, snapshot)


def _fences(uids: tuple[str, ...], snapshot: Snapshot) -> Iterator[Fence]:
    reach = reach_of(snapshot)
    for uid in uids:
        group = snapshot.find_uid(uid)
        if not isinstance(group, DelegateGroup):
            continue
        circles = (Circle(ROLE_AND_BELOW, name) for name in group.roles)
        sets = [("PermissionSet", name) for name in group.permission_sets]
        sets += [("PermissionSetGroup", name) for name in group.permission_set_groups]
        gathered = [("Group", name) for name in group.groups]
        gathered += [("Queue", name) for name in group.queues]
        profiles = [("Profile", name) for name in group.profiles]
        yield Fence(
            roles=frozenset().union(*map(reach.roles_of, circles)),
            profiles=frozenset(one.removeprefix(SHIPPED) for one in _uids(profiles, snapshot)),
            permits=_uids(sets, snapshot),
            gatherings=_uids(gathered, snapshot),
            objects=frozenset(group.objects),
        )


def _uids(named: list[tuple[str, str]], snapshot: Snapshot) -> frozenset[str]:
    """The uids of what is there and grants no more than a delegate may give."""
    found = (
        snapshot.find(kind, name) for kind, name in named if not powers_of(kind, name, snapshot)
    )
    return frozenset(str(one.uid) for one in found if one is not None)
