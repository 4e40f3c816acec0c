"""A list as a person opens it: their views, pin and columns beside the shared ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import All, Condition
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..query.record import Record
from ..query.request import Query
from ..records.recent import recent_ids
from .kept import Kept, Settings, kept_of
from .listing import Listing, listing_of
from .state import MAX_PAGE, ListState
from .views import RECENT, find_view


@dataclass(frozen=True, slots=True)
class Opened:
    """A list ready to run, and what its reader keeps."""

    listing: Listing
    kept: Kept
    settings: Settings
    state: ListState  # with the columns that the reader chose for this view


def open_list(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject, state: ListState
) -> Opened:
    """The list that an address means for its reader; one statement. Raises NotFound, Rejected."""
    kept = kept_of(conn, actor, snapshot, obj)
    view = find_view(snapshot, obj.name, state.view, kept)
    settings = kept.settings_of(view)
    if not state.columns and settings.columns:
        state = replace(state, columns=settings.columns)
    found = listing_of(snapshot, actor, view, state)
    if view.uid == RECENT:
        found = _of_recent(conn, actor, obj, found)
    if view.uid in kept.lessened:
        notice = _("Fields that this view used are gone; it shows what is left.")
        found = replace(found, notices=(*found.notices, notice))
    return Opened(found, kept, settings, state)


def _of_recent(conn: sa.Connection, actor: Actor, obj: CustomObject, found: Listing) -> Listing:
    """The listing held to the records that the actor opened, all on one page."""
    ids = recent_ids(conn, actor, obj)
    query = replace(
        found.query, where=All((found.query.where, Condition("Id", "in", ids))), limit=MAX_PAGE
    )
    return replace(found, query=query, ranked=ids)


def in_rank(found: Listing, records: tuple[Record, ...]) -> tuple[Record, ...]:
    """The records in the order of the ranked ids, if the listing has one and no field sorts it."""
    if not found.ranked or found.now.sort:
        return records
    place = {record_id: n for n, record_id in enumerate(found.ranked)}
    return tuple(sorted(records, key=lambda record: place.get(record.id, len(place))))


def whole(query: Query) -> Query:
    """The query for all of its records, from the first on."""
    return replace(query, after="", before="", limit=None)
