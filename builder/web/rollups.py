"""The page of a roll-up: what it works out, the value of one record, and how far all are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.field_types.summary import OPERATIONS, SUMMARY
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.names import api_name
from ...metadata.rollup_runs import Run, find_failure, find_run
from ...metadata.rollups import may_filter, may_summarize, read_rollup, result_of
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _, format_datetime
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.query.request import Order, Query
from ...runtime.query.run import run
from ...runtime.records import rollup_filling, rollups
from ...runtime.web.feedback import say
from ...runtime.web.filtering import filter_fields, posted_rows
from ...runtime.web.records import title_of
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ..drafts.objects import custom_name
from ..drafts.rollups import SaidRollup, edited_rollup, new_rollup, options_of, said_by
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .problems import by_field
from .uses import use_rows

TRIED = 25  # records that a roll-up can be tried on: those changed last


@setup.route("/objects/<object_name>/rollups/new", methods=["GET", "POST"], endpoint="new_rollup")
@requires(ADMINISTRATOR)
@sent_once
def new_rollup_page(object_name: str) -> str | Response | tuple[str, int]:
    """A new roll-up: the records below, what is worked out, which of them, its name."""
    scope = here()
    obj = scope.object(object_name)
    _stand(scope, obj, _("New roll-up summary"))
    if request.method == "GET":
        layouts = tuple(layout.name for layout in _layouts(scope, obj))
        return _page(scope, obj, None, _chosen(SaidRollup(layouts=layouts)))
    said = _said()
    if request.form.get("deed") == "try":
        return _tried(scope, obj, None, said)
    try:
        put_live(scope, new_rollup(scope.snapshot, obj.name, said))
    except Rejected as rejected:
        return _page(scope, obj, None, said, rejected.problems), 422
    return redirect(url_for("setup.edit_rollup", object_name=obj.name, field_name=said.name))


@setup.route("/objects/<object_name>/rollups/<field_name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def edit_rollup(object_name: str, field_name: str) -> str | Response | tuple[str, int]:
    """A roll-up that is there: how far it is, what it works out, where it is used."""
    scope, obj, known = _known(object_name, field_name)
    _stand(scope, obj, scope.snapshot.label(known))
    if request.method == "GET":
        label = scope.snapshot.label(known)
        return _page(scope, obj, known, _chosen(replace(said_by(known), label=label)))
    said = _said()
    if request.form.get("deed") == "try":
        return _tried(scope, obj, known, said)
    named = said if said.label != scope.snapshot.label(known) else replace(said, label=known.label)
    try:
        change_set = edited_rollup(known, named, _("Field %(name)s changed", name=known.name))
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        return _page(scope, obj, known, said, rejected.problems), 422
    name = said.name or known.local_name
    return redirect(url_for("setup.edit_rollup", object_name=obj.name, field_name=name))


@setup.post("/objects/<object_name>/rollups/<field_name>/calculate")
@requires(ADMINISTRATOR)
def calculate_rollup(object_name: str, field_name: str) -> Response:
    """Has every value worked out anew."""
    scope, obj, known = _known(object_name, field_name)
    rollup_filling.recalculate(scope.org_db, scope.actor, known)
    say(_("%(label)s is being calculated.", label=scope.snapshot.label(known)))
    return redirect(url_for("setup.edit_rollup", object_name=obj.name, field_name=known.local_name))


def _known(object_name: str, field_name: str) -> tuple[Here, CustomObject, CustomField]:
    scope = here()
    obj = scope.object(object_name)
    known = scope.field(obj.name, field_name)
    if known.type != SUMMARY:
        raise NotFound(known.name)
    return scope, obj, known


def _stand(scope: Here, obj: CustomObject, title: str) -> None:
    url = url_for("setup.object_fields", object_name=obj.name)
    stand("setup.objects", (scope.snapshot.label(obj), url), (title, ""))


# -- what the page says


def _said() -> SaidRollup:
    form = request.form
    label = form.get("label", "").strip()
    operation = form.get("operation", "")
    return SaidRollup(
        lookup=form.get("lookup", ""),
        operation=operation if operation in OPERATIONS else "count",
        field=form.get("field", ""),
        filters=tuple(posted_rows(form)),
        label=label,
        name=custom_name(form.get("name", "").strip() or api_name(label)),
        help_text=form.get("inlineHelpText", "").strip(),
        description=form.get("description", "").strip(),
        layouts=tuple(form.getlist("layouts")),
    )


def _chosen(said: SaidRollup) -> SaidRollup:
    """What is there, with the records and the operation that the address chooses instead."""
    args = request.args
    lookup, operation = args.get("lookup", said.lookup), args.get("operation", said.operation)
    other = lookup.rpartition(".")[0] != said.child
    filters, field = ((), "") if other else (said.filters, said.field)
    if operation not in OPERATIONS:
        operation = said.operation
    return replace(said, lookup=lookup, operation=operation, filters=filters, field=field)


def _page(
    scope: Here,
    obj: CustomObject,
    known: CustomField | None,
    said: SaidRollup,
    problems: tuple[Problem, ...] = (),
    *,
    value: str | None = None,
    record_id: str = "",
) -> str:
    snapshot = scope.snapshot
    lookups = _lookups(scope, obj)
    child = snapshot.find_object(said.child) if said.lookup in dict(lookups) else None
    uses = snapshot.referrers("CustomField", known.name) if known else ()
    return render_template(
        "builder/rollup.html",
        object=obj,
        known=known,
        said=said,
        lookups=[("", _("Choose the records below")), *lookups],
        operations=_operations(),
        child=child,
        fields=_fields(scope, child, said.operation) if child else [],
        filter_fields=_filter_fields(scope, child) if child else [],
        layouts=_layouts(scope, obj) if known is None else (),
        records=_records(scope, obj) if child else [],
        record_id=record_id,
        value=value,
        uses=use_rows(snapshot, uses),
        errors=by_field(problems),
        here=url_for("setup.new_rollup", object_name=obj.name)
        if known is None
        else url_for("setup.edit_rollup", object_name=obj.name, field_name=known.local_name),
        **_state(scope, known),
    )


def _operations() -> list[tuple[str, str]]:
    return [
        ("count", _("How many there are")),
        ("sum", _("The sum of a field")),
        ("min", _("The least value of a field")),
        ("max", _("The greatest value of a field")),
    ]


def _lookups(scope: Here, obj: CustomObject) -> list[tuple[str, str]]:
    """(full name, words) of the lookups that lead to the object."""
    snapshot = scope.snapshot
    found = []
    for field in snapshot.children(obj.name):
        child = snapshot.object(field.object_name)
        if field.is_system or child.storage:
            continue
        name, label = snapshot.label(child, "pluralLabel"), snapshot.label(field)
        found.append((field.name, _("%(objects)s, by %(field)s", objects=name, field=label)))
    return sorted(found, key=lambda row: row[1].casefold())


def _fields(scope: Here, child: CustomObject, operation: str) -> list[tuple[str, str]]:
    found = [
        (field.local_name, scope.snapshot.label(field))
        for field in scope.snapshot.fields(child.name).values()
        if may_summarize(operation, field)
    ]
    return [("", _("Choose a field")), *sorted(found, key=lambda row: row[1].casefold())]


def _filter_fields(scope: Here, child: CustomObject) -> list[dict[str, Any]]:
    """What records can be chosen by; neither "this month" nor "me" is offered, nor taken."""
    found = filter_fields(scope, child, may=may_filter)
    return [field | {"suggestions": []} for field in found]


def _layouts(scope: Here, obj: CustomObject) -> list[Any]:
    return [one for one in scope.snapshot.of_kind("Layout") if one.object == obj.name]


def _records(scope: Here, obj: CustomObject) -> list[tuple[str, str]]:
    """(id, title) of the records changed last."""
    names = (obj.name_field,) if obj.name_field else ()
    order = (Order("LastModifiedDate", descending=True),)
    query = Query(obj.name, names, order=order, limit=TRIED)
    with scope.read() as connection:
        page = run(connection, scope.actor, query, scope.snapshot)
    return [(record.id, title_of(obj, record, scope)) for record in page.records]


# -- the value of one record, and how far all are


def _tried(
    scope: Here, obj: CustomObject, known: CustomField | None, said: SaidRollup
) -> str | tuple[str, int]:
    """The page again, with the value that the chosen record would have; nothing is kept."""
    record_id = request.form.get("record", "")
    try:
        value = _value_of(scope, obj, said, record_id)
    except Rejected as rejected:
        return _page(scope, obj, known, said, rejected.problems, record_id=record_id), 422
    return _page(scope, obj, known, said, value=value, record_id=record_id)


def _value_of(scope: Here, obj: CustomObject, said: SaidRollup, record_id: str) -> str:
    document = {
        "kind": "CustomField", "uid": "tried", "name": f"{obj.name}.Tried__c", "label": said.label,
        "type": SUMMARY, **options_of(said),
    }  # fmt: skip
    rollup = read_rollup(CustomField.of_document(document), scope.snapshot)
    typed = CustomField.of_document({**document, **result_of(rollup)})
    with scope.read() as connection:
        found = dict(rollups.worked_out(connection, scope.snapshot, {rollup: [record_id]}))
    value = found[rollup].get(record_id, rollups.nothing(rollup))
    return typed.field_type.display(value, typed) or _("blank")


def _state(scope: Here, known: CustomField | None) -> dict[str, Any]:
    """The latest run of the roll-up: how far it is, or why it stands still."""
    if known is None:
        return {"run": None, "failure": "", "share": 0.0, "done_text": "", "ended": ""}
    with scope.read() as connection:
        found = find_run(connection, known.uid)
        failure = find_failure(connection, found) if found and found.is_due else ""
    return {
        "run": found,
        "failure": failure,
        "share": found.done / found.total if found and found.total else 0.0,
        "done_text": _done_text(found),
        "ended": format_datetime(found.ended_at) if found and found.ended_at else "",
    }


def _done_text(found: Run | None) -> str:
    if found is None or found.total is None:
        return _("waiting for its turn")
    return _("%(n)s of %(total)s records", n=found.done, total=found.total)
