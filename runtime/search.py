"""Global search: words that occur in the searchable fields of records, object by object.

Substrings are found, so Chinese works without word boundaries. Fields that the actor may not read
are not looked into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ..metadata.kinds.custom_object import CustomObject
from ..metadata.snapshot import Snapshot
from ..platform.people.actor import Actor
from .access import permissions
from .query import run
from .query.record import Record
from .query.request import Order, Query
from .query.search import words_of

DETAILS = 2  # fields beside the title
EACH = 25  # hits of one object, unless it is the only one asked for


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found: its title and a few words to tell it from others."""

    id: str
    object: str  # API name
    title: str
    detail: str = ""


def search(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    text: str,
    objects: Sequence[str] | None = None,
    limit: int = 100,
) -> tuple[Hit, ...]:
    """Hits grouped by object, those of one object by title, in one statement for each object."""
    if not words_of(text):
        return ()
    chosen = [snapshot.object(name) for name in objects] if objects else searched(actor, snapshot)
    each = limit if len(chosen) == 1 else min(limit, EACH)
    hits: list[Hit] = []
    for obj in chosen:
        if len(hits) >= limit:
            break
        order = (Order(obj.name_field),) if obj.name_field else ()
        paths = detail_paths(snapshot, obj.name)
        query = Query(obj.name, paths, order=order, search=text, limit=each)
        page = run.run(conn, actor, query, snapshot)
        hits += (hit_of(snapshot, record) for record in page.records)
    return tuple(hits[:limit])


def searched(actor: Actor, snapshot: Snapshot) -> list[CustomObject]:
    """The objects that a search looks into: those with a tab first, as people know them."""
    tabs = {tab.object for tab in snapshot.of_kind("CustomTab")}
    found = [
        obj
        for obj in snapshot.objects()
        if obj.enable_search and permissions.may(actor, permissions.Operation.READ, obj)
    ]
    return sorted(found, key=lambda obj: (obj.name not in tabs, obj.name))


def detail_paths(snapshot: Snapshot, object_name: str) -> tuple[str, ...]:
    """The paths a hit shows: the name and the first fields of the compact layout."""
    obj = snapshot.object(object_name)
    name = (obj.name_field,) if obj.name_field else ()
    compact = [c for c in snapshot.of_kind("CompactLayout") if c.object == object_name]
    chosen = next((c.fields for c in compact if c.default), compact[0].fields if compact else ())
    details: list[str] = []
    for path in chosen:
        field = snapshot.resolve(object_name, path)[-1]
        if field.reference_to:
            path = run.title_path(snapshot, object_name, path) or ""
        has_value = field.reference_to or field.field_type.columns(field)
        if path and path != obj.name_field and has_value:
            details.append(path)
    return (*name, *details[:DETAILS])


def hit_of(snapshot: Snapshot, record: Record) -> Hit:
    """A record with its detail paths as a hit."""
    texts: list[str] = []
    for path, value in record.values.items():
        field = snapshot.resolve(record.object, path)[-1]
        texts.append(field.field_type.display_in(value, field, snapshot))
    has_name = bool(snapshot.object(record.object).name_field)
    title = texts[0] if has_name else ""
    detail = " · ".join(text for text in texts[has_name:] if text)
    return Hit(record.id, record.object, title or record.id, detail)
