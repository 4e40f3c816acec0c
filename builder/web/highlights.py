"""Which fields stand at the top of an object's record pages, in which order."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.compact_layout import CompactLayout
from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import Problem, Rejected
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.layouts.bind import compact_layout_of
from ...runtime.web.scope import Here
from ..drafts.highlights import MOST, edited_highlights
from .blueprint import setup
from .deploying import put_live
from .objects import object_frame, object_page
from .problems import by_field

NEVER = frozenset({"Id", "IsDeleted", "SystemModstamp"})


@setup.route("/objects/<object_name>/highlights", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def object_highlights(object_name: str) -> str | Response | tuple[str, int]:
    """The fields as a list to tick and to order."""
    scope, obj = object_page(object_name, "highlights")
    known = compact_layout_of(obj.name, scope.snapshot)
    if request.method == "GET":
        return _page(scope, obj, known, list(known.fields) if known else [])
    ticked = set(request.form.getlist("fields"))
    chosen = [name for name in request.form.getlist("field_order") if name in ticked]
    try:
        put_live(scope, edited_highlights(obj, known, chosen))
    except Rejected as rejected:
        return _page(scope, obj, known, chosen, rejected.problems), 422
    return redirect(url_for("setup.object_highlights", object_name=obj.name))


def _page(
    scope: Here,
    obj: CustomObject,
    known: CompactLayout | None,
    chosen: list[str],
    problems: tuple[Problem, ...] = (),
) -> str:
    fields = scope.snapshot.fields(obj.name)
    rest = [
        (name, scope.snapshot.label(field))
        for name, field in fields.items()
        if name not in chosen and name not in NEVER and name != obj.name_field
        if not field.component_of
    ]
    rows = [(name, scope.snapshot.label(fields[name]), True) for name in chosen if name in fields]
    rows += [(name, label, False) for name, label in sorted(rest, key=lambda row: row[1])]
    return render_template(
        "builder/highlights.html",
        rows=rows,
        most=MOST,
        errors=by_field(problems),
        **object_frame(scope, obj),
    )
