"""Copies of records: what a copy starts from, and children that are copied along with their parent.

Left out is whatever belongs to one record alone or is nobody's to set: unique values, numbers, the
owner, secrets, fields that the actor may not read or write. A parent comes with all the children
that were asked for or not at all: one that is refused is named and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import AnyOf, Condition
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access import permissions
from ..query import run
from ..query.record import Record
from ..query.request import Order, Query
from . import moving, saving
from .rules import rules_for
from .saving import Outcome

MOST = 200  # children of one object that are copied along


def names_of(actor: Actor, snapshot: Snapshot, object_name: str) -> list[str]:
    """The fields that a copy takes over from its original."""
    return [
        rule.name
        for rule in rules_for(snapshot, object_name).fields.values()
        if rule.places
        and rule.unique_part is None
        and rule.name != "OwnerId"
        and rule.type.exports_value
        and not rule.type.components(rule.field)
        and permissions.readable(actor, rule.field, snapshot)
        and permissions.writable(actor, rule.field, snapshot)
    ]


def values_of(record: Record, names: Sequence[str]) -> dict[str, Value]:
    """What is there of the fields."""
    return {name: record[name] for name in names if record[name] is not None}


def may_copy(actor: Actor, snapshot: Snapshot, lookup: CustomField) -> bool:
    """Says whether the actor may make children by the lookup."""
    child = snapshot.object(lookup.object_name)
    return permissions.may(actor, permissions.Operation.CREATE, child, snapshot) and (
        permissions.readable(actor, lookup, snapshot)
        and permissions.writable(actor, lookup, snapshot)
    )


def copy_children(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    source_id: str,
    parent_id: str,
    lookups: Sequence[CustomField],
) -> int:
    """Copies what points at the source by the lookups to the new parent; returns how many.

    Raises Rejected when there are too many of them, or when one may not be made.
    """
    run.get(conn, actor, snapshot, source_id, ("Id",))
    by_object: dict[str, dict[str, None]] = {}
    for lookup in lookups:
        if may_copy(actor, snapshot, lookup):
            by_object.setdefault(lookup.object_name, {})[lookup.local_name] = None
    done = 0
    for object_name, named in by_object.items():
        points = tuple(named)
        originals = _originals(conn, actor, snapshot, object_name, points, source_id)
        names = names_of(actor, snapshot, object_name)
        rows = [_copy(found, names, points, source_id, parent_id) for found in originals]
        if rows:
            outcomes = saving.create(conn, actor, snapshot, object_name, rows, is_clone=True)
            _require(snapshot, originals, outcomes)
        done += len(rows)
    return done


def _originals(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    points: Sequence[str],
    source_id: str,
) -> tuple[Record, ...]:
    name = snapshot.name_field(object_name)
    is_named = name is not None and permissions.readable(actor, name, snapshot)
    names = (*names_of(actor, snapshot, object_name), *points)
    if name is not None and is_named:
        names = (*names, name.local_name)
    where = AnyOf(tuple(Condition(one, "equals", (source_id,)) for one in points))
    order = (Order("Id"),)
    query = Query(object_name, tuple(dict.fromkeys(names)), where, order=order, limit=MOST)
    page = run.run(conn, actor, query, snapshot)
    if page.more:
        label = snapshot.label(snapshot.object(object_name), "pluralLabel")
        message = _("%(name)s: more than %(n)s cannot be copied along.", name=label, n=MOST)
        raise Rejected(Problem("clone.too_many", (), message))
    return page.records


def _copy(
    found: Record, names: Sequence[str], points: Sequence[str], source_id: str, parent_id: str
) -> Mapping[str, Value]:
    here = {name: parent_id for name in points if found[name] == source_id}
    return values_of(found, names) | here


def _require(snapshot: Snapshot, originals: Sequence[Record], outcomes: Sequence[Outcome]) -> None:
    """Raises Rejected with the problems of every child that may not be made, by its name."""
    require(
        Problem(
            "clone.child",
            (),
            _("%(name)s: %(text)s", name=_title(snapshot, found), text=problem.sentence),
        )
        for found, outcome in zip(originals, outcomes, strict=True)
        for problem in outcome.problems
    )


def _title(snapshot: Snapshot, found: Record) -> str:
    return moving.title(snapshot, found) or snapshot.label(snapshot.object(found.object))
