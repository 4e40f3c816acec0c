"""A list beside its records: names on the left, the record that is looked at on the right.

The address says which record that is; without one it is the first of the page. The links work
without a script, which only walks them by keys and takes the right side over in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import NotFound
from ..layouts.bind import Mode
from ..layouts.forms import bound_layout
from ..lists.opening import Opened, in_rank
from ..query.record import Page, Record
from ..query.run import find_titles, run
from .cells import record_url
from .display import Shown, asked_paths, cell_of, nameless_ids
from .list_addresses import list_url
from .lists import look, paging, shown_columns
from .record_page import details_of
from .record_types import type_within
from .records import title_of
from .scope import Here

BESIDE = 2  # values under a name


@look("split", "runtime/list_split.html")
def split_of(
    connection: Connection, scope: Here, obj: CustomObject, opened: Opened
) -> Mapping[str, Any]:
    """One page of names, and the details of one record."""
    found, state = opened.listing, opened.state
    columns = _under_names(scope, opened)
    name = [obj.name_field] if obj.name_field else []
    query = replace(found.query, fields=tuple(dict.fromkeys((*asked_paths(columns), *name))))
    page = run(connection, scope.actor, query, scope.snapshot)
    page = replace(page, records=in_rank(found, page.records))
    chosen = state.at or next((one.id for one in page.records), "")
    return {
        "names": _names(connection, scope, obj, opened, columns, page, chosen),
        "beside": _beside(connection, scope, obj, chosen) if chosen else None,
        "table_url": list_url(obj, replace(state, mode="table", at="")),
        "has_totals": False,
        **paging(obj, replace(state, at=""), page),
    }


def _under_names(scope: Here, opened: Opened) -> tuple[Shown, ...]:
    """The first columns of the list but its name."""
    columns = shown_columns(scope, opened.listing)
    kept = [
        shown
        for shown, column in zip(columns, opened.listing.columns, strict=True)
        if not column.is_title
    ]
    return tuple(kept)[:BESIDE]


def _names(
    connection: Connection,
    scope: Here,
    obj: CustomObject,
    opened: Opened,
    columns: tuple[Shown, ...],
    page: Page,
    chosen: str,
) -> list[dict[str, Any]]:
    ids = nameless_ids(columns, page.records)
    titles = find_titles(connection, scope.actor, scope.snapshot, ids)

    def under(record: Record) -> str:
        cells = (str(cell_of(column, record, scope.snapshot, titles)) for column in columns)
        return " · ".join(text for text in cells if text)

    return [
        {
            "id": record.id,
            "title": title_of(obj, record, scope),
            "detail": under(record),
            "url": list_url(obj, replace(opened.state, at=record.id)),
            "is_chosen": record.id == chosen,
        }
        for record in page.records
    ]


def _beside(
    connection: Connection, scope: Here, obj: CustomObject, record_id: str
) -> dict[str, Any] | None:
    """What the right side shows; None of what is not there, or not the reader's to see."""
    try:
        if scope.snapshot.object_of_id(record_id).name != obj.name:
            return None
        record_type = type_within(connection, scope, obj, record_id)
        bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.READ, record_type)
        details = details_of(connection, scope, bound, record_id)
    except NotFound:
        return None
    return {**details, "url": record_url(record_id)}
