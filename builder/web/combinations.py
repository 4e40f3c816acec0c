"""Unique combinations: those of an object, and the editor of one."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.unique_combination import (
    UniqueCombination,
    combinations_of,
    may_be_combined,
)
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ..drafts.combinations import SaidCombination, edited_combination, new_combination
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .objects import object_frame, object_page
from .problems import by_field


@setup.get("/objects/<object_name>/combinations")
@requires(ADMINISTRATOR)
def object_combinations(object_name: str) -> str:
    """The unique combinations of an object."""
    scope, obj = object_page(object_name, "combinations")
    rows = [(one, _labels(scope, one)) for one in combinations_of(scope.snapshot, obj.name)]
    return render_template(
        "builder/object_combinations.html", combinations=rows, may_have=not obj.storage,
        **object_frame(scope, obj),
    )  # fmt: skip


@setup.route("/objects/<object_name>/combinations/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_combination_page(object_name: str) -> str | Response | tuple[str, int]:
    """The editor of a new combination."""
    scope = here()
    obj = scope.object(object_name)
    _stand(scope, obj, _("New unique combination"))
    if request.method == "GET":
        return _page(scope, obj, None, SaidCombination())
    return _answer(scope, obj, None, _said())


@setup.route("/objects/<object_name>/combinations/<combination_name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def edit_combination(object_name: str, combination_name: str) -> str | Response | tuple[str, int]:
    """The editor of a combination that is there."""
    scope = here()
    obj, one = scope.object(object_name), _found(scope, object_name, combination_name)
    label = scope.snapshot.label(one)
    _stand(scope, obj, label)
    if request.method == "GET":
        note = scope.snapshot.label(one, "description")
        return _page(scope, obj, one, SaidCombination(one.fields, label, note))
    return _answer(scope, obj, one, _said())


@setup.post("/objects/<object_name>/combinations/<combination_name>/delete")
@requires(ADMINISTRATOR)
def delete_combination(object_name: str, combination_name: str) -> Response:
    """Puts a combination into the bin."""
    scope = here()
    one = _found(scope, object_name, combination_name)
    summary = _("Unique combination %(label)s deleted", label=scope.snapshot.label(one))
    put_live(scope, ChangeSet((), (Uid(one.uid),), summary))
    return redirect(url_for("setup.object_combinations", object_name=one.object))


def _found(scope: Here, object_name: str, local_name: str) -> UniqueCombination:
    one: UniqueCombination = scope.snapshot.get("UniqueCombination", f"{object_name}.{local_name}")
    return one


def _said() -> SaidCombination:
    form = request.form
    return SaidCombination(
        fields=tuple(form.getlist("fields")),
        label=form.get("label", "").strip(),
        description=form.get("description", "").strip(),
    )


def _answer(
    scope: Here, obj: CustomObject, one: UniqueCombination | None, said: SaidCombination
) -> str | Response | tuple[str, int]:
    snapshot = scope.snapshot
    try:
        if one is None:
            put_live(scope, new_combination(snapshot, obj.name, said))
        else:
            put_live(scope, in_current_language(snapshot, edited_combination(snapshot, one, said)))
    except Rejected as rejected:
        return _page(scope, obj, one, said, rejected.problems), 422
    return redirect(url_for("setup.object_combinations", object_name=obj.name))


def _stand(scope: Here, obj: CustomObject, title: str) -> None:
    url = url_for("setup.object_combinations", object_name=obj.name)
    stand("setup.objects", (scope.snapshot.label(obj), url), (title, ""))


def _page(
    scope: Here,
    obj: CustomObject,
    one: UniqueCombination | None,
    said: SaidCombination,
    problems: tuple[Problem, ...] = (),
) -> str:
    return render_template(
        "builder/combination.html",
        object=obj,
        combination=one,
        said=said,
        fields=_fields(scope, obj),
        errors=by_field(_at_control(problem) for problem in problems),
        back=url_for("setup.object_combinations", object_name=obj.name),
    )


def _at_control(problem: Problem) -> Problem:
    """What is wrong with one of the fields stands at their control."""
    if "fields" not in problem.path:
        return problem
    return Problem(problem.code, ("fields",), problem.message, problem.hint)


def _fields(scope: Here, obj: CustomObject) -> list[tuple[str, str]]:
    """(local name, label) of what may be combined."""
    fields = scope.snapshot.fields(obj.name).values()
    rows = [(f.local_name, scope.snapshot.label(f)) for f in fields if may_be_combined(f)]
    return sorted(rows, key=lambda row: row[1])


def _labels(scope: Here, one: UniqueCombination) -> list[str]:
    fields = (scope.snapshot.find_field(one.object, name) for name in one.fields)
    return [scope.snapshot.label(field) for field in fields if field is not None]
