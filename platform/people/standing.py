"""Who somebody is in the org at this moment, read in one statement: profile, role, sets, groups.

Whoever is frozen or inactive has no standing, whatever still runs in their name.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..ids import RecordId
from ..migrations.tables import (
    sys_group_member,
    sys_permission_assignment,
    sys_setting,
    sys_user,
)
from .actor import SYSTEM_USER_ID, Actor, system_actor

AT_WORK = (sys_user.c.is_active.is_(sa.true()), sys_user.c.is_frozen.is_(sa.false()))


def find_actor(conn: sa.Connection, org: str, user_id: str, reason: str = "") -> Actor | None:
    """The user as an actor, with the rights of now; None unless they may work at this moment.

    For what was begun earlier in somebody's name: jobs, reminders, tokens. The system's own id
    gives the system, acting for the `reason`.
    """
    if user_id == SYSTEM_USER_ID and reason:
        return system_actor(org, reason)
    mine = sa.select(*STANDING).where(sys_user.c.id == user_id, *AT_WORK)
    row = conn.execute(mine).one_or_none()
    return None if row is None else actor_of_row(row, org)


def actor_of_row(row: Any, org: str) -> Actor:
    """The actor of a row that has the columns of STANDING."""
    currency = row.currency or row.org_currency or "USD"
    return Actor(
        RecordId(row.actor_id), row.name, org, row.profile,
        row.language, row.locale, row.time_zone, currency,
        role=row.role or "",
        permission_sets=_sorted(row.permission_sets),
        groups=_sorted(row.groups),
        fiscal_start=int(row.org_fiscal_start or 1),
    )  # fmt: skip


def _sorted(joined: str | None) -> tuple[str, ...]:
    return tuple(sorted(joined.split(","))) if joined else ()


def setting(name: str) -> sa.ColumnElement[object]:
    """The value of an org's setting, as a column named org_currency of "org.currency"."""
    value = sa.select(sys_setting.c.value).where(sys_setting.c.name == name)
    return value.scalar_subquery().label(name.replace(".", "_"))


def _joined(column: sa.Column[str], owner: sa.Column[str], label: str) -> sa.ColumnElement[Any]:
    """The uids that a user has in a table, as one text; uids hold no comma."""
    found = sa.select(sa.func.aggregate_strings(column, ",")).where(owner == sys_user.c.id)
    return found.correlate(sys_user).scalar_subquery().label(label)


_a, _m = sys_permission_assignment.c, sys_group_member.c
STANDING: tuple[sa.ColumnElement[Any], ...] = (
    sys_user.c.id.label("actor_id"),
    *(sys_user.c[name] for name in ("name", "profile", "role", "language", "locale")),
    *(sys_user.c[name] for name in ("time_zone", "currency")),
    setting("org.currency"),
    setting("org.fiscal_start"),
    _joined(_a.component_uid, _a.user_id, "permission_sets"),
    _joined(_m.group_uid, _m.user_id, "groups"),
)
