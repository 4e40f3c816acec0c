"""The list view editor: columns in order, filter rows with logic, scope and sort."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import ListView
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, DELEGATED, requires
from ...runtime.web.filtering import filter_fields, posted_rows
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ..drafts.list_views import SaidView, edited_view, new_view
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .bounds import require_object
from .deploying import put_live
from .nav import stand
from .problems import by_field


@setup.route("/objects/<object_name>/views/new", methods=["GET", "POST"])
@requires(DELEGATED)
@sent_once
def new_view_page(object_name: str) -> str | Response | tuple[str, int]:
    """The editor of a new list view."""
    scope = here()
    obj = scope.object(object_name)
    _stand(scope, obj, _("New list view"))
    if request.method == "GET":
        name = [obj.name_field] if obj.name_field else []
        return _page(scope, obj, None, SaidView("", (*name, "LastModifiedDate")))
    said = _said()
    try:
        put_live(scope, new_view(scope.snapshot, obj.name, said))
    except Rejected as rejected:
        return _page(scope, obj, None, said, rejected.problems), 422
    return redirect(url_for("setup.object_views", object_name=obj.name))


@setup.route("/views/<name>", methods=["GET", "POST"])
@requires(DELEGATED)
def edit_view(name: str) -> str | Response | tuple[str, int]:
    """The editor of a list view that is there."""
    scope = here()
    view: ListView = scope.snapshot.get("ListView", name)
    require_object(scope, view.object)
    obj = scope.snapshot.object(view.object)
    _stand(scope, obj, scope.snapshot.label(view))
    if request.method == "GET":
        return _page(scope, obj, view, _known(scope, view))
    said = _said()
    shown = said
    if said.label == scope.snapshot.label(view):
        said = SaidView(view.label, *(getattr(said, f) for f in _REST))
    try:
        change_set = edited_view(scope.snapshot, view, said)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        return _page(scope, obj, view, shown, rejected.problems), 422
    return redirect(url_for("setup.object_views", object_name=obj.name))


_REST = ("columns", "filters", "logic", "scope", "sort", "is_default")


@setup.post("/views/<name>/delete")
@requires(ADMINISTRATOR)
def delete_view(name: str) -> Response:
    """Puts a list view into the bin."""
    scope = here()
    view: ListView = scope.snapshot.get("ListView", name)
    summary = _("List view %(label)s deleted", label=view.label)
    put_live(scope, ChangeSet((), (Uid(view.uid),), summary))
    return redirect(url_for("setup.object_views", object_name=view.object))


def _known(scope: Here, view: ListView) -> SaidView:
    document = view.document
    return SaidView(
        label=scope.snapshot.label(view),
        columns=tuple(document.get("columns", ())),
        filters=tuple(document.get("filters", ())),
        logic=document.get("booleanFilter", ""),
        scope=document.get("scope", "Everything"),
        sort=tuple((s["field"], s.get("descending", False)) for s in document.get("sort", ())),
        is_default=document.get("default", False),
    )


def _said() -> SaidView:
    form = request.form
    chosen = set(form.getlist("columns"))
    sort = form.get("sort_field", "")
    return SaidView(
        label=form.get("label", "").strip(),
        columns=tuple(name for name in form.getlist("column_order") if name in chosen),
        filters=tuple(posted_rows(form)),
        logic=form.get("filter_logic", "").strip(),
        scope="Mine" if form.get("scope") == "Mine" else "Everything",
        sort=((sort, form.get("sort_direction") == "descending"),) if sort else (),
        is_default="is_default" in form,
    )


def _stand(scope: Here, obj: CustomObject, title: str) -> None:
    url = url_for("setup.object_views", object_name=obj.name)
    stand("setup.objects", (scope.snapshot.label(obj), url), (title, ""))


def _page(
    scope: Here,
    obj: CustomObject,
    view: ListView | None,
    said: SaidView,
    problems: tuple[Problem, ...] = (),
) -> str:
    return render_template(
        "builder/view_editor.html",
        object=obj,
        view=view,
        said=said,
        columns=_columns(scope, obj, said),
        sortable=_sortable(scope, obj),
        filter_fields=filter_fields(scope, obj),
        errors=by_field(problems),
        back=url_for("setup.object_views", object_name=obj.name),
    )


def _columns(scope: Here, obj: CustomObject, said: SaidView) -> list[tuple[str, str, bool]]:
    """(path, label, chosen): the chosen ones first, in their order."""
    snapshot = scope.snapshot
    known: dict[str, str] = {}
    for field in snapshot.fields(obj.name).values():
        if field.local_name not in ("IsDeleted", "SystemModstamp"):
            known[field.local_name] = snapshot.label(field)
    for path in said.columns:
        if path not in known:
            known[path] = " › ".join(snapshot.label(f) for f in snapshot.resolve(obj.name, path))
    rest = sorted((path for path in known if path not in said.columns), key=known.__getitem__)
    return [(path, known[path], path in said.columns) for path in (*said.columns, *rest)]


def _sortable(scope: Here, obj: CustomObject) -> list[tuple[str, str]]:
    fields: list[Any] = [
        (f.local_name, scope.snapshot.label(f))
        for f in scope.snapshot.fields(obj.name).values()
        if f.field_type.sortable and f.field_type.columns(f)
    ]
    return [("", _("--None--")), *sorted(fields, key=lambda row: str(row[1]))]
