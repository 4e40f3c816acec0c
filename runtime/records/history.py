"""Field history: what a tracked field was and became, when and by whom.

Values are kept as the neutral text of their type. Of long and of hidden values only the fact of the
change is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from ..query.run import find_titles
from .draft import Draft
from .rules import Rule, Rules

LONGEST = 255  # characters of a value that history keeps


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one field, as it is read; both texts are "" when only the fact is kept."""

    field: CustomField
    old: str
    new: str
    at: datetime
    actor_id: str
    actor_name: str


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


def history_of(
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
    rows = [
        (field, old, new, at, who)
        for uid, old, new, at, who in conn.execute(statement)
        if (field := fields.get(uid)) is not None and permissions.readable(actor, field)
    ]
    ids = {text for f, old, new, *_r in rows if f.reference_to for text in (old, new) if text}
    titles = find_titles(conn, actor, snapshot, ids | {row[4] for row in rows})
    return tuple(
        Entry(
            field,
            _shown(field, old, snapshot, titles),
            _shown(field, new, snapshot, titles),
            at,
            who,
            titles.get(who, ""),
        )
        for field, old, new, at, who in rows
    )


def _shown(
    field: CustomField, text: str | None, snapshot: Snapshot, titles: Mapping[str, str]
) -> str:
    """A kept text as the reader reads it; as it was kept where the type has changed since."""
    if text is None or field.reference_to:
        return titles.get(text, text) if text else ""
    try:
        value = field.field_type.parse(text, field, NEUTRAL.for_field(field, snapshot))
    except Rejected:
        return text
    return field.field_type.display_in(value, field, snapshot)
