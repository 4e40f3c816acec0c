"""The record page: highlights, sections and related lists of the layout, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Condition
from ...platform.errors import NotFound, Rejected
from ...platform.i18n import _
from ...platform.ids import parse_id
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may
from ..layouts.bind import BoundLayout, BoundRelatedList, Mode, unnamed
from ..layouts.forms import bound_layout
from ..query.record import Page, Record
from ..query.request import Order, Query
from ..query.run import find_titles, get, run
from ..records.recent import remember
from .blueprint import pages
from .cells import DisplayCell, record_url
from .display import Shown, asked_paths, cell_of, nameless_ids, show
from .feedback import say
from .scope import Here, here
from .shell import Crumb, trail

RELATED_ROWS = 5  # on the record page; the rest is a page of its own


@dataclass(frozen=True, slots=True)
class ReadCell:
    """One field of the page: a label and what it says."""

    id: str
    name: str
    label: str
    help: str
    locked: bool
    wide: bool
    cell: DisplayCell


@dataclass(frozen=True, slots=True)
class RelatedPage:
    """A related list with its first rows."""

    list: BoundRelatedList
    columns: tuple[Shown, ...]
    rows: tuple[dict[str, Any], ...]
    more: bool
    new_url: str
    all_url: str
    next: str  # cursors of the pages beside
    previous: str

    @property
    def next_url(self) -> str:
        return f"{self.all_url}?after={self.next}" if self.next else ""

    @property
    def previous_url(self) -> str:
        return f"{self.all_url}?before={self.previous}" if self.previous else ""

    @property
    def count(self) -> str:
        return f"{len(self.rows)}+" if self.more else str(len(self.rows))


@pages.get("/r/<record_id>")
@requires(SIGNED_IN)
def record(record_id: str) -> str | Response:
    """A record as its layout shows it."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.READ)
    cells = [show(obj.name, cell.field.local_name, scope.snapshot) for cell in bound.cells]
    highlights = [show(obj.name, f.local_name, scope.snapshot) for f in bound.highlights]
    with scope.read() as connection:
        found = get_record(connection, scope, obj, found_id, [*cells, *highlights])
        related = [_related(connection, scope, one, found_id) for one in bound.related]
        asked = nameless_ids([*cells, *highlights], [found])
        titles = find_titles(connection, scope.actor, scope.snapshot, asked)
    remember(scope.org_db, scope.actor, obj, found_id)
    title = title_of(obj, found, scope)
    trail(object_crumb(obj, scope), (title, ""), active=obj)
    return render_template(
        "runtime/record.html",
        object=obj,
        record=found,
        title=title,
        sections=_sections(bound, found, scope, titles),
        highlights=[
            (column.label, cell_of(column, found, scope.snapshot, titles), column.is_numeric)
            for column in highlights
        ],
        related=related,
        may_edit=may(scope.actor, Operation.EDIT, obj),
        may_delete=may(scope.actor, Operation.DELETE, obj),
        may_create=may(scope.actor, Operation.CREATE, obj),
    )


@pages.post("/r/<record_id>/delete")
@requires(SIGNED_IN)
def delete_record(record_id: str) -> Response:
    """Puts a record and its details into the recycle bin; the toast offers Undo."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    try:
        batch = scope.records.delete([found_id])
    except Rejected as rejected:
        say(" ".join(str(problem) for problem in rejected.problems), kind="bad")
        return redirect(url_for("pages.record", record_id=found_id))
    say(
        _("Moved to the recycle bin."),
        undo=url_for("pages.restore", batch=batch),
        undo_label=_("Undo"),
    )
    return redirect(url_for("pages.list_records", object_name=obj.name))


@pages.get("/r/<record_id>/related/<list_id>")
@requires(SIGNED_IN)
def related_records(record_id: str, list_id: str) -> str:
    """A related list as a page of its own, with keyset paging."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.READ)
    related = next((one for one in bound.related if one.id == list_id), None)
    if related is None:
        raise NotFound(list_id)
    with scope.read() as connection:
        found = get_record(connection, scope, obj, found_id, [])
        shown = _related(
            connection,
            scope,
            related,
            found_id,
            limit=50,
            after=request.args.get("after", ""),
            before=request.args.get("before", ""),
        )
    title = title_of(obj, found, scope)
    url = url_for("pages.record", record_id=found_id)
    trail(object_crumb(obj, scope), (title, url), (related.label, ""), active=obj)
    return render_template("runtime/related.html", object=obj, title=title, related=shown, url=url)


def find_object(record_id: str, scope: Here) -> tuple[CustomObject, str]:
    """The object of an id in a URL and the id in full; raises NotFound for anything else."""
    try:
        found_id = parse_id(record_id)
    except Exception as error:
        raise NotFound(record_id) from error
    return scope.snapshot.object_of_id(found_id), found_id


def get_record(
    connection: Connection, scope: Here, obj: CustomObject, record_id: str, columns: list[Shown]
) -> Record:
    """The record with what the columns need and its name; raises NotFound."""
    paths = (*asked_paths(columns), *([obj.name_field] if obj.name_field else []))
    return get(connection, scope.actor, scope.snapshot, record_id, paths or ("Id",))


def title_of(obj: CustomObject, found: Record, scope: Here) -> str:
    """What the record is called."""
    name = found.values.get(obj.name_field) if obj.name_field else None
    return str(name) if name else unnamed(obj, scope.snapshot)


def object_crumb(obj: CustomObject, scope: Here) -> Crumb:
    """The way back to the list."""
    label = scope.snapshot.label(obj, "pluralLabel")
    return label, url_for("pages.list_records", object_name=obj.name)


def _sections(
    bound: BoundLayout, found: Record, scope: Here, titles: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{bound.layout.name}.{section.id}",
            "label": section.label,
            "columns": section.columns,
            "open": not section.collapsed,
            "cells": [
                cell
                and ReadCell(
                    cell.id,
                    cell.field.local_name,
                    cell.label,
                    cell.help,
                    cell.readonly and not cell.field.is_system,
                    cell.wide,
                    cell_of(
                        show(bound.object.name, cell.field.local_name, scope.snapshot),
                        found,
                        scope.snapshot,
                        titles,
                    ),
                )
                for cell in section.flow
            ],
        }
        for section in bound.sections
    ]


def _related(
    connection: Connection,
    scope: Here,
    related: BoundRelatedList,
    parent_id: str,
    *,
    limit: int = RELATED_ROWS,
    after: str = "",
    before: str = "",
) -> RelatedPage:
    columns = tuple(show(related.object.name, path, scope.snapshot) for path in related.columns)
    sort = related.sort
    query = Query(
        related.object.name,
        asked_paths(columns) or ("Id",),
        Condition(related.lookup.local_name, "equals", (parent_id,)),
        order=(Order(sort.field, sort.descending),) if sort else (),
        limit=limit,
        after=after,
        before=before,
    )
    page = run(connection, scope.actor, query, scope.snapshot)
    asked = nameless_ids(columns, page.records)
    titles = find_titles(connection, scope.actor, scope.snapshot, asked)
    prefilled: dict[str, Any] = {related.lookup.local_name: parent_id}
    new_url = url_for(
        "pages.new_record",
        object_name=related.object.name,
        **prefilled,
    )
    return RelatedPage(
        related,
        columns,
        tuple(table_rows(related.object, columns, page, scope, titles)),
        page.more,
        new_url if related.may_create else "",
        url_for("pages.related_records", record_id=parent_id, list_id=related.id),
        page.next,
        page.previous,
    )


def table_rows(
    obj: CustomObject, columns: tuple[Shown, ...], page: Page, scope: Here, titles: dict[str, str]
) -> list[dict[str, Any]]:
    """Rows as `data_table` takes them; the first cell is the way to the record."""
    return [
        {
            "id": found.id,
            "url": record_url(found.id),
            "cells": [cell_of(column, found, scope.snapshot, titles) for column in columns],
            "label": _label(columns, found, obj, scope),
        }
        for found in page.records
    ]


def _label(columns: tuple[Shown, ...], found: Record, obj: CustomObject, scope: Here) -> str:
    name = found.values.get(obj.name_field) if obj.name_field else None
    return str(name) if name else unnamed(obj, scope.snapshot)
