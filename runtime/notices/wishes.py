"""Of which kinds of notices a person wants a copy by mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from ...platform.db.inserts import put_row
from ...platform.migrations.tables import sys_preference
from .kinds import KINDS

NAME = "notices.mail"  # of the preference: {kind: whether a copy goes by mail}


def mailed(conn: sa.Connection, users: Collection[str]) -> dict[str, frozenset[str]]:
    """{user: kinds that are mailed to them}."""
    p = sys_preference.c
    chosen = sa.select(p.user_id, p.value).where(p.name == NAME, p.user_id.in_(sorted(users)))
    values = {row.user_id: row.value for row in conn.execute(chosen)}
    return {user_id: _mailed(values.get(user_id) or {}) for user_id in users}


def _mailed(chosen: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(k.name for k in KINDS if chosen.get(k.name, k.is_mailed))


def wish(conn: sa.Connection, user_id: str, kinds: Collection[str]) -> None:
    """From now on exactly these kinds are mailed to the user."""
    value = {kind.name: kind.name in kinds for kind in KINDS}
    put_row(conn, sys_preference, {"user_id": user_id, "name": NAME}, {"value": value})
