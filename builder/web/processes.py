"""Business processes of leads, opportunities and cases: which of the values they go through."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.business_process import PROCESS_FIELDS, BusinessProcess, Subset
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.value_set import PicklistValue
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.record_types import SaidProcess, deleted_process, edited_process, new_process
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .permits import problems_of, status_of
from .problems import by_field
from .uses import use_rows

lead_to(
    "BusinessProcess",
    lambda one: url_for(
        "setup.business_process",
        object_name=one.object,  # type: ignore[attr-defined]
        process_name=one.local_name,
    ),
)


@setup.route("/objects/<object_name>/processes/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_business_process(object_name: str) -> str | Response | tuple[str, int]:
    """The editor of a new process: every value to begin with."""
    scope, obj = _object(object_name)
    _stand(scope, obj, _("New business process"))
    if request.method == "GET":
        every = Subset(tuple(v.name for v in _values(scope, obj)))
        return _page(scope, obj, None, SaidProcess("", subset=every))
    said = _said(scope, obj)
    try:
        put_live(scope, new_process(scope.snapshot, obj, said))
    except (Rejected, Conflict) as refused:
        return _page(scope, obj, None, said, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.object_record_types", object_name=obj.name))


@setup.route("/objects/<object_name>/processes/<process_name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def business_process(object_name: str, process_name: str) -> str | Response | tuple[str, int]:
    """The editor of a process that is there."""
    scope, obj = _object(object_name)
    known: BusinessProcess = scope.snapshot.get("BusinessProcess", f"{obj.name}.{process_name}")
    label = scope.snapshot.label(known) or known.local_name
    _stand(scope, obj, label)
    if request.method == "GET":
        description = scope.snapshot.label(known, "description")
        return _page(scope, obj, known, SaidProcess(label, description, known.active, known.subset))
    said = _said(scope, obj)
    try:
        put_live(scope, in_current_language(scope.snapshot, edited_process(known, said)))
    except (Rejected, Conflict) as refused:
        return _page(scope, obj, known, said, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.object_record_types", object_name=obj.name))


@setup.post("/objects/<object_name>/processes/<process_name>/delete")
@requires(ADMINISTRATOR)
def delete_business_process(object_name: str, process_name: str) -> Response:
    """Puts a process into the bin, unless a record type has it."""
    scope, obj = _object(object_name)
    known: BusinessProcess = scope.snapshot.get("BusinessProcess", f"{obj.name}.{process_name}")
    try:
        put_live(scope, deleted_process(known))
    except Rejected as refused:
        say(" ".join(problem.sentence for problem in refused.problems), kind="bad")
        return redirect(
            url_for("setup.business_process", object_name=obj.name, process_name=process_name)
        )
    return redirect(url_for("setup.object_record_types", object_name=obj.name))


def _object(object_name: str) -> tuple[Here, CustomObject]:
    scope = here()
    obj = scope.object(object_name)
    if obj.name not in PROCESS_FIELDS:
        raise NotFound(object_name)
    return scope, obj


def _stand(scope: Here, obj: CustomObject, title: str) -> None:
    url = url_for("setup.object_record_types", object_name=obj.name)
    stand("setup.objects", (scope.snapshot.label(obj), url), (title, ""))


def _values(scope: Here, obj: CustomObject) -> tuple[PicklistValue, ...]:
    return scope.snapshot.values(scope.field(obj.name, PROCESS_FIELDS[obj.name]))


def _said(scope: Here, obj: CustomObject) -> SaidProcess:
    form, ticked = request.form, set(request.form.getlist("values"))
    chosen = tuple(v.name for v in _values(scope, obj) if v.name in ticked)
    default = form.get("default", "")
    return SaidProcess(
        form.get("label", "").strip(),
        form.get("description", "").strip(),
        "active" in form,
        Subset(chosen, default if default in chosen else ""),
    )


def _page(
    scope: Here,
    obj: CustomObject,
    known: BusinessProcess | None,
    said: SaidProcess,
    problems: tuple[Problem, ...] = (),
) -> str:
    field = scope.field(obj.name, PROCESS_FIELDS[obj.name])
    snapshot = scope.snapshot
    return render_template(
        "builder/business_process.html",
        object=obj,
        process=known,
        said=said,
        title=said.label or _("New business process"),
        field_label=snapshot.label(field),
        values=[
            (v.name, snapshot.value_label(field, v.name), v.name in said.subset.values,
             v.name == said.subset.default, v.attributes)
            for v in _values(scope, obj) if v.active or v.name in said.subset.values
        ],
        uses=use_rows(snapshot, snapshot.referrers("BusinessProcess", known.name)) if known else [],
        errors=by_field(problems),
        back=url_for("setup.object_record_types", object_name=obj.name),
    )  # fmt: skip
