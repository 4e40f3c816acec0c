"""Lookups of a save: each points at a record of the right object that is there and may be seen.

On PostgreSQL the targets are locked against deletion until the save is done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Problem
from ...platform.i18n import _
from ...platform.people.actor import SYSTEM_USER_ID, Actor
from ..access.levels import Level
from ..access.masters import level_on_master
from ..query.binding import scene_of
from ..query.compile import select_for
from ..query.held import held
from ..query.request import Query
from ..query.run import find_queue
from .draft import Draft
from .rules import Rule, Rules

CHUNK = 500


def check(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rules: Rules,
    drafts: Sequence[Draft],
    *,
    lock: bool = True,
) -> None:
    """Notes a problem for every lookup of the drafts that does not hold.

    What they point at is locked, so that it cannot be deleted before the save is done.
    """
    wanted: dict[str, list[tuple[Draft, Rule, str]]] = defaultdict(list)
    for rule in rules.references:
        for draft in drafts:
            target = draft.values.get(rule.name)
            # the owner a record gets by itself is who saves it
            if target is None or (rule.name == "OwnerId" and target == actor.user_id):
                continue
            if rule.name in draft.brought or _is_queue(snapshot, rule, target):
                continue
            object_name = _object_of(snapshot, target)
            if object_name not in rule.field.reference_to:
                draft.problems.append(_wrong_object(rule, snapshot))
            elif target == draft.id:
                message = _("A record cannot point at itself.")
                draft.problems.append(Problem("lookup.itself", (rule.name,), message))
            else:
                wanted[object_name].append((draft, rule, target))
    for object_name, uses in wanted.items():
        targets = {target for *_r, target in uses}
        there = existing(conn, actor, snapshot, object_name, targets, lock=lock)
        for draft, rule, target in uses:
            if target not in there:
                draft.problems.append(_missing(rule))
    _check_masters(conn, actor, snapshot, rules, drafts)


def _check_masters(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, rules: Rules, drafts: Sequence[Draft]
) -> None:
    """A detail comes only to a master that its author may edit, or may see where that is enough."""
    for rule in rules.references:
        if rule.field.type != "MasterDetail":
            continue
        given = [d for d in drafts if rule.name in d.values and not d.problems]
        targets = {str(draft.values[rule.name]) for draft in given}
        level = level_on_master(rule.field, Level.EDIT)
        master = snapshot.object(rule.field.reference_to[0])
        if scene_of(actor, snapshot).level_of_all(master) >= level:
            continue
        free = held(conn, actor, snapshot, master.name, targets, level)
        for draft in given:
            if draft.values[rule.name] not in free:
                message = _("You may not change what belongs to this record.")
                draft.problems.append(Problem("master.read_only", (rule.name,), message))


def existing(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    ids: set[str],
    *,
    lock: bool = True,
) -> set[str]:
    """Those of the ids that are live records the actor may see, locked against deletion."""
    is_people = bool(snapshot.object(object_name).storage)
    found = ids & {SYSTEM_USER_ID} if is_people else set()
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        where = Condition("Id", "in", tuple(ordered[start : start + CHUNK]))
        compiled = select_for(actor, Query(object_name, where=where), snapshot)
        statement = compiled.statement
        if lock and not is_people:  # users are never deleted
            statement = statement.with_for_update(read=True, of=compiled.frame.main)
        found |= {str(row[0]) for row in conn.execute(statement, compiled.parameters)}
    return found


def _is_queue(snapshot: Snapshot, rule: Rule, target: str) -> bool:
    """Says whether an owner is a queue; whether it may own the record is `transfer`'s matter."""
    return rule.name == "OwnerId" and find_queue(snapshot, target) is not None


def _object_of(snapshot: Snapshot, record_id: str) -> str:
    try:
        return snapshot.object_of_id(record_id).name
    except NotFound:
        return ""


def _wrong_object(rule: Rule, snapshot: Snapshot) -> Problem:
    targets = (snapshot.object(name) for name in rule.field.reference_to)
    names = ", ".join(snapshot.label(target) for target in targets)
    message = _("This is not a record of %(names)s.", names=names)
    return Problem("lookup.wrong_object", (rule.name,), message)


def _missing(rule: Rule) -> Problem:
    message = _("The record was not found.")
    return Problem("lookup.not_found", (rule.name,), message, _("It may have been deleted."))
