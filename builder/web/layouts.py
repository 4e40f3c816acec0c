"""The layout editor: the page as users see it, with real values of a record, and a palette."""

from __future__ import annotations

from typing import Any

from flask import jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.conditions import READONLY, REQUIRED, VISIBLE
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.layout import Layout
from ...metadata.snapshot import Snapshot
from ...platform.errors import Conflict, Problem, Rejected
from ...platform.i18n import _, mark
from ...platform.web.access import DELEGATED, requires
from ...runtime.query.request import Order, Query
from ...runtime.query.run import find_titles, run
from ...runtime.web.display import Shown, asked_paths, cell_of, nameless_ids, show
from ...runtime.web.filtering import filter_fields
from ...runtime.web.records import title_of
from ...runtime.web.scope import Here, here
from ..drafts.layouts import edited_layout, warnings
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .bounds import require_object
from .deploying import put_live
from .nav import stand
from .uses import use_rows


@setup.get("/layouts/<path:name>/edit")
@requires(DELEGATED)
def edit_layout(name: str) -> str:
    """The editor; everything it needs stands in one JSON block."""
    scope = here()
    layout = scope.snapshot.get("Layout", name)
    require_object(scope, layout.object)
    obj = scope.snapshot.object(layout.object)
    stand(
        "setup.objects",
        (scope.snapshot.label(obj), url_for("setup.object_layouts", object_name=obj.name)),
        (scope.snapshot.label(layout), ""),
    )
    return render_template(
        "builder/layout_editor.html",
        layout=layout,
        object=obj,
        title=scope.snapshot.label(layout),
        editor=_editor(scope, obj, layout),
        back=url_for("setup.object_layouts", object_name=obj.name),
    )


@setup.put("/layouts/<path:name>")
@requires(DELEGATED)
def save_layout(name: str) -> tuple[Response, int]:
    """Takes `{sections, relatedLists}`: 200 `{warnings}`, 409 or 422 `{problems: […]}`."""
    scope = here()
    layout = scope.snapshot.get("Layout", name)
    require_object(scope, layout.object)
    posted = request.get_json(silent=True)
    if not isinstance(posted, dict):
        return jsonify(
            {"problems": [{"path": [], "message": _("The layout could not be read.")}]}
        ), 422
    try:
        change_set = in_current_language(scope.snapshot, edited_layout(layout, posted))
        deployment = put_live(scope, change_set)
    except Rejected as rejected:
        problems = [
            {"path": list(p.path), "message": _at_its_place(scope.snapshot, layout, posted, p)}
            for p in rejected.problems
        ]
        return jsonify({"problems": problems}), 422
    except Conflict as conflict:
        return jsonify({"problems": [{"path": [], "message": str(conflict)}]}), 409
    return jsonify({"warnings": warnings(posted), "version": deployment.version}), 200


_WHENS = {
    VISIBLE: mark("Shown when"),
    REQUIRED: mark("Required when"),
    READONLY: mark("Read only when"),
}


def _at_its_place(snapshot: Snapshot, layout: Layout, posted: Any, problem: Problem) -> str:
    """The sentence of a problem; of a condition with the field and which condition it is."""
    key = next((part for part in problem.path if part in _WHENS), "")
    if not key or "sections" not in problem.path:
        return problem.sentence
    start = problem.path.index("sections")
    place: Any = posted
    for part in problem.path[start : problem.path.index(key)]:
        place = place[part]
    field = snapshot.find_field(layout.object, str(place.get("field", "")))
    name = snapshot.label(field) if field else str(place.get("label", ""))
    return _(
        "%(name)s, %(condition)s: %(text)s",
        name=name,
        condition=_(_WHENS[str(key)]),
        text=problem.sentence,
    )


def _editor(scope: Here, obj: CustomObject, layout: Layout) -> dict[str, Any]:
    """The model of the editor: fields with sample values, the layout, what could be related."""
    snapshot = scope.snapshot
    fields = [f for f in snapshot.fields(obj.name).values() if not f.component_of]
    columns = {f.local_name: show(obj.name, f.local_name, snapshot) for f in fields}
    title, samples = _samples(scope, obj, columns)
    return {
        "url": url_for("setup.save_layout", name=layout.name),
        "version": snapshot.version,
        "object": {"label": snapshot.label(obj), "icon": obj.icon, "tone": obj.tone},
        "title": title,
        "conditionFields": filter_fields(scope, obj),
        "check": url_for("setup.check_rule", object_name=obj.name),
        "fields": [
            {
                "name": f.local_name,
                "label": snapshot.label(f),
                "icon": f.field_type.icon,
                "type": str(f.field_type.label),
                "sample": samples.get(f.local_name, ""),
                "required": f.required,
                "readonly": not f.is_editable or (f.is_system and f.local_name != "OwnerId"),
                "uses": use_rows(snapshot, snapshot.referrers("CustomField", f.name)),
                "url": url_for("setup.field", object_name=obj.name, field_name=f.local_name),
            }
            for f in fields
            if f.local_name not in ("Id", "IsDeleted", "SystemModstamp")
        ],
        "sections": _said(snapshot, layout, "sections"),
        "relatedLists": _said(snapshot, layout, "relatedLists"),
        "lists": _possible_lists(snapshot, obj),
    }


def _said(snapshot: Snapshot, layout: Layout, part: str) -> list[dict[str, Any]]:
    """The sections or related lists with their titles in the reader's language."""
    rows = [dict(row) for row in layout.document.get(part, ())]
    for row in rows:
        base = row.get("label", "")
        label = snapshot.text("Layout", layout.name, f"{part}.{row['id']}", base)
        row |= {"label": label} if label else {}
    return rows


def _samples(
    scope: Here, obj: CustomObject, columns: dict[str, Shown]
) -> tuple[str, dict[str, str]]:
    """The name and the values, as text, of the record changed last."""
    paths = asked_paths(columns.values())
    query = Query(obj.name, paths, order=(Order("LastModifiedDate", descending=True),), limit=1)
    with scope.read() as connection:
        page = run(connection, scope.actor, query, scope.snapshot)
        if not page.records:
            return scope.snapshot.label(obj), {}
        record = page.records[0]
        ids = nameless_ids(columns.values(), [record])
        titles = find_titles(connection, scope.actor, scope.snapshot, ids)
    texts = {
        name: cell_of(column, record, scope.snapshot, titles).text
        for name, column in columns.items()
    }
    return title_of(obj, record, scope), {name: text[:120] for name, text in texts.items() if text}


def _possible_lists(snapshot: Snapshot, obj: CustomObject) -> list[dict[str, Any]]:
    """Every lookup that points here, as a related list that could be added."""
    lists = []
    for lookup in snapshot.children(obj.name):
        if lookup.is_system:
            continue
        child = snapshot.object(lookup.object_name)
        name = [child.name_field] if child.name_field else []
        columns = [
            {"name": f.local_name, "label": snapshot.label(f)}
            for f in snapshot.fields(child.name).values()
            if not f.component_of and f.local_name not in ("Id", "IsDeleted", "SystemModstamp")
        ]
        lists.append(
            {
                "id": lookup.name,
                "field": lookup.name,
                "label": snapshot.label(child, "pluralLabel"),
                "detail": snapshot.label(lookup),
                "icon": child.icon,
                "tone": child.tone,
                "columns": [*name, "LastModifiedDate"],
                "fields": columns,
            }
        )
    return lists
