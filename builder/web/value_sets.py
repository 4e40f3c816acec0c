"""Picklist value sets: the standard ones, the org's global ones, and the values of each."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.value_set import ValueSet
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ..drafts.spoken import in_current_language
from ..drafts.values import edited_value_set, new_value_set
from .blueprint import setup
from .deploying import put_live
from .fields import posted_values
from .nav import stand
from .problems import by_field
from .uses import use_rows

KINDS_SHOWN = ("GlobalValueSet", "StandardValueSet")


@setup.get("/value-sets")
@requires(ADMINISTRATOR)
def value_sets() -> str:
    """Every shared list of values and how many fields use it."""
    scope = here()
    stand("setup.value_sets")
    rows = [
        {
            "set": value_set,
            "label": scope.snapshot.label(value_set) or value_set.name,
            "is_global": kind == "GlobalValueSet",
            "uses": len(use_rows(scope.snapshot, scope.snapshot.referrers(kind, value_set.name))),
            "url": url_for("setup.value_set", name=value_set.name),
        }
        for kind in KINDS_SHOWN
        for value_set in scope.snapshot.of_kind(kind)
    ]
    return render_template("builder/value_sets.html", rows=rows)


@setup.route("/value-sets/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_value_set_page() -> str | Response | tuple[str, int]:
    """A new global value set from a pasted list."""
    scope = here()
    stand("setup.value_sets", (_("New value set"), ""))
    form = request.form
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        label, name = form.get("label", "").strip(), form.get("name", "").strip()
        try:
            made = new_value_set(scope.snapshot, label, name, form.get("values", ""))
            put_live(scope, made)
            return redirect(url_for("setup.value_set", name=made.put[0]["name"]))
        except Rejected as rejected:
            problems = rejected.problems
    page = render_template("builder/new_value_set.html", said=form, errors=by_field(problems))
    return (page, 422) if problems else page


@setup.route("/value-sets/<name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def value_set(name: str) -> str | Response | tuple[str, int]:
    """The values of a set: labels, order, colours, default, inactive ones, new ones."""
    scope = here()
    known = _find(scope, name)
    stand("setup.value_sets", (scope.snapshot.label(known) or known.name, ""))
    if request.method == "GET":
        return _page(scope, known)
    try:
        change_set = edited_value_set(known, posted_values(request.form))
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        return _page(scope, known, rejected.problems), 422
    return redirect(url_for("setup.value_set", name=name))


def _find(scope: Here, name: str) -> ValueSet:
    for kind in KINDS_SHOWN:
        if found := scope.snapshot.find(kind, name):
            known: ValueSet = found
            return known
    raise NotFound(name)


def _page(scope: Here, known: ValueSet, problems: tuple[Problem, ...] = ()) -> str:
    kind = known.document["kind"]
    labels: dict[str, Any] = {
        v.name: scope.snapshot.text(kind, known.name, f"values.{v.name}", v.label)
        for v in known.values
    }
    return render_template(
        "builder/value_set.html",
        set=known,
        title=scope.snapshot.label(known) or known.name,
        values=known.values,
        value_labels=labels,
        uses=use_rows(scope.snapshot, scope.snapshot.referrers(kind, known.name)),
        errors=by_field(problems),
    )
