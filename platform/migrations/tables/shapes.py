"""The shapes that the system tables share. On SQLite every table is STRICT."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...db.types import Whole

METADATA = sa.MetaData()
LIVE = sa.text("state = 'live'")
UNREAD = sa.text("read_at IS NULL")


def table(name: str, *parts: sa.schema.SchemaItem, rowid: bool = True) -> sa.Table:
    numbered = any(isinstance(part, sa.Column) and part.identity is not None for part in parts)
    return sa.Table(
        name, METADATA, *parts,
        sqlite_strict=True, sqlite_autoincrement=numbered, sqlite_with_rowid=rowid,
    )  # fmt: skip


def need(name: str, kind: Any, *rest: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *rest, nullable=False, **options)


def may(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False, autoincrement=False)


def number(name: str = "id") -> sa.Column[Any]:
    """A number that the database gives, rising and never used twice."""
    return sa.Column(name, Whole(), sa.Identity(), primary_key=True)


def of_user() -> sa.ForeignKey:
    return sa.ForeignKey("sys_user.id", ondelete="CASCADE")
