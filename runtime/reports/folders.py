"""Users with whom a folder of reports is shared by themselves: the org's data, not metadata."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from ...metadata.kinds.report_folder import LEVELS
from ...platform.migrations.tables import sys_folder_share, sys_user


def user_shares(conn: sa.Connection, uid: str) -> dict[str, tuple[str, str]]:
    """{id of a user: (their name, what they may do)} of one folder, by name."""
    s = sys_folder_share.c
    query = (
        sa.select(s.user_id, sys_user.c.name, s.level)
        .join(sys_user, sys_user.c.id == s.user_id)
        .where(s.folder_uid == uid)
        .order_by(sys_user.c.name_key, s.user_id)
    )
    return {row.user_id: (row.name, row.level) for row in conn.execute(query)}


def count_user_shares(conn: sa.Connection) -> dict[str, int]:
    """{uid of a folder: how many users have it by themselves}."""
    s = sys_folder_share.c
    query = sa.select(s.folder_uid, sa.func.count()).group_by(s.folder_uid)
    return {str(uid): int(number) for uid, number in conn.execute(query)}


def keep_user_shares(conn: sa.Connection, uid: str, levels: Mapping[str, str]) -> None:
    """Shares the folder with these users and no others; ids that no user has are left out."""
    s = sys_folder_share.c
    conn.execute(sa.delete(sys_folder_share).where(s.folder_uid == uid))
    known = set(conn.scalars(sa.select(sys_user.c.id).where(sys_user.c.id.in_(list(levels)))))
    rows = [
        {"folder_uid": uid, "user_id": user_id, "level": level}
        for user_id, level in levels.items()
        if user_id in known and level in LEVELS
    ]
    if rows:
        conn.execute(sa.insert(sys_folder_share), rows)
