"""What stands round every list, whatever it is laid out as: views, filters, ways to look, deeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import DATES, ListView
from ...metadata.system_fields import COLUMNS
from ...platform.i18n import _
from ..access.permissions import Operation, may, may_share_views, readable
from ..lists.changes import is_changed
from ..lists.kept import is_own
from ..lists.opening import Opened
from ..lists.state import ListState
from ..lists.views import recent_view, views_of
from .list_addresses import export_url, list_url, print_url
from .list_chips import Titles, chips
from .scope import Here

MODES = (
    ("table", "table-2"),
    ("board", "columns-3"),
    ("calendar", "calendar"),
    ("split", "panel-left"),
)


def frame_of(scope: Here, obj: CustomObject, opened: Opened, titles: Titles) -> dict[str, Any]:
    """The context that `runtime/list_frame.html` needs."""
    found, state = opened.listing, opened.state
    view = found.view
    asked = replace(state, columns=()) if state.columns == opened.settings.columns else state
    own = is_own(view)
    return {
        "object": obj,
        "view": view,
        "view_label": scope.snapshot.label(view),
        "now": found.now,
        "state": state,
        "views": view_menu(scope, obj, opened),
        "mode": found.now.mode,
        "modes": _modes(scope, obj, state, found.now),
        "keep": [(name, value) for name, value in state.first_page.parameters() if name != "q"],
        "chips": chips(scope, obj, view, found.now, state, titles),
        "notices": found.notices,
        "here_url": list_url(obj, state),
        "view_url": list_url(obj, state.only_view),
        "urls": _urls(obj, state),
        "export_urls": [(kind, export_url(obj, state, kind)) for kind in ("xlsx", "csv")],
        "print_url": print_url(obj, state),
        "is_own": own,
        "is_changed": is_changed(view, asked),
        "is_pinned": opened.kept.pinned == view.uid,
        "may_save": own or (_is_shared(view) and may_share_views(scope.actor)),
        "may_create": may(scope.actor, Operation.CREATE, obj, scope.snapshot),
        "may_edit": may(scope.actor, Operation.EDIT, obj, scope.snapshot),
        "may_delete": may(scope.actor, Operation.DELETE, obj, scope.snapshot),
    }


def _is_shared(view: ListView) -> bool:
    return not is_own(view) and not view.document.get("system")


def _urls(obj: CustomObject, state: ListState) -> dict[str, str]:
    """Addresses of what is done to this list, by name."""
    deeds = {
        "filters": "pages.list_filters",
        "sort": "pages.list_sort",
        "columns": "pages.list_columns",
        "figures": "pages.list_figures",
        "save_as": "pages.save_view_as",
        "save": "pages.save_view",
        "edit": "pages.edit_own_view",
        "remove": "pages.delete_own_view",
        "pin": "pages.pin_view",
        "settings": "pages.keep_columns",
        "delete": "pages.delete_records",
        "mass": "pages.mass_update",
    }
    return {name: list_url(obj, state, endpoint) for name, endpoint in deeds.items()}


def view_menu(scope: Here, obj: CustomObject, opened: Opened) -> list[tuple[str, str, bool, str]]:
    """(label, address, whether it is this one, group) of every view of the object."""
    kept, mode = opened.kept, opened.state.mode
    groups = (
        (_("My views"), kept.views),
        (_("Shared views") if kept.views else "", views_of(scope.snapshot, obj.name)),
        (_("Built in"), (recent_view(scope.snapshot, obj.name),)),
    )
    return [
        (
            scope.snapshot.label(view),
            list_url(obj, ListState(view.local_name, mode=mode if mode != "table" else "")),
            view.uid == opened.listing.view.uid,
            group,
        )
        for group, views in groups
        for view in views
    ]


def _modes(
    scope: Here, obj: CustomObject, state: ListState, now: ListView
) -> list[tuple[str, str, str, bool]]:
    """(label, address, icon, whether it is this one) of the ways to look at the list."""
    labels = {
        "table": _("Table"), "board": _("Board"), "calendar": _("Calendar"), "split": _("Split"),
    }  # fmt: skip
    can = {
        "table": True,
        "board": any(choices_of(scope, obj)),
        "calendar": any(dates_of(scope, obj)),
        "split": True,
    }
    return [
        (labels[mode], list_url(obj, replace(state.first_page, mode=mode)), icon, mode == now.mode)
        for mode, icon in MODES
        if can[mode] and mode in LOOKS
    ]


LOOKS: set[str] = set()  # the modes that have a page; each page adds its own


def fields_of(scope: Here, obj: CustomObject) -> list[CustomField]:
    """The fields of the object that the actor may read, with a column of their own."""
    return [
        field
        for field in scope.snapshot.fields(obj.name).values()
        if field.field_type.columns(field) and readable(scope.actor, field, scope.snapshot)
    ]


def choices_of(scope: Here, obj: CustomObject) -> list[CustomField]:
    """The picklists that a board can have columns of."""
    return [field for field in fields_of(scope, obj) if field.type == "Picklist"]


def dates_of(scope: Here, obj: CustomObject) -> list[CustomField]:
    """The fields that place records in a calendar: the object's own, then the system's."""
    found = [field for field in fields_of(scope, obj) if field.value_type in DATES]
    return sorted(found, key=lambda field: field.local_name in COLUMNS)


def measures_of(scope: Here, obj: CustomObject) -> list[CustomField]:
    """The fields that groups and boards can add up: money first."""
    found = [field for field in fields_of(scope, obj) if "sum" in field.field_type.aggregates]
    return sorted(found, key=lambda field: field.type != "Currency")


def first_shown(now: ListView, fields: list[CustomField]) -> CustomField | None:
    """Of these fields the one that the list shows first, else the first."""
    by_name = {field.local_name: field for field in fields}
    shown = next((by_name[path] for path in now.columns if path in by_name), None)
    return shown or next(iter(fields), None)
