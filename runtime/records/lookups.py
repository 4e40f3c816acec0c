"""Finding the record a lookup is to point at: by the words of its name, or by what it is called."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import ALWAYS, All, Condition, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..access import permissions
from ..query import run
from ..query.request import Order, Query
from ..search import Hit, detail_paths, hit_of
from .lookup_filters import found_by
from .recent import recent

MAX_HITS = 50


def search_lookup(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    field: CustomField,
    text: str,
    limit: int = 8,
    where: Predicate = ALWAYS,
) -> tuple[Hit, ...]:
    """Records that the lookup may point at: names that begin with the words first, then others.

    Without words: what the actor looked at last. `where` is the lookup's filter; see
    `lookup_filters`.
    """
    limit = min(limit, MAX_HITS)
    found: dict[str, Hit] = {}
    for target in field.reference_to:
        obj = snapshot.object(target)
        if not permissions.may(actor, permissions.Operation.READ, obj, snapshot):
            continue
        for query in _queries(conn, actor, snapshot, target, text, limit):
            if len(found) < limit:
                records = found_by(conn, actor, snapshot, query, where)
                found |= {r.id: hit_of(snapshot, r) for r in records if r.id not in found}
    return tuple(found.values())[:limit]


def _queries(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, target: str, text: str, limit: int
) -> tuple[Query, ...]:
    """One query after another, each wider than the one before."""
    name = snapshot.name_field(target)
    paths = detail_paths(snapshot, target)
    order = (Order(name.local_name),) if name else ()
    query = Query(target, paths, order=order, limit=limit)
    words = text.split()
    if not words:
        ids = tuple(seen.id for seen in recent(conn, actor, snapshot, limit, target))
        latest = replace(query, where=Condition("Id", "in", ids))
        return (latest, query) if ids else (query,)
    is_kept = not snapshot.object(target).storage  # people have no index of words
    wide = replace(query, words=text) if is_kept else replace(query, search=text)
    if name is None or not name.field_type.filterable:
        return (wide,)
    begins = Condition(name.local_name, "startsWith", (text.strip(),))
    holds = All(tuple(Condition(name.local_name, "contains", (word,)) for word in words[:10]))
    return replace(query, where=begins), replace(query, where=holds), wide


def find_by_title(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, field: CustomField, text: str
) -> tuple[str, ...]:
    """The ids of records that are called exactly so, in any case; at most two for each target."""
    found: list[str] = []
    for target in field.reference_to:
        name = snapshot.name_field(target)
        if name is not None and name.field_type.filterable:
            where = Condition(name.local_name, "equals", (text,))
            page = run.run(conn, actor, Query(target, where=where, limit=2), snapshot)
            found += (record.id for record in page.records)
    return tuple(found)
