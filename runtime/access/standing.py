"""Where an actor stands among the others of the org: role, groups, and the rules that reach them.

Worked out of the metadata alone; what only the data knows (who has which role, who is in a group by
themselves) is left to the statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from hashlib import blake2b
from typing import Any

from ...metadata.circles import EVERYBODY, GROUP, ROLE, ROLE_AND_BELOW, Circle
from ...metadata.kinds.sharing_rule import SharingRule
from ...metadata.reach import reach_of
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor

_NOBODY: frozenset[str] = frozenset()


class Audience(Enum):
    """Whether a circle reaches an actor."""

    NO = "no"
    MEMBER = "member"  # they are in it
    ABOVE = "above"  # they stand above a role that is in it
    PERHAPS_ABOVE = "perhaps above"  # if they stand above a user who is in it by themselves


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the tree and in groups, which many actors may have."""

    role: str
    groups: tuple[str, ...]


class Standing:
    """What a place means in one snapshot."""

    def __init__(self, place: Place, snapshot: Snapshot) -> None:
        self._snapshot, self._reach = snapshot, reach_of(snapshot)
        self.role = place.role if place.role in self._reach.below else ""
        self._direct = frozenset(place.groups)

    @cached_property
    def above(self) -> frozenset[str]:
        """The uids of one's own role and those above."""
        return self._reach.above.get(self.role, _NOBODY)

    @cached_property
    def below(self) -> frozenset[str]:
        """The uids of the roles strictly below one's own."""
        return self._reach.below.get(self.role, _NOBODY) - {self.role}

    @cached_property
    def groups(self) -> frozenset[str]:
        """The uids of the groups and queues that one is in, at any depth."""
        return frozenset(
            uid
            for uid, inner in self._reach.group_groups.items()
            if inner & self._direct or self.role in self._reach.group_roles[uid]
        )

    @cached_property
    def groups_above(self) -> frozenset[str]:
        """The uids of groups that include bosses and hold a role below one's own."""
        return frozenset(
            uid for uid in self._with_bosses if self._reach.group_roles[uid] & self.below
        )

    @cached_property
    def _with_bosses(self) -> frozenset[str]:
        groups = self._snapshot.of_kind("Group")
        queues = self._snapshot.of_kind("Queue")
        uids = (group.uid for group in groups if group.includes_bosses)
        return frozenset((*uids, *(queue.uid for queue in queues)))

    @cached_property
    def groups_perhaps_above(self) -> frozenset[str]:
        """The uids of groups that reach one if somebody below is in them by themselves."""
        if not self.role:
            return _NOBODY
        return self._with_bosses - self.groups - self.groups_above

    def audience(self, circle: Circle, *, hierarchies: bool) -> Audience:
        """Whether what is shared with the circle reaches the actor."""
        if circle.type == EVERYBODY:
            return Audience.MEMBER
        if circle.type in (ROLE, ROLE_AND_BELOW):
            roles = self._reach.roles_of(circle)
            if self.role in roles:
                return Audience.MEMBER
            return Audience.ABOVE if hierarchies and roles & self.below else Audience.NO
        return self._audience_of_group(circle, hierarchies=hierarchies)

    def _audience_of_group(self, circle: Circle, *, hierarchies: bool) -> Audience:
        kind = "Group" if circle.type == GROUP else "Queue"
        group = self._snapshot.find(kind, circle.name)
        if group is None:
            return Audience.NO
        if group.uid in self.groups:
            return Audience.MEMBER
        if hierarchies and group.uid in self.groups_above:
            return Audience.ABOVE
        is_open = hierarchies and group.uid in self.groups_perhaps_above
        return Audience.PERHAPS_ABOVE if is_open else Audience.NO

    @cached_property
    def rules(self) -> Mapping[str, tuple[tuple[SharingRule, Audience], ...]]:
        """{object: rules that reach the actor, or may}"""
        found: dict[str, list[tuple[SharingRule, Audience]]] = defaultdict(list)
        for rule in self._snapshot.of_kind("SharingRule"):
            obj = self._snapshot.find("CustomObject", rule.object)
            audience = self.audience(rule.shared_to, hierarchies=bool(obj and obj.uses_hierarchies))
            if audience is not Audience.NO:
                found[rule.object].append((rule, audience))
        return {name: tuple(rules) for name, rules in found.items()}

    @cached_property
    def fingerprint(self) -> str:
        """Equal for those whose statements read the same."""
        told = (
            bool(self.role), bool(self.below), bool(self.groups), bool(self.groups_above),
            bool(self.groups_perhaps_above),
            sorted((r.uid, a.value) for rules in self.rules.values() for r, a in rules),
        )  # fmt: skip
        return blake2b(repr(told).encode(), digest_size=12).hexdigest()

    def parameters(self, user_id: str) -> Mapping[str, Any]:
        """What a statement binds when it runs: see `sharing`."""
        return {
            "actor_id": user_id,
            "actor_role": self.role,
            "actor_groups": _listed(self.groups),
            "actor_groups_with_bosses": _listed(self.groups | self.groups_above),
            "actor_groups_perhaps": _listed(self.groups_perhaps_above),
        }


def _listed(uids: Iterable[str]) -> list[str]:
    return sorted(uids) or [""]


def standing_of(actor: Actor, snapshot: Snapshot) -> Standing:
    """The actor's standing, worked out once for a snapshot and each place."""
    place = Place(actor.role, actor.groups)
    return snapshot.derived((Standing, place), lambda: Standing(place, snapshot))
