"""The audit log: rows are added, never changed; each holds the hash of the one before it.

`verify` finds a row that was changed, removed or put in between, from the first row to the noted
last one. The log is kept from users by not being an object; the chain shows what an operator or a
stolen database password did to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from . import clock
from .errors import Problem
from .i18n import _
from .migrations.tables import sys_audit, sys_setting
from .people.actor import Actor

_START = "0" * 64
_HEAD = "audit.head"  # the setting that notes the last row: {"id": …, "hash": …}
_HASHED = (
    *("id", "at", "actor_id", "actor_name", "operation", "subject_kind", "subject_id"),
    *("subject_name", "before", "after", "reason", "ip"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What something was done to: a kind ("user"), an id, and the name at that time."""

    kind: str
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the log, as shown."""

    id: int
    at: datetime
    actor_id: str
    actor_name: str
    operation: str
    subject: Subject
    before: Any
    after: Any
    reason: str
    ip: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries a reader asks for; what is empty asks for all."""

    actor_id: str = ""
    operation: str = ""
    since: datetime | None = None
    until: datetime | None = None  # entries before this moment

    def narrow(self, query: sa.Select[Any]) -> sa.Select[Any]:
        a = sys_audit.c
        if self.actor_id:
            query = query.where(a.actor_id == self.actor_id)
        if self.operation:
            query = query.where(a.operation == self.operation)
        if self.since is not None:
            query = query.where(a.at >= self.since)
        return query if self.until is None else query.where(a.at < self.until)


ALL = Wanted()


def record(
    conn: sa.Connection,
    actor: Actor,
    operation: str,
    subject: Subject,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    ip: str = "",
) -> None:
    """Adds an entry in the caller's transaction: who did what ("user.frozen") to whom.

    `before` and `after` hold the values that changed, as JSON; never a secret.
    """
    _lock(conn)
    last = _head(conn)
    row = {
        "id": (last[0] if last else 0) + 1,
        "at": clock.now(),
        "actor_id": actor.user_id,
        "actor_name": actor.name,
        "operation": operation,
        "subject_kind": subject.kind,
        "subject_id": subject.id or None,
        "subject_name": subject.name or None,
        "before": dict(before) if before is not None else None,
        "after": dict(after) if after is not None else None,
        "reason": actor.reason or None,
        "ip": ip or None,
    }
    previous = last[1] if last else _START
    row_hash = _hash(previous, row)
    conn.execute(sa.insert(sys_audit).values(**row, previous_hash=previous, hash=row_hash))
    _note_head(conn, {"id": row["id"], "hash": row_hash})


def verify(conn: sa.Connection) -> Problem | None:
    """The first entry at which the chain is broken; None when the log is whole."""
    previous, expected = _START, 1
    statement = sa.select(sys_audit).order_by(sys_audit.c.id).execution_options(yield_per=500)
    with conn.execute(statement) as rows:
        for row in rows:
            if row.id != expected:
                return _broken(expected, _("Entry %(n)s is missing.", n=expected))
            if row.previous_hash != previous or row.hash != _hash(previous, row._asdict()):
                return _broken(row.id, _("Entry %(n)s is not what was written.", n=row.id))
            previous, expected = row.hash, expected + 1
    head = conn.scalar(sa.select(sys_setting.c.value).where(sys_setting.c.name == _HEAD))
    noted = (head["id"], head["hash"]) if head else (0, _START)
    if noted != (expected - 1, previous):
        return _broken(expected, _("Entries after %(n)s are missing.", n=expected - 1))
    return None


def list_entries(
    conn: sa.Connection,
    *,
    before: int | None = None,
    subject_id: str = "",
    limit: int = 50,
    wanted: Wanted = ALL,
) -> list[AuditEntry]:
    """The latest entries, newest first; `before` is the id to go on from."""
    query = wanted.narrow(sa.select(sys_audit)).order_by(sys_audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(sys_audit.c.id < before)
    if subject_id:
        query = query.where(sys_audit.c.subject_id == subject_id)
    return [_entry(row) for row in conn.execute(query)]


def people(conn: sa.Connection) -> list[tuple[str, str]]:
    """(id, name) of everybody who did something, by name."""
    name = sa.func.max(sys_audit.c.actor_name).label("name")
    query = sa.select(sys_audit.c.actor_id, name).group_by(sys_audit.c.actor_id)
    rows = [(row.actor_id, row.name) for row in conn.execute(query)]
    return sorted(rows, key=lambda row: row[1].casefold())


def operations(conn: sa.Connection) -> list[str]:
    """The operations that the log holds."""
    return sorted(conn.scalars(sa.select(sys_audit.c.operation).distinct()))


def _entry(row: Any) -> AuditEntry:
    subject = Subject(row.subject_kind or "", row.subject_id or "", row.subject_name or "")
    who = (row.id, row.at, row.actor_id, row.actor_name, row.operation)
    return AuditEntry(
        *who, subject, row.before, row.after, row.reason or "", row.ip or "", row.hash
    )


def _head(conn: sa.Connection) -> tuple[int, str] | None:
    last = conn.execute(
        sa.select(sys_audit.c.id, sys_audit.c.hash).order_by(sys_audit.c.id.desc()).limit(1)
    ).one_or_none()
    return (last.id, last.hash) if last else None


def _note_head(conn: sa.Connection, head: dict[str, Any]) -> None:
    note = sa.update(sys_setting).where(sys_setting.c.name == _HEAD).values(value=head)
    if conn.execute(note).rowcount == 0:
        conn.execute(sa.insert(sys_setting).values(name=_HEAD, value=head))


def _lock(conn: sa.Connection) -> None:
    """One writer of the log at a time, so the chain has no forks; SQLite has one writer anyway."""
    if conn.dialect.name == "postgresql":
        key = sa.func.hashtextextended(sa.func.current_schema() + "/audit", 0)
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _hash(previous: str, row: Mapping[str, Any]) -> str:
    values = [_plain(row[name]) for name in _HASHED]
    text = json.dumps([previous, *values], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    """The value in one spelling, whichever database it came from: JSONB rewrites numbers."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(Decimal(str(value)).normalize(), "f")
    return value


def _broken(number: int, message: str) -> Problem:
    return Problem("audit.broken", (number,), message)
