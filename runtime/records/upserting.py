"""Create-or-update by an external id: the record that has the value is changed, else one is made.

The caller holds a lock on the field, so that two upserts of one new value make one record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from . import saving
from .rules import Rule, rules_for
from .saving import Outcome, Values
from .unique import holders, key_of


@dataclass(frozen=True, slots=True)
class Upserted(Outcome):
    """What became of one row; `is_new` when no record had its external id."""

    is_new: bool = False


def external_id(snapshot: Snapshot, object_name: str, field_name: str) -> Rule:
    """The rule of a field that records can be found by; raises Rejected for any other."""
    rules = rules_for(snapshot, object_name)
    rule = rules.fields[snapshot.field(object_name, field_name).local_name]
    if rule.field.external_id or rule.unique_part is not None:
        return rule
    message = _("%(name)s is neither an external id nor unique.", name=rule.name)
    raise Rejected(Problem("upsert.no_external_id", (rule.name,), message))


def upsert(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rule: Rule,
    rows: Sequence[Values],
) -> tuple[Upserted, ...]:
    """Creates or updates each row by its value of the field; outcomes in the order of the rows."""
    object_name = rule.field.object_name
    keys = [_key(rule, row) for row in rows]
    wanted = {key for key in keys if key is not None}
    taken = holders(conn, rules_for(snapshot, object_name), rule, wanted)
    found: dict[int, Upserted] = {}
    new: dict[int, Values] = {}
    changes: dict[int, str] = {}
    seen: set[Any] = set()
    for i, (key, row) in enumerate(zip(keys, rows, strict=True)):
        if problem := _refusal(rule, key, key in seen, taken):
            found[i] = Upserted("", (problem,))
        elif key in taken:
            changes[i] = taken[key][0]
        else:
            new[i] = row
        seen.add(key)
    made = saving.create(conn, actor, snapshot, object_name, list(new.values())) if new else ()
    for i, outcome in zip(new, made, strict=True):
        found[i] = Upserted(outcome.id, outcome.problems, is_new=not outcome.problems)
    by_id = {record_id: rows[i] for i, record_id in changes.items()}
    changed = saving.update(conn, actor, snapshot, object_name, by_id) if by_id else {}
    for i, record_id in changes.items():
        found[i] = Upserted(record_id, changed[record_id].problems)
    return tuple(found[i] for i in range(len(rows)))


def _key(rule: Rule, row: Values) -> Any:
    names = {name.casefold(): name for name in row}
    value = row[names[rule.name.casefold()]] if rule.name.casefold() in names else None
    return None if value is None else key_of(rule, value)


def _refusal(
    rule: Rule, key: Any, is_doubled: bool, taken: Mapping[Any, Sequence[str]]
) -> Problem | None:
    if key is None:
        message = _("%(name)s is needed to find the record.", name=rule.field.label)
        return Problem("upsert.no_key", (rule.name,), message)
    if is_doubled:
        message = _("Another row has the same value.")
        return Problem("upsert.doubled", (rule.name,), message)
    if len(taken.get(key, ())) > 1:
        message = _("%(n)s records have this value.", n=len(taken[key]))
        return Problem("upsert.several", (rule.name,), message)
    return None
