"""Deleting to the recycle bin, bringing back, deleting for good.

A deletion takes details and records with a cascading lookup along, empties the other lookups that
point at what goes, and is refused where a lookup forbids it. The bin keeps it together as a batch
named by the record that was asked for, so that bringing that record back restores everything: the
records that went along, and the emptied lookups that nobody has filled since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.types import fold
from ...platform.errors import NotFound, Problem, Rejected, require
from ...platform.events import publish_after_commit
from ...platform.i18n import _
from ...platform.migrations.tables import sys_history, sys_recent, sys_recycle
from ...platform.people.actor import Actor, system_actor
from ..access import permissions
from ..query import run
from ..query.compile import select_for
from ..query.record import Record
from ..query.request import Query, Rows
from ..tables import Tables
from . import history, unique
from .draft import Draft
from .events import Change, RecordsChanged
from .references import existing
from .rules import Rule, Rules, rules_for

CHUNK = 500
KEPT_DAYS = 15
MAX_TAKEN = 50_000  # records that one deletion may take


class WhenDeleted:
    """What a lookup wants when its target goes."""

    CASCADE, SET_NULL, RESTRICT = "Cascade", "SetNull", "Restrict"

    @staticmethod
    def of(lookup: CustomField) -> str:
        if lookup.type == "MasterDetail":
            return WhenDeleted.CASCADE
        wanted = str(lookup.options.get("deleteConstraint", WhenDeleted.SET_NULL))
        required = lookup.required and wanted == WhenDeleted.SET_NULL
        return WhenDeleted.RESTRICT if required else wanted


@dataclass(slots=True)
class _Taking:
    """What one deletion takes, as it is found out."""

    batch: dict[str, str] = field(default_factory=dict)  # {id that goes: id that was asked for}
    titles: dict[str, str] = field(default_factory=dict)
    cleared: list[tuple[Rule, Record, str]] = field(default_factory=list)  # (lookup, child, target)
    problems: list[Problem] = field(default_factory=list)


def delete(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Sequence[str]
) -> tuple[str, ...]:
    """Moves the records and all that goes along to the bin; returns every id that went."""
    taking, now = _Taking(), clock.now()
    for object_name, chunk in _by_object(snapshot, ids).items():
        rules = rules_for(snapshot, object_name)
        permissions.require(actor, permissions.Operation.DELETE, rules.object)
        found = _locked(conn, actor, snapshot, object_name, chunk)
        if missing := set(chunk) - found.keys():
            raise NotFound(min(missing))
        taking.batch.update((record_id, record_id) for record_id in chunk)
        taking.titles.update(found)
    system = system_actor(snapshot.org, "what goes along with a deletion", actor.localization)
    _take_children(conn, system, snapshot, taking)
    require(taking.problems)
    cleared = _clear(conn, actor, snapshot, taking, now)
    _bin(conn, actor, snapshot, taking, cleared, now)
    return tuple(taking.batch)


def _take_children(conn: sa.Connection, system: Actor, snapshot: Snapshot, taking: _Taking) -> None:
    """Follows the lookups that point at what goes, level by level, sharing notwithstanding."""
    level, restricted = list(taking.batch), list[tuple[CustomField, Record, str]]()
    while level:
        following: list[str] = []
        for object_name, targets in _by_object(snapshot, level).items():
            for lookup in snapshot.children(object_name):
                if lookup.is_system or snapshot.object(lookup.object_name).storage:
                    continue
                for child, target in _pointing(conn, system, snapshot, lookup, targets):
                    wanted = WhenDeleted.of(lookup)
                    if wanted == WhenDeleted.CASCADE and child.id not in taking.batch:
                        taking.batch[child.id] = taking.batch[target]
                        taking.titles[child.id] = _title(snapshot, child)
                        following.append(child.id)
                    elif wanted == WhenDeleted.RESTRICT:
                        restricted.append((lookup, child, target))
                    elif wanted == WhenDeleted.SET_NULL:
                        rule = rules_for(snapshot, lookup.object_name).fields[lookup.local_name]
                        taking.cleared.append((rule, child, target))
        if len(taking.batch) > MAX_TAKEN:
            message = _("More than %(n)s records would go along.", n=MAX_TAKEN)
            raise Rejected(Problem("delete.too_many", (), message))
        level = following
    taking.cleared = [entry for entry in taking.cleared if entry[1].id not in taking.batch]
    taking.problems += _forbidden(snapshot, taking, restricted)


def _forbidden(
    snapshot: Snapshot, taking: _Taking, restricted: Iterable[tuple[CustomField, Record, str]]
) -> Iterator[Problem]:
    """One problem for each lookup that forbids the deletion, with a record that holds it."""
    by_lookup: dict[str, list[tuple[CustomField, Record, str]]] = defaultdict(list)
    for lookup, child, target in restricted:
        if child.id not in taking.batch:
            by_lookup[lookup.uid].append((lookup, child, target))
    for uses in by_lookup.values():
        lookup, child, target = uses[0]
        obj = snapshot.object(lookup.object_name)
        message = _(
            "%(title)s is needed by %(n)s records of %(object)s, such as %(child)s.",
            title=taking.titles.get(target, target),
            n=len(uses),
            object=snapshot.label(obj),
            child=_title(snapshot, child) or child.id,
        )
        yield Problem("delete.restricted", (target,), message)


def _clear(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, taking: _Taking, now: datetime
) -> Mapping[str, list[list[str]]]:
    """Empties lookups; returns {id that went: [[object uid, child id, field uid], …]}."""
    kept: dict[str, list[list[str]]] = defaultdict(list)
    by_rule: dict[str, tuple[Rule, list[Record]]] = {}
    for rule, child, target in taking.cleared:
        kept[target].append([rule.field.uid, child.id])
        by_rule.setdefault(rule.field.uid, (rule, []))[1].append(child)
    for rule, children in by_rule.values():
        _point(conn, actor, snapshot, rule, children, None, now)
    return kept


def _point(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rule: Rule,
    children: Sequence[Record],
    target: str | None,
    now: datetime,
) -> None:
    """Sets one lookup of several records, with its history."""
    rules = rules_for(snapshot, rule.field.object_name)
    place, main = rule.places[""], rules.home.main
    table = rules.home.table(place)
    for chunk in _chunks([child.id for child in children]):
        conn.execute(sa.update(table).where(table.c.id.in_(chunk)).values({place.column: target}))
        conn.execute(sa.update(main).where(main.c.id.in_(chunk)).values(version=main.c.version + 1))
    drafts = [
        Draft({}, child.id, child.values, child.version, {rule.name: target}) for child in children
    ]
    history.write(conn, rules, drafts, actor.user_id, now)


def _bin(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    taking: _Taking,
    cleared: Mapping[str, list[list[str]]],
    now: datetime,
) -> None:
    for object_name, ids in _by_object(snapshot, taking.batch).items():
        uid = snapshot.object(object_name).uid
        _mark(conn, snapshot, object_name, ids, is_deleted=True)
        rows = [
            {
                "record_id": i, "object_uid": uid, "name": taking.titles.get(i) or None,
                "name_key": fold(taking.titles.get(i) or "") or None, "batch": taking.batch[i],
                "deleted_at": now, "deleted_by": actor.user_id, "cleared": cleared.get(i),
            }
            for i in ids
        ]  # fmt: skip
        conn.execute(sa.insert(sys_recycle), rows)
        _publish(conn, actor, snapshot, object_name, Change.DELETED, ids)


def _mark(
    conn: sa.Connection,
    snapshot: Snapshot,
    object_name: str,
    ids: Sequence[str],
    *,
    is_deleted: bool,
) -> None:
    main = Tables.of(snapshot).home(object_name).main
    for chunk in _chunks(ids):
        conn.execute(
            sa.update(main)
            .where(main.c.id.in_(chunk))
            .values(is_deleted=is_deleted, version=main.c.version + 1)
        )


# -- back again ----------------------------------------------------------------------------------


def undelete(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Sequence[str]
) -> tuple[str, ...]:
    """Brings records back with what went along with them; returns every id that came back.

    Raises NotFound for what is not in the bin, and Rejected when a unique value has been taken in the
    meantime or a master is still deleted.
    """
    now = clock.now()
    binned = _binned(conn, actor, snapshot, ids)
    by_object = _by_object(snapshot, binned)
    problems: list[Problem] = []
    for object_name, chunk in by_object.items():
        rules = rules_for(snapshot, object_name)
        permissions.require(actor, permissions.Operation.DELETE, rules.object)
        problems += _taken_since(conn, snapshot, rules, chunk)
    for object_name, chunk in by_object.items():
        _mark(conn, snapshot, object_name, chunk, is_deleted=False)
    for object_name, chunk in by_object.items():
        problems += _mend(conn, actor, snapshot, rules_for(snapshot, object_name), chunk, now)
    require(problems)
    for record_id, row in binned.items():
        _restore_cleared(conn, actor, snapshot, record_id, row.cleared or (), now)
    for chunk in _chunks(list(binned)):
        conn.execute(sa.delete(sys_recycle).where(sys_recycle.c.record_id.in_(chunk)))
    for object_name, chunk in by_object.items():
        _publish(conn, actor, snapshot, object_name, Change.UNDELETED, chunk)
    return tuple(binned)


def _binned(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Iterable[str]
) -> dict[str, Any]:
    """{id: row of the bin} of the records and of all that went along with them."""
    r = sys_recycle.c
    columns = (r.record_id, r.batch, r.cleared)
    wanted = list(dict.fromkeys(ids))
    asked: dict[str, Any] = {
        row.record_id: row
        for chunk in _chunks(wanted)
        for row in conn.execute(sa.select(*columns).where(r.record_id.in_(chunk)))
    }
    for object_name, chunk in _by_object(snapshot, wanted).items():
        seen = run.get_many(conn, actor, snapshot, object_name, chunk, (), Rows.DELETED)
        if missing := [i for i in chunk if i not in asked or i not in seen]:
            raise NotFound(missing[0])
    roots = [i for i, row in asked.items() if row.batch == i]
    for chunk in _chunks(roots):
        rows = conn.execute(sa.select(*columns).where(r.batch.in_(chunk)))
        asked |= {row.record_id: row for row in rows}
    return asked


def _taken_since(
    conn: sa.Connection, snapshot: Snapshot, rules: Rules, ids: Sequence[str]
) -> list[Problem]:
    """Problems of unique values that live records, or others of these, have by now."""
    if not rules.unique:
        return []
    names = [rule.name for rule in rules.unique]
    drafts = [
        Draft({}, record.id, {}, 0, dict(record.values))
        for record in _read(conn, snapshot, rules.object.name, ids, names, Rows.DELETED)
    ]
    unique.check(conn, rules, drafts)
    return [problem.under(draft.id) for draft in drafts for problem in draft.problems]


def _mend(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rules: Rules,
    ids: Sequence[str],
    now: datetime,
) -> list[Problem]:
    """Lookups at what was deleted in the meantime are emptied; a master must be there."""
    lookups = [r for r in rules.references if not r.field.is_system]
    records = _read(conn, snapshot, rules.object.name, ids, [r.name for r in lookups], Rows.LIVE)
    system = system_actor(snapshot.org, "lookups of what comes back", actor.localization)
    problems: list[Problem] = []
    for rule in lookups:
        targets = {r[rule.name] for r in records if r[rule.name]}
        there = {
            i
            for name, chunk in _by_object(snapshot, targets).items()
            for i in existing(conn, system, snapshot, name, set(chunk))
        }
        lost = [r for r in records if r[rule.name] and r[rule.name] not in there]
        if rule.required:
            message = _("%(name)s is still deleted; restore it first.", name=rule.field.label)
            problems += (Problem("undelete.no_master", (r.id, rule.name), message) for r in lost)
        elif lost:
            _point(conn, actor, snapshot, rule, lost, None, now)
    return problems


def _restore_cleared(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    target: str,
    cleared: Iterable[Sequence[str]],
    now: datetime,
) -> None:
    """Fills the lookups that the deletion emptied, where they are still empty."""
    by_field: dict[str, list[str]] = defaultdict(list)
    for field_uid, child_id in cleared:
        by_field[field_uid].append(child_id)
    for field_uid, children in by_field.items():
        lookup = snapshot.find_uid(field_uid)
        if lookup is None:
            continue  # the field is gone
        rule = rules_for(snapshot, lookup.object_name).fields[lookup.local_name]
        found = _read(conn, snapshot, lookup.object_name, children, [rule.name], Rows.LIVE)
        empty = [record for record in found if record[rule.name] is None]
        if empty:
            _point(conn, actor, snapshot, rule, empty, target, now)


# -- for good ------------------------------------------------------------------------------------


def purge(conn: sa.Connection, actor: Actor, snapshot: Snapshot, ids: Sequence[str]) -> int:
    """Deletes records in the bin for good, with all that went along; returns how many."""
    binned = _binned(conn, actor, snapshot, ids)
    for object_name in _by_object(snapshot, binned):
        obj = snapshot.object(object_name)
        permissions.require(actor, permissions.Operation.DELETE, obj)
    return _erase(conn, snapshot, list(binned))


def purge_expired(conn: sa.Connection, snapshot: Snapshot, *, limit: int = 2000) -> int:
    """Deletes for good what has been in the bin for 15 days, some at a time; returns how many."""
    r = sys_recycle.c
    expired = (
        sa.select(r.record_id)
        .where(r.deleted_at < clock.now() - timedelta(days=KEPT_DAYS))
        .order_by(r.deleted_at, r.record_id)
        .limit(limit)
    )
    known = [obj.uid for obj in snapshot.objects()]
    ids = conn.execute(expired.where(r.object_uid.in_(known))).scalars().all()
    return _erase(conn, snapshot, list(ids))


def _erase(conn: sa.Connection, snapshot: Snapshot, ids: list[str]) -> int:
    for object_name, chunk in _by_object(snapshot, ids).items():
        home = Tables.of(snapshot).home(object_name)
        for some in _chunks(chunk):
            for table in (home.main, *home.slices):
                conn.execute(sa.delete(table).where(table.c.id.in_(some)))
    for some in _chunks(ids):
        for table in (sys_history, sys_recent, sys_recycle):
            conn.execute(sa.delete(table).where(table.c.record_id.in_(some)))
    return len(ids)


# -- reading -------------------------------------------------------------------------------------


def _locked(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, object_name: str, ids: Sequence[str]
) -> dict[str, str]:
    """{id: title} of live records, locked until the end of the transaction."""
    name = snapshot.name_field(object_name)
    found: dict[str, str] = {}
    for chunk in _chunks(ids):
        where = Condition("Id", "in", tuple(chunk))
        query = Query(object_name, (name.local_name,) if name else (), where)
        compiled = select_for(actor, query, snapshot)
        statement = compiled.statement.with_for_update(of=compiled.frame.main)
        for record in run.read_rows(compiled.frame, conn.execute(statement).all()):
            found[record.id] = _title(snapshot, record)
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
    for chunk in _chunks(targets):
        where = Condition(lookup.local_name, "in", tuple(chunk))
        query = Query(lookup.object_name, tuple(fields), where)
        for record in run.run(conn, system, query, snapshot).records:
            yield record, record[lookup.local_name]


def _read(
    conn: sa.Connection,
    snapshot: Snapshot,
    object_name: str,
    ids: Sequence[str],
    names: Sequence[str],
    rows: Rows,
) -> list[Record]:
    system = system_actor(snapshot.org, "what a deletion took along")
    found = run.get_many(conn, system, snapshot, object_name, ids, names, rows)
    return list(found.values())


def _title(snapshot: Snapshot, record: Record) -> str:
    name = snapshot.name_field(record.object)
    if name is None:
        return ""
    return name.field_type.display(record.values.get(name.local_name), name)


def _by_object(snapshot: Snapshot, ids: Iterable[str]) -> dict[str, list[str]]:
    """{object name: ids}, both in a fixed order, so that two deletions lock in the same order."""
    found: dict[str, list[str]] = defaultdict(list)
    for record_id in dict.fromkeys(ids):
        found[snapshot.object_of_id(record_id).name].append(record_id)
    return {name: sorted(found[name]) for name in sorted(found)}


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))


def _publish(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    change: Change,
    ids: Sequence[str],
) -> None:
    event = RecordsChanged(snapshot.org, object_name, change, tuple(ids), actor.user_id)
    publish_after_commit(conn, event)
