"""The matrix of a dependent picklist: its values in rows, the controlling ones in columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.dependency import CONTROLLING_TYPES, DEPENDENT_TYPES
from ...metadata.snapshot import Snapshot
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.layouts.forms import controlling_labels
from ...runtime.web.scope import Here, here
from ..drafts.dependencies import edited_dependency
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .permits import problems_of, status_of
from .problems import by_field

YES, NO = "edit", "none"  # the levels of access.js, which draws the cells
Allowed = dict[str, set[str]]  # {controlling value: values}


@setup.route("/objects/<object_name>/fields/<field_name>/dependency", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def dependency(object_name: str, field_name: str) -> str | Response | tuple[str, int]:
    """The matrix; `controlling` chooses another field to depend on."""
    scope, obj, field = _asked(object_name, field_name)
    controlling = request.values.get("controlling", field.controlled_by)
    if controlling and controlling not in dict(_candidates(scope, field)):
        raise NotFound(controlling)
    allowed = _known(field, controlling)
    if request.method == "GET":
        return _page(scope, obj, field, controlling, allowed)
    allowed = _said(scope, field, controlling, allowed)
    try:
        put_live(scope, edited_dependency(scope.snapshot, field, controlling, allowed))
    except (Rejected, Conflict) as refused:
        page = _page(scope, obj, field, controlling, allowed, problems_of(refused))
        return page, status_of(refused)
    return redirect(url_for("setup.dependency", object_name=obj.name, field_name=field.local_name))


@setup.post("/objects/<object_name>/fields/<field_name>/dependency/end")
@requires(ADMINISTRATOR)
def end_dependency(object_name: str, field_name: str) -> Response:
    """Lets all values be chosen again."""
    scope, obj, field = _asked(object_name, field_name)
    put_live(scope, edited_dependency(scope.snapshot, field, "", {}))
    return redirect(url_for("setup.field", object_name=obj.name, field_name=field.local_name))


def _asked(object_name: str, field_name: str) -> tuple[Here, CustomObject, CustomField]:
    scope = here()
    obj = scope.object(object_name)
    field = scope.field(obj.name, field_name)
    if field.type not in DEPENDENT_TYPES or field.is_system:
        raise NotFound(field.name)
    fields = url_for("setup.object_fields", object_name=obj.name)
    own = url_for("setup.field", object_name=obj.name, field_name=field.local_name)
    label = scope.snapshot.label
    stand("setup.objects", (label(obj), fields), (label(field), own), (_("Dependency"), ""))
    return scope, obj, field


def _candidates(scope: Here, field: CustomField) -> list[tuple[str, str]]:
    """(local name, label) of the fields that can control it: none that depends on it."""
    snapshot = scope.snapshot
    found = [
        (one.local_name, snapshot.label(one))
        for one in snapshot.fields(field.object_name).values()
        if one.type in CONTROLLING_TYPES and not one.is_system
        if one.uid != field.uid and field.local_name not in _above(snapshot, one)
    ]
    return sorted(found, key=lambda row: row[1])


def _above(snapshot: Snapshot, field: CustomField) -> list[str]:
    """The local names of the fields that control it, the nearest first."""
    fields, found = snapshot.fields(field.object_name), list[str]()
    above = fields.get(field.controlled_by)
    while above is not None and above.local_name not in found:
        found.append(above.local_name)
        above = fields.get(above.controlled_by)
    return found


def _known(field: CustomField, controlling: str) -> Allowed:
    if controlling != field.controlled_by:
        return {}
    return {key: set(names) for key, names in field.allowed.items()}


def _said(scope: Here, field: CustomField, controlling: str, known: Allowed) -> Allowed:
    """What is known with the cells that were sent: a script sends only those that changed."""
    found = {key: set(names) for key, names in known.items()}
    columns = _columns(scope, field, controlling)
    for i, value in enumerate(scope.snapshot.values(field)):
        for j, (key, _label) in enumerate(columns):
            said = request.form.get(f"{i}.{j}")
            if said == YES:
                found.setdefault(key, set()).add(value.name)
            elif said == NO:
                found.get(key, set()).discard(value.name)
    return found


def _columns(scope: Here, field: CustomField, controlling: str) -> list[tuple[str, str]]:
    above = scope.field(field.object_name, controlling)
    return controlling_labels(above, scope.snapshot)


def _page(
    scope: Here,
    obj: CustomObject,
    field: CustomField,
    controlling: str,
    allowed: Allowed,
    problems: tuple[Problem, ...] = (),
) -> str:
    snapshot = scope.snapshot
    columns = _columns(scope, field, controlling) if controlling else []
    above = [scope.field(obj.name, name) for name in _above(snapshot, field)]
    return render_template(
        "builder/dependency.html",
        object=obj,
        object_title=snapshot.label(obj),
        field=field,
        label=snapshot.label(field),
        controlling=controlling,
        controlling_label=dict(_candidates(scope, field)).get(controlling, ""),
        candidates=[("", _("Nothing yet")), *_candidates(scope, field)],
        chain=" → ".join(snapshot.label(one) for one in (*reversed(above), field))
        if len(above) > 1
        else "",
        columns=columns,
        counts={key: len(allowed.get(key, ())) for key, _label in columns},
        rows=_rows(scope, field, columns, allowed, _known(field, controlling)),
        errors=by_field(problems),
    )


def _rows(
    scope: Here,
    field: CustomField,
    columns: list[tuple[str, str]],
    allowed: Mapping[str, set[str]],
    known: Mapping[str, set[str]],
) -> list[dict[str, Any]]:
    rows = []
    for i, value in enumerate(scope.snapshot.values(field)):
        cells = [
            {
                "name": f"{i}.{j}",
                "label": label,
                "level": YES if value.name in allowed.get(key, ()) else NO,
                "saved": YES if value.name in known.get(key, ()) else NO,
            }
            for j, (key, label) in enumerate(columns)
        ]
        label = scope.snapshot.value_label(field, value.name)
        count = sum(cell["level"] == YES for cell in cells)
        rows.append({"label": label, "cells": cells, "count": count})
    return rows
