"""Filters of lookups: asked of every save, and what a search for a target keeps to.

A filter belongs to the org: it looks at fields that the person may not read, and says no more of
them than whether a record fits. A value that was there before and whose sources stay may stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.lookup_filters import SOURCE, USER, asked_of, predicate_of
from ...metadata.predicates import ALWAYS, All, Predicate, conditions
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor, system_actor
from ..access import permissions
from ..query import run
from ..query.match import Matcher, matcher
from ..query.plan import resolve_path
from ..query.record import Record
from ..query.request import Query
from .draft import Draft
from .validation import Looks, looks_along, parent_values

if TYPE_CHECKING:
    from .steps import Save

WHY = "filters of lookups look at the whole record"
PAGE, PAGES = 100, 10  # of records that are looked through where the statement cannot filter

Known = Mapping[str, Mapping[str, Value]]  # {$Source, $User: {path: value}}


@dataclass(frozen=True, slots=True)
class Ready:
    """A filter that is asked of saves."""

    field: CustomField
    target: str
    paths: Mapping[str, tuple[str, ...]]  # {home: paths}
    looks: Looks  # of the record that holds the lookup


def filters_of(snapshot: Snapshot, object_name: str) -> tuple[Ready, ...]:
    """The filters that saves of the object must meet, made once for a snapshot."""
    return snapshot.derived(
        (Ready, object_name),
        lambda: tuple(
            ready_of(snapshot, field)
            for field in snapshot.fields(object_name).values()
            if has_filter(field) and field.lookup_filter and not field.lookup_filter.is_optional
        ),
    )


def has_filter(field: CustomField) -> bool:
    return bool(field.lookup_filter and field.lookup_filter.active and field.reference_to)


def ready_of(snapshot: Snapshot, field: CustomField) -> Ready:
    paths = asked_of(field, snapshot)
    walked = {path: snapshot.resolve(field.object_name, path) for path in paths[SOURCE]}
    looks = looks_along(walked)
    return Ready(field, field.reference_to[0], paths, looks)


def looked_at(snapshot: Snapshot, object_name: str) -> set[str]:
    """The fields of the record itself that its filters want to know."""
    return {
        name
        for ready in filters_of(snapshot, object_name)
        for name in (ready.field.local_name, *ready.looks.own)
    }


# -- saving


def check(save: Save) -> None:
    """Notes a problem for every lookup that points at a record its filter leaves out."""
    for ready in filters_of(save.snapshot, save.rules.object.name):
        asked = [draft for draft in save.drafts if _is_asked(ready, draft, save)]
        if asked:
            _check(save, ready, asked)


def _is_asked(ready: Ready, draft: Draft, save: Save) -> bool:
    name = ready.field.local_name
    is_wrong = any(problem.path[:1] == (name,) for problem in draft.problems)
    target = draft.effective(name)
    if is_wrong or name in draft.brought or not isinstance(target, str):
        return False
    return save.is_new or bool(draft.values.keys() & {name, *ready.looks.own})


def _check(save: Save, ready: Ready, drafts: list[Draft]) -> None:
    name, system = ready.field.local_name, _system(save.actor, save.snapshot)
    ids = sorted({str(draft.effective(name)) for draft in drafts})
    there = run.get_many(
        save.conn, system, save.snapshot, ready.target, ids, ready.paths[""] or ("Id",)
    )
    values = [_own(draft, ready.looks) for draft in drafts]
    everything = known_of(save.conn, save.actor, save.snapshot, ready, values)
    asks: dict[Predicate, Matcher] = {}
    for draft, known in zip(drafts, everything, strict=True):
        record = there.get(str(draft.effective(name)))
        predicate = predicate_of(ready.field, known, save.snapshot)
        if predicate not in asks:
            asks[predicate] = matcher(predicate, ready.target, system, save.snapshot)
        if record is not None and not asks[predicate](record.values):
            draft.problems.append(_refused(ready.field, save.actor, save.snapshot))


def _own(draft: Draft, looks: Looks) -> dict[str, Value]:
    return {name: draft.id if name == "Id" else draft.effective(name) for name in looks.own}


def _refused(field: CustomField, actor: Actor, snapshot: Snapshot) -> Problem:
    said = field.lookup_filter
    own = snapshot.text(
        "CustomField", field.name, "lookupFilter.errorMessage", said.error if said else ""
    )
    message = own or _("This record does not meet the filter of the lookup.")
    place = (field.local_name,) if permissions.readable(actor, field, snapshot) else ()
    return Problem("lookup.filtered", place, message)


def _system(actor: Actor, snapshot: Snapshot) -> Actor:
    return system_actor(snapshot.org, WHY, actor.localization)


# -- what a filter knows


def known_of(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    ready: Ready,
    records: list[dict[str, Value]],
) -> list[Known]:
    """For each record that holds the lookup, what $Source and $User are."""
    above = parent_values(conn, actor, snapshot, ready.looks, records)
    user = _of_user(conn, actor, snapshot, ready.paths[USER])
    return [{SOURCE: {**own, **more}, USER: user} for own, more in zip(records, above, strict=True)]


def _of_user(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, paths: tuple[str, ...]
) -> dict[str, Value]:
    if not paths:
        return {}
    system = _system(actor, snapshot)
    there = run.get_many(conn, system, snapshot, "User", [actor.user_id], paths)
    found = there[actor.user_id].values if actor.user_id in there else {}
    return {path: actor.user_id if path == "Id" else found.get(path) for path in paths}


def source_values(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    ready: Ready,
    given: Mapping[str, Value],
    record_id: str,
) -> dict[str, Value]:
    """What a form holds of the fields that a filter asks; the rest as the record is kept."""
    missing = sorted(ready.looks.own - given.keys())
    kept: Mapping[str, Value] = {}
    if missing and record_id:
        try:
            run.get(conn, actor, snapshot, record_id, ("Id",))  # is it one the actor may see?
            system = _system(actor, snapshot)
            kept = run.get(conn, system, snapshot, record_id, missing).values
        except (NotFound, Rejected):
            kept = {}
    return {name: given.get(name, kept.get(name)) for name in ready.looks.own}


# -- searching


def filter_for(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    field: CustomField,
    given: Mapping[str, Value],
    record_id: str = "",
) -> Predicate:
    """What a target must meet for a form with these values."""
    if not has_filter(field):
        return ALWAYS
    ready = ready_of(snapshot, field)
    own = source_values(conn, actor, snapshot, ready, given, record_id)
    (known,) = known_of(conn, actor, snapshot, ready, [own])
    return predicate_of(field, known, snapshot)


def found_by(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, query: Query, where: Predicate
) -> tuple[Record, ...]:
    """The records of a query that meet a filter, which may look at what the actor may not read."""
    if where == ALWAYS:
        return run.run(conn, actor, query, snapshot).records
    if _may_ask(actor, snapshot, query.object, where):
        both = replace(query, where=All((query.where, where)))
        return run.run(conn, actor, both, snapshot).records
    return _looked_through(conn, actor, snapshot, query, where)


def _may_ask(actor: Actor, snapshot: Snapshot, object_name: str, where: Predicate) -> bool:
    obj = snapshot.object(object_name)
    try:
        for one in conditions(where):
            resolve_path(snapshot, actor, obj, one.path)
    except Rejected:
        return False
    return True


def _looked_through(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, query: Query, where: Predicate
) -> tuple[Record, ...]:
    """A page after the other as the actor finds them, until enough of them meet the filter."""
    system = _system(actor, snapshot)
    meets = matcher(where, query.object, system, snapshot)
    paths = tuple({one.path: None for one in conditions(where)})
    found: list[Record] = []
    page = replace(query, limit=PAGE)
    for _number in range(PAGES):
        records = run.run(conn, actor, page, snapshot)
        ids = [record.id for record in records.records]
        there = run.get_many(conn, system, snapshot, query.object, ids, paths)
        found += (r for r in records.records if r.id in there and meets(there[r.id].values))
        if not records.next or len(found) >= (query.limit or PAGE):
            break
        page = replace(page, after=records.next)
    return tuple(found[: query.limit or PAGE])
