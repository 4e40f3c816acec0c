"""Who may see and edit which field: the matrix of one profile or set, of an object, of a field.

One form for all three: a cell is the pair of a profile or set and a field. Refuses cells of what
the reader of the form could not have changed; saves every changed cell or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Definition
from ...metadata.grants import FieldRight
from ...metadata.kinds import KINDS
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.permission_set_group import PermissionSetGroup
from ...metadata.rights import is_always_shown
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.errors import Conflict, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here
from ...runtime.web.setup_links import lead_to_field_access
from ..drafts.grants import Permit, edited_fields, grants_of
from .blueprint import setup
from .deploying import put_live
from .grants import object_line
from .objects import object_frame, object_page
from .permits import TONES, permit_frame, permit_page, problems_of, status_of
from .problems import by_field

NONE, READ, EDIT = FieldRight.NONE, FieldRight.READ, FieldRight.EDIT
_FULL = READ | EDIT
#: {level of a cell: right}, as a cell goes round; of a group: what is muted
_GRANTED: Mapping[str, FieldRight] = {"none": NONE, "read": READ, "edit": _FULL}
_MUTED: Mapping[str, FieldRight] = {"none": NONE, "edit": EDIT, "all": _FULL}
_MARK = "|"  # between uid and field in a cell's name: neither may hold it
COMPARED = ("Profile", "PermissionSet")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a matrix; without levels it is only shown."""

    name: str
    label: str  # what it is about, for those who do not see the table
    saved: str  # the level in force
    level: str  # the level shown: another one in a form that came back
    levels: tuple[tuple[str, str], ...]  # [(level, words)]
    why: str = ""  # it cannot be changed


def levels_of(permit: Permit) -> Mapping[str, FieldRight]:
    return _MUTED if isinstance(permit, PermissionSetGroup) else _GRANTED


def _words(permit: Permit) -> dict[str, str]:
    if isinstance(permit, PermissionSetGroup):
        return {"none": _("Not muted"), "edit": _("Editing muted"), "all": _("Muted")}
    return {"none": _("None"), "read": _("Read"), "edit": _("Edit")}


def _level(permit: Permit, field: CustomField) -> str:
    right = grants_of(permit).field_right(field.name)
    return next(level for level, one in levels_of(permit).items() if one == right)


def cell_of(permit: Permit, field: CustomField, snapshot: Snapshot, preset: str = "") -> Cell:
    """The cell of a field for a profile or set; `preset` is a level to propose."""
    words, name = _words(permit), f"{permit.uid}{_MARK}{field.name}"
    label = f"{snapshot.label(field)}, {snapshot.label(permit)}"
    if is_always_shown(field, snapshot):
        shown = "none" if isinstance(permit, PermissionSetGroup) else "edit"
        return Cell(name, label, shown, shown, (), _("Shown to everybody who sees the object."))
    saved = _level(permit, field)
    if getattr(permit, "protected", False):
        return Cell(name, label, saved, saved, ((saved, words[saved]),), _("Shipped as it is."))
    offered = dict(words)
    if not field.is_editable and "read" in offered and saved != "edit":
        del offered["edit"]
    level = request.form.get(name, preset or saved)
    if level not in offered:
        level = "read" if level == "edit" and "read" in offered else saved
    return Cell(name, label, saved, level, tuple(offered.items()))


def shown_fields(snapshot: Snapshot, obj: CustomObject) -> list[CustomField]:
    """The fields of an object that have rights of their own, by label."""
    fields = [f for f in snapshot.fields(obj.name).values() if not f.component_of]
    own = [f for f in fields if not f.is_system]
    return sorted(own, key=lambda field: fold(snapshot.label(field)))


def _save(scope: Here, permits: Iterable[Permit], fields: Iterable[CustomField]) -> None:
    """Puts the posted cells live; raises Rejected for one that is not of the page."""
    by_uid = {str(permit.uid): permit for permit in permits}
    known = {field.name for field in fields}
    wanted: defaultdict[str, dict[str, FieldRight]] = defaultdict(dict)
    for name, level in request.form.items():
        uid, mark, field = name.partition(_MARK)
        if not mark:
            continue
        right = levels_of(by_uid[uid]).get(level) if uid in by_uid else None
        if right is None or field not in known:
            raise Rejected(Problem("access.cell", (), _("Choose one of the list.")))
        wanted[uid][field] = right
    put_live(scope, edited_fields([(by_uid[uid], rights) for uid, rights in wanted.items()]))


# -- of one profile or set


@setup.route("/access/<uid>/fields", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def permit_fields(uid: str) -> str | Response | tuple[str, int]:
    """The fields of one object (`object`); `like` proposes another's levels, `preset` one level.

    `field` says for which one field, which then stands first.
    """
    scope, known = permit_page(uid)
    obj = _asked_object(scope)
    if request.method == "GET":
        return _permit_page(scope, known, obj)
    try:
        _save(scope, [known], shown_fields(scope.snapshot, obj))
    except (Rejected, Conflict) as refused:
        return _permit_page(scope, known, obj, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.permit_fields", uid=uid, object=obj.name))


def _asked_object(scope: Here) -> CustomObject:
    asked = request.args.get("object", "")
    objects = sorted(scope.snapshot.objects(), key=lambda o: (bool(o.storage), o.name))
    return scope.object(asked) if asked else objects[0]


def _permit_page(
    scope: Here, known: Permit, obj: CustomObject, problems: tuple[Problem, ...] = ()
) -> str:
    snapshot = scope.snapshot
    like = _asked_example(snapshot, known)
    preset, only = request.args.get("preset", ""), request.args.get("field", "")
    rows = []
    for field in sorted(shown_fields(snapshot, obj), key=lambda field: field.local_name != only):
        proposed = _level(like, field) if like else preset
        if only not in ("", field.local_name):
            proposed = ""
        rows.append(_row(field, snapshot, [cell_of(known, field, snapshot, proposed)]))
    objects = sorted(((o.name, snapshot.label(o)) for o in snapshot.objects()), key=lambda o: o[1])
    return render_template(
        "builder/permit_fields.html",
        rows=rows,
        columns=[_column(known, snapshot, obj)],
        objects=objects,
        object=obj,
        object_title=snapshot.label(obj),
        object_line=object_line(known, obj.name),
        examples=[(p.uid, snapshot.label(p)) for p in _examples(snapshot, known)],
        errors=by_field(problems),
        **permit_frame(scope, known),
    )


def _examples(snapshot: Snapshot, known: Permit) -> list[Permit]:
    """What the matrix can be made like: others that grant; groups have nobody to be like."""
    if isinstance(known, PermissionSetGroup):
        return []
    return [p for p in _compared(snapshot) if p.uid != known.uid]


def _asked_example(snapshot: Snapshot, known: Permit) -> Permit | None:
    asked = request.args.get("like", "")
    return next((p for p in _examples(snapshot, known) if p.uid == asked), None)


def _way_to_right(permit: Definition, field: CustomField, right: str) -> str:
    """The matrix with the right proposed; of a profile that is shipped, the sets beside it."""
    obj, name = field.object_name, field.local_name
    if getattr(permit, "protected", False):
        return url_for("setup.field_access", object_name=obj, field_name=name)
    preset = "edit" if right == "Edit" else "read"
    return url_for("setup.permit_fields", uid=permit.uid, object=obj, field=name, preset=preset)


lead_to_field_access(_way_to_right)


# -- of an object, and of a field


@setup.route("/objects/<object_name>/access", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def object_access(object_name: str) -> str | Response | tuple[str, int]:
    """All fields of the object, with every profile and permission set as a column."""
    scope, obj = object_page(object_name, "access")
    fields = shown_fields(scope.snapshot, obj)
    problems, status = _posted(scope, fields)
    if request.method == "POST" and not problems:
        return redirect(url_for("setup.object_access", object_name=obj.name))
    permits = _compared(scope.snapshot)
    page = render_template(
        "builder/object_access.html",
        columns=[_column(permit, scope.snapshot, obj) for permit in permits],
        rows=[
            _row(field, scope.snapshot, [cell_of(p, field, scope.snapshot) for p in permits])
            for field in fields
        ],
        errors=by_field(problems),
        **object_frame(scope, obj),
    )
    return (page, status) if problems else page


@setup.route("/objects/<object_name>/fields/<field_name>/access", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def field_access(object_name: str, field_name: str) -> str | Response | tuple[str, int]:
    """Every profile and permission set as a row: who may see and edit this field."""
    scope, obj = object_page(object_name, "access")
    field = scope.snapshot.field(obj.name, field_name)
    problems, status = _posted(scope, [field])
    if request.method == "POST" and not problems:
        url = url_for("setup.field_access", object_name=obj.name, field_name=field.local_name)
        return redirect(url)
    rows = [
        _column(permit, scope.snapshot, obj) | {"cells": [cell_of(permit, field, scope.snapshot)]}
        for permit in _compared(scope.snapshot)
    ]
    page = render_template(
        "builder/field_access.html",
        field=field,
        label=scope.snapshot.label(field),
        rows=rows,
        errors=by_field(problems),
        **object_frame(scope, obj),
    )
    return (page, status) if problems else page


def _posted(scope: Here, fields: Iterable[CustomField]) -> tuple[tuple[Problem, ...], int]:
    """(why the posted cells were not saved, status); no problems when they were, or none came."""
    if request.method != "POST":
        return (), 200
    try:
        _save(scope, _compared(scope.snapshot), fields)
    except (Rejected, Conflict) as refused:
        return problems_of(refused), status_of(refused)
    return (), 200


def _compared(snapshot: Snapshot) -> list[Permit]:
    """Every profile and permission set; the ones that can be changed first."""
    found = [permit for kind in COMPARED for permit in snapshot.of_kind(kind)]
    return sorted(found, key=lambda p: (getattr(p, "protected", False), COMPARED.index(p.kind)))


def _column(permit: Permit, snapshot: Snapshot, obj: CustomObject) -> dict[str, Any]:
    locked = bool(getattr(permit, "protected", False))
    return {
        "uid": permit.uid,
        "label": snapshot.label(permit),
        "kind": str(KINDS.get(permit.kind).label),
        "icon": KINDS.get(permit.kind).icon,
        "tone": TONES[permit.kind],
        "url": url_for("setup.permit_fields", uid=permit.uid, object=obj.name),
        "line": object_line(permit, obj.name),
        "locked": locked,
        "levels": () if locked else tuple(_words(permit).items()),
    }


def _row(field: CustomField, snapshot: Snapshot, cells: list[Cell]) -> dict[str, Any]:
    return {
        "label": snapshot.label(field),
        "name": field.local_name,
        "icon": field.field_type.icon,
        "type": str(field.field_type.label),
        "url": url_for(
            "setup.field_access", object_name=field.object_name, field_name=field.local_name
        ),
        "cells": cells,
    }
