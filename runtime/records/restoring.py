"""Bringing back what was deleted: records, what went along with them, lookups that were emptied.

Refused when a unique value has been taken in the meantime, a master is still deleted or an active
validation rule refuses a record as it was, with every problem at once. Deleting asks no rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.errors import NotFound, Problem, require
from ...platform.i18n import _
from ...platform.migrations.tables import sys_recycle
from ...platform.people.actor import Actor, system_actor
from ..access import permissions
from ..access.levels import Level
from ..query.held import held
from ..query.record import Record
from ..query.request import Rows
from . import rollups, together, unique, validation
from .draft import Draft
from .events import Change
from .moving import by_object, chunks, mark, point, publish, read
from .references import existing
from .rules import Rule, Rules, rules_for
from .steps import Save


def undelete(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Sequence[str]
) -> tuple[str, ...]:
    """Brings records back with what went along with them; returns every id that came back.

    Raises NotFound for what is not in the bin, and Rejected when a unique value has been taken in
    the meantime, a master is still deleted or a validation rule refuses a record as it was.
    """
    now = clock.now()
    found = binned(conn, actor, snapshot, ids)
    groups = by_object(snapshot, found)
    problems: list[Problem] = []
    for object_name, chunk in groups.items():
        rules = rules_for(snapshot, object_name)
        permissions.require(actor, permissions.Operation.DELETE, rules.object, snapshot)
        problems += _taken_since(conn, actor, snapshot, rules, chunk)
        problems += _broken(conn, actor, snapshot, rules, chunk)
    require(problems)
    for object_name, chunk in groups.items():
        mark(conn, snapshot, object_name, chunk, is_deleted=False)
    due = rollups.nothing_due()
    for object_name, chunk in groups.items():
        problems += _mend(conn, actor, snapshot, rules_for(snapshot, object_name), chunk, now, due)
    require(problems)
    for record_id, row in found.items():
        _restore_cleared(conn, actor, snapshot, record_id, row.cleared or (), now, due)
    for object_name, chunk in groups.items():
        rollups.of_records(conn, snapshot, object_name, chunk, due)
        rollups.of_parents(snapshot, object_name, chunk, due)
    rollups.settle(conn, actor, snapshot, due, now)
    for chunk in chunks(list(found)):
        conn.execute(sa.delete(sys_recycle).where(sys_recycle.c.record_id.in_(chunk)))
    for object_name, chunk in groups.items():
        publish(conn, actor, snapshot, object_name, Change.UNDELETED, chunk)
    return tuple(found)


def in_batch(conn: sa.Connection, batch: str) -> tuple[str, ...]:
    """The ids of the records that one deletion was asked for."""
    r = sys_recycle.c
    of_batch = sa.and_(r.batch >= f"{batch}.", r.batch < f"{batch}/")
    rows = conn.execute(sa.select(r.record_id, r.batch).where(of_batch))
    return tuple(record_id for record_id, whole in rows if whole == f"{batch}.{record_id}")


def binned(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Iterable[str]
) -> dict[str, Any]:
    """{id: row of the bin} of the records and of all that went along; raises NotFound."""
    r = sys_recycle.c
    columns = (r.record_id, r.batch, r.cleared)
    wanted = list(dict.fromkeys(ids))
    asked: dict[str, Any] = {
        row.record_id: row
        for chunk in chunks(wanted)
        for row in conn.execute(sa.select(*columns).where(r.record_id.in_(chunk)))
    }
    for object_name, chunk in by_object(snapshot, wanted).items():
        mine = held(conn, actor, snapshot, object_name, chunk, Level.FULL, Rows.DELETED)
        if missing := [i for i in chunk if i not in asked or i not in mine]:
            raise NotFound(missing[0])
    whole = [row.batch for i, row in asked.items() if row.batch.endswith(f".{i}")]
    for chunk in chunks(whole):
        rows = conn.execute(sa.select(*columns).where(r.batch.in_(chunk)))
        asked |= {row.record_id: row for row in rows}
    return asked


def _broken(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, rules: Rules, ids: Sequence[str]
) -> list[Problem]:
    """Problems of validation rules that refuse the records as they come back."""
    names = sorted(validation.looked_at(snapshot, rules.object.name))
    if not validation.rules_of(snapshot, rules.object.name).rules:
        return []
    records = read(conn, snapshot, rules.object.name, ids, names, Rows.DELETED)
    drafts = [Draft({}, one.id, dict(one.values), one.version) for one in records]
    save = Save(conn, actor, snapshot, rules, drafts, False, clock.now())
    validation.ask_of(save, drafts)
    hint = _("The record stays in the recycle bin.")
    return [
        Problem(found.code, (draft.id, *found.path), found.message, found.hint or hint)
        for draft in drafts
        for found in draft.problems
    ]


def _taken_since(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, rules: Rules, ids: Sequence[str]
) -> list[Problem]:
    """Problems of unique values that live records, or others of these, have by now."""
    alone = {rule.name for rule in rules.unique}
    names = sorted(alone.union(*(one.names for one in rules.together)))
    if not names:
        return []
    drafts = [
        Draft({}, record.id, {}, 0, dict(record.values))
        for record in read(conn, snapshot, rules.object.name, ids, names, Rows.DELETED)
    ]
    unique.check(conn, rules, drafts)
    together.check(conn, actor, snapshot, rules, drafts)
    return [problem.under(draft.id) for draft in drafts for problem in draft.problems]


def _mend(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rules: Rules,
    ids: Sequence[str],
    now: datetime,
    due: rollups.Due,
) -> list[Problem]:
    """Lookups at what was deleted in the meantime are emptied; a master must be there."""
    lookups = [r for r in rules.references if not r.field.is_system]
    records = read(conn, snapshot, rules.object.name, ids, [r.name for r in lookups], Rows.LIVE)
    system = system_actor(snapshot.org, "lookups of what comes back", actor.localization)
    problems: list[Problem] = []
    for rule in lookups:
        targets = {r[rule.name] for r in records if r[rule.name]}
        there = {
            i
            for name, chunk in by_object(snapshot, targets).items()
            for i in existing(conn, system, snapshot, name, set(chunk))
        }
        lost = [r for r in records if r[rule.name] and r[rule.name] not in there]
        if rule.required:
            message = _("%(name)s is still deleted; restore it first.", name=rule.field.label)
            problems += (Problem("undelete.no_master", (r.id, rule.name), message) for r in lost)
        elif lost:
            point(conn, actor, snapshot, rule, lost, None, now, due)
    return problems


def _restore_cleared(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    target: str,
    cleared: Iterable[Sequence[str]],
    now: datetime,
    due: rollups.Due,
) -> None:
    """Fills the lookups that the deletion emptied, where they are still empty."""
    by_field: dict[str, list[str]] = defaultdict(list)
    for field_uid, child_id in cleared:
        by_field[field_uid].append(child_id)
    for field_uid, children in by_field.items():
        lookup = snapshot.find_uid(field_uid)
        if lookup is None:
            continue  # the field is gone
        rules = rules_for(snapshot, lookup.object_name)
        rule = rules.fields[lookup.local_name]
        names = sorted({rule.name} | together.looked_at(rules))
        found = read(conn, snapshot, lookup.object_name, children, names, Rows.LIVE)
        empty = [record for record in found if record[rule.name] is None]
        if empty:
            _refuse_alike(conn, actor, snapshot, rules, rule, empty, target)
            point(conn, actor, snapshot, rule, empty, target, now, due)


def _refuse_alike(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rules: Rules,
    rule: Rule,
    children: Sequence[Record],
    target: str,
) -> None:
    """Raises Rejected when a child would be like another record with its lookup filled again."""
    drafts = [
        Draft({}, child.id, child.values, child.version, {rule.name: target}) for child in children
    ]
    together.check(conn, actor, snapshot, rules, drafts)
    require([problem.under(draft.id) for draft in drafts for problem in draft.problems])
