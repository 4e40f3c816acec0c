"""User names of the org, for choosing somebody in a form."""

from __future__ import annotations

import sqlalchemy as sa

from ...platform.migrations.tables import sys_user
from ...platform.people.standing import AT_WORK

MOST = 200  # that a field suggests; whoever has more people writes the name


def list_usernames(conn: sa.Connection) -> tuple[tuple[str, str], ...]:
    """(user name, name) of active users, by name."""
    u = sys_user.c
    query = sa.select(u.username, u.name).where(*AT_WORK).order_by(u.name).limit(MOST)
    return tuple((row.username, row.name) for row in conn.execute(query))
