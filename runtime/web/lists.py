"""The list page: a view of an object, narrowed by words and filters, sorted, page by page.

The address holds the whole state, so Back works and a list can be sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ...metadata.field_types.base import NEUTRAL
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import Filter
from ...metadata.relative_dates import in_words, is_relative
from ...platform.errors import NotFound, Rejected
from ...platform.i18n import _, format_number, ngettext
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may
from ..access.permissions import require as require_right
from ..layouts.forms import REFERENCE_TYPES
from ..lists.views import Listing, ListState, listing, read_state, views_of
from ..query.run import count, find_titles, run
from .blueprint import pages
from .display import Shown, asked_paths, nameless_ids, show
from .feedback import say
from .filtering import filter_fields, posted_rows
from .records import table_rows
from .scope import Here, here
from .shell import trail

COUNT_CAP = 1000  # counting on would make the page slow, and nobody reads the last digit
MOST_AT_ONCE = 200  # records of one bulk action


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter of the address in words, and the address without it."""

    label: str
    text: str
    remove_url: str


@pages.get("/o/<object_name>")
@requires(SIGNED_IN)
def list_records(object_name: str) -> str:
    """The records of a list view."""
    return _list_page(here(), object_name, "runtime/list.html")


@pages.route("/o/<object_name>/filters", methods=["GET", "POST"])
@requires(SIGNED_IN)
def list_filters(object_name: str) -> str | Response:
    """The sheet of filters over the list; posting it leads to the list with them in the address."""
    scope = here()
    if request.method == "GET":
        return _list_page(scope, object_name, "runtime/list_filters.html")
    state = replace(_state(), filters=_posted(request.form), after="", before="")
    return redirect(list_url(scope.object(object_name), state))


@pages.post("/o/<object_name>/delete")
@requires(SIGNED_IN)
def delete_records(object_name: str) -> Response:
    """Moves the chosen records into the recycle bin; the toast offers Undo."""
    scope = here()
    obj = scope.object(object_name)
    require_right(scope.actor, Operation.DELETE, obj)
    ids = request.form.getlist("ids")[:MOST_AT_ONCE]
    back = redirect(list_url(obj, _state()))
    if any(scope.snapshot.object_of_id(one) is not obj for one in ids):
        raise NotFound(obj.name)
    try:
        batch = scope.records.delete(ids)
    except Rejected as rejected:
        say(" ".join(str(problem.message) for problem in rejected.problems), kind="bad")
        return back
    text = ngettext(
        "Moved to the recycle bin.", "%(n)s records moved to the recycle bin.", len(ids)
    )
    say(text, undo=url_for("pages.restore", batch=batch), undo_label=_("Undo"))
    return back


def list_url(obj: CustomObject, state: ListState, endpoint: str = "pages.list_records") -> str:
    """The address of a state of an object's list."""
    return url_for(endpoint, object_name=obj.name, **_arguments(state))


def _arguments(state: ListState) -> dict[str, Any]:
    parameters: MultiDict[str, str] = MultiDict(state.parameters())
    if state.after:
        parameters["after"] = state.after
    if state.before:
        parameters["before"] = state.before
    return parameters.to_dict(flat=False)


def _state() -> ListState:
    return read_state(request.args.to_dict(flat=False))


def _list_page(scope: Here, object_name: str, template: str) -> str:
    obj = scope.object(object_name)
    state = _state()
    found = listing(scope.snapshot, scope.actor, obj.name, state)
    columns = tuple(show(obj.name, column.path, scope.snapshot) for column in found.columns)
    query = replace(found.query, fields=asked_paths(columns))
    with scope.read() as connection:
        page = run(connection, scope.actor, query, scope.snapshot)
        titles = find_titles(
            connection, scope.actor, scope.snapshot, nameless_ids(columns, page.records)
        )
        total = _total(
            scope, connection, found, len(page.records), whole=not (page.next or page.previous)
        )
    trail((scope.snapshot.label(obj, "pluralLabel"), ""), active=obj)
    return render_template(
        template,
        object=obj,
        view=found.view,
        views=_view_menu(scope, obj, found),
        state=state,
        keep=[(n, v) for n, v in state.parameters() if n not in ("q",)],
        columns=_headings(obj, found, columns, state),
        rows=table_rows(obj, columns, page, scope, titles),
        total=total,
        notices=found.notices,
        chips=[_chip(scope, obj, state, row) for row in state.filters],
        next_url=list_url(obj, replace(state, after=page.next, before="")) if page.next else "",
        previous_url=list_url(obj, replace(state, after="", before=page.previous))
        if page.previous
        else "",
        here_url=list_url(obj, state),
        filters_url=list_url(obj, state, "pages.list_filters"),
        delete_url=list_url(obj, state, "pages.delete_records"),
        export_urls=[(kind, _export_url(obj, state, kind)) for kind in ("xlsx", "csv")],
        filter_fields=filter_fields(scope, obj) if template.endswith("filters.html") else [],
        filter_rows=[_row(row) for row in state.filters],
        may_create=may(scope.actor, Operation.CREATE, obj),
        may_delete=may(scope.actor, Operation.DELETE, obj),
    )


def _total(scope: Here, connection: Any, found: Listing, shown: int, *, whole: bool) -> str:
    """How many records the list has, in words; counted only where a page does not show them all."""
    n = shown if whole else count(
        connection, scope.actor, found.query, scope.snapshot, cap=COUNT_CAP
    )  # fmt: skip
    text = ngettext("%(n)s record", "%(n)s records", n)
    return text.replace(format_number(n), f"{format_number(n)}+") if n >= COUNT_CAP else text


def _view_menu(scope: Here, obj: CustomObject, found: Listing) -> list[tuple[str, str, bool]]:
    return [
        (
            scope.snapshot.label(view),
            url_for("pages.list_records", object_name=obj.name, view=view.local_name),
            view.name == found.view.name,
        )
        for view in views_of(scope.snapshot, obj.name)
    ]


def _headings(
    obj: CustomObject, found: Listing, columns: Sequence[Shown], state: ListState
) -> list[dict[str, Any]]:
    """The columns as `data_table` takes them: each sortable one leads to the list sorted by it."""
    sorted_by = state.sort or (found.view.sort[0] if found.view.sort else None)
    path_of = getattr(sorted_by, "path", None) or getattr(sorted_by, "field", None)
    headings = []
    for column, shown in zip(found.columns, columns, strict=True):
        is_sorted = path_of is not None and path_of.casefold() in (
            column.path.casefold(), column.sort.casefold(),
        )  # fmt: skip
        descending = bool(sorted_by and sorted_by.descending)
        text = f"-{column.path}" if is_sorted and not descending else column.path
        url = _sort_url(obj, state, text) if column.sort else ""
        headings.append(
            {
                "label": shown.label,
                "sort": url,
                "sorted": ("desc" if descending else "asc") if is_sorted else "",
                "end": shown.is_numeric,
                "strong": column.is_title,
            }
        )
    return headings


def _sort_url(obj: CustomObject, state: ListState, text: str) -> str:
    arguments = _arguments(replace(state, sort=None, after="", before=""))
    return url_for("pages.list_records", object_name=obj.name, sort=text, **arguments)


def _export_url(obj: CustomObject, state: ListState, kind: str) -> str:
    arguments = _arguments(replace(state, after="", before=""))
    return url_for("pages.export_records", object_name=obj.name, kind=kind, **arguments)


# --- filters of the address -----------------------------------------------------------------------


def _posted(form: Any) -> tuple[Filter, ...]:
    rows = enumerate(posted_rows(form), 1)
    return tuple(Filter(str(n), r["field"], r["operator"], r["value"] or None) for n, r in rows)


def _row(row: Filter) -> dict[str, Any]:
    value = ",".join(row.value) if isinstance(row.value, tuple) else row.value
    return {"field": row.field, "operator": row.operator, "value": value or ""}


def _chip(scope: Here, obj: CustomObject, state: ListState, row: Filter) -> Chip:
    """The filter as people say it: "Stage equals Won, Lost"."""
    chain = scope.snapshot.resolve(obj.name, row.field)
    operator = chain[-1].field_type.operator(row.operator)
    rest = tuple(one for one in state.filters if one is not row)
    url = list_url(obj, replace(state, filters=rest, after="", before=""))
    value = _row(row)["value"]
    words = (
        ", ".join(
            _value_words(scope, chain[-1], part) for part in chain[-1].field_type.operands_of(value)
        )
        if value
        else ""
    )
    return Chip(scope.snapshot.label(chain[-1]), f"{operator.label} {words}".strip(), url)


def _value_words(scope: Here, field: Any, text: str) -> str:
    if field.type in ("Date", "DateTime") and is_relative(text):
        return in_words(text)
    if field.type in REFERENCE_TYPES:
        return _("me") if text == "me" else text
    try:
        value = field.field_type.accept(text, field, NEUTRAL.for_field(field, scope.snapshot))
    except Rejected:
        return text
    return field.field_type.display_in(value, field, scope.snapshot) or text
