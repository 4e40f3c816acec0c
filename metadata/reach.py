"""How far roles and groups reach: the tree of roles and the nesting of groups, made flat.

The same twice: as rows that statements look into, written by each deployment that changes a role,
group or queue, and as sets for deciding which rules speak of an actor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import sqlalchemy as sa

from ..platform.migrations.tables import sys_group_reach, sys_role_reach
from .circles import GROUP, ROLE, ROLE_AND_BELOW, Circle, nested_groups
from .kinds.group import Group
from .kinds.queue import Queue
from .snapshot import Snapshot

Gathering = Group | Queue
REACHING = frozenset({"Role", "Group", "Queue"})  # kinds that decide on reach
_NOBODY: frozenset[str] = frozenset()


class Reach:
    """The reach of everything in one snapshot, by uid."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._roles = {role.name: role for role in snapshot.of_kind("Role")}

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """{uid of a role: uids of it and of all roles below}"""
        found: dict[str, set[str]] = {role.uid: set() for role in self._roles.values()}
        for role in self._roles.values():
            for above in self._line(role.name):
                found[above].add(role.uid)
        return {uid: frozenset(uids) for uid, uids in found.items()}

    @cached_property
    def above(self) -> Mapping[str, frozenset[str]]:
        """{uid of a role: uids of it and of all roles above}"""
        return {role.uid: frozenset(self._line(role.name)) for role in self._roles.values()}

    def _line(self, name: str) -> Iterator[str]:
        """The uids from the role to the top; a circle, which no check lets pass, ends it."""
        seen: set[str] = set()
        while name in self._roles and name not in seen:
            seen.add(name)
            yield self._roles[name].uid
            name = self._roles[name].parent

    def roles_of(self, circle: Circle) -> frozenset[str]:
        """The uids of the roles that a circle of roles holds."""
        role = self._roles.get(circle.name)
        if role is None or circle.type not in (ROLE, ROLE_AND_BELOW):
            return _NOBODY
        return self.below[role.uid] if circle.type == ROLE_AND_BELOW else frozenset({role.uid})

    @cached_property
    def group_roles(self) -> Mapping[str, frozenset[str]]:
        """{uid of a group or queue: uids of roles whose users are in it}"""
        found: dict[str, frozenset[str]] = {}
        for group in self._gathered:
            circles = [c for one in self._with_nested(group) for c in one.members]
            found[group.uid] = frozenset().union(*map(self.roles_of, circles))
        return found

    @cached_property
    def group_groups(self) -> Mapping[str, frozenset[str]]:
        """{uid of a group or queue: uids of it and of the groups in it}"""
        return {
            group.uid: frozenset(one.uid for one in self._with_nested(group))
            for group in self._gathered
        }

    @cached_property
    def _gathered(self) -> tuple[Gathering, ...]:
        return (*self._snapshot.of_kind("Group"), *self._snapshot.of_kind("Queue"))

    def _with_nested(self, group: Gathering) -> list[Gathering]:
        inner = [circle.name for circle in group.members if circle.type == GROUP]
        names = nested_groups(self._snapshot, inner)
        found = [self._snapshot.find("Group", name) for name in sorted(names)]
        return [group, *(one for one in found if one is not None and one.uid != group.uid)]


def reach_of(snapshot: Snapshot) -> Reach:
    """The reach of everything in the snapshot, one value for all who ask."""
    return snapshot.derived(Reach, lambda: Reach(snapshot))


# -- as rows


def write_reach(conn: sa.Connection, snapshot: Snapshot) -> None:
    """Writes the rows anew; there are few."""
    for table, rows in _rows(snapshot).items():
        conn.execute(sa.delete(table))
        if rows:
            conn.execute(sa.insert(table), rows)


def _rows(snapshot: Snapshot) -> dict[sa.Table, list[dict[str, str]]]:
    reach = reach_of(snapshot)
    roles = [
        {"above": above, "below": below}
        for above, uids in reach.below.items()
        for below in sorted(uids)
    ]
    groups = [
        {"group_uid": uid, "kind": kind, "member_uid": member}
        for kind, found in (("role", reach.group_roles), ("group", reach.group_groups))
        for uid, members in found.items()
        for member in sorted(members)
    ]
    return {sys_role_reach: roles, sys_group_reach: groups}


def is_reach_written(conn: sa.Connection, snapshot: Snapshot) -> bool:
    """Says whether the rows are those of the snapshot; for `trellis check`."""
    return all(
        {tuple(row) for row in conn.execute(sa.select(table))}
        == {tuple(row[c.name] for c in table.columns) for row in rows}
        for table, rows in _rows(snapshot).items()
    )
