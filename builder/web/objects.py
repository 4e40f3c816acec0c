"""The object manager: all objects, a new one, and the pages of one."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.unique_combination import combinations_of
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, ngettext
from ...platform.web.access import ADMINISTRATOR, DELEGATED, requires
from ...runtime.query.request import Query
from ...runtime.query.run import count
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.shell import applications
from ..drafts.documents import draft
from ..drafts.objects import NewObject, custom_name, new_object
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .bounds import opens, require_object, shaped
from .deploying import put_live
from .nav import stand
from .problems import by_field
from .uses import use_rows

COUNT_CAP = 10_000
ICONS = (
    "box", "receipt", "file-text", "briefcase", "building-2", "calendar", "clipboard-list", "truck",
    "wrench", "package", "users", "user", "heart", "star", "map-pin", "flag", "target", "trophy",
    "credit-card", "shopping-cart", "globe", "key", "layers", "book-open",
)  # fmt: skip


@setup.get("/objects")
@requires(DELEGATED)
def objects() -> str:
    """Every object with its API name, fields and origin; `q` narrows."""
    scope = here()
    stand("setup.objects")
    return render_template("builder/objects.html", **_object_list(scope))


def _object_list(scope: Here) -> dict[str, Any]:
    words = request.args.get("q", "").strip()
    rows = [
        {
            "object": obj,
            "label": scope.snapshot.label(obj),
            "plural": scope.snapshot.label(obj, "pluralLabel"),
            "fields": sum(not f.is_system for f in scope.snapshot.fields(obj.name).values()),
            "url": url_for("setup.object_fields", object_name=obj.name),
        }
        for obj in shaped(scope)
        if fold(words) in fold(f"{scope.snapshot.label(obj)} {obj.name}")
    ]
    rows.sort(key=lambda row: str(row["label"]))
    return {"rows": rows, "words": words}


@setup.route("/objects/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_object_page() -> str | Response | tuple[str, int]:
    """The sheet of a new object."""
    scope = here()
    stand("setup.objects", (_("New object"), ""))
    form = request.form
    if request.method == "GET":
        return _new_object(
            scope, {"has_tab": True, "name_type": "text", "icon": "box", "tone": "1"}
        )
    try:
        put_live(scope, new_object(scope.snapshot, _said(scope.snapshot)))
    except Rejected as rejected:
        said: dict[str, Any] = form.to_dict() | {"has_tab": "has_tab" in form}
        said["apps"] = form.getlist("apps")
        return _new_object(scope, said, rejected.problems), 422
    name = custom_name(form.get("name", "").strip() or api_name(form.get("label", "")))
    return redirect(url_for("setup.object_fields", object_name=name))


def _said(snapshot: Snapshot) -> NewObject:
    form = request.form
    label = form.get("label", "").strip()
    is_number = form.get("name_type") == "number"
    name = form.get("name", "").strip() or api_name(label)
    return NewObject(
        label=label,
        plural=form.get("plural", "").strip() or label,
        name=custom_name(name),
        name_label=form.get("name_label", "").strip() or _("%(object)s name", object=label),
        auto_number=(form.get("format", "").strip() or "{0000}") if is_number else "",
        first_number=form.get("first", 1, type=int),
        description=form.get("description", "").strip(),
        icon=form.get("icon", "box"),
        tone=form.get("tone", 1, type=int),
        has_tab="has_tab" in form,
        apps=tuple(a for a in form.getlist("apps") if snapshot.find("CustomApplication", a)),
    )


def _new_object(scope: Here, said: dict[str, Any], problems: tuple[Problem, ...] = ()) -> str:
    apps = [(app.name, scope.snapshot.label(app)) for app in applications(scope)]
    said.setdefault("apps", [apps[0][0]] if apps else [])
    return render_template(
        "builder/new_object.html",
        said=said,
        apps=apps,
        icons=ICONS,
        errors=by_field(problems),
        back=url_for("setup.objects"),
        **_object_list(scope),
    )


@setup.get("/objects/<object_name>")
@requires(DELEGATED)
def object_home(object_name: str) -> Response:
    """An object opens at its fields."""
    return redirect(url_for("setup.object_fields", object_name=object_name))


@setup.get("/objects/<object_name>/layouts")
@requires(DELEGATED)
def object_layouts(object_name: str) -> str:
    """The layouts of an object."""
    scope, obj = object_page(object_name, "layouts")
    layouts = [one for one in scope.snapshot.of_kind("Layout") if one.object == obj.name]
    return render_template(
        "builder/object_layouts.html", layouts=layouts, **object_frame(scope, obj)
    )


@setup.get("/objects/<object_name>/views")
@requires(DELEGATED)
def object_views(object_name: str) -> str:
    """The list views of an object."""
    scope, obj = object_page(object_name, "views")
    views = [one for one in scope.snapshot.of_kind("ListView") if one.object == obj.name]
    return render_template("builder/object_views.html", views=views, **object_frame(scope, obj))


@setup.route("/objects/<object_name>/details", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def object_details(object_name: str) -> str | Response | tuple[str, int]:
    """Labels, icon and switches of an object."""
    scope, obj = object_page(object_name, "details")
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            put_live(scope, in_current_language(scope.snapshot, _edited(scope, obj)))
            return redirect(url_for("setup.object_details", object_name=_new_name(obj)))
        except Rejected as rejected:
            problems = rejected.problems
    page = render_template(
        "builder/object_details.html",
        icons=ICONS,
        errors=by_field(problems),
        **object_frame(scope, obj),
    )
    return (page, 422) if problems else page


def _new_name(obj: CustomObject) -> str:
    said = request.form.get("name", "").strip()
    return custom_name(said) if obj.is_custom and said else obj.name


def _edited(scope: Here, obj: CustomObject) -> ChangeSet:
    form = request.form
    document = draft(obj) | {
        "name": _new_name(obj),
        "description": form.get("description", "").strip(),
        "icon": form.get("icon", obj.icon),
        "tone": form.get("tone", obj.tone, type=int),
        "enableHistory": "enable_history" in form,
        "enableSearch": "enable_search" in form,
    }
    for attribute, name in (("label", "label"), ("pluralLabel", "plural")):
        said = form.get(name, "").strip()
        if said and said != scope.snapshot.label(obj, attribute):
            document[attribute] = said
    return ChangeSet((document,), (), _("Object %(name)s changed", name=obj.name))


@setup.route("/objects/<object_name>/delete", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def delete_object(object_name: str) -> str | Response:
    """Shows where an object is used and how many records it has, then puts it into the bin."""
    scope, obj = object_page(object_name, "details")
    if request.method == "POST":
        summary = _("Object %(name)s deleted", name=obj.name)
        put_live(scope, ChangeSet((), (Uid(obj.uid),), summary))
        return redirect(url_for("setup.objects"))
    uses = [
        use for use in scope.snapshot.referrers("CustomObject", obj.name)
        if not use.name.startswith((f"{obj.name}.", f"{obj.name}-"))
    ]  # fmt: skip
    rows = use_rows(scope.snapshot, uses)
    return render_template("builder/delete_object.html", uses=rows, **object_frame(scope, obj))


def object_page(object_name: str, tab: str) -> tuple[Here, CustomObject]:
    """The scope and the object of a page below the object manager."""
    scope = here()
    obj = scope.object(object_name)
    require_object(scope, obj.name)
    stand("setup.objects", (scope.snapshot.label(obj), ""))
    return scope, obj


def object_frame(scope: Here, obj: CustomObject) -> dict[str, Any]:
    """What the heading and the tabs of an object's pages show."""
    snapshot = scope.snapshot
    with scope.read() as connection:
        records = count(connection, scope.actor, Query(obj.name), snapshot, cap=COUNT_CAP)
    counts = {
        "fields": sum(not f.component_of for f in snapshot.fields(obj.name).values()),
        "layouts": sum(one.object == obj.name for one in snapshot.of_kind("Layout")),
        "views": sum(one.object == obj.name for one in snapshot.of_kind("ListView")),
        "types": len(snapshot.record_types(obj.name)),
        "rules": sum(one.object == obj.name for one in snapshot.of_kind("ValidationRule")),
        "combinations": len(combinations_of(snapshot, obj.name)),
    }
    shown = ngettext("%(n)s record", "%(n)s records", records)
    pages: list[tuple[str, str, int | str]] = [
        (_("Fields"), "setup.object_fields", counts["fields"]),
        (_("Layouts"), "setup.object_layouts", counts["layouts"]),
        (_("List views"), "setup.object_views", counts["views"]),
        (_("Rules"), "setup.object_rules", counts["rules"]),
        (_("Unique combinations"), "setup.object_combinations", counts["combinations"]),
        (_("Record types"), "setup.object_record_types", counts["types"]),
        (_("Access"), "setup.object_access", ""),
        (_("Highlights"), "setup.object_highlights", ""),
        (_("Path"), "setup.object_path", ""),
        (_("Details"), "setup.object_details", ""),
    ]
    tabs = [
        (label, url_for(page, object_name=obj.name), n) for label, page, n in pages if opens(page)
    ]
    return {
        "object": obj,
        "object_title": snapshot.label(obj),
        "plural": snapshot.label(obj, "pluralLabel"),
        "records": f"{shown}{'+' if records >= COUNT_CAP else ''}",
        "object_tabs": [(label, url, url == request.path, n) for label, url, n in tabs],
        "counts": counts,
    }
