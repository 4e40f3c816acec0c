"""The sheets that change what a list shows: its filters, its order, its columns.

Each is a plain form. What it says goes into the address, so that it can be taken back, sent on, or
saved as a view; the columns of a view that is not one's own are kept for the reader instead.
"""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import ListView
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import readable
from ..lists.changes import with_filters
from ..lists.kept import Settings, is_own, keep_settings
from ..lists.listing import listing_of
from ..lists.opening import Opened, open_list
from ..lists.state import MAX_LEVELS, ListState
from ..lists.totals import total_labels, total_of, totals_of, usual_total
from ..query.compile import select_for
from ..query.request import Order
from .blueprint import pages
from .filtering import filter_fields
from .list_addresses import list_url, state_here
from .list_chips import named_titles, posted_filters, shown_row
from .list_frame import fields_of
from .lists import list_page
from .scope import Here, here

HIDDEN = ("IsDeleted", "SystemModstamp")
Answer = str | Response | tuple[str, int]


# -- filters -------------------------------------------------------------------------------------


@pages.route("/o/<object_name>/filters", methods=["GET", "POST"])
@requires(SIGNED_IN)
def list_filters(object_name: str) -> Answer:
    """The sheet of filters; posting it leads to the list with them in the address."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    if request.method == "GET":
        return _filters_sheet(scope, obj, state)
    logic = request.form.get("filter_logic", "").strip()
    try:
        with scope.read() as connection:
            view = open_list(connection, scope.actor, scope.snapshot, obj, state).listing.view
            rows = posted_filters(connection, scope, obj, request.form)
        wanted = with_filters(view, state, rows, logic, request.form.get("scope", view.scope))
        _check(scope, view, wanted)
    except Rejected as refusal:
        return _filters_sheet(scope, obj, state, refusal.problems), 422
    return redirect(list_url(obj, wanted))


def _check(scope: Here, view: ListView, state: ListState) -> None:
    """Raises Rejected for filters that could not be run."""
    found = listing_of(scope.snapshot, scope.actor, view, state)
    select_for(scope.actor, found.query, scope.snapshot)


def _filters_sheet(
    scope: Here, obj: CustomObject, state: ListState, problems: tuple[Problem, ...] = ()
) -> str:
    with scope.read() as connection:
        found = open_list(connection, scope.actor, scope.snapshot, obj, state).listing
        titles = named_titles(connection, scope, obj, found.now.filters)
    rows = [shown_row(scope, obj, row, titles) for row in found.now.filters]
    form = request.form
    posted = zip(
        *(form.getlist(f"filter_{name}") for name in ("field", "operator", "value")), strict=False
    )
    if problems:
        rows = [dict(zip(("field", "operator", "value"), row, strict=True)) for row in posted]
    return list_page(
        scope,
        obj,
        state,
        "runtime/list_filters.html",
        filter_fields=filter_fields(scope, obj),
        filter_rows=rows,
        filter_logic=form.get("filter_logic", found.now.boolean_filter),
        filter_scope=form.get("scope", found.now.scope),
        problems=[problem.sentence for problem in problems],
    )


# -- order ---------------------------------------------------------------------------------------


@pages.route("/o/<object_name>/sort", methods=["GET", "POST"])
@requires(SIGNED_IN)
def list_sort(object_name: str) -> Answer:
    """The sheet of up to three fields to sort by."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    if request.method == "POST":
        return redirect(list_url(obj, replace(state.first_page, sort=_posted_order())))
    with scope.read() as connection:
        found = open_list(connection, scope.actor, scope.snapshot, obj, state).listing
    levels = [(row.field, row.descending) for row in found.now.sort[:MAX_LEVELS]]
    choices = sorted(
        _sortable(scope, obj, [path for path, _down in levels]), key=lambda row: row[1]
    )
    levels += [("", False)] * (MAX_LEVELS - len(levels))
    return list_page(
        scope, obj, state, "runtime/list_sort.html", levels=levels, sort_fields=choices
    )


def _posted_order() -> tuple[Order, ...]:
    form = request.form
    chosen: dict[str, bool] = {}  # {path: descending}; the first of a field counts
    for path, way in zip(form.getlist("sort_field"), form.getlist("sort_way"), strict=False):
        if path:
            chosen.setdefault(path, way == "down")
    return tuple(Order(path, down) for path, down in list(chosen.items())[:MAX_LEVELS])


def _sortable(scope: Here, obj: CustomObject, more: list[str]) -> list[tuple[str, str]]:
    names = [f.local_name for f in fields_of(scope, obj) if f.field_type.sortable]
    found = [
        (path, label_of_path(scope.snapshot, obj.name, path))
        for path in dict.fromkeys((*names, *more))
        if path not in HIDDEN
    ]
    return sorted(found, key=lambda row: row[1].casefold())


# -- columns -------------------------------------------------------------------------------------


@pages.route("/o/<object_name>/columns", methods=["GET", "POST"])
@requires(SIGNED_IN)
def list_columns(object_name: str) -> Answer:
    """The sheet of columns: which, in which order, how wide, and what is added up below."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    with scope.read() as connection:
        opened = open_list(connection, scope.actor, scope.snapshot, obj, state)
    if request.method == "POST":
        return _chosen(scope, obj, state, opened)
    found = opened.listing
    chosen = [column.path for column in found.columns]
    paths = (*chosen, *found.view.columns, *_showable(scope, obj))
    rows = [
        {
            "path": path,
            "label": label_of_path(scope.snapshot, obj.name, path),
            "chosen": path in chosen,
            "totals": totals_of(scope.snapshot, obj.name, path),
            "total": total_of(opened, path),
        }
        for path in dict.fromkeys(paths)
    ]
    rest = sorted((row for row in rows if not row["chosen"]), key=lambda row: str(row["label"]))
    return list_page(
        scope,
        obj,
        state,
        "runtime/list_columns.html",
        column_rows=[*(row for row in rows if row["chosen"]), *rest],
        total_labels=total_labels(),
        is_kept=bool(opened.settings.paths),
    )


def _chosen(scope: Here, obj: CustomObject, state: ListState, opened: Opened) -> Response:
    form, view = request.form, opened.listing.view
    no_columns: tuple[str, ...] = ()
    if "reset" in form:
        settings, columns = Settings(), no_columns
    else:
        ticked = set(form.getlist("columns"))
        columns = tuple(path for path in form.getlist("column_order") if path in ticked)
        columns = no_columns if columns == view.columns else columns
        settings = replace(
            opened.settings,
            columns=no_columns if is_own(view) else columns,
            totals=_posted_totals(opened, ticked),
        )

    def work(connection: Connection) -> None:
        keep_settings(connection, scope.actor, scope.snapshot, obj, view.uid, settings)

    scope.org_db.transact(work)
    return redirect(list_url(obj, replace(state, columns=columns if is_own(view) else no_columns)))


def _posted_totals(opened: Opened, ticked: set[str]) -> dict[str, str]:
    """What is added up below which column, where it is not as usual."""
    kept = {path: one for path, one in opened.settings.totals.items() if path not in ticked}
    for path in ticked:
        said = request.form.get(f"total:{path}", "")
        if said and said != usual_total(opened, path):
            kept[path] = said
    return kept


def _showable(scope: Here, obj: CustomObject) -> list[str]:
    """The fields that can be columns, compounds in place of their parts."""
    return [
        field.local_name
        for field in scope.snapshot.fields(obj.name).values()
        if field.local_name not in HIDDEN
        and not field.component_of
        and readable(scope.actor, field, scope.snapshot)
        and (field.field_type.columns(field) or field.field_type.components(field))
    ]


def label_of_path(snapshot: Snapshot, object_name: str, path: str) -> str:
    """A path as people read it: "Account › Industry"."""
    return " › ".join(snapshot.label(field) for field in snapshot.resolve(object_name, path))
