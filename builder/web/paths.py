"""The path of an object: which picklist it follows, and what helps at each of its values."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.path_assistant import PathAssistant, PathStep
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here
from ..drafts.paths import MOST, SaidStep, edited_path
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .objects import object_frame, object_page
from .problems import by_field


@setup.route("/objects/<object_name>/path", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def object_path(object_name: str) -> str | Response | tuple[str, int]:
    """The editor of an object's path; `field` chooses the picklist of one that is new."""
    scope, obj = object_page(object_name, "path")
    known = path_of(scope.snapshot, obj)
    if request.method == "GET" or "choose" in request.form:
        return _page(scope, obj, known, _kept(scope.snapshot, known))
    steps = _said(scope.snapshot, obj)
    try:
        field, active = request.form.get("field", ""), "active" in request.form
        change_set = edited_path(obj, known, field, active, steps)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        shown = {step.value: step for step in steps}
        return _page(scope, obj, known, shown, rejected.problems), 422
    return redirect(url_for("setup.object_path", object_name=obj.name))


@setup.post("/objects/<object_name>/path/delete")
@requires(ADMINISTRATOR)
def delete_path(object_name: str) -> Response:
    """Puts the path into the bin."""
    scope, obj = object_page(object_name, "path")
    if (known := path_of(scope.snapshot, obj)) is not None:
        summary = _("Path of %(name)s deleted", name=obj.name)
        put_live(scope, ChangeSet((), (Uid(known.uid),), summary))
    return redirect(url_for("setup.object_path", object_name=obj.name))


def path_of(snapshot: Snapshot, obj: CustomObject) -> PathAssistant | None:
    """The path of an object, the active one first."""
    found = [one for one in snapshot.of_kind("PathAssistant") if one.object == obj.name]
    return min(found, key=lambda one: not one.active, default=None)


def _kept(snapshot: Snapshot, known: PathAssistant | None) -> dict[str, SaidStep]:
    """{value: step}, the guidance in the reader's language."""
    if known is None:
        return {}

    def spoken(step: PathStep) -> str:
        return snapshot.text("PathAssistant", known.name, f"steps.{step.id}", step.info)

    return {step.value: SaidStep(step.value, spoken(step), step.fields) for step in known.steps}


def _said(snapshot: Snapshot, obj: CustomObject) -> list[SaidStep]:
    form = request.form
    return [
        SaidStep(value, form.get(f"info-{n}", "").strip(), tuple(form.getlist(f"fields-{n}")))
        for n, value in enumerate(form.getlist("value"))
    ]


def _page(
    scope: Here,
    obj: CustomObject,
    known: PathAssistant | None,
    steps: dict[str, SaidStep],
    problems: tuple[Problem, ...] = (),
) -> str:
    snapshot = scope.snapshot
    picklists = [f for f in snapshot.fields(obj.name).values() if f.type == "Picklist"]
    usual = known.field if known else ""
    chosen = request.values.get("field", usual)
    field = next((f for f in picklists if f.local_name == chosen), None)
    rows = _rows(snapshot, field, steps) if field else []
    fields = [
        (f.local_name, snapshot.label(f))
        for f in snapshot.fields(obj.name).values()
        if not f.is_system and not f.component_of
    ]
    return render_template(
        "builder/object_path.html",
        known=known,
        chosen=chosen if field else "",
        active=known.active if known else True,
        picklists=[("", _("--None--")), *((f.local_name, snapshot.label(f)) for f in picklists)],
        stages=rows,
        key_fields=sorted(fields, key=lambda row: row[1].casefold()),
        most=MOST,
        errors=by_field(problems),
        **object_frame(scope, obj),
    )


def _rows(
    snapshot: Snapshot, field: CustomField, steps: dict[str, SaidStep]
) -> list[dict[str, Any]]:
    """The values of the picklist, each with what is said of it."""
    return [
        {
            "value": value.name,
            "label": snapshot.value_label(field, value.name),
            "step": steps.get(value.name, SaidStep(value.name)),
        }
        for value in snapshot.values(field)
        if value.active
    ]
