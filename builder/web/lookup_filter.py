"""The filter of a lookup field: rows, logic, whether people may lift it, and what it says."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_field import CustomField
from ...metadata.lookup_filters import SOURCE, USER, same_kind
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.filtering import filter_fields, posted_rows
from ...runtime.web.scope import Here, here
from ..drafts.lookup_filters import (
    SaidFilter,
    edited_lookup_filter,
    removed_lookup_filter,
    said_filter,
)
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .problems import by_field

Fields = list[dict[str, Any]]


def may_be_filtered(field: CustomField) -> bool:
    """Says whether the field is a lookup that can have a filter."""
    return len(field.reference_to) == 1 and field.every is None and not field.is_system


@setup.route("/objects/<object_name>/fields/<field_name>/filter", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def lookup_filter(object_name: str, field_name: str) -> str | Response | tuple[str, int]:
    """The editor of a lookup's filter."""
    scope, field = _stood(object_name, field_name)
    if request.method == "GET":
        return _page(scope, field, _known(scope.snapshot, field))
    said = _said()
    try:
        change_set = edited_lookup_filter(field, said)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        return _page(scope, field, said, rejected.problems), 422
    return redirect(_back(field))


@setup.post("/objects/<object_name>/fields/<field_name>/filter/delete")
@requires(ADMINISTRATOR)
def delete_lookup_filter(object_name: str, field_name: str) -> Response:
    """Takes the filter away: the lookup may point at any record again."""
    scope, field = _stood(object_name, field_name)
    put_live(scope, removed_lookup_filter(field))
    return redirect(_back(field))


def _stood(object_name: str, field_name: str) -> tuple[Here, CustomField]:
    scope = here()
    obj = scope.object(object_name)
    field = scope.field(obj.name, field_name)
    if not may_be_filtered(field):
        raise NotFound(field.name)
    fields = url_for("setup.object_fields", object_name=obj.name)
    label = scope.snapshot.label(field)
    stand(
        "setup.objects", (scope.snapshot.label(obj), fields), (label, _back(field)),
        (_("Lookup filter"), ""),
    )  # fmt: skip
    return scope, field


def _back(field: CustomField) -> str:
    return url_for("setup.field", object_name=field.object_name, field_name=field.local_name)


def _known(snapshot: Snapshot, field: CustomField) -> SaidFilter:
    said = field.lookup_filter

    def text(key: str, base: str) -> str:
        return snapshot.text("CustomField", field.name, f"lookupFilter.{key}", base)

    error = text("errorMessage", said.error) if said else ""
    return said_filter(field, error, text("infoMessage", said.info) if said else "")


def _said() -> SaidFilter:
    form = request.form
    return SaidFilter(
        tuple(posted_rows(form)),
        form.get("filter_logic", "").strip(),
        "active" in form,
        form.get("strict") == "no",
        form.get("error", "").strip(),
        form.get("info", "").strip(),
    )


def _page(
    scope: Here, field: CustomField, said: SaidFilter, problems: tuple[Problem, ...] = ()
) -> str:
    snapshot = scope.snapshot
    return render_template(
        "builder/lookup_filter.html",
        object=snapshot.object(field.object_name),
        field=field,
        label=snapshot.label(field),
        target=snapshot.label(snapshot.object(field.reference_to[0]), "pluralLabel"),
        said=said,
        rows_fields=_rows_fields(scope, field),
        errors=by_field(_in_row(problem) for problem in problems),
        back=_back(field),
    )


def _in_row(problem: Problem) -> Problem:
    """A problem of a row with the row's number."""
    numbers = [part for part in problem.path if isinstance(part, int)]
    if "filterItems" not in problem.path or not numbers:
        return problem
    message = _("Row %(n)s: %(text)s", n=numbers[0] + 1, text=problem.message)
    return Problem(problem.code, problem.path, message, problem.hint)


def _rows_fields(scope: Here, field: CustomField) -> Fields:
    """The fields of the rows: of the target, of the record with the lookup, of the user."""
    snapshot = scope.snapshot
    homes = (
        ("", field.reference_to[0], "%(field)s"),
        (SOURCE, field.object_name, _("This record: %(field)s")),
        (USER, "User", _("User at work: %(field)s")),
    )
    named = [(home, owner, _of(scope, home, owner, shown)) for home, owner, shown in homes]
    others = [
        (one["name"], one["label"], snapshot.field(owner, one["name"].rpartition(".")[2]))
        for home, owner, fields in named
        if home
        for one in fields
    ]
    for _home, owner, fields in named:
        for one in fields:
            asked = snapshot.field(owner, str(one["name"]).rpartition(".")[2])
            fit = [(name, text) for name, text, other in others if same_kind(asked, other)]
            key = "choices" if one["choices"] else "suggestions"
            one[key] = [*(one["choices"] or ()), *(row for row in fit if row[0] != one["name"])]
    return [one for _home, _owner, fields in named for one in fields]


def _of(scope: Here, home: str, owner: str, shown: str) -> Fields:
    obj = scope.snapshot.object(owner)
    prefix = f"{home}." if home else ""
    itself = scope.snapshot.field(owner, "Id")
    operators = [
        (one.name, str(one.label))
        for one in itself.field_type.operators
        if one.name in ("equals", "notEqual")
    ]
    own = {
        "name": "Id", "label": _("The record itself"), "operators": operators, "bare": [],
        "choices": [], "suggestions": [],
    }  # fmt: skip
    return [
        {**one, "name": prefix + one["name"], "label": shown % {"field": one["label"]}}
        for one in [*filter_fields(scope, obj), own]
    ]
