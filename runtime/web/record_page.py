"""The page of a record: its head, its tabs, what stands beside them, what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection

from ...metadata.kinds.custom_object import CustomObject
from ...platform import clock
from ...platform.i18n import _, format_datetime
from ...platform.web.access import SIGNED_IN, requires
from ..access.levels import Level
from ..access.permissions import Operation, may
from ..access.shares import is_shareable
from ..layouts.bind import BoundLayout, Mode
from ..layouts.conditions import Asked, arranged, state_of
from ..layouts.forms import bound_layout
from ..notices.kept import is_told_of, mark_read
from ..query.held import level_on
from ..query.run import find_titles
from ..records.following import is_followed
from ..records.recent import remember
from .awaited import awaited_names, cell_or_wait
from .blueprint import pages
from .cells import DisplayCell
from .display import Shown, nameless_ids, show
from .owner_change import may_give
from .panels import Panel, Place, Spot, counts_of, panels_of
from .record_path import path_document, path_names, path_of
from .record_types import may_change_type, type_label, type_within
from .records import find_object, get_record, object_crumb, title_of
from .related import ROWS, ROWS_OF_PAGE, ROWS_OF_TAB, RelatedPage, related_page
from .scope import Here, here
from .shell import trail

DETAILS, RELATED = "details", "related"
AT_THE_SIDE = 3  # related lists beside the details, under what panels put there
AT_THE_SIDE_ALONE = 6  # where no panel stands there


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
class Content:
    """What a tab shows: sections in the main column, cards at the side, tables, or a panel."""

    sections: tuple[dict[str, Any], ...] = ()
    side: tuple[Markup | str, ...] = ()
    cards: tuple[RelatedPage, ...] = ()
    tables: tuple[RelatedPage, ...] = ()
    panel: Markup | str = ""


@pages.get("/r/<record_id>")
@requires(SIGNED_IN)
def record(record_id: str) -> str:
    """A record as its layout shows it."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    tabs = panels_of(obj, scope, Spot.TAB)
    with scope.read() as connection:
        record_type = type_within(connection, scope, obj, found_id)
        bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.READ, record_type)
        tab = _tab(bound, tabs)
        path = path_document(scope, obj.name, record_type)
        columns = _columns(bound, scope, path_names(path, scope) if path else ())
        found = get_record(connection, scope, obj, found_id, list(columns.values()))
        title = title_of(obj, found, scope)
        level = _level(connection, scope, obj, found_id)
        place = Place(scope, connection, obj, found, title, level)
        titles = find_titles(
            connection, scope.actor, scope.snapshot, nameless_ids(columns.values(), [found])
        )
        bound = _as_it_is(connection, scope, bound, found_id)
        is_for_paper = "print" in request.args
        content = (
            _on_paper(place, bound, columns, titles)
            if is_for_paper
            else _content(place, bound, tab, columns, titles)
        )
        counts = counts_of(
            place,
            tabs,
            follows=is_followed(scope.actor, found_id),
            is_told=is_told_of(scope.actor, found_id),
        )
        waits = awaited_names(connection, scope, obj.name)
    remember(scope.org_db, scope.actor, obj, found_id)
    if counts["is_told"]:  # whoever looks at the record has heard of it
        scope.org_db.transact(lambda conn: mark_read(conn, scope.actor, record_id=found_id))
    trail(object_crumb(obj, scope), (title, ""), active=obj)
    return render_template(
        "runtime/record_print.html" if is_for_paper else "runtime/record.html",
        printed_by=scope.actor.name,
        printed_at=format_datetime(clock.now()),
        object=obj,
        record=found,
        title=title,
        tabs=_tabs(bound, tabs, tab, counts, found_id),
        content=content,
        path=path_of(path, place, columns, titles, record_type) if path else None,
        type_label=type_label(scope.snapshot, obj.name, record_type),
        may_change_type=may_change_type(scope, obj, level, record_type),
        follows=bool(counts["follows"]),
        highlights=[
            (column.label, cell_or_wait(column, found, scope, titles, waits), column.is_numeric)
            for column in (columns[f.local_name] for f in bound.highlights)
        ],
        may_edit=level >= Level.EDIT,
        may_give=may_give(scope, obj, level),
        may_delete=level >= Level.FULL and may(scope.actor, Operation.DELETE, obj, scope.snapshot),
        may_share=level >= Level.FULL and is_shareable(obj),
        may_create=may(scope.actor, Operation.CREATE, obj, scope.snapshot),
    )


def details_of(
    connection: Connection, scope: Here, bound: BoundLayout, record_id: str
) -> dict[str, Any]:
    """The head and the details of a record as another page shows them; raises NotFound."""
    obj = bound.object
    columns = _columns(bound, scope, ())
    found = get_record(connection, scope, obj, record_id, list(columns.values()))
    title, level = title_of(obj, found, scope), _level(connection, scope, obj, record_id)
    place = Place(scope, connection, obj, found, title, level)
    asked = nameless_ids(columns.values(), [found])
    titles = find_titles(connection, scope.actor, scope.snapshot, asked)
    waits = awaited_names(connection, scope, obj.name)
    bound = _as_it_is(connection, scope, bound, record_id)
    return {
        "id": record_id,
        "title": title,
        "may_edit": level >= Level.EDIT,
        "highlights": [
            (column.label, cell_or_wait(column, found, scope, titles, waits), column.is_numeric)
            for column in (columns[field.local_name] for field in bound.highlights)
        ],
        "sections": tuple(_sections(place, bound, columns, titles)),
    }


def _as_it_is(
    connection: Connection, scope: Here, bound: BoundLayout, record_id: str
) -> BoundLayout:
    """The layout as its conditions make it for the record."""
    asked = Asked(record_id)
    state = state_of(connection, scope.actor, scope.snapshot, bound.layout, asked)
    return arranged(bound, state)


def _columns(bound: BoundLayout, scope: Here, more: Iterable[str]) -> dict[str, Shown]:
    """{local name: how it is shown} of all that the head and the details say, and of `more`."""
    fields = [*bound.highlights, *(cell.field for cell in bound.cells)]
    names = dict.fromkeys([*(field.local_name for field in fields), *more])
    return {name: show(bound.object.name, name, scope.snapshot) for name in names}


def _level(connection: Connection, scope: Here, obj: CustomObject, record_id: str) -> Level:
    """What the reader may do with the record: read, edit, or all."""
    if not may(scope.actor, Operation.EDIT, obj, scope.snapshot):
        return Level.READ
    return level_on(connection, scope.actor, scope.snapshot, record_id, Level.READ)


def _tab(bound: BoundLayout, panels: tuple[Panel, ...]) -> str:
    """The tab that the address names; the details where it names none that is there."""
    known = {one.name for one in panels} | ({RELATED} if bound.related else set())
    asked = request.args.get("tab", "")
    return asked if asked in known else DETAILS


def _tabs(
    bound: BoundLayout,
    panels: tuple[Panel, ...],
    chosen: str,
    counts: Mapping[str, int | None],
    record_id: str,
) -> list[tuple[str, str, bool, int | None]]:
    """(label, address, whether it is the one shown, count) of each tab."""

    def one(name: str, label: str, count: int | None = None) -> tuple[str, str, bool, int | None]:
        tab = None if name == DETAILS else name
        url = url_for("pages.record", record_id=record_id, tab=tab)
        return label, url, name == chosen, count

    found = [one(DETAILS, _("Details"))]
    if bound.related:
        found.append(one(RELATED, _("Related")))
    return found + [one(panel.name, str(panel.label), counts[panel.name]) for panel in panels]


def _content(
    place: Place,
    bound: BoundLayout,
    tab: str,
    columns: Mapping[str, Shown],
    titles: Mapping[str, str],
) -> Content:
    if tab == RELATED:
        return Content(tables=_related(place, bound, len(bound.related), ROWS_OF_TAB))
    if tab != DETAILS:
        return Content(panel=_panel(place, tab).draw(place))
    side = tuple(one.draw(place) for one in panels_of(place.object, place.scope, Spot.SIDE))
    cards = _related(place, bound, AT_THE_SIDE if side else AT_THE_SIDE_ALONE)
    return Content(tuple(_sections(place, bound, columns, titles)), side, cards)


def _on_paper(
    place: Place, bound: BoundLayout, columns: Mapping[str, Shown], titles: Mapping[str, str]
) -> Content:
    """All that the tabs show and that makes sense on paper."""
    side = tuple(one.draw(place) for one in panels_of(place.object, place.scope, Spot.SIDE))
    tables = _related(place, bound, len(bound.related), ROWS_OF_PAGE)
    return Content(tuple(_sections(place, bound, columns, titles)), side, (), tables)


def _panel(place: Place, name: str) -> Panel:
    return next(p for p in panels_of(place.object, place.scope, Spot.TAB) if p.name == name)


def _related(
    place: Place, bound: BoundLayout, most: int, rows: int = ROWS
) -> tuple[RelatedPage, ...]:
    """The first so many related lists."""
    return tuple(
        related_page(place.connection, place.scope, one, place.record.id, limit=rows)
        for one in bound.related[:most]
    )


def _sections(
    place: Place, bound: BoundLayout, columns: Mapping[str, Shown], titles: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    waits = awaited_names(place.connection, place.scope, place.object.name)
    for section in bound.sections:
        yield {
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
                    cell_or_wait(
                        columns[cell.field.local_name], place.record, place.scope, titles, waits
                    ),
                )
                for cell in section.flow
            ],
        }
