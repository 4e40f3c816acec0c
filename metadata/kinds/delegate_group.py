"""A delegated group: whom some people administer, what they may give, which objects they shape.

Who the delegates are is the org's data. Refuses what would let a delegate out of the group: the
administrator's profile, and profiles and sets that grant the whole of Setup or of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _, lazy
from ...platform.people.actor import ADMIN
from ..definition import Definition, Document, Kind, Reference, WhenGone
from ..system_permissions import with_included
from .base import KINDS, NAME, common, listed, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

#: {key of the document: kind of what it names}
NAMED = {
    "roles": "Role",
    "profiles": "Profile",
    "permissionSets": "PermissionSet",
    "permissionSetGroups": "PermissionSetGroup",
    "groups": "Group",
    "queues": "Queue",
    "customObjects": "CustomObject",
}
#: system permissions that nobody gets from a delegate
WHOLE = frozenset(
    {
        *("ModifyAllData", "CustomizeApplication", "ManageUsers", "ManageProfilesPermissionsets"),
        *("ManageSharing", "ManageCompany"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateGroup(Definition):
    """Everything by API name. Of a role the users in it and in those below are administered."""

    roles: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()
    permission_set_groups: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


def _parse(document: Document) -> DelegateGroup:
    named = [tuple(document.get(key, ())) for key in NAMED]
    roles, profiles, sets, set_groups, groups, queues, objects = named
    return DelegateGroup(
        **common(document),
        roles=roles,
        profiles=profiles,
        permission_sets=sets,
        permission_set_groups=set_groups,
        groups=groups,
        queues=queues,
        objects=objects,
    )


def _references(group: DelegateGroup, _snapshot: Snapshot) -> Iterator[Reference]:
    for key, kind in NAMED.items():
        for i, name in enumerate(group.document.get(key, ())):
            yield Reference((key, i), kind, name, when_gone=WhenGone.TAKE_OUT, out=(key, i))


def _check(group: DelegateGroup, snapshot: Snapshot) -> Iterator[Problem]:
    for key, kind in NAMED.items():
        names = group.document.get(key, ())
        for i, name in enumerate(names):
            if snapshot.find(kind, name) is None:
                hint = did_you_mean(name, (d.name for d in snapshot.of_kind(kind)))
                message = _("There is no %(name)s.", name=repr(name))
                yield Problem("delegates.unknown", (key, i), message, hint)
            elif name in names[:i]:
                message = _("%(name)s is there twice.", name=repr(name))
                yield Problem("list.doubled", (key, i), message)
            elif powers_of(kind, name, snapshot):
                label = snapshot.find(kind, name)
                message = _("%(name)s grants too much for a delegate to give.", name=_named(label))
                hint = _("Only an administrator gives what reaches all of Setup or all data.")
                yield Problem("delegates.too_much", (key, i), message, hint)


def _named(found: Definition | None) -> str:
    return (found.label or found.name) if found else ""


def powers_of(kind: str, name: str, snapshot: Snapshot) -> frozenset[str]:
    """What a profile or permission set grants that no delegate may give, by name."""
    found = snapshot.find(kind, name)
    if found is None or kind not in ("Profile", "PermissionSet", "PermissionSetGroup"):
        return frozenset()
    if kind == "PermissionSetGroup":
        inner = (powers_of("PermissionSet", one, snapshot) for one in found.sets)
        return frozenset().union(*inner)
    own = with_included(found.grants.system) & WHOLE
    return own | ({"ModifyAllData"} if kind == "Profile" and name == ADMIN else frozenset())


KINDS.register(
    Kind(
        name="DelegateGroup",
        label=lazy("Delegated group"),
        schema=schema("DelegateGroup", {key: listed(NAME, 500) for key in NAMED}, ("label",)),
        rank=76,
        folder="delegateGroups",
        suffix="delegateGroup",
        parse=_parse,
        references=lambda group, snapshot: tuple(_references(group, snapshot)),
        check=lambda group, snapshot: tuple(_check(group, snapshot)),
        permission="ManageUsers",
        icon="user-cog",
    )
)
