"""Field history: what a tracked field was and became, when and by whom.

Values are kept as the neutral text of their type. Of long and of hidden values only the fact of the
change is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...metadata.field_types.base import NEUTRAL, Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.errors import Rejected
from ...platform.migrations.tables import sys_history
from ...platform.people.actor import Actor
from ..access import permissions
from .draft import Draft
from .rules import Rule, Rules

LONGEST = 255  # characters of a value that history keeps


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one field; both values are None when only the fact was kept."""

    field: CustomField
    old: Value
    new: Value
    at: datetime
    actor_id: str
    keeps_values: bool


def write(
    conn: sa.Connection, rules: Rules, drafts: Sequence[Draft], actor_id: str, now: datetime
) -> None:
    """Notes the changes of the drafts' tracked fields."""
    rows = [
        row_of(rules.object.uid, draft.id, rule, draft.old.get(rule.name), value, now, actor_id)
        for rule in rules.tracked
        for draft in drafts
        if (value := draft.values.get(rule.name, ...)) is not ...
    ]
    if rows:
        conn.execute(sa.insert(sys_history), rows)


def row_of(
    object_uid: str,
    record_id: str,
    rule: Rule,
    old: Value,
    new: Value,
    now: datetime,
    actor_id: str,
) -> dict[str, Any]:
    """A row of sys_history."""
    before, after = _kept(rule, old), _kept(rule, new)
    if max(len(before or ""), len(after or "")) > LONGEST or not rule.type.exports_value:
        before = after = None
    return {
        "object_uid": object_uid, "record_id": record_id, "field_uid": rule.field.uid,
        "old": before, "new": after, "at": now, "actor_id": actor_id,
    }  # fmt: skip


def _kept(rule: Rule, value: Value) -> str | None:
    return None if value is None else rule.type.export(value, rule.field)


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes, latest first, and where the pages beside begin (0 where there is none)."""

    entries: tuple[Entry, ...]
    older: int = 0
    newer: int = 0


def read(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str, *, limit: int = 200
) -> tuple[Entry, ...]:
    """The latest changes of a record; see `read_page`."""
    return read_page(conn, actor, snapshot, record_id, limit=limit).entries


def read_page(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    record_id: str,
    *,
    limit: int = 50,
    older_than: int = 0,
    newer_than: int = 0,
) -> Page:
    """A page of the changes of a record, of the fields that are there and may be read.

    The caller has read the record itself through the query, so that it may be seen.
    """
    h = sys_history.c
    known = snapshot.fields(snapshot.object_of_id(record_id).name).values()
    fields = {f.uid: f for f in known if permissions.readable(actor, f, snapshot)}
    statement = (
        sa.select(h.id, h.field_uid, h.old, h.new, h.at, h.actor_id)
        .where(h.record_id == record_id, h.field_uid.in_(list(fields)))
        .limit(limit + 1)
    )
    if newer_than:
        statement = statement.where(h.id > newer_than).order_by(h.id)
    elif older_than:
        statement = statement.where(h.id < older_than).order_by(h.id.desc())
    else:
        statement = statement.order_by(h.id.desc())
    found = conn.execute(statement).all()
    rows, more = found[:limit], len(found) > limit
    if newer_than:
        rows = rows[::-1]
    entries = tuple(
        Entry(
            fields[uid],
            _value(fields[uid], old, snapshot),
            _value(fields[uid], new, snapshot),
            at,
            who,
            (old, new) != (None, None),
        )
        for _id, uid, old, new, at, who in rows
    )
    has_older, has_newer = (True, more) if newer_than else (more, bool(older_than))
    return Page(
        entries,
        rows[-1].id if rows and has_older else 0,
        rows[0].id if rows and has_newer else 0,
    )


def _value(field: CustomField, text: str | None, snapshot: Snapshot) -> Value:
    """The value of a kept text; the text itself where the type has changed since."""
    if text is None:
        return None
    try:
        return field.field_type.parse(text, field, NEUTRAL.for_field(field, snapshot))
    except Rejected:
        return text
