"""Which layout people see: a matrix of profiles and record types of one object."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.profile import Profile
from ...platform.errors import Conflict, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.layouts.bind import layout_of
from ...runtime.web.scope import Here
from ..drafts.grants import edited_assignments
from .blueprint import setup
from .deploying import put_live
from .objects import object_frame, object_page
from .permits import problems_of, status_of
from .problems import by_field

Columns = list[tuple[str, str]]  # [(local name of a record type, "" for none, label)]


@setup.route("/objects/<object_name>/assignment", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def layout_assignment(object_name: str) -> str | Response | tuple[str, int]:
    """The matrix; a cell that says nothing has what the first column says."""
    scope, obj = object_page(object_name, "record types")
    if request.method == "GET":
        return _page(scope, obj)
    rights = [
        (profile, obj.name, _said(profile, _columns(scope, obj)))
        for profile in _profiles(scope)
        if not profile.protected
    ]
    try:
        put_live(scope, edited_assignments(rights, scope.snapshot.label(obj)))
    except (Rejected, Conflict) as refused:
        return _page(scope, obj, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.layout_assignment", object_name=obj.name))


def _said(profile: Profile, columns: Columns) -> dict[str, str]:
    names = ((name, _cell_name(profile, name)) for name, _label in columns)
    return {name: request.form[cell] for name, cell in names if cell in request.form}


def _cell_name(profile: Profile, record_type: str) -> str:
    return f"{profile.uid}/{record_type}"


def _profiles(scope: Here) -> list[Profile]:
    found: list[Profile] = list(scope.snapshot.of_kind("Profile"))
    return sorted(found, key=lambda one: (one.protected, scope.snapshot.label(one)))


def _columns(scope: Here, obj: CustomObject) -> Columns:
    types = scope.snapshot.record_types(obj.name)
    return [("", _("No record type"))] + [
        (one.local_name, scope.snapshot.label(one)) for one in types
    ]


def _page(scope: Here, obj: CustomObject, problems: tuple[Problem, ...] = ()) -> str:
    snapshot, columns = scope.snapshot, _columns(scope, obj)
    layouts = [
        (one.name, snapshot.label(one) or one.name)
        for one in snapshot.of_kind("Layout")
        if one.object == obj.name
    ]
    return render_template(
        "builder/layout_assignment.html",
        columns=columns,
        rows=[_row(scope, obj, profile, columns, layouts) for profile in _profiles(scope)],
        errors=by_field(problems),
        **object_frame(scope, obj),
    )


def _row(
    scope: Here,
    obj: CustomObject,
    profile: Profile,
    columns: Columns,
    layouts: list[tuple[str, str]],
) -> dict[str, Any]:
    first = profile.layouts.get(obj.name) or (
        layout_of(obj.name, scope.snapshot).name if layouts else ""
    )
    usual = dict(layouts).get(first, "")
    cells = []
    for name, label in columns:
        value = _assigned(profile, obj, name)
        value = request.form.get(_cell_name(profile, name), value)
        blank = _("The default layout") if not name else _("As in the first column")
        cells.append(
            {
                "name": _cell_name(profile, name),
                "label": label,
                "value": value,
                "choices": [("", blank), *layouts],
                "shown": dict(layouts).get(value) or usual,
            }
        )
    return {
        "label": scope.snapshot.label(profile),
        "url": url_for("setup.permit", uid=profile.uid),
        "is_locked": profile.protected,
        "cells": cells,
    }


def _assigned(profile: Profile, obj: CustomObject, record_type: str) -> str:
    if not record_type:
        return profile.layouts.get(obj.name, "")
    return profile.type_layouts.get(f"{obj.name}.{record_type}", "")
