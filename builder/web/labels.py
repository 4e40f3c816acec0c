"""Labels in every language side by side: rename Account to Company everywhere at once."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import LANGUAGES, _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from ..drafts.documents import words_of
from ..drafts.following import followed
from ..drafts.labels import Target, edited_labels
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .problems import by_field


@setup.get("/labels")
@requires(ADMINISTRATOR)
def labels() -> str:
    """All objects, each leading to its labels."""
    scope = here()
    stand("setup.labels")
    rows = [
        (obj, [words_of(scope.snapshot, obj)[language] for language in LANGUAGES])
        for obj in scope.snapshot.objects()
    ]
    return render_template("builder/labels.html", rows=rows, languages=list(LANGUAGES.items()))


@setup.route("/labels/<object_name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def object_labels(object_name: str) -> str | Response | tuple[str, int]:
    """The labels of an object, its fields, sections and views in every language."""
    scope = here()
    obj = scope.object(object_name)
    stand("setup.labels", (scope.snapshot.label(obj), ""))
    targets = _targets(scope.snapshot, obj)
    if request.method == "GET":
        return _page(scope, obj, targets)
    texts: dict[Target, dict[str, str]] = {}
    for n, (_heading, target, words) in enumerate(targets):
        said = {
            language: request.form[f"{n}.{language}"].strip()
            for language in LANGUAGES
            if f"{n}.{language}" in request.form
        }
        changed = {k: v for k, v in said.items() if v != words[k]}
        if changed:
            texts[target] = changed
    if not texts:
        return redirect(url_for("setup.object_labels", object_name=obj.name))
    if "follow" in request.form:
        texts = followed(scope.snapshot, obj, texts) | texts
    try:
        put_live(scope, edited_labels(scope.snapshot, texts))
    except Rejected as rejected:
        return _page(scope, obj, targets, rejected.problems), 422
    return redirect(url_for("setup.object_labels", object_name=obj.name))


def _targets(snapshot: Snapshot, obj: CustomObject) -> list[tuple[str, Target, dict[str, str]]]:
    """(what it is, target, {language: text}) of everything that has a label on this object."""
    rows = [
        (_("Object"), ("CustomObject", obj.name, "label"), words_of(snapshot, obj)),
        (
            _("Object, plural"),
            ("CustomObject", obj.name, "pluralLabel"),
            words_of(snapshot, obj, "pluralLabel"),
        ),
    ]
    for field in snapshot.fields(obj.name).values():
        if not field.is_system and not field.component_of:
            target = ("CustomField", field.name, "label")
            rows.append((field.local_name, target, words_of(snapshot, field)))
    for view in snapshot.of_kind("ListView"):
        if view.object == obj.name:
            rows.append(
                (_("List view"), ("ListView", view.name, "label"), words_of(snapshot, view))
            )
    return rows


def _page(
    scope: Here,
    obj: CustomObject,
    targets: list[tuple[str, Target, dict[str, str]]],
    problems: tuple[Problem, ...] = (),
) -> str:
    return render_template(
        "builder/object_labels.html",
        object=obj,
        title=scope.snapshot.label(obj),
        rows=list(enumerate(targets)),
        languages=list(LANGUAGES.items()),
        errors=by_field(problems),
    )
