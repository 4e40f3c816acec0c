"""The default value of a field in its sheet: what can be put in, the check while it is written."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from werkzeug.wrappers import Response

from ...metadata.checks import parse
from ...metadata.defaults import NAME, check_default, is_formula, literal_of
from ...metadata.field_types import FIELD_TYPES
from ...metadata.field_types.base import NEUTRAL
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .formula_help import Piece, function_pieces, place_of, spoken_place, user_pieces
from .posted_field import posted_options

RECORDS_ONLY = ("ISNEW(", "ISCLONE(", "ISCHANGED(", "PRIORVALUE(")


def default_pieces(snapshot: Snapshot) -> list[tuple[str, list[Piece]]]:
    """[(heading, pieces)]: fields of the user, and functions that need no record."""
    functions = [
        (heading, [one for one in found if not one.text.startswith(RECORDS_ONLY)])
        for heading, found in function_pieces()
    ]
    return [*user_pieces(snapshot), *((heading, found) for heading, found in functions if found)]


def shown_default(field: CustomField) -> str:
    """The default as its control shows it."""
    if field.default is None:
        return ""
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def at_character(problem: Problem, text: str) -> Problem:
    """A problem of a default's formula with its place in words, at the control."""
    is_default = NAME in problem.path and all(isinstance(p, int) for p in problem.path[-2:])
    if not is_default:
        return problem
    return Problem(problem.code, (NAME,), spoken_place(problem, text), problem.hint)


@setup.post("/objects/<object_name>/default-check")
@setup.post("/objects/<object_name>/default-check/<field_name>")
@requires(ADMINISTRATOR)
def check_default_value(object_name: str, field_name: str = "") -> Response:
    """Takes the sheet's form and `formula`; `{problems: [{message, start, end, …}], said}`."""
    scope = here()
    obj = scope.object(object_name)
    text = request.form.get("formula", "").replace("\r\n", "\n").strip()
    known = scope.field(obj.name, field_name) if field_name else None
    try:
        field = _said_field(obj.name, known, text)
        found = check_default(field, scope.snapshot)
    except Rejected as refusal:
        found = refusal.problems
    if found:
        return jsonify({"problems": [_placed(problem, text) for problem in found]})
    return jsonify({"problems": [], "said": _meaning(scope, field)})


def _said_field(object_name: str, known: CustomField | None, text: str) -> CustomField:
    """The field as the form would make it, as far as a default depends on it."""
    type_name = request.form.get("type", known.type if known else "")
    if type_name not in FIELD_TYPES.names():
        raise NotFound(type_name)
    before = dict(known.document) if known else {}
    base: dict[str, Any] = {
        "kind": "CustomField", "uid": "said", "name": f"{object_name}.Said__c", "label": "Said",
        **FIELD_TYPES.get(type_name).default_options(),
        **{key: before[key] for key in ("valueSet", "referenceTo") if key in before},
    }  # fmt: skip
    options = posted_options(type_name, request.form)
    if known:
        options.pop("valueSet", None)
    document = base | options | {"type": type_name, NAME: text or None}
    field = parse(document)
    assert isinstance(field, CustomField)  # noqa: S101 - its kind is written above
    return field


def _placed(problem: Problem, text: str) -> dict[str, Any]:
    if len(problem.path) >= 2 and all(isinstance(part, int) for part in problem.path[-2:]):
        return place_of(problem, text)
    return place_of(Problem(problem.code, (0, len(text)), problem.message, problem.hint), text)


def _meaning(scope: Here, field: CustomField) -> str:
    if is_formula(field, scope.snapshot):
        return _("The formula is worked out whenever a record is created.")
    value = literal_of(field, NEUTRAL.for_field(field, scope.snapshot))
    shown = field.field_type.display_in(value, field, scope.snapshot)
    return _("New records get: %(value)s", value=shown)
