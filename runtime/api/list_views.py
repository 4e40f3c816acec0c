"""List views: which an object has, what one of them shows, and its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import ListView
from ...platform.errors import NotFound
from ...platform.ids import derived_id
from ..lists.listing import Column, Listing, listing_of
from ..lists.views import views_of
from ..query.run import run
from .blueprint import resource
from .call import Answer, Call
from .described import TYPES
from .paging import whole_number
from .values import writer_of

LIST_PREFIX = "00B"
USUAL, MOST = 25, 2000


def view_id(view: ListView) -> str:
    """The id by which programs know a view."""
    return derived_id(LIST_PREFIX, view.uid)


@resource("sobjects/<object_name>/listviews")
def show_list_views(call: Call, object_name: str) -> Answer:
    """The shared views of an object."""
    obj = call.object(object_name)
    views = views_of(call.snapshot, obj.name)
    return Answer(
        {
            "done": True,
            "listviews": [_in_short(call, obj, view) for view in views],
            "nextRecordsUrl": None,
            "size": len(views),
            "sobjectType": obj.name,
        }
    )


@resource("sobjects/<object_name>/listviews/<view_id>")
def show_list_view(call: Call, object_name: str, view_id: str) -> Answer:
    """One view in short."""
    obj = call.object(object_name)
    return Answer(_in_short(call, obj, _view(call, obj, view_id)))


@resource("sobjects/<object_name>/listviews/<view_id>/describe")
def describe_list_view(call: Call, object_name: str, view_id: str) -> Answer:
    """The columns, scope and order of a view."""
    obj = call.object(object_name)
    found = listing_of(call.snapshot, call.actor, _view(call, obj, view_id))
    order = [
        {
            "fieldNameOrPath": one.path,
            "nullsPosition": "first" if one.blanks_first else "last",
            "sortDirection": "descending" if one.descending else "ascending",
        }
        for one in found.query.order
    ]
    return Answer(
        {
            "columns": _columns(call, found),
            "id": view_id_of(found),
            "orderBy": order,
            "query": None,
            "relatedEntityId": None,
            "scope": found.query.scope.value.lower(),
            "scopeEntityId": None,
            "sobjectType": obj.name,
            "whereCondition": {},
        }
    )


def view_id_of(listing: Listing) -> str:
    return view_id(listing.view)


@resource("sobjects/<object_name>/listviews/<view_id>/results")
def show_list_results(call: Call, object_name: str, view_id: str) -> Answer:
    """The records of a view, `limit` of them from the one after `offset`."""
    obj = call.object(object_name)
    found = listing_of(call.snapshot, call.actor, _view(call, obj, view_id))
    limit = whole_number(call, "limit", USUAL, 1, MOST)
    offset = whole_number(call, "offset", 0, 0, MOST)
    with call.scope.read() as conn:
        query = replace(found.query, limit=limit, offset=offset)
        page = run(conn, call.actor, query, call.snapshot)
    paths = [_path(column) for column in found.columns]
    writers = [(path, writer_of(_last(call, obj, path), call.snapshot)) for path in paths]
    records = []
    for record in page.records:
        columns = [{"fieldNameOrPath": "Id", "value": record.id}]
        for path, write in writers:
            value = record[path]
            said = value if value is None or write is None else write(value)
            columns.append({"fieldNameOrPath": path, "value": said})
        records.append({"columns": columns})
    return Answer(
        {
            "columns": _columns(call, found),
            "developerName": found.view.local_name,
            "done": not page.more,
            "id": view_id_of(found),
            "label": call.snapshot.label(found.view),
            "records": records,
            "size": len(records),
        }
    )


def _last(call: Call, obj: CustomObject, path: str) -> Any:
    return call.snapshot.resolve(obj.name, path)[-1]


def _view(call: Call, obj: CustomObject, wanted: str) -> ListView:
    """The view of an id, or of a name; raises NotFound."""
    views: Sequence[ListView] = views_of(call.snapshot, obj.name)
    for view in views:
        known = view_id(view)
        if wanted in (known, known[:15]) or wanted.casefold() == view.local_name.casefold():
            return view
    raise NotFound(wanted)


def _in_short(call: Call, obj: CustomObject, view: ListView) -> dict[str, Any]:
    home = f"{call.root}/sobjects/{obj.name}/listviews/{view_id(view)}"
    return {
        "describeUrl": f"{home}/describe",
        "developerName": view.local_name,
        "id": view_id(view),
        "label": call.snapshot.label(view),
        "resultsUrl": f"{home}/results",
        "soqlCompatible": False,
        "url": home,
    }


def _path(column: Column) -> str:
    """What the column shows: of a lookup the name behind it."""
    return column.paths[-1]


def _columns(call: Call, listing: Listing) -> list[dict[str, Any]]:
    order = {one.path: (n, one) for n, one in enumerate(listing.query.order)}
    found: list[dict[str, Any]] = [_hidden()]
    for column in listing.columns:
        path = _path(column)
        field = _last(call, listing.object, path)
        place, sort = order.get(column.sort, (None, None))
        found.append(
            {
                "ascendingLabel": None,
                "descendingLabel": None,
                "fieldNameOrPath": path,
                "hidden": False,
                "label": column.label,
                "searchable": field.field_type.searchable,
                "selectListItem": path,
                "sortDirection": sort and ("descending" if sort.descending else "ascending"),
                "sortIndex": place,
                "sortable": bool(column.sort),
                "type": TYPES.get(field.value_type, ("string",))[0],
            }
        )
    return found


def _hidden() -> dict[str, Any]:
    return {
        "ascendingLabel": None,
        "descendingLabel": None,
        "fieldNameOrPath": "Id",
        "hidden": True,
        "label": "Record ID",
        "searchable": False,
        "selectListItem": "Id",
        "sortDirection": None,
        "sortIndex": None,
        "sortable": False,
        "type": "id",
    }
