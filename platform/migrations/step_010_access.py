"""Step 10: groups, assignments of permission sets, shares, and the reach of roles and groups."""

from __future__ import annotations

import sqlalchemy as sa

from .tables import (
    METADATA,
    sys_group_member,
    sys_group_reach,
    sys_permission_assignment,
    sys_role_reach,
    sys_share,
    sys_user,
)

NUMBER = 10
NAME = "access"


def apply(conn: sa.Connection) -> None:
    """Creates the tables. Roles were words without a meaning before: they go."""
    made = (
        sys_group_member, sys_permission_assignment, sys_role_reach, sys_group_reach, sys_share,
    )  # fmt: skip
    METADATA.create_all(conn, tables=list(made), checkfirst=False)
    conn.execute(sa.update(sys_user).values(role=None))
    next(one for one in sys_user.indexes if one.name == "sys_user_role").create(
        conn, checkfirst=True
    )
