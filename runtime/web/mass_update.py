"""One field of many chosen records set at once: choose the field, say the value, see what failed.

What was done is taken back as one. Records that the person may not change, or that rules refuse,
stay as they are and are named. A whole list of more than one may tick is changed in the background.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _, ngettext
from ...platform.ids import new_id
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.redirects import safe_next
from ..access.permissions import Operation
from ..access.permissions import require as require_right
from ..bulk.deeds import text_of
from ..bulk.kept import Deed
from ..layouts.bind import BoundCell, BoundLayout, Mode
from ..layouts.forms import bound_layout, form_class, is_required
from ..query.run import find_titles
from ..records.saving import Outcome
from .blueprint import pages
from .chosen import Chosen, begin, chosen_here, is_agreed
from .edit import posted_texts, read_texts
from .feedback import say
from .form_page import control_options
from .list_addresses import list_url, state_here
from .records import object_crumb
from .scope import Here, here
from .shell import trail

NAMED = 20  # refused records that are named
BATCH = "0UN"  # before the ids of batches


@pages.post("/o/<object_name>/mass")
@requires(SIGNED_IN)
def mass_update(object_name: str) -> str | Response | tuple[str, int]:
    """The form for the chosen records; with `apply` it is done."""
    scope = here()
    obj = scope.object(object_name)
    require_right(scope.actor, Operation.EDIT, obj, scope.snapshot)
    try:
        chosen = chosen_here(scope, obj, Deed.UPDATE)
    except Rejected as refusal:
        say(" ".join(problem.sentence for problem in refusal.problems), kind="bad")
        return redirect(list_url(obj, state_here()))
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.EDIT)
    fields = _fields(bound, chosen)
    cell, field = fields.get(request.form.get("field", "")) or next(iter(fields.values()))
    if not is_agreed():
        return _page(scope, bound, field, chosen, {})
    texts = posted_texts(scope, obj, Mode.EDIT)
    asked = {field.local_name: texts.get(field.local_name, "")}
    try:
        value = read_texts(scope, obj, asked, {})[field.local_name]
        _check(scope, cell, field, value)
    except Rejected as refusal:
        return _page(scope, bound, field, chosen, asked, refusal.problems), 422
    if chosen.bulk is not None:
        return begin(scope, chosen.bulk, field.uid, text_of(scope.snapshot, field, value))
    return _apply(scope, obj, field, chosen.ids, value)


@pages.post("/o/<object_name>/mass/undo/<batch>")
@requires(SIGNED_IN)
def undo_mass_update(object_name: str, batch: str) -> Response:
    """Takes back a mass update of the person's own."""
    scope = here()
    obj = scope.object(object_name)
    try:
        done = scope.records.undo_batch(batch)
    except Rejected as refusal:
        say(" ".join(problem.sentence for problem in refusal.problems), kind="bad")
    else:
        text = ngettext("%(n)s record taken back.", "%(n)s records taken back.", done)
        of = request.args.get("of", "")
        left = max(int(of) - done, 0) if of.isascii() and of.isdigit() and len(of) < 5 else 0
        say(text if not left else _("%(done)s %(n)s changed since and stay.", done=text, n=left))
    return redirect(_back(obj))


def _fields(bound: BoundLayout, chosen: Chosen) -> dict[str, tuple[BoundCell, CustomField]]:
    """{name: field} of what can be set; what may not wait as a text is not set later.

    Raises NotFound when there is nothing.
    """
    found = {
        field.local_name: (cell, field)
        for cell, field in bound.editable
        if chosen.bulk is None or field.field_type.exports_value
    }
    if not found:
        raise NotFound(bound.object.name)
    return found


def _check(scope: Here, cell: BoundCell, field: CustomField, value: Any) -> None:
    if value is None and is_required(cell, field):
        message = _("%(name)s is required.", name=scope.snapshot.label(field))
        raise Rejected(Problem("field.required", (field.local_name,), message))


def _apply(
    scope: Here, obj: CustomObject, field: CustomField, ids: list[str], value: Any
) -> str | Response:
    batch = new_id(BATCH)
    changes = {one: {field.local_name: value} for one in ids}
    outcomes = scope.records.update_many(obj.name, changes, batch=batch)
    refused = {one: found for one, found in outcomes.items() if found.problems}
    done = len(ids) - len(refused)
    label = scope.snapshot.label(field)
    if done:
        text = ngettext(
            "%(field)s changed in %(n)s record.", "%(field)s changed in %(n)s records.", done,
            field=label,
        )  # fmt: skip
        undo = url_for(
            "pages.undo_mass_update", object_name=obj.name, batch=batch, of=done, back=_back(obj)
        )
        say(text, undo=undo, undo_label=_("Undo"))
    if not refused:
        return redirect(_back(obj))
    return _refused_page(scope, obj, refused, done)


def _refused_page(scope: Here, obj: CustomObject, refused: Mapping[str, Outcome], done: int) -> str:
    """Which records stayed as they are, and why."""
    with scope.read() as connection:
        titles = find_titles(connection, scope.actor, scope.snapshot, set(refused))
    trail(object_crumb(obj, scope), (_("Not changed"), ""), active=obj)
    rows = [
        (titles.get(one, ""), one, " ".join(str(problem) for problem in outcome.problems))
        for one, outcome in list(refused.items())[:NAMED]
    ]
    return render_template(
        "runtime/mass_refused.html", rows=rows, count=len(refused), done=done, back=_back(obj)
    )


def _page(
    scope: Here,
    bound: BoundLayout,
    field: CustomField,
    chosen: Chosen,
    texts: dict[str, Any],
    problems: tuple[Problem, ...] = (),
) -> str:
    obj = bound.object
    form = form_class(bound, scope.snapshot, scope.actor)(data=texts)
    control = form[field.local_name]
    control.errors = [problem.sentence for problem in problems]
    heading = ngettext("Edit %(n)s record", "Edit %(n)s records", chosen.count)
    trail(object_crumb(obj, scope), (heading, ""), active=obj)
    return render_template(
        "runtime/mass_update.html",
        object=obj,
        heading=heading,
        chosen=chosen,
        field=field,
        control=control,
        options=control_options(scope, obj, field, texts, {}),
        fields=[
            (name, scope.snapshot.label(one)) for name, (_c, one) in _fields(bound, chosen).items()
        ],
        action=url_for("pages.mass_update", object_name=obj.name, back=_back(obj)),
        back=_back(obj),
    )


def _back(obj: CustomObject) -> str:
    """The list one came from."""
    return safe_next(request.values.get("back"), list_url(obj, state_here()))
