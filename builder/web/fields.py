"""The fields of an object: the list, the sheet of a new one, the page of one."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.apply import preview
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.deploy.convert import targets_of
from ...metadata.field_types import FIELD_TYPES
from ...metadata.field_types.summary import SUMMARY
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, DELEGATED, requires
from ...runtime.web.scope import Here
from ...runtime.web.sent import sent_once
from ..drafts.documents import draft
from ..drafts.fields import NewField, deleted_field, new_field
from ..drafts.objects import custom_name
from ..drafts.spoken import in_current_language
from ..drafts.values import edited_field_values, pasted
from .blueprint import setup
from .deploying import put_live
from .field_defaults import at_character, default_pieces, shown_default
from .formula_fields import formula_page
from .lookup_filter import may_be_filtered
from .objects import object_frame, object_page
from .options import asked_types, options_for
from .posted_field import PICKLISTS, REQUIRABLE, posted_options
from .problems import by_field
from .uses import use_rows

REFERENCES = ("Lookup", "MasterDetail", "Hierarchy")


@setup.get("/objects/<object_name>/fields")
@requires(DELEGATED)
def object_fields(object_name: str) -> str:
    """Every field of an object, where it is shown, and its type."""
    scope, obj = object_page(object_name, "fields")
    return render_template("builder/fields.html", **_field_list(scope, obj))


@setup.route("/objects/<object_name>/fields/new", methods=["GET", "POST"])
@requires(DELEGATED)
@sent_once
def new_field_page(object_name: str) -> str | Response | tuple[str, int]:
    """The sheet of a new field over the list of fields."""
    scope, obj = object_page(object_name, "fields")
    layouts = _layouts(scope.snapshot, obj)
    if request.method == "GET" or "choose" in request.form:
        said: dict[str, Any] = {"type": request.values.get("type", "Text")} | request.form.to_dict()
        said["layouts"] = [layout.name for layout in layouts]
        return _sheet(scope, obj, said)
    try:
        put_live(scope, new_field(scope.snapshot, _said(obj)))
    except Rejected as rejected:
        said = request.form.to_dict() | {"layouts": request.form.getlist("layouts")}
        return _sheet(scope, obj, said, rejected.problems), 422
    if request.form.get("then") == "another":
        url = url_for("setup.new_field_page", object_name=obj.name, type=request.form["type"])
        return redirect(url)
    return redirect(url_for("setup.object_fields", object_name=obj.name))


def _said(obj: CustomObject) -> NewField:
    form = request.form
    label = form.get("label", "").strip()
    field_type = FIELD_TYPES.get(form.get("type", ""))
    name = custom_name(form.get("name", "").strip() or api_name(label))
    return NewField(
        object=obj.name,
        type=field_type.name,
        label=label,
        name=name,
        options=posted_options(field_type.name, form),
        layouts=tuple(form.getlist("layouts")),
        views=tuple(form.getlist("views")),
        related_label=form.get("related_label", "").strip(),
    )


def _sheet(
    scope: Here, obj: CustomObject, said: dict[str, Any], problems: tuple[Problem, ...] = ()
) -> str:
    types = asked_types()
    chosen = said.get("type") if said.get("type") in {t.name for t in types} else "Text"
    views = [v for v in scope.snapshot.of_kind("ListView") if v.object == obj.name]
    return render_template(
        "builder/new_field.html",
        said=said | {"type": chosen},
        common=[t for t in types if t.group == "common"],
        more=[t for t in types if t.group != "common"],
        options=options_for({}),
        rollup=FIELD_TYPES.get(SUMMARY),
        layouts=_layouts(scope.snapshot, obj),
        views=views,
        targets=_target_choices(scope.snapshot),
        value_sets=_value_set_choices(scope.snapshot),
        errors=by_field(at_character(one, said.get("defaultValue", "")) for one in problems),
        default_pieces=default_pieces(scope.snapshot),
        **_field_list(scope, obj),
    )


def _target_choices(snapshot: Snapshot) -> list[tuple[str, str]]:
    objects = sorted((snapshot.label(o), o.name) for o in snapshot.objects())
    return [("", _("Choose an object")), *((name, label) for label, name in objects)]


def _value_set_choices(snapshot: Snapshot) -> list[tuple[str, str]]:
    shared = [(v.name, snapshot.label(v) or v.name) for v in snapshot.of_kind("GlobalValueSet")]
    return [("", _("--None--")), *shared] if shared else []


def _field_list(scope: Here, obj: CustomObject) -> dict[str, Any]:
    snapshot = scope.snapshot
    words = fold(request.args.get("q", "").strip())
    layouts = _layouts(snapshot, obj)
    rows: list[dict[str, Any]] = []
    for field in snapshot.fields(obj.name).values():
        label = snapshot.label(field)
        if field.component_of or words not in fold(
            f"{label} {field.name} {field.field_type.label}"
        ):
            continue
        on = sum(any(c.field == field.local_name for c in layout.cells()) for layout in layouts)
        rows.append(
            {
                "field": field,
                "label": label,
                "system": field.is_system,
                "type": _type_words(snapshot, field),
                "on": on,
                "of": len(layouts),
                "url": url_for("setup.field", object_name=obj.name, field_name=field.local_name),
            }
        )
    rows.sort(key=lambda row: (row["system"], row["label"].casefold()))
    return {"rows": rows, "words": request.args.get("q", ""), **object_frame(scope, obj)}


def _type_words(snapshot: Snapshot, field: CustomField) -> str:
    words = str(field.field_type.label)
    if field.formula:
        return _("Formula (%(type)s)", type=words)
    if field.every is not None:
        return _("%(type)s (any object with activities)", type=words)
    if field.reference_to:
        targets = [snapshot.find_object(name) for name in field.reference_to]
        detail = ", ".join(snapshot.label(t) for t in targets if t)
        return _("%(type)s (%(detail)s)", type=words, detail=detail)
    if "length" in field.options:
        return _("%(type)s (%(detail)s)", type=words, detail=field.options["length"])
    return words


def _layouts(snapshot: Snapshot, obj: CustomObject) -> list[Any]:
    return [layout for layout in snapshot.of_kind("Layout") if layout.object == obj.name]


# --- one field ----------------------------------------------------------------------------------


@setup.route("/objects/<object_name>/fields/<field_name>", methods=["GET", "POST"])
@requires(DELEGATED)
def field(object_name: str, field_name: str) -> str | Response | tuple[str, int]:
    """A field: its attributes, its values, where it is used."""
    scope, obj = object_page(object_name, "fields")
    known = scope.field(obj.name, field_name)
    if known.type == SUMMARY:
        return redirect(
            url_for("setup.edit_rollup", object_name=obj.name, field_name=known.local_name)
        )
    if known.formula:
        return formula_page(scope, obj, known)
    if request.method == "GET" or known.is_system or known.component_of:
        return _field_page(scope, obj, known)
    try:
        change_set = in_current_language(scope.snapshot, _edited(scope.snapshot, known))
        if "confirmed" not in request.form and request.form.get("type", known.type) != known.type:
            return _confirm_conversion(scope, obj, known, change_set)
        put_live(scope, change_set)
    except Rejected as rejected:
        return _field_page(scope, obj, known, rejected.problems), 422
    name = _new_name(known)
    return redirect(url_for("setup.field", object_name=obj.name, field_name=name))


def _confirm_conversion(
    scope: Here, obj: CustomObject, known: CustomField, change_set: ChangeSet
) -> str:
    """What another type would do to the values, counted, before it is done."""
    found = preview(scope.org_db, change_set)
    return render_template(
        "builder/confirm_conversion.html",
        field=known,
        label=scope.snapshot.label(known),
        preview=found,
        losses=list(found.losses.values()),
        posted=list(request.form.items(multi=True)),
        **object_frame(scope, obj),
    )


def _new_name(known: CustomField) -> str:
    said = request.form.get("name", "").strip()
    return custom_name(said) if known.is_custom and said else known.local_name


def _edited(snapshot: Snapshot, known: CustomField) -> ChangeSet:
    form = request.form
    type_name = form.get("type", known.type)
    document = draft(known)
    for name in ("required", "unique", "externalId", "caseSensitive", "trackHistory",
                 "inlineHelpText", "description", "defaultValue",
                 *known.field_type.options_schema):  # fmt: skip
        document.pop(name, None)
    posted = posted_options(type_name, form)
    value_set = document.get("valueSet")
    document |= posted | {"type": type_name, "name": f"{known.object_name}.{_new_name(known)}"}
    if known.type in PICKLISTS and type_name in PICKLISTS and value_set is not None:
        document["valueSet"] = value_set | {"restricted": "restricted" in form}
    said = form.get("label", "").strip()
    if said and said != snapshot.label(known):
        document["label"] = said
    if known.every is None and known.reference_to and type_name in REFERENCES:
        document["referenceTo"] = list(known.reference_to)
    return ChangeSet((document,), (), _("Field %(name)s changed", name=known.name))


@setup.post("/objects/<object_name>/fields/<field_name>/values")
@requires(DELEGATED)
def field_values(object_name: str, field_name: str) -> str | Response | tuple[str, int]:
    """The field's own picklist values, as the editor posts them."""
    scope, obj = object_page(object_name, "fields")
    known = scope.field(obj.name, field_name)
    try:
        change_set = edited_field_values(known, posted_values(request.form))
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        return _field_page(scope, obj, known, rejected.problems), 422
    return redirect(url_for("setup.field", object_name=obj.name, field_name=known.local_name))


def posted_values(form: Any) -> list[dict[str, Any]]:
    """The rows of the value editor in order: known ones by name, pasted ones last.

    Rows come as parallel lists value_name, value_label, value_color; `value_active` and
    `value_default` name the rows they are true of; `value_gone` the ones taken away.
    """
    names, labels = form.getlist("value_name"), form.getlist("value_label")
    colors = form.getlist("value_color")
    active, gone = set(form.getlist("value_active")), set(form.getlist("value_gone"))
    default = form.get("value_default", "")
    rows: list[dict[str, Any]] = []
    for i, label in enumerate(labels):
        name = (names[i] if i < len(names) else "") or label.strip()
        if not name or not label.strip() or name in gone:
            continue
        is_new = not (names[i] if i < len(names) else "")
        rows.append(
            {
                "name": name,
                "label": label.strip(),
                "active": is_new or name in active,
                "default": name == default,
                "color": colors[i] if i < len(colors) else "",
            }
        )
    known = {row["name"].casefold() for row in rows}
    rows += [row for row in pasted(form.get("values", "")) if row["name"].casefold() not in known]
    return rows


@setup.route("/objects/<object_name>/fields/<field_name>/delete", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def delete_field(object_name: str, field_name: str) -> str | Response | tuple[str, int]:
    """Where a field is used and what its deletion does, in words; then it goes into the bin."""
    scope, obj = object_page(object_name, "fields")
    known = scope.field(obj.name, field_name)
    change_set = deleted_field(known)
    if request.method == "POST":
        put_live(scope, change_set, _("%(label)s is in the bin for 15 days.", label=known.label))
        return redirect(url_for("setup.object_fields", object_name=obj.name))
    return render_template(
        "builder/delete_field.html",
        field=known,
        label=scope.snapshot.label(known),
        uses=use_rows(scope.snapshot, scope.snapshot.referrers("CustomField", known.name)),
        preview=preview(scope.org_db, change_set),
        **object_frame(scope, obj),
    )


def _label_above(scope: Here, known: CustomField) -> str:
    """The label of the field that decides on its values."""
    above = scope.snapshot.fields(known.object_name).get(known.controlled_by)
    return scope.snapshot.label(above) if above else ""


def _field_page(
    scope: Here, obj: CustomObject, known: CustomField, problems: tuple[Problem, ...] = ()
) -> str:
    snapshot = scope.snapshot
    default = request.form.get("defaultValue", shown_default(known)).strip()
    types = [(known.type, known.field_type.label)] + [
        (name, FIELD_TYPES.get(name).label) for name in targets_of(known)
    ]
    return render_template(
        "builder/field.html",
        field=known,
        label=snapshot.label(known),
        document=known.document,
        types=types,
        options=options_for(known.options, known.type),
        values=snapshot.values(known) if known.type in PICKLISTS else (),
        value_labels={v.name: snapshot.value_label(known, v.name) for v in snapshot.values(known)},
        controlling=_label_above(scope, known),
        may_edit=not known.is_system and not known.component_of,
        may_require=known.type in REQUIRABLE,
        may_filter=may_be_filtered(known),
        uses=use_rows(snapshot, snapshot.referrers("CustomField", known.name)),
        errors=by_field(at_character(one, default) for one in problems),
        default=default,
        default_pieces=default_pieces(snapshot),
        **object_frame(scope, obj),
    )
