"""Who has what: the users of a profile or role, of a permission set, in a group or queue.

Profile and role stand in the user's own row and are changed by `users`, with all its refusals;
permission sets and memberships are rows of their own. Every change is audited. Refuses components
that the org does not have. What a component allows is not this floor's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa

from .. import audit, clock
from ..db.types import fold
from ..errors import Problem, Rejected
from ..i18n import _
from ..migrations.tables import (
    sys_document,
    sys_group_member,
    sys_permission_assignment,
    sys_user,
)
from . import users
from .actor import Actor

_a, _m = sys_permission_assignment, sys_group_member


class Relation(Enum):
    """How users are tied to a component."""

    PROFILE = "profile"
    ROLE = "role"
    PERMISSION = "permission"  # a permission set or a group of them
    MEMBERSHIP = "membership"  # a public group, a queue or a delegated group, by themselves


#: {relation: (column of the component, column of the user)}
_COLUMNS: Mapping[Relation, tuple[sa.Column[Any], sa.Column[Any]]] = {
    Relation.PROFILE: (sys_user.c.profile, sys_user.c.id),
    Relation.ROLE: (sys_user.c.role, sys_user.c.id),
    Relation.PERMISSION: (_a.c.component_uid, _a.c.user_id),
    Relation.MEMBERSHIP: (_m.c.group_uid, _m.c.user_id),
}
_KINDS: Mapping[Relation, tuple[str, ...]] = {
    Relation.PERMISSION: ("PermissionSet", "PermissionSetGroup"),
    Relation.MEMBERSHIP: ("Group", "Queue", "DelegateGroup"),
}


@dataclass(frozen=True, slots=True)
class Holder:
    """A user who has the component, as a list shows them."""

    id: str
    name: str
    username: str
    is_active: bool


def count_holders(conn: sa.Connection, relation: Relation) -> Mapping[str, int]:
    """{key of the component: how many users have it}; those that nobody has are left out."""
    key, _user = _COLUMNS[relation]
    counted = sa.select(key, sa.func.count()).where(key.is_not(None)).group_by(key)
    return {row[0]: row[1] for row in conn.execute(counted)}


def list_holders(
    conn: sa.Connection, relation: Relation, key: str, limit: int = 200, offset: int = 0
) -> list[Holder]:
    """The users who have it, by name."""
    return _listed(conn, sys_user.c.id.in_(_holding(relation, key)), limit, offset)


def list_others(
    conn: sa.Connection, relation: Relation, key: str, search: str = "", limit: int = 50
) -> list[Holder]:
    """Active users who do not have it, by name; `search` looks in name and user name."""
    free = sys_user.c.id.not_in(_holding(relation, key)) & sys_user.c.is_active.is_(sa.true())
    if wanted := fold(search.strip()):
        columns = (sys_user.c.name_key, sys_user.c.username_key)
        free &= sa.or_(*(c.contains(wanted, autoescape=True) for c in columns))
    return _listed(conn, free, limit, 0)


def held_by(conn: sa.Connection, relation: Relation, user_id: str) -> frozenset[str]:
    """The uids of what the user has by rows of their own."""
    key, owner = _COLUMNS[relation]
    return frozenset(conn.scalars(sa.select(key).where(owner == user_id)))


def give(
    conn: sa.Connection, relation: Relation, key: str, user_ids: Iterable[str], by: Actor
) -> int:
    """Gives it to these users; returns how many did not have it. Raises NotFound or Rejected."""
    if relation in (Relation.PROFILE, Relation.ROLE):
        return _set_own(conn, relation, key, user_ids, by)
    _require_live(conn, relation, key)
    given = 0
    for user_id in dict.fromkeys(user_ids):
        user = users.get_user(conn, user_id)
        if key not in held_by(conn, relation, user.id):
            conn.execute(_insertion(relation, key, user.id, by))
            audit.record(conn, by, f"user.{relation.value}_given", user.subject, None, {"uid": key})
            given += 1
    return given


def take(
    conn: sa.Connection, relation: Relation, key: str, user_ids: Iterable[str], by: Actor
) -> int:
    """Takes it from these users; returns how many had it. Nobody can be left without a profile."""
    if relation is Relation.PROFILE:
        message = _("Everybody has a profile.")
        hint = _("Give them another one instead.")
        raise Rejected(Problem("user.profile_needed", ("profile",), message, hint))
    if relation is Relation.ROLE:
        had = {one.id for one in list_holders(conn, relation, key, 100_000)}
        return _set_own(conn, relation, "", [u for u in user_ids if u in had], by)
    taken = 0
    column, owner = _COLUMNS[relation]
    for user_id in dict.fromkeys(user_ids):
        user = users.get_user(conn, user_id)
        gone = sa.delete(column.table).where(column == key, owner == user.id)
        if conn.execute(gone).rowcount:
            audit.record(conn, by, f"user.{relation.value}_taken", user.subject, {"uid": key}, None)
            taken += 1
    return taken


def set_held(
    conn: sa.Connection, relation: Relation, user_id: str, keys: Iterable[str], by: Actor
) -> bool:
    """Leaves the user with exactly these; says whether that changed anything."""
    wanted, had = frozenset(keys), held_by(conn, relation, user_id)
    for key in sorted(wanted - had):
        give(conn, relation, key, [user_id], by)
    for key in sorted(had - wanted):
        take(conn, relation, key, [user_id], by)
    return wanted != had


def _holding(relation: Relation, key: str) -> sa.Select[Any]:
    column, owner = _COLUMNS[relation]
    return sa.select(owner).where(column == key)


def _listed(
    conn: sa.Connection, where: sa.ColumnElement[bool], limit: int, offset: int
) -> list[Holder]:
    u = sys_user.c
    query = sa.select(u.id, u.name, u.username, u.is_active).where(where)
    ordered = query.order_by(u.name_key, u.id).limit(limit).offset(offset)
    return [Holder(*row) for row in conn.execute(ordered)]


def _set_own(
    conn: sa.Connection, relation: Relation, value: str, user_ids: Iterable[str], by: Actor
) -> int:
    changed = 0
    for user_id in dict.fromkeys(user_ids):
        before = users.get_user(conn, user_id)
        after = users.update_user(conn, user_id, {relation.value: value}, by)
        changed += before.version != after.version
    return changed


def _insertion(relation: Relation, key: str, user_id: str, by: Actor) -> sa.Insert:
    if relation is Relation.MEMBERSHIP:
        return sa.insert(_m).values(group_uid=key, user_id=user_id)
    stamps = {"at": clock.now(), "by_id": by.user_id}
    return sa.insert(_a).values(component_uid=key, user_id=user_id, **stamps)


def _require_live(conn: sa.Connection, relation: Relation, key: str) -> None:
    d = sys_document.c
    live = sa.select(d.uid).where(d.uid == key, d.kind.in_(_KINDS[relation]), d.state == "live")
    if conn.scalar(live) is None:
        message = _("It is not there any more.")
        raise Rejected(Problem("assignment.gone", ("uid",), message, _("Reload the page.")))
