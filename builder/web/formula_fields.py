"""Formula fields: the editor with its check, its words to choose from, and a trial on a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.wrappers import Response

from ...metadata.field_types import FIELD_TYPES
from ...metadata.formulas import Purpose, Scene, Subject, check, evaluate, formula_of
from ...metadata.formulas.functions.base import FormulaError
from ...metadata.formulas.results import value_of
from ...metadata.formulas.typed import KINDS
from ...metadata.kinds.computed_field import RESULTS
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.query.compile import select_for
from ...runtime.query.computed import is_in_statements, paths_of
from ...runtime.query.request import Order, Query
from ...runtime.query.run import get, run
from ...runtime.records.validation import ambients, looks_of
from ...runtime.web.cells import DisplayCell, display_cell
from ...runtime.web.records import title_of
from ...runtime.web.scope import Here, here
from ..drafts.formula_fields import (
    SaidFormula,
    edited_formula_field,
    new_formula_field,
    tried_definition,
)
from ..drafts.objects import custom_name
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .formula_help import Piece, field_pieces, fields_at, function_pieces, named_place, place_of
from .nav import stand
from .problems import by_field
from .uses import use_rows

TRIED = 25  # records that a formula can be tried on: those changed last
_LONGEST_SQL = 20_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What the formula gives for a record, or why it gives nothing; and its statement."""

    cell: DisplayCell | None
    problem: Problem | None
    values: tuple[tuple[str, str], ...]  # (path, value as it is shown)
    sql: str


@setup.route("/objects/<object_name>/fields/new-formula", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def new_formula_page(object_name: str) -> str | Response | tuple[str, int]:
    """The editor of a new formula field."""
    scope = here()
    obj = scope.object(object_name)
    if request.method == "GET":
        layouts = tuple(one.name for one in _layouts(scope.snapshot, obj))
        kind = request.args.get("type", "")
        said = SaidFormula(type=kind if kind in RESULTS else "Text", layouts=layouts)
        return _page(scope, obj, None, said)
    return _answer(scope, obj, None, _said())


def formula_page(
    scope: Here, obj: CustomObject, known: CustomField
) -> str | Response | tuple[str, int]:
    """The editor of a formula field that is there."""
    if request.method == "GET":
        return _page(scope, obj, known, _known(scope, known))
    return _answer(scope, obj, known, _said())


@setup.post("/objects/<object_name>/fields/formula/check")
@requires(ADMINISTRATOR)
def check_formula_field(object_name: str) -> Response:
    """Takes `formula`, `type`, `blanks`; answers `{problems: [{message, start, end, …}]}`."""
    scope = here()
    obj = scope.object(object_name)
    said = _said()
    kind = said.type if said.type in RESULTS else "Text"
    zero = said.blank_is_zero
    subject = Subject(scope.snapshot, obj.name, Purpose.FIELD, zero, _trail(obj))
    try:
        check(said.formula, subject, KINDS[FIELD_TYPES.get(kind).formula_kind])
    except Rejected as refusal:
        return jsonify({"problems": [place_of(p, said.formula) for p in refusal.problems]})
    return jsonify({"problems": []})


def _trail(obj: CustomObject) -> tuple[str, ...]:
    """The field itself, so that a formula that comes back to it is refused."""
    name = request.form.get("field", "")
    return (f"{obj.name}.{name}",) if name else ()


@setup.get("/objects/<object_name>/fields/formula/words")
@requires(ADMINISTRATOR)
def formula_words(object_name: str) -> Response:
    """`{words: [{text, label, help}]}`: what can follow `path` ("Account.Owner."), or begin."""
    scope = here()
    obj = scope.object(object_name)
    path = request.args.get("path", "")
    is_rule = request.args.get("purpose") == Purpose.RULE.value
    found: list[Piece] = fields_at(scope.snapshot, obj.name, path)
    if not path:
        purpose = Purpose.RULE if is_rule else Purpose.FIELD
        found += [piece for _heading, some in function_pieces(purpose) for piece in some]
    words = [{"text": one.text, "label": one.label, "help": one.help} for one in found]
    return jsonify({"words": words})


# -- what was said


def _said() -> SaidFormula:
    form = request.form
    label = form.get("label", "").strip()
    given = form.get("name", "").strip() or api_name(label)
    kind = form.get("type", "Text")
    options: dict[str, Any] = {}
    for name in ("precision", "scale"):
        raw = form.get(name, "").strip()
        options[name] = int(raw) if raw.isascii() and raw.isdigit() else raw
    return SaidFormula(
        label=label,
        name=custom_name(given) if given else "",
        type=kind,
        formula=form.get("formula", "").replace("\r\n", "\n").strip(),
        blank_is_zero=form.get("blanks", "zero") != "blank",
        is_open="open" in form,
        options=options,
        help_text=form.get("inlineHelpText", "").strip(),
        description=form.get("description", "").strip(),
        layouts=tuple(form.getlist("layouts")),
        views=tuple(form.getlist("views")),
    )


def _known(scope: Here, known: CustomField) -> SaidFormula:
    label = scope.snapshot.label
    return SaidFormula(
        label(known), known.local_name, known.type, known.formula, known.blank_is_zero,
        known.readable_without_inputs, known.options, label(known, "inlineHelpText"),
        label(known, "description"),
    )  # fmt: skip


def _answer(
    scope: Here, obj: CustomObject, known: CustomField | None, said: SaidFormula
) -> str | Response | tuple[str, int]:
    if request.form.get("deed") == "try":
        return _tried(scope, obj, known, said)
    try:
        if known is None:
            put_live(scope, new_formula_field(scope.snapshot, obj.name, said))
            return redirect(url_for("setup.object_fields", object_name=obj.name))
        change = edited_formula_field(known, said)
        put_live(scope, in_current_language(scope.snapshot, change))
    except Rejected as rejected:
        return _page(scope, obj, known, said, rejected.problems), 422
    name = said.name if known.is_custom and said.name else known.local_name
    return redirect(url_for("setup.field", object_name=obj.name, field_name=name))


# -- the trial


def _tried(
    scope: Here, obj: CustomObject, known: CustomField | None, said: SaidFormula
) -> str | tuple[str, int]:
    """The editor again, with what the formula gives for the chosen record; nothing is kept."""
    record_id = request.form.get("record", "")
    try:
        trial = _trial(scope, obj, known, said, record_id)
    except Rejected as rejected:
        return _page(scope, obj, known, said, rejected.problems), 422
    return _page(scope, obj, known, said, trial=trial, record_id=record_id)


def _trial(
    scope: Here, obj: CustomObject, known: CustomField | None, said: SaidFormula, record_id: str
) -> Trial:
    """Raises Rejected for a wrong formula; only what the administrator may see is looked at."""
    field = tried_definition(scope.snapshot, obj.name, known, said)
    snapshot = scope.snapshot.with_changes([field])
    try:
        expression = formula_of(field, snapshot)
    except Rejected as refusal:
        raise Rejected(*(problem.under("formula") for problem in refusal.problems)) from None
    sql = _sql(scope, obj, field, snapshot)
    if not record_id:
        return Trial(None, None, (), sql)
    paths = paths_of(field, snapshot)
    with scope.read() as connection:
        record = get(connection, scope.actor, snapshot, record_id, paths)
        looks = looks_of([expression])
        beside = ambients(connection, scope.actor, snapshot, looks, clock.now())
    scene = Scene({path: record[path] for path in paths}, None, beside)
    shown = tuple(
        (path, last.field_type.display_in(record[path], last, snapshot))
        for path in paths
        for last in [snapshot.resolve(obj.name, path)[-1]]
    )
    try:
        evaluate(expression, scene)
    except FormulaError as failure:
        return Trial(None, failure.problem, shown, sql)
    cell = display_cell(field, value_of(expression, field)(scene), snapshot, {})
    return Trial(cell, None, shown, sql)


def _sql(scope: Here, obj: CustomObject, field: CustomField, snapshot: Snapshot) -> str:
    """The statement that reads the field; "" where it is worked out of the row afterwards."""
    if not is_in_statements(field, snapshot):
        return ""
    try:
        compiled = select_for(scope.actor, Query(obj.name, (field.local_name,)), snapshot)
    except Rejected:
        return ""
    is_sqlite = scope.org_db.dialect == "sqlite"
    dialect = sqlite.dialect() if is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(compiled.statement.compile(dialect=dialect))[:_LONGEST_SQL]


# -- the page


def _page(
    scope: Here,
    obj: CustomObject,
    known: CustomField | None,
    said: SaidFormula,
    problems: tuple[Problem, ...] = (),
    *,
    trial: Trial | None = None,
    record_id: str = "",
) -> str:
    snapshot = scope.snapshot
    url = url_for("setup.object_fields", object_name=obj.name)
    title = said.label or _("New formula field")
    stand("setup.objects", (snapshot.label(obj), url), (title, ""))
    views = [one for one in snapshot.of_kind("ListView") if one.object == obj.name]
    return render_template(
        "builder/formula_field.html",
        object=obj,
        object_title=snapshot.label(obj),
        field=known,
        said=said,
        types=[FIELD_TYPES.get(name) for name in RESULTS],
        layouts=_layouts(snapshot, obj),
        views=views,
        fields=field_pieces(snapshot, obj.name),
        functions=function_pieces(Purpose.FIELD),
        errors=by_field(named_place(problem, said.formula, "formula") for problem in problems),
        trial=trial,
        records=_records(scope, obj),
        record_id=record_id,
        uses=use_rows(snapshot, snapshot.referrers("CustomField", known.name)) if known else (),
        back=url,
    )


def _layouts(snapshot: Snapshot, obj: CustomObject) -> list[Any]:
    return [layout for layout in snapshot.of_kind("Layout") if layout.object == obj.name]


def _records(scope: Here, obj: CustomObject) -> list[tuple[str, str]]:
    """(id, title) of the records changed last."""
    names = (obj.name_field,) if obj.name_field else ()
    order = (Order("LastModifiedDate", descending=True),)
    query = Query(obj.name, names, order=order, limit=TRIED)
    with scope.read() as connection:
        try:
            page = run(connection, scope.actor, query, scope.snapshot)
        except NotFound:
            return []
    return [(record.id, title_of(obj, record, scope)) for record in page.records]
