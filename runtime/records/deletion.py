"""Deleting: records move to the recycle bin with all that goes along.

Details and records with a cascading lookup go along, other lookups that point at what goes are
emptied, and a lookup that forbids it refuses the whole. What goes together is a batch of the bin,
so that bringing a record back restores everything: see `restoring`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _, ngettext
from ...platform.ids import new_id
from ...platform.migrations.tables import sys_recycle
from ...platform.people.actor import Actor, system_actor
from ..access import permissions
from ..access.levels import Level
from ..query import run
from ..query.compile import select_for
from ..query.held import held
from ..query.record import Record
from ..query.request import Query
from . import rollups
from .closed import Closed, refusal
from .events import Change
from .moving import by_object, chunks, mark, point, publish, title
from .rules import Rule, rules_for

MAX_TAKEN = 50_000  # records that one deletion may take


class WhenDeleted(Enum):
    """What a lookup wants when its target goes."""

    CASCADE = "Cascade"
    SET_NULL = "SetNull"
    RESTRICT = "Restrict"

    @classmethod
    def of(cls, lookup: CustomField) -> WhenDeleted:
        """What this lookup wants; a required one cannot be emptied."""
        if lookup.type == "MasterDetail":
            return cls.CASCADE
        wanted = cls(lookup.options.get("deleteConstraint", "SetNull"))
        return cls.RESTRICT if lookup.required and wanted is cls.SET_NULL else wanted


@dataclass(slots=True)
class _Taking:
    """What one deletion takes, as it is found out."""

    batch: dict[str, str] = field(default_factory=dict)  # {id that goes: id that was asked for}
    titles: dict[str, str] = field(default_factory=dict)
    cleared: list[tuple[Rule, Record, str]] = field(default_factory=list)  # (lookup, child, target)
    restricted: list[tuple[CustomField, Record, str]] = field(default_factory=list)  # likewise


def delete(conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Sequence[str]) -> str:
    """Moves the records and all that goes along to the bin; returns the id of the batch."""
    taking, now = _Taking(), clock.now()
    for object_name, chunk in by_object(snapshot, ids).items():
        rules = rules_for(snapshot, object_name)
        permissions.require(actor, permissions.Operation.DELETE, rules.object, snapshot)
        found = _locked(conn, actor, snapshot, object_name, chunk)
        if missing := set(chunk) - found.keys():
            closed = Closed.among(conn, actor, snapshot, rules.object, missing)
            first = min(missing)
            raise refusal(closed.problem(first), first)
        taking.batch.update((record_id, record_id) for record_id in chunk)
        taking.titles.update(found)
    system = system_actor(snapshot.org, "what goes along with a deletion", actor.localization)
    _take_children(conn, system, snapshot, taking)
    require(tuple(_forbidden(conn, actor, snapshot, taking)))
    due = rollups.nothing_due()
    cleared = _clear(conn, actor, snapshot, taking, now, due)
    batch = new_id("del")
    _bin(conn, actor, snapshot, taking, cleared, batch, now)
    for object_name, gone in by_object(snapshot, taking.batch).items():
        rollups.of_records(conn, snapshot, object_name, gone, due)
    rollups.settle(conn, actor, snapshot, due, now)
    return batch


def _take_children(conn: sa.Connection, system: Actor, snapshot: Snapshot, taking: _Taking) -> None:
    """Follows the lookups that point at what goes, level by level, sharing notwithstanding."""
    level = list(taking.batch)
    while level:
        following: list[str] = []
        for object_name, targets in by_object(snapshot, level).items():
            for lookup in snapshot.children(object_name):
                if lookup.is_system or snapshot.object(lookup.object_name).storage:
                    continue
                for child, target in _pointing(conn, system, snapshot, lookup, targets):
                    wanted = WhenDeleted.of(lookup)
                    if wanted == WhenDeleted.CASCADE and child.id not in taking.batch:
                        taking.batch[child.id] = taking.batch[target]
                        taking.titles[child.id] = title(snapshot, child)
                        following.append(child.id)
                    elif wanted == WhenDeleted.RESTRICT:
                        taking.restricted.append((lookup, child, target))
                    elif wanted == WhenDeleted.SET_NULL:
                        rule = rules_for(snapshot, lookup.object_name).fields[lookup.local_name]
                        taking.cleared.append((rule, child, target))
        if len(taking.batch) > MAX_TAKEN:
            message = _("More than %(n)s records would go along.", n=MAX_TAKEN)
            raise Rejected(Problem("delete.too_many", (), message))
        level = following
    taking.cleared = [entry for entry in taking.cleared if entry[1].id not in taking.batch]


def _forbidden(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, taking: _Taking
) -> Iterator[Problem]:
    """One problem for each lookup that forbids the deletion, with a record that holds it.

    A record that the actor may not see is not named.
    """
    by_lookup: dict[str, list[tuple[CustomField, Record, str]]] = defaultdict(list)
    for lookup, child, target in taking.restricted:
        if child.id not in taking.batch:
            by_lookup[lookup.uid].append((lookup, child, target))
    for uses in by_lookup.values():
        lookup, _child, target = uses[0]
        name, what = lookup.object_name, taking.titles.get(target, target)
        if (seen := _visible(conn, actor, snapshot, name, uses)) is None:
            message = _("%(title)s is needed by records that you may not see.", title=what)
            yield Problem("delete.restricted", (target,), message)
            continue
        message = ngettext(
            "%(title)s is needed by a record of %(object)s: %(child)s.",
            "%(title)s is needed by %(n)s records of %(object)s, such as %(child)s.",
            len(uses),
            title=what,
            object=snapshot.label(snapshot.object(name)),
            child=title(snapshot, seen) or seen.id,
        )
        yield Problem("delete.restricted", (target,), message)


def _visible(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    uses: Sequence[tuple[CustomField, Record, str]],
) -> Record | None:
    """The first of the records that the actor may see."""
    obj = snapshot.object(object_name)
    if not permissions.may(actor, permissions.Operation.READ, obj, snapshot):
        return None
    seen = held(conn, actor, snapshot, object_name, {child.id for _lookup, child, _target in uses})
    return next((child for _lookup, child, _target in uses if child.id in seen), None)


def _clear(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    taking: _Taking,
    now: datetime,
    due: rollups.Due,
) -> Mapping[str, list[list[str]]]:
    """Empties lookups; returns {id that went: [[object uid, child id, field uid], …]}."""
    kept: dict[str, list[list[str]]] = defaultdict(list)
    by_rule: dict[str, tuple[Rule, list[Record]]] = {}
    for rule, child, target in taking.cleared:
        kept[target].append([rule.field.uid, child.id])
        by_rule.setdefault(rule.field.uid, (rule, []))[1].append(child)
    for rule, children in by_rule.values():
        point(conn, actor, snapshot, rule, children, None, now, due)
    return kept


def _bin(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    taking: _Taking,
    cleared: Mapping[str, list[list[str]]],
    batch: str,
    now: datetime,
) -> None:
    for object_name, ids in by_object(snapshot, taking.batch).items():
        uid = snapshot.object(object_name).uid
        mark(conn, snapshot, object_name, ids, is_deleted=True)
        rows = [
            {
                "record_id": i, "object_uid": uid, "name": taking.titles.get(i) or None,
                "name_key": fold(taking.titles.get(i) or "") or None,
                "batch": f"{batch}.{taking.batch[i]}",
                "deleted_at": now, "deleted_by": actor.user_id, "cleared": cleared.get(i),
            }
            for i in ids
        ]  # fmt: skip
        conn.execute(sa.insert(sys_recycle), rows)
        publish(conn, actor, snapshot, object_name, Change.DELETED, ids)


def _locked(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, object_name: str, ids: Sequence[str]
) -> dict[str, str]:
    """{id: title} of live records that the actor may delete, locked until the transaction ends."""
    name = snapshot.name_field(object_name)
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        where = Condition("Id", "in", tuple(chunk))
        query = Query(object_name, (name.local_name,) if name else (), where)
        compiled = select_for(actor, query, snapshot, level=Level.FULL)
        statement = compiled.statement.with_for_update(of=compiled.frame.main)
        rows = conn.execute(statement, compiled.parameters).all()
        for record in run.read_rows(compiled.frame, rows):
            found[record.id] = title(snapshot, record)
    return found


def _pointing(
    conn: sa.Connection,
    system: Actor,
    snapshot: Snapshot,
    lookup: CustomField,
    targets: Sequence[str],
) -> Iterator[tuple[Record, str]]:
    """(live record, target) of those whose lookup points at one of the targets."""
    name = snapshot.name_field(lookup.object_name)
    fields = dict.fromkeys((lookup.local_name, *([name.local_name] if name else ())))
    for chunk in chunks(targets):
        where = Condition(lookup.local_name, "in", tuple(chunk))
        query = Query(lookup.object_name, tuple(fields), where)
        for record in run.run(conn, system, query, snapshot).records:
            yield record, record[lookup.local_name]
