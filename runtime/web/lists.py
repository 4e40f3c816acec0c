"""The list page: a view of an object, narrowed by words and filters, sorted, page by page.

The address holds the whole state, so Back works and a list can be sent to a colleague. What is not
needed for the first look (counts, totals) comes after it; see `list_figures`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request
from sqlalchemy import Connection

from ...metadata.kinds.custom_object import CustomObject
from ...platform.i18n import _, format_number, ngettext
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may
from ..layouts.bind import Mode
from ..layouts.forms import bound_layout
from ..lists.grouping import find_grouping
from ..lists.listing import Listing
from ..lists.opening import Opened, in_rank, open_list
from ..lists.state import ListState
from ..lists.totals import is_summable, total_labels, total_of, wanted_totals
from ..query.record import Page
from ..query.run import find_titles, run
from .blueprint import pages
from .display import Shown, asked_paths, nameless_ids, show
from .list_addresses import list_url, sort_url, state_here
from .list_chips import named_titles
from .list_frame import LOOKS, frame_of
from .list_groups import group_menu, group_url, groupable, grouped_rows
from .rows import table_rows
from .scope import Here, here
from .shell import trail

PRINT = "print"  # in the address: the list for paper, whatever it is laid out as
Gather = Callable[[Connection, Here, CustomObject, Opened], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """A way to lay a list out: what it reads, and the template that shows it."""

    template: str
    gather: Gather


_looks: dict[str, Look] = {}


def look(mode: str, template: str) -> Callable[[Gather], Gather]:
    """Registers the function as the one that gathers what a mode shows."""

    def registered(gather: Gather) -> Gather:
        _looks[mode] = Look(template, gather)
        LOOKS.add(mode)
        return gather

    return registered


@pages.get("/o/<object_name>")
@requires(SIGNED_IN)
def list_records(object_name: str) -> str:
    """The records of a list view, in the way of looking that the address or the view says."""
    scope = here()
    return list_page(scope, scope.object(object_name), state_here())


def list_page(
    scope: Here, obj: CustomObject, state: ListState, sheet: str = "", **more: Any
) -> str:
    """The page of a list; with `sheet`, that template over it.

    A script that asks for the sheet alone gets it without the list.
    """
    alone = bool(sheet and request.headers.get("X-Sheet"))
    with scope.read() as connection:
        opened = open_list(connection, scope.actor, scope.snapshot, obj, state)
        mode = PRINT if request.args.get(PRINT) else opened.listing.now.mode
        chosen = _looks.get(mode, _looks["table"])
        body = {} if alone else chosen.gather(connection, scope, obj, opened)
        titles = named_titles(connection, scope, obj, opened.listing.now.filters)
    trail((scope.snapshot.label(obj, "pluralLabel"), ""), active=obj)
    base = "runtime/page.html" if alone else chosen.template
    context = frame_of(scope, obj, opened, titles) | dict(body) | more
    return render_template(sheet or chosen.template, base=base, **context)


@look("table", "runtime/list.html")
def table_of(
    connection: Connection, scope: Here, obj: CustomObject, opened: Opened
) -> Mapping[str, Any]:
    """One page of rows, or of groups of them."""
    found, state = opened.listing, opened.state
    columns = shown_columns(scope, found)
    by, notices = find_grouping(scope.snapshot, scope.actor, opened)
    frame = {
        "columns": _with_edits(
            scope, obj, columns, headings(obj, opened, columns, state, groupable(scope, obj))
        ),
        "widths": _widths(opened),
        "column_attrs": column_attrs(obj, state) | {"data-edits": True},
        "has_totals": bool(wanted_totals(opened)),
        "grouping": by,
        "group_choices": group_menu(scope, obj, state, by),
        "notices": tuple(dict.fromkeys((*found.notices, *notices))),
    }
    if by is None:
        return {**frame, **_plain_rows(connection, scope, obj, opened, columns)}
    grouped = grouped_rows(connection, scope, obj, opened, columns, by)
    return {**frame, **NO_ROWS, **grouped}


NO_ROWS = {"rows": (), "start": 1, "shown": 0, "is_whole": False, "standing": "", "total": ""}


def _plain_rows(
    connection: Connection,
    scope: Here,
    obj: CustomObject,
    opened: Opened,
    columns: tuple[Shown, ...],
) -> Mapping[str, Any]:
    """One page of rows in no groups."""
    found, state = opened.listing, opened.state
    query = replace(found.query, fields=asked_paths(columns))
    page = run(connection, scope.actor, query, scope.snapshot)
    page = replace(page, records=in_rank(found, page.records))
    asked = nameless_ids(columns, page.records)
    titles = find_titles(connection, scope.actor, scope.snapshot, asked)
    rows = table_rows(obj, columns, page, scope, titles)
    return {"rows": rows, **paging(obj, state, page)}


def shown_columns(scope: Here, found: Listing) -> tuple[Shown, ...]:
    """The columns of a listing as cells show them."""
    return tuple(show(found.object.name, column.path, scope.snapshot) for column in found.columns)


def paging(obj: CustomObject, state: ListState, page: Page) -> dict[str, Any]:
    """Where the page stands in its list, what is known of the whole, and the pages beside it."""
    shown, start = len(page.records), state.start if state.after or state.before else 1
    is_whole = not (page.next or page.previous)
    later = replace(state, after=page.next, before="", start=start + shown)
    earlier = replace(state, after="", before=page.previous, start=max(1, start - state.limit))
    return {
        "start": start,
        "shown": shown,
        "is_whole": is_whole,
        "total": total_text(shown) if is_whole else more_text(start + shown - 1),
        "standing": total_text(shown) if is_whole else span_text(start, shown),
        "next_url": list_url(obj, later) if page.next else "",
        "previous_url": list_url(obj, earlier) if page.previous else "",
    }


def total_text(n: int) -> str:
    """How many records there are, in words."""
    return ngettext("%(n)s record", "%(n)s records", n)


def span_text(start: int, shown: int) -> str:
    """The rows of the page by their numbers."""
    end = format_number(start + shown - 1)
    return _("%(start)s–%(end)s", start=format_number(start), end=end) if shown else ""


def more_text(n: int) -> str:
    """That there are more than so many records."""
    return total_text(n).replace(format_number(n), f"{format_number(n)}+")


def column_attrs(obj: CustomObject, state: ListState) -> dict[str, str]:
    """What the script of columns needs of a table."""
    return {
        "data-settings": list_url(obj, state, "pages.keep_columns"),
        "data-fields": list_url(obj, state, "pages.list_columns"),
        "data-totals": json.dumps(total_labels(), ensure_ascii=False),
    }


def _widths(opened: Opened) -> list[int]:
    """The width of each column in px, 0 where nobody chose one; empty when nobody chose any."""
    widths = opened.settings.widths
    if not widths:
        return []
    return [widths.get(column.path, 0) for column in opened.listing.columns]


def _with_edits(
    scope: Here, obj: CustomObject, columns: Sequence[Shown], heads: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The headings with the field that cells are edited by, where its form has it."""
    if not may(scope.actor, Operation.EDIT, obj, scope.snapshot):
        return heads
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.EDIT)
    fields = [field for _cell, field in bound.editable]
    names = {name for field in fields for name in (field.local_name, field.component_of) if name}
    return [
        head | {"edits": shown.path if shown.path in names else ""}
        for head, shown in zip(heads, columns, strict=True)
    ]


def headings(
    obj: CustomObject,
    opened: Opened,
    columns: Sequence[Shown],
    state: ListState,
    groupable: Container[str] = (),
) -> list[dict[str, Any]]:
    """The columns as `data_table` takes them: each sortable one leads to the list sorted by it."""
    found = opened.listing
    first = found.now.sort[0] if found.now.sort else None
    path = first.field.casefold() if first else None
    made = []
    for column, shown in zip(found.columns, columns, strict=True):
        is_sorted = path is not None and path in (column.path.casefold(), column.sort.casefold())
        descending = bool(first and first.descending)
        text = f"-{column.path}" if is_sorted and not descending else column.path
        made.append(
            {
                "label": shown.label,
                "name": column.path,
                "sort": sort_url(obj, state, text) if column.sort else "",
                "sorted": ("desc" if descending else "asc") if is_sorted else "",
                "end": shown.is_numeric,
                "strong": column.is_title,
                **({"card": 1} if column.is_title else {}),  # a card is called by its name
                "total": total_of(opened, column.path) if is_summable(column) else "",
                "group": group_url(obj, state, shown.path) if shown.path in groupable else "",
            }
        )
    return made
