"""Creating and updating within a transaction: the steps, the rows, the history, the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.errors import Problem, require
from ...platform.ids import key_prefix, new_id
from ...platform.people.actor import Actor, system_actor
from ..access import permissions
from ..access.levels import Level
from ..query.compile import select_for
from ..query.record import Record
from ..query.request import Query
from ..query.run import find_titles, get_many, read_rows
from . import choices, lookup_filters, rollups, together, undo, validation
from .closed import Closed, refusal
from .companions import looked_at
from .conflicts import RecordConflict, Seen, reconcile
from .draft import Draft
from .rules import Rules, rules_for
from .save import Save
from .steps import carry_out, look_over, prepare

Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: its id, or the problems that kept it out."""

    id: str
    problems: tuple[Problem, ...] = ()


def create(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    rows: Sequence[Values],
    ids: Sequence[str] = (),
    *,
    is_clone: bool = False,
) -> tuple[Outcome, ...]:
    """Inserts those rows that have no problem; the outcomes are in the order of the rows.

    `ids` are those of the rows where the caller has them already.
    """
    rules = rules_for(snapshot, object_name)
    permissions.require(actor, permissions.Operation.CREATE, rules.object, snapshot)
    prefix = snapshot.storage.prefix(rules.object.uid)
    if any(key_prefix(one) != prefix for one in ids):
        raise ValueError(f"an id of another object than {object_name}")
    drafts = [Draft(given, ids[n] if ids else new_id(prefix)) for n, given in enumerate(rows)]
    save = Save(conn, actor, snapshot, rules, drafts, True, clock.now(), is_clone=is_clone)
    prepare(save)
    carry_out(save)
    return tuple(
        Outcome("", tuple(draft.problems)) if draft.problems else Outcome(draft.id)
        for draft in drafts
    )


def check(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    rows: Sequence[Values],
) -> tuple[Outcome, ...]:
    """What `create` would say of the rows; nothing is written and no number is taken."""
    rules = rules_for(snapshot, object_name)
    permissions.require(actor, permissions.Operation.CREATE, rules.object, snapshot)
    drafts = [Draft(given) for given in rows]
    look_over(Save(conn, actor, snapshot, rules, drafts, True, clock.now(), is_trial=True))
    return tuple(Outcome("", tuple(draft.problems)) for draft in drafts)


def update(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    changes: Mapping[str, Values],
    batch: str = "",
) -> dict[str, Outcome]:
    """Updates the records without problems: {id: outcome}; no version is asked for.

    With a batch they can be taken back together.
    """
    rules = rules_for(snapshot, object_name)
    save = _loaded(conn, actor, snapshot, rules, changes)
    prepare(save)
    carry_out(save)
    if batch:
        undo.note(save, [draft for draft in save.good if draft.values], batch)
    return {d.id: Outcome(d.id, tuple(d.problems)) for d in save.drafts}


def update_one(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    record_id: str,
    values: Values,
    version: int | None,
    seen: Seen | None,
) -> int:
    """Updates one record and returns its version after that.

    Raises NotFound, Rejected with every problem, or RecordConflict when it is no longer at
    `version` and somebody changed the same fields.
    """
    rules = rules_for(snapshot, snapshot.object_of_id(record_id).name)
    save = _loaded(conn, actor, snapshot, rules, {record_id: values})
    draft = save.drafts[0]
    if draft.problems:
        raise refusal(draft.problems[0], record_id)
    if version is not None and (clashes := reconcile(rules, draft, version, seen)):
        who, when = draft.old["LastModifiedById"], draft.old["LastModifiedDate"]
        name = find_titles(conn, actor, snapshot, (who,)).get(who, "")
        raise RecordConflict(record_id, clashes, draft.version, who, name, when, draft.given)
    prepare(save)
    require(draft.problems)
    carry_out(save)
    require(draft.problems)
    if draft.values and not actor.is_system:
        undo.note(save, [draft])
    return draft.version + bool(draft.values)


def _loaded(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rules: Rules,
    changes: Mapping[str, Values],
) -> Save:
    """The save with what is kept now of every field that matters, locked until the end."""
    permissions.require(actor, permissions.Operation.EDIT, rules.object, snapshot)
    names = {rule.name for given in changes.values() for n in given if (rule := rules.rule(n))}
    wanted = looked_at(rules.object.name) | validation.looked_at(snapshot, rules.object.name)
    wanted |= rollups.lookups_of(snapshot, rules.object.name)
    wanted |= choices.looked_at(snapshot, rules.object.name, names)
    wanted |= lookup_filters.looked_at(snapshot, rules.object.name)
    wanted |= together.looked_at(rules)
    more = {n for n in wanted - names if n in rules.fields}
    hidden = {n for n in more if not permissions.readable(actor, rules.fields[n].field, snapshot)}
    old = load(conn, actor, snapshot, rules, tuple(changes), names | more - hidden)
    beside = _hidden(conn, actor, snapshot, rules, tuple(old), hidden)
    closed = Closed.among(conn, actor, snapshot, rules.object, set(changes) - old.keys())
    drafts = []
    for record_id, given in changes.items():
        draft = Draft(given, record_id)
        if (record := old.get(record_id)) is None:
            draft.problems.append(closed.problem(record_id))
        else:
            draft.old = {**record.values, **beside.get(record_id, {})}
            draft.version = record.version
        drafts.append(draft)
    return Save(conn, actor, snapshot, rules, drafts, False, clock.now())


def _hidden(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rules: Rules,
    ids: Sequence[str],
    names: set[str],
) -> dict[str, Values]:
    """{id: values} of fields that companions and rules look at and the actor may not read."""
    if not names:
        return {}
    system = system_actor(snapshot.org, "what goes along with a save", actor.localization)
    found = get_many(conn, system, snapshot, rules.object.name, ids, sorted(names))
    return {record_id: record.values for record_id, record in found.items()}


def load(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rules: Rules,
    ids: Sequence[str],
    names: set[str],
) -> dict[str, Record]:
    """{id: record} of those the actor may edit: the fields, fellow components, stamps; locked."""
    wanted = {"LastModifiedById", "LastModifiedDate"}
    wanted |= {n for n in names if rules.fields[n].places}
    for rule, parts in rules.compounds:
        if names & {rule.name, *parts}:
            wanted |= {rule.name, *parts}
    readable = tuple(sorted(n for n in wanted if n in rules.fields))
    found: dict[str, Record] = {}
    for start in range(0, len(ids), 500):
        where = Condition("Id", "in", tuple(ids[start : start + 500]))
        query = Query(rules.object.name, readable, where)
        compiled = select_for(actor, query, snapshot, level=Level.EDIT)
        statement = compiled.statement.with_for_update(of=compiled.frame.main)
        rows = conn.execute(statement, compiled.parameters).all()
        found |= {record.id: record for record in read_rows(compiled.frame, rows)}
    return found
