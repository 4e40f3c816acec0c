"""Sets of people as sub-selects over users, the reach of roles and the members of groups.

They name what a statement binds when it runs (`Standing.parameters`), so their text is the same for
everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from ...metadata.circles import EVERYBODY, GROUP, QUEUE, ROLE_AND_BELOW, Circle
from ...metadata.snapshot import Snapshot
from ...platform.db.types import Words
from ...platform.migrations.tables import (
    sys_group_member,
    sys_group_reach,
    sys_role_reach,
    sys_share,
    sys_user,
)

Clause = sa.ColumnElement[bool]
Ids = sa.Select[Any] | sa.CompoundSelect[Any]  # of one column

ACTOR: sa.BindParameter[str] = sa.bindparam("actor_id", type_=Words(), unique=False)
ROLE: sa.BindParameter[str] = sa.bindparam("actor_role", type_=Words(), unique=False)
BELOW_MARK = "S:"  # before the uid of a role that is meant with those below


def _uids(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=Words(), expanding=True, unique=False)


GROUPS = _uids("actor_groups")
GROUPS_WITH_BOSSES = _uids("actor_groups_with_bosses")
GROUPS_PERHAPS = _uids("actor_groups_perhaps")


@cache
def subordinates() -> Ids:
    """Ids of users in roles strictly below the actor's."""
    r, u = sys_role_reach.alias("below"), sys_user.alias("under")
    joined = sa.join(r, u, u.c.role == r.c.below)
    return sa.select(u.c.id).select_from(joined).where(r.c.above == ROLE, r.c.below != ROLE)


def users_of(circle: Circle, snapshot: Snapshot) -> Ids | None:
    """Ids of the users (and of the queue) in a circle; None for everybody."""
    if circle.type == EVERYBODY:
        return None
    if circle.type in (GROUP, QUEUE):
        kind = "Group" if circle.type == GROUP else "Queue"
        found = snapshot.find(kind, circle.name)
        return _members(found.uid if found else "")
    role = snapshot.find("Role", circle.name)
    uid = role.uid if role else ""
    u = sys_user.alias("holder")
    if circle.type != ROLE_AND_BELOW:
        return sa.select(u.c.id).where(u.c.role == uid)
    r = sys_role_reach.alias("tree")
    joined = sa.join(r, u, u.c.role == r.c.below)
    return sa.select(u.c.id).select_from(joined).where(r.c.above == uid)


def _members(uid: str) -> Ids:
    g, m, u = sys_group_reach.alias("ga"), sys_group_member.alias("gm"), sys_user.alias("gu")
    by_role = sa.select(u.c.id).select_from(sa.join(g, u, u.c.role == g.c.member_uid))
    direct = sa.select(m.c.user_id).select_from(sa.join(g, m, m.c.group_uid == g.c.member_uid))
    return sa.union(
        by_role.where(g.c.group_uid == uid, g.c.kind == "role"),
        direct.where(g.c.group_uid == uid, g.c.kind == "group"),
    )


@cache
def bossed_groups() -> Ids:
    """Uids of the groups in question that hold, by themselves, a user below the actor."""
    g, m = sys_group_reach.alias("ba"), sys_group_member.alias("bm")
    joined = sa.join(g, m, sa.and_(g.c.kind == "group", m.c.group_uid == g.c.member_uid))
    return (
        sa.select(g.c.group_uid)
        .select_from(joined)
        .where(g.c.group_uid.in_(GROUPS_PERHAPS), m.c.user_id.in_(subordinates()))
    )


def stands_above_a_member(uid: str) -> Clause:
    """True when a user below the actor is in the group, or in one that it holds, directly."""
    g, m = sys_group_reach.alias("pa"), sys_group_member.alias("pm")
    joined = sa.join(g, m, sa.and_(g.c.kind == "group", m.c.group_uid == g.c.member_uid))
    found = sa.select(sa.literal(1)).select_from(joined)
    return sa.exists(found.where(g.c.group_uid == uid, m.c.user_id.in_(subordinates())))


# -- shares of single records


@lru_cache(maxsize=4096)
def shares(object_uid: str, level: int, *, hierarchies: bool, has_role: bool) -> Ids:
    """Ids of the object's records that somebody shared with the actor, at least at the level."""
    s = sys_share.alias("share")
    return sa.select(s.c.record_id).where(
        s.c.object_uid == object_uid,
        s.c.level >= level,
        shared_with_actor(s.c.grantee, hierarchies=hierarchies, has_role=has_role),
    )


def shared_with_actor(
    grantee: sa.ColumnElement[str], *, hierarchies: bool, has_role: bool
) -> Clause:
    """True of a grantee that is the actor, or a circle that reaches them."""
    r = sys_role_reach.alias("line")
    found: list[Clause] = [grantee == ACTOR]
    found.append(grantee.in_(GROUPS_WITH_BOSSES if hierarchies else GROUPS))
    if has_role:
        above = sa.select(BELOW_MARK + r.c.above).where(r.c.below == ROLE)
        found += (grantee == ROLE, grantee.in_(above))
    if has_role and hierarchies:
        lower = sa.select(r.c.below).where(r.c.above == ROLE)
        marked = sa.select(BELOW_MARK + r.c.below).where(r.c.above == ROLE)
        found += (grantee.in_(subordinates()), grantee.in_(lower), grantee.in_(marked))
        found.append(grantee.in_(bossed_groups()))
    return sa.or_(*found)


def roles_with_level(snapshot: Snapshot, object_name: str, levels: Collection[str]) -> list[str]:
    """Uids of the roles whose accounts' owners have such a level on the child object."""
    roles = snapshot.of_kind("Role")
    return [role.uid for role in roles if role.child_level(object_name) in levels]
