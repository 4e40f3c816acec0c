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
from ..unindexed import unindexed

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


_UNDER = sys_user.alias("under")


@cache
def subordinates() -> sa.Select[Any]:
    """Ids of users in roles strictly below the actor's."""
    r, u = sys_role_reach.alias("below"), _UNDER
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
def bossed_groups() -> sa.Select[Any]:
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
def shares(
    object_uid: str,
    level: int,
    *,
    hierarchies: bool,
    has_role: bool,
    has_below: bool,
    is_test: bool,
) -> Ids:
    """Ids of the object's records that somebody shared with the actor, at least at the level.

    For a test they are looked up by the record, not by those it is shared with.
    """
    s = sys_share.alias("share")
    return sa.select(s.c.record_id).where(
        s.c.object_uid == object_uid,
        s.c.level >= level,
        shared_with_actor(
            unindexed(s.c.grantee) if is_test else s.c.grantee,
            hierarchies=hierarchies,
            has_role=has_role,
            has_below=has_below,
        ),
    )


def shared_with_actor(
    grantee: sa.ColumnElement[str], *, hierarchies: bool, has_role: bool, has_below: bool
) -> Clause:
    """True of a grantee that is the actor, or a circle that reaches them."""
    r, g = sys_role_reach.alias("line"), sys_group_reach.alias("mine")
    groups = GROUPS_WITH_BOSSES if hierarchies else GROUPS
    found: list[sa.Select[Any]] = [
        sa.select(ACTOR),
        sa.select(g.c.group_uid).where(g.c.group_uid.in_(groups), g.c.member_uid == g.c.group_uid),
    ]
    if has_role:
        found.append(sa.select(ROLE))
        found.append(sa.select(BELOW_MARK + r.c.above).where(r.c.below == ROLE))
    if has_role and hierarchies:
        found.append(bossed_groups())
    if has_below:
        found.append(subordinates())
        found.append(sa.select(r.c.below).where(r.c.above == ROLE))
        found.append(sa.select(BELOW_MARK + r.c.below).where(r.c.above == ROLE))
    return grantee.in_(sa.union_all(*found))


def owners_with_level(
    snapshot: Snapshot, object_name: str, levels: Collection[str], *, has_below: bool
) -> tuple[sa.Select[Any], ...]:
    """Ids of the actor and those below whose role has such a level on the children of accounts.

    There may be thousands of roles, and nearly always all: those that have it not are named, if
    they are fewer.
    """
    u, r = sys_user.alias("self"), sys_role_reach.alias("known")
    joined = sa.join(u, r, sa.and_(r.c.above == u.c.role, r.c.below == u.c.role))
    own = sa.select(u.c.id).select_from(joined).where(u.c.id == ACTOR)
    found = (own.where(_has_level(u.c.role, snapshot, object_name, levels)),)
    if not has_below:
        return found
    below = _has_level(_UNDER.c.role, snapshot, object_name, levels)
    return (*found, subordinates().where(below))


def _has_level(
    role: sa.ColumnElement[Any], snapshot: Snapshot, object_name: str, levels: Collection[str]
) -> Clause:
    having: dict[bool, list[str]] = {True: [], False: []}
    for one in snapshot.of_kind("Role"):
        having[one.child_level(object_name) in levels].append(one.uid)
    if not having[False]:
        return sa.true()
    if len(having[True]) <= len(having[False]):
        return role.in_(having[True] or [""])
    return role.not_in(having[False])
