"""Single values that an org keeps under a name; who keeps one checks and audits it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .migrations.tables import sys_setting

_s = sys_setting.c


def read_setting(conn: sa.Connection, name: str) -> Any:
    """The value; None when it was never set."""
    return conn.scalar(sa.select(_s.value).where(_s.name == name))


def save_setting(conn: sa.Connection, name: str, value: Any) -> None:
    """Keeps the value in place of what was there."""
    forget_settings(conn, name)
    conn.execute(sa.insert(sys_setting).values(name=name, value=value))


def forget_settings(conn: sa.Connection, *names: str) -> None:
    """As if they had never been set."""
    conn.execute(sa.delete(sys_setting).where(_s.name.in_(names)))
