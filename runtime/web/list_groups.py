"""A table in groups: a heading for each with its figures, its first rows, the way to all of them.

Headings come from one statement, the first rows of all groups of a page from another. A folded
group has its heading alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import Connection

from ...metadata.kinds.custom_object import CustomObject
from ...platform.i18n import _, format_by, format_number
from ..layouts.forms import REFERENCE_TYPES
from ..lists.grouping import Group, Grouping, can_group, groups_in
from ..lists.groups import first_of_each
from ..lists.opening import Opened
from ..lists.state import NONE, ListState
from ..lists.totals import field_of_total, total_labels, wanted_totals
from ..query.run import find_titles
from .cells import display_cell
from .display import Shown, asked_paths, figure_text, nameless_ids
from .list_addresses import list_url
from .list_frame import fields_of
from .rows import table_rows
from .scope import Here

ON_PAGE = 20  # groups
HIDDEN = ("IsDeleted",)


def group_menu(
    scope: Here, obj: CustomObject, state: ListState, by: Grouping | None
) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this one) of what the table can be grouped by, and nothing."""
    path = by.path if by else ""
    found = sorted(
        (scope.snapshot.label(field), group_url(obj, state, name), name == path)
        for name, field in groupable(scope, obj).items()
    )
    return [(_("Nothing"), group_url(obj, state, NONE), by is None), *found]


def groupable(scope: Here, obj: CustomObject) -> dict[str, Any]:
    """{name: field} of the fields that the actor can group a table of the object by."""
    return {
        field.local_name: field
        for field in fields_of(scope, obj)
        if can_group(field) and field.local_name not in HIDDEN
    }


def group_url(obj: CustomObject, state: ListState, path: str) -> str:
    """The table grouped by the field, all groups unfolded."""
    return list_url(obj, replace(state.first_page, mode="table", group=path, closed=()))


def grouped_rows(
    connection: Connection,
    scope: Here,
    obj: CustomObject,
    opened: Opened,
    columns: Sequence[Shown],
    by: Grouping,
) -> Mapping[str, Any]:
    """The groups of a page, as `data_table` takes them, and the pages beside it."""
    actor, snapshot, state = scope.actor, scope.snapshot, opened.state
    query = replace(opened.listing.query, fields=asked_paths(columns))
    found = groups_in(connection, actor, snapshot, query, by, wanted_totals(opened))
    names = _names(connection, scope, by, found.groups)
    groups = sorted(found.groups, key=_place(scope, by, names))
    if _is_turned(opened, by):
        groups = [*(g for g in reversed(groups) if g.value is not None), *_blank(groups)]
    first = state.start - 1
    shown = groups[first : first + ON_PAGE]
    open_ = [group for group in shown if group.key not in state.closed]
    parts = [group.part for group in open_]
    pages = first_of_each(connection, actor, snapshot, query, parts, state.each)
    records = [record for page in pages for record in page.records]
    titles = find_titles(connection, actor, snapshot, nameless_ids(columns, records))
    rows = {
        group.key: table_rows(obj, tuple(columns), page, scope, titles)
        for group, page in zip(open_, pages, strict=True)
    }
    more = len(groups) > first + ON_PAGE
    return {
        "groups": [_drawn(scope, obj, opened, by, one, names, rows.get(one.key)) for one in shown],
        "group_notice": _cut_notice(by) if found.is_cut else "",
        "next_url": list_url(obj, replace(state, start=state.start + ON_PAGE)) if more else "",
        "previous_url": list_url(obj, replace(state, start=max(1, state.start - ON_PAGE)))
        if first
        else "",
    }


def _names(
    connection: Connection, scope: Here, by: Grouping, groups: Sequence[Group]
) -> dict[str, str]:
    """The names of the records that groups are of."""
    if by.field.type not in REFERENCE_TYPES:
        return {}
    ids = {str(group.value) for group in groups if group.value is not None}
    return find_titles(connection, scope.actor, scope.snapshot, ids)


def _place(scope: Here, by: Grouping, names: Mapping[str, str]) -> Callable[[Group], Any]:
    """Sorts choices as their picklist has them, all else as it reads; what has no value is last."""
    is_picklist = by.field.type in ("Picklist", "RecordType")
    values = scope.snapshot.values(by.field) if is_picklist else ()
    ranks = {one.name: n for n, one in enumerate(values)}

    def place(group: Group) -> tuple[bool, int, str]:
        text = names.get(group.key, group.key)
        return group.value is None, ranks.get(group.key, len(ranks)), text.casefold()

    return place


def _blank(groups: Sequence[Group]) -> list[Group]:
    return [group for group in groups if group.value is None]


def _is_turned(opened: Opened, by: Grouping) -> bool:
    """Says whether the list is sorted by the field of its groups, downwards."""
    sort = opened.listing.now.sort
    return bool(sort) and sort[0].descending and sort[0].field.casefold() == by.path.casefold()


def _cut_notice(by: Grouping) -> str:
    if by.field.value_type == "Date":
        return _("These are the latest months; narrow the list to see earlier ones.")
    return _("These are the largest groups; narrow the list to see the others.")


def _drawn(
    scope: Here,
    obj: CustomObject,
    opened: Opened,
    by: Grouping,
    group: Group,
    names: Mapping[str, str],
    rows: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    state, key = opened.state, group.key
    is_open = rows is not None
    others = tuple(one for one in state.closed if one != key)
    turned = replace(state, closed=(*others, key) if is_open else others)
    is_part = is_open and len(rows or ()) < group.count
    return {
        "key": key,
        "label": _label(scope, by, group, names),
        "count": format_number(group.count),
        "facts": _facts(scope, opened, group),
        "rows": rows or (),
        "is_open": is_open,
        "url": list_url(obj, turned),
        "all_url": list_url(obj, only_group(state, group)) if is_part else "",
    }


def only_group(state: ListState, group: Group) -> ListState:
    """The table of the records of a group alone, page by page."""
    filters = (*state.filters, *group.filters)
    return replace(state.first_page, group=NONE, closed=(), filters=filters)


def _label(scope: Here, by: Grouping, group: Group, names: Mapping[str, str]) -> Markup:
    """What the records share, drawn as its field is everywhere."""
    if group.value is None:
        return Markup('<span class="muted">{}</span>').format(_("No value"))
    if isinstance(group.value, date):
        return escape(format_by(group.value, "yMMMM"))
    if by.field.type == "Checkbox":
        return escape(by.field.field_type.display(group.value, by.field))
    cell = display_cell(by.field, group.value, scope.snapshot, names)
    if not cell:
        return Markup('<span class="muted">{}</span>').format(_("Not visible to you"))
    return Markup(cell.__html__())  # noqa: S704 - the markup of a widget, which escapes


def _facts(scope: Here, opened: Opened, group: Group) -> list[tuple[str, str]]:
    """(label, figure) of the totals that the columns shown have."""
    labels, wanted = total_labels(), wanted_totals(opened)
    by_path = {column.path: column for column in opened.listing.columns}
    return [
        (
            _("%(total)s of %(field)s", total=labels[wanted[path]], field=by_path[path].label),
            figure_text(scope.snapshot, field_of_total(wanted[path], by_path[path].field), value),
        )
        for path, value in group.totals.items()
        if value is not None
    ]
