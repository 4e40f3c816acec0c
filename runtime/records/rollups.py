"""Roll-ups: kept in the transaction of the children, worked out anew for the parents concerned.

A value is never added to or subtracted from: it is asked of the children while the parent is
locked, so it is exact whatever else is saved at the time. Parents are locked in the order of their
ids. Whoever saves a child need not see its siblings or its parent: the sum is of all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import All, Condition
from ...metadata.rollups import Rollup, rollups_at, rollups_over
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.events import publish_after_commit
from ...platform.i18n import _
from ...platform.people.actor import Actor, system_actor
from ..query.record import Record
from ..query.request import Aggregate, Query, Rows
from ..query.run import find_titles, get_many, run
from ..tables import Tables
from . import validation, write
from .draft import Draft
from .events import Change, RecordsChanged
from .rules import rules_for
from .save import Save

CHUNK = 500
WHY = "roll-ups are of all records, whoever may see them"
#: {roll-up: {id of a parent: ids of the records whose change concerns it}}
Due = defaultdict[Rollup, defaultdict[str, set[str]]]
Refused = dict[str, list[Problem]]  # {id of a record that brought it about: problems}


def nothing_due() -> Due:
    return defaultdict(partial(defaultdict, set))


def lookups_of(snapshot: Snapshot, object_name: str) -> frozenset[str]:
    """The lookups of an object by which its records are rolled up."""
    return frozenset(one.lookup.local_name for one in rollups_over(snapshot, object_name))


# -- what a change concerns


def of_drafts(
    snapshot: Snapshot, object_name: str, drafts: Iterable[Draft], *, is_new: bool
) -> Due:
    """The parents, old and new, of whose roll-ups the drafts change anything."""
    due = nothing_due()
    for rollup in rollups_over(snapshot, object_name):
        lookup, reads = rollup.lookup.local_name, rollup.reads
        for draft in drafts:
            if is_new or lookup in draft.values or not reads.isdisjoint(draft.values):
                _note(due, snapshot, rollup, draft.effective(lookup), draft.id)
                if not is_new:
                    _note(due, snapshot, rollup, draft.old.get(lookup), draft.id)
    return due


def of_records(
    conn: sa.Connection, snapshot: Snapshot, object_name: str, ids: Sequence[str], due: Due
) -> None:
    """Notes the parents of records that come or go, whatever roll-up they have."""
    rollups = rollups_over(snapshot, object_name)
    if not rollups:
        return
    names = sorted(lookups_of(snapshot, object_name))
    system = system_actor(snapshot.org, WHY)
    for record in get_many(conn, system, snapshot, object_name, ids, names, Rows.ALL).values():
        for rollup in rollups:
            _note(due, snapshot, rollup, record[rollup.lookup.local_name], record.id)


def of_lookup(
    conn: sa.Connection,
    snapshot: Snapshot,
    lookup: CustomField,
    children: Sequence[Record],
    due: Due,
) -> None:
    """Notes whom it concerns that a lookup of records is set to another target.

    Asked before and after the change, it knows both targets.
    """
    wanted = {lookup.local_name}
    concerned = [
        one
        for one in rollups_over(snapshot, lookup.object_name)
        if not wanted.isdisjoint({one.lookup.local_name, *one.reads})
    ]
    if concerned:
        found = nothing_due()
        of_records(conn, snapshot, lookup.object_name, [child.id for child in children], found)
        for rollup in concerned:
            for parent, causes in found[rollup].items():
                due[rollup][parent] |= causes


def of_parents(snapshot: Snapshot, object_name: str, ids: Iterable[str], due: Due) -> None:
    """Notes the roll-ups that the records have themselves: what comes back may have missed some."""
    wanted = tuple(ids)
    for rollup in rollups_at(snapshot, object_name):
        for one in wanted:
            due[rollup][one].add(one)


def _note(due: Due, snapshot: Snapshot, rollup: Rollup, parent: Value, cause: str) -> None:
    """A lookup that is open to several objects leads to a parent of another one, too."""
    if isinstance(parent, str):
        prefix = snapshot.storage.prefix(snapshot.object(rollup.parent).uid)
        if parent.startswith(prefix):
            due[rollup][parent].add(cause)


# -- the steps of a save


def hold(save: Save) -> None:
    """Locks the parents whose roll-ups will change, before anything else locks them less."""
    if save.is_trial or save.conn.dialect.name != "postgresql":
        return  # SQLite has one writer at a time
    name = save.rules.object.name
    due = of_drafts(save.snapshot, name, save.good, is_new=save.is_new)
    for object_name, ids in _by_object(due).items():
        _lock(save.conn, save.snapshot, object_name, ids)


def keep(save: Save) -> None:
    """Works out the roll-ups above what was written; notes problems where a parent refuses."""
    name = save.rules.object.name
    due = of_drafts(save.snapshot, name, save.written, is_new=save.is_new)
    refused = refresh(save.conn, save.actor, save.snapshot, due, save.now)
    for draft in save.written:
        draft.problems += refused.get(draft.id, ())


def may_be_refused(save: Save) -> bool:
    """Says whether rules of a parent, or of a parent's parent, look at what may change."""
    return _is_watched(save.snapshot, save.rules.object.name, frozenset())


def _is_watched(snapshot: Snapshot, object_name: str, seen: frozenset[str]) -> bool:
    for rollup in rollups_over(snapshot, object_name):
        if rollup.name in validation.looked_at(snapshot, rollup.parent):
            return True
        if rollup.operation == "sum":
            return True  # it may get more digits than there is room for
        if rollup.parent not in seen and _is_watched(snapshot, rollup.parent, seen | {object_name}):
            return True
    return False


def settle(conn: sa.Connection, actor: Actor, snapshot: Snapshot, due: Due, now: datetime) -> None:
    """As `refresh`, for deeds that are whole or nothing; raises Rejected when a parent refuses."""
    if refused := refresh(conn, actor, snapshot, due, now):
        raise Rejected(*dict.fromkeys(one for problems in refused.values() for one in problems))


# -- working out


def refresh(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    due: Due,
    now: datetime,
    *,
    quiet: bool = False,
) -> Refused:
    """Brings the roll-ups up to date, level by level; returns what the parents' rules refuse.

    Quiet: the parents count as unchanged (no stamp, no rule, no event), for values that should
    have been there before.
    """
    refused: Refused = {}
    while due:
        above = nothing_due()
        for object_name, ids in _by_object(due).items():
            _lock(conn, snapshot, object_name, ids)
            mine = {one: parents for one, parents in due.items() if one.parent == object_name}
            drafts = _changed(conn, snapshot, object_name, mine, ids)
            if not drafts:
                continue
            if not quiet:
                _ask(conn, actor, snapshot, object_name, drafts, now)
            causes = _causes(mine)
            _sort_out(conn, actor, snapshot, drafts, causes, refused)
            good = [draft for draft in drafts if not draft.problems]
            _write(conn, actor, snapshot, object_name, good, None if quiet else now)
            for rollup, parents in of_drafts(snapshot, object_name, good, is_new=False).items():
                for parent, changed in parents.items():
                    above[rollup][parent] |= {c for one in changed for c in causes[one]}
        due = above
    return refused


def _by_object(due: Due) -> dict[str, list[str]]:
    """{object: ids of parents}, both in order, so that two saves lock alike."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for rollup, parents in due.items():
        found[rollup.parent] |= parents.keys()
    return {name: sorted(found[name]) for name in sorted(found) if found[name]}


def _causes(mine: Mapping[Rollup, Mapping[str, set[str]]]) -> dict[str, set[str]]:
    """{id of a parent: the records that concern it}"""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for parents in mine.values():
        for parent, causes in parents.items():
            found[parent] |= causes
    return found


def _lock(conn: sa.Connection, snapshot: Snapshot, object_name: str, ids: Sequence[str]) -> None:
    """Locks parents one after the other by id; what is asked next sees what others saved."""
    if conn.dialect.name != "postgresql":
        return
    main = Tables.of(snapshot).home(object_name).main
    for some in _chunks(ids):
        rows = sa.select(main.c.id).where(main.c.id.in_(some)).order_by(main.c.id)
        conn.execute(rows.with_for_update(key_share=True)).all()


def _changed(
    conn: sa.Connection,
    snapshot: Snapshot,
    object_name: str,
    mine: Mapping[Rollup, Mapping[str, set[str]]],
    ids: Sequence[str],
) -> list[Draft]:
    """A draft of each live parent whose roll-ups are other than what they should be."""
    names = {one.name for one in mine} | lookups_of(snapshot, object_name)
    names |= validation.looked_at(snapshot, object_name)
    system = system_actor(snapshot.org, WHY)
    found = get_many(conn, system, snapshot, object_name, ids, sorted(names))
    drafts = {i: Draft({}, i, r.values, r.version) for i, r in found.items()}
    for rollup, values in worked_out(conn, snapshot, mine):
        for parent in mine[rollup]:
            draft = drafts.get(parent)
            if draft is None:
                continue  # it is in the bin, or of another object
            value = values.get(parent, nothing(rollup))
            if (problem := _too_large(rollup, value)) is not None:
                draft.problems.append(problem)
            elif value != draft.old[rollup.name]:
                draft.values[rollup.name] = value
    return [draft for draft in drafts.values() if draft.values or draft.problems]


def worked_out(
    conn: sa.Connection, snapshot: Snapshot, mine: Mapping[Rollup, Iterable[str]]
) -> Iterator[tuple[Rollup, dict[str, Value]]]:
    """(roll-up, {id of a parent: value}) of what there is below; a parent without has no entry.

    Roll-ups by the same lookup and filters are one statement.
    """
    alike: defaultdict[tuple[str, tuple[Condition, ...]], list[Rollup]] = defaultdict(list)
    for rollup in mine:
        alike[rollup.lookup.name, rollup.filters].append(rollup)
    system = system_actor(snapshot.org, WHY)
    for rollups in alike.values():
        lookup, filters = rollups[0].lookup, rollups[0].filters
        ids = sorted({parent for rollup in rollups for parent in mine[rollup]})
        found: dict[Rollup, dict[str, Value]] = {rollup: {} for rollup in rollups}
        for some in _chunks(ids):
            below = Condition(lookup.local_name, "in", tuple(some))
            query = Query(
                lookup.object_name,
                where=All((below, *filters)),
                group_by=(lookup.local_name,),
                aggregates=tuple(_aggregate(n, one) for n, one in enumerate(rollups)),
            )
            for group in run(conn, system, query, snapshot).records:
                for n, one in enumerate(rollups):
                    found[one][group[lookup.local_name]] = _value(one, group[f"a{n}"])
        yield from found.items()


def _aggregate(n: int, rollup: Rollup) -> Aggregate:
    path = rollup.summarized.local_name if rollup.summarized else ""
    return Aggregate(rollup.operation, path, f"a{n}")


def nothing(rollup: Rollup) -> Value:
    """The value where there is nothing below."""
    return Decimal(0) if rollup.is_never_blank else None


def _value(rollup: Rollup, value: Value) -> Value:
    """A sum of blanks is 0, as one of nothing."""
    if value is None:
        return nothing(rollup)
    return Decimal(value) if isinstance(value, int) else value


def _too_large(rollup: Rollup, value: Value) -> Problem | None:
    if not isinstance(value, Decimal) or not rollup.field.field_type.check(value, rollup.field):
        return None
    message = _("%(name)s would have more digits than it has room for.", name=rollup.field.label)
    return Problem("rollup.too_large", (rollup.name,), message)


# -- the parents


def _ask(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    drafts: list[Draft],
    now: datetime,
) -> None:
    """The parents' validation rules, as far as they look at a roll-up that changes."""
    rules = rules_for(snapshot, object_name)
    validation.ask(Save(conn, actor, snapshot, rules, drafts, False, now), only_changed=True)


def _sort_out(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    drafts: Sequence[Draft],
    causes: Mapping[str, set[str]],
    refused: Refused,
) -> None:
    """Hands the problems of parents to the records that brought them about."""
    wrong = [draft for draft in drafts if draft.problems]
    titles = find_titles(conn, actor, snapshot, [d.id for d in wrong]) if wrong else {}
    for draft in wrong:
        name = titles.get(draft.id, "") or snapshot.label(snapshot.object_of_id(draft.id))
        for problem in draft.problems:
            message = _("%(name)s does not allow it: %(why)s", name=name, why=problem.message)
            told = Problem("rollup.refused", (), message, problem.hint)
            for cause in causes[draft.id]:
                refused.setdefault(cause, []).append(told)


def _write(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    drafts: Sequence[Draft],
    now: datetime | None,
) -> None:
    """Writes the values; a parent's version stays, for it counts what people save of it."""
    stamps = {} if now is None else {"modified_at": now, "modified_by": actor.user_id}
    write.derive(conn, rules_for(snapshot, object_name), drafts, stamps)
    if drafts and now is not None:
        ids = tuple(draft.id for draft in drafts)
        event = RecordsChanged(snapshot.org, object_name, Change.UPDATED, ids, actor.user_id)
        publish_after_commit(conn, event)


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))
