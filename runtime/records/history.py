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


def read(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str, *, limit: int = 200
) -> tuple[Entry, ...]:
    """The changes of a record, latest first, of the fields that are there and may be read.

    The caller has read the record itself through the query, so that it may be seen.
    """
    h = sys_history.c
    statement = (
        sa.select(h.field_uid, h.old, h.new, h.at, h.actor_id)
        .where(h.record_id == record_id)
        .order_by(h.id.desc())
        .limit(limit)
    )
    fields = {f.uid: f for f in snapshot.fields(snapshot.object_of_id(record_id).name).values()}
    found: list[Entry] = []
    for uid, old, new, at, who in conn.execute(statement):
        field = fields.get(uid)
        if field is not None and permissions.readable(actor, field):
            values = (_value(field, old, snapshot), _value(field, new, snapshot))
            found.append(Entry(field, *values, at, who, (old, new) != (None, None)))
    return tuple(found)


def _value(field: CustomField, text: str | None, snapshot: Snapshot) -> Value:
    """The value of a kept text; the text itself where the type has changed since."""
    if text is None:
        return None
    try:
        return field.field_type.parse(text, field, NEUTRAL.for_field(field, snapshot))
    except Rejected:
        return text
