"""Validation rules: those of an object, the editor with its check, and a trial on a record."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.formulas import Subject, Type, check
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.validation_rule import FORMULA, ValidationRule
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.query.request import Order, Query
from ...runtime.query.run import run
from ...runtime.records.validation import Trial, try_rule
from ...runtime.web.records import title_of
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ..drafts.rules import SaidRule, edited_rule, new_rule
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .formula_help import field_pieces, function_pieces, place_of, spoken_place
from .nav import stand
from .objects import object_frame, object_page
from .problems import by_field

TRIED = 25  # records that a rule can be tried on: those changed last
_KEYS = {
    "errorConditionFormula": "formula",
    "errorMessage": "message",
    "errorDisplayField": "field",
}


@setup.get("/objects/<object_name>/rules")
@requires(ADMINISTRATOR)
def object_rules(object_name: str) -> str:
    """The validation rules of an object."""
    scope, obj = object_page(object_name, "rules")
    rules = [one for one in scope.snapshot.of_kind("ValidationRule") if one.object == obj.name]
    return render_template("builder/object_rules.html", rules=rules, **object_frame(scope, obj))


@setup.route("/objects/<object_name>/rules/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_rule_page(object_name: str) -> str | Response | tuple[str, int]:
    """The editor of a new rule."""
    scope = here()
    obj = scope.object(object_name)
    _stand(scope, obj, _("New validation rule"))
    if request.method == "GET":
        return _page(scope, obj, None, SaidRule())
    return _answer(scope, obj, None, _said())


@setup.route("/objects/<object_name>/rules/<rule_name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def edit_rule(object_name: str, rule_name: str) -> str | Response | tuple[str, int]:
    """The editor of a rule that is there."""
    scope = here()
    obj = scope.object(object_name)
    rule: ValidationRule = scope.snapshot.get("ValidationRule", f"{obj.name}.{rule_name}")
    _stand(scope, obj, scope.snapshot.label(rule) or rule.local_name)
    if request.method == "GET":
        return _page(scope, obj, rule, _known(scope, rule))
    return _answer(scope, obj, rule, _said())


@setup.post("/objects/<object_name>/rules/<rule_name>/delete")
@requires(ADMINISTRATOR)
def delete_rule(object_name: str, rule_name: str) -> Response:
    """Puts a rule into the bin."""
    scope = here()
    rule: ValidationRule = scope.snapshot.get("ValidationRule", f"{object_name}.{rule_name}")
    label = scope.snapshot.label(rule) or rule.local_name
    summary = _("Validation rule %(label)s deleted", label=label)
    put_live(scope, ChangeSet((), (Uid(rule.uid),), summary))
    return redirect(url_for("setup.object_rules", object_name=rule.object))


@setup.post("/objects/<object_name>/rules/check")
@requires(ADMINISTRATOR)
def check_rule(object_name: str) -> Response:
    """Takes `formula`; answers `{problems: [{message, start, end, line, column}]}`."""
    scope = here()
    obj = scope.object(object_name)
    formula = _formula()
    try:
        check(formula, Subject(scope.snapshot, obj.name), Type.BOOLEAN)
    except Rejected as refusal:
        return jsonify({"problems": [place_of(p, formula) for p in refusal.problems]})
    return jsonify({"problems": []})


def _formula() -> str:
    return request.form.get("formula", "").replace("\r\n", "\n").strip()


def _said() -> SaidRule:
    form = request.form
    return SaidRule(
        label=form.get("label", "").strip(),
        formula=_formula(),
        message=form.get("message", "").strip(),
        field=form.get("field", ""),
        description=form.get("description", "").strip(),
        active="active" in form,
    )


def _known(scope: Here, rule: ValidationRule) -> SaidRule:
    snapshot = scope.snapshot
    message = snapshot.text("ValidationRule", rule.name, "errorMessage", rule.message)
    return SaidRule(
        snapshot.label(rule) or rule.local_name, rule.formula, message, rule.field,
        snapshot.label(rule, "description"), rule.active,
    )  # fmt: skip


def _answer(
    scope: Here, obj: CustomObject, rule: ValidationRule | None, said: SaidRule
) -> str | Response | tuple[str, int]:
    if request.form.get("deed") == "try":
        return _tried(scope, obj, rule, said)
    try:
        if rule is None:
            put_live(scope, new_rule(scope.snapshot, obj.name, said))
        else:
            put_live(scope, in_current_language(scope.snapshot, edited_rule(rule, said)))
    except Rejected as rejected:
        return _page(scope, obj, rule, said, rejected.problems), 422
    return redirect(url_for("setup.object_rules", object_name=obj.name))


def _tried(
    scope: Here, obj: CustomObject, rule: ValidationRule | None, said: SaidRule
) -> str | tuple[str, int]:
    """The editor again, with what the rule says of the chosen record; nothing is saved."""
    record_id = request.form.get("record", "")
    try:
        with scope.read() as connection:
            trial = try_rule(
                connection, scope.actor, scope.snapshot, obj.name, said.formula, record_id
            )
    except Rejected as rejected:
        problems = tuple(problem.under(FORMULA) for problem in rejected.problems)
        return _page(scope, obj, rule, said, problems), 422
    return _page(scope, obj, rule, said, trial=trial, record_id=record_id)


def _stand(scope: Here, obj: CustomObject, title: str) -> None:
    url = url_for("setup.object_rules", object_name=obj.name)
    stand("setup.objects", (scope.snapshot.label(obj), url), (title, ""))


def _page(
    scope: Here,
    obj: CustomObject,
    rule: ValidationRule | None,
    said: SaidRule,
    problems: tuple[Problem, ...] = (),
    *,
    trial: Trial | None = None,
    record_id: str = "",
) -> str:
    return render_template(
        "builder/rule_editor.html",
        object=obj,
        rule=rule,
        said=said,
        places=_places(scope, obj),
        fields=field_pieces(scope.snapshot, obj.name),
        functions=function_pieces(),
        errors=by_field(_named(problem, said.formula) for problem in problems),
        trial=trial,
        looked_at=_looked_at(scope, obj, trial),
        records=_records(scope, obj),
        record_id=record_id,
        back=url_for("setup.object_rules", object_name=obj.name),
    )


def _named(problem: Problem, formula: str) -> Problem:
    """The problem at its control, with its place in the formula in words."""
    keys = [part for part in problem.path if part in _KEYS]
    if not keys:
        return problem
    place = (_KEYS[str(keys[0])],)
    if not all(isinstance(part, int) for part in problem.path[-2:]):
        return Problem(problem.code, place, problem.message, problem.hint)
    return Problem(problem.code, place, spoken_place(problem, formula), problem.hint)


def _places(scope: Here, obj: CustomObject) -> list[tuple[str, str]]:
    """(local name, label) of where the message can stand."""
    fields = [
        (f.local_name, scope.snapshot.label(f))
        for f in scope.snapshot.fields(obj.name).values()
        if f.is_editable and (not f.is_system or f.local_name == "OwnerId")
    ]
    return [("", _("Above the form")), *sorted(fields, key=lambda row: row[1])]


def _records(scope: Here, obj: CustomObject) -> list[tuple[str, str]]:
    """(id, title) of the records changed last."""
    names = (obj.name_field,) if obj.name_field else ()
    order = (Order("LastModifiedDate", descending=True),)
    with scope.read() as connection:
        page = run(
            connection, scope.actor, Query(obj.name, names, order=order, limit=TRIED),
            scope.snapshot,
        )  # fmt: skip
    return [(record.id, title_of(obj, record, scope)) for record in page.records]


def _looked_at(scope: Here, obj: CustomObject, trial: Trial | None) -> list[tuple[str, str]]:
    """(path, value as it is shown) of what a trial looked at."""
    rows: list[tuple[str, Any]] = []
    for path, value in trial.values.items() if trial else ():
        field = scope.snapshot.resolve(obj.name, path)[-1]
        rows.append((path, field.field_type.display_in(value, field, scope.snapshot)))
    return rows
