"""The report builder: a report is a document that the page edits, with its answer beside it.

The page sends the whole document with every change and gets the answer on real rows back, under the
rights of its reader. Saving checks what the kind checks; nothing is saved in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.checks import check_document
from ...metadata.kinds.report_checks import FUNCTIONS
from ...metadata.kinds.report_folder import EDIT, MANAGE
from ...metadata.kinds.report_model import Report, parse_report
from ...metadata.kinds.report_schema import FORMULA_TYPES, GRANULARITIES
from ...metadata.kinds.report_type import ReportType, find_type
from ...platform.errors import Denied, NotFound, Problem, Rejected, require
from ...platform.i18n import _, format_number
from ...platform.ids import new_id
from ...platform.web.access import SIGNED_IN, requires
from ..lists.saving import new_key
from ..reports.catalog import catalog_of, get_report, may_build, may_change
from ..reports.changes import RunState
from ..reports.kept import PRIVATE, delete_own, is_own, restore_own
from ..reports.planning import may_use, plan_report
from ..reports.saving import content_of, delete_shared, save_as, save_report
from .blueprint import pages
from .display import NUMERIC, figure_text
from .feedback import say
from .lists import total_text
from .report_addresses import report_url
from .report_charts import chart_labels
from .report_parts import (
    bucket_choices,
    bucket_way,
    named_crossing,
    named_rows,
    relations_of,
    role_choices,
)
from .report_words import (
    FieldChoice,
    fields_of_type,
    filter_choices,
    named_in,
    scope_labels,
    type_label,
    types_offered,
)
from .reports import Opened, answer, check_asked, interval_choices, row_value
from .scope import Here, here
from .shell import trail

Answer = str | Response | tuple[str | Response, int]
BEGUN = 5  # columns of a new report


def _builder() -> Here:
    scope = here()
    if not may_build(scope.actor, scope.snapshot):
        raise Denied(_("You may not build reports."))
    return scope


# -- pages ---------------------------------------------------------------------------------------


@pages.get("/reports/new")
@requires(SIGNED_IN)
def new_report() -> str:
    """The choice of a type; with one, or with a report to begin from, the builder."""
    scope = _builder()
    if source := request.args.get("from", ""):
        with scope.read() as connection:
            report, _level = get_report(connection, scope.actor, scope.snapshot, source)
        label = _("%(name)s (copy)", name=scope.snapshot.label(report))
        document = {**content_of(report.document), "label": label}
        return _page(scope, document, report.report_type)
    name = request.args.get("type", "")
    if name:
        return _page(scope, _begun(scope, _type(scope, name)), name)
    trail((_("Reports"), url_for("pages.reports")), (_("New report"), ""), active="reports")
    return render_template("runtime/report_types.html", types=types_offered(scope))


@pages.get("/reports/<key>/edit")
@requires(SIGNED_IN)
def edit_report(key: str) -> str:
    """The builder on a report that is there."""
    scope = _builder()
    with scope.read() as connection:
        report, level = get_report(connection, scope.actor, scope.snapshot, key)
    if not may_change(report, level):
        raise Denied(_("You may not change this report; save it as one of your own."))
    return _page(scope, content_of(report.document), report.report_type, report)


def _type(scope: Here, name: str) -> ReportType:
    found = find_type(scope.snapshot, name)
    if found is None or not may_use(found, scope.actor, scope.snapshot):
        raise NotFound(name)
    return found


def _begun(scope: Here, type_: ReportType) -> dict[str, Any]:
    """A new report of the type: its first columns, or those that the type chooses."""
    chosen = [path for section in type_.sections for path in section.chosen]
    offered = [c for c in fields_of_type(scope, type_) if c.field.field_type.columns(c.field)]
    paths = (
        chosen
        or [
            choice.path
            for choice in offered
            if not choice.field.is_system and "." not in choice.path
        ][:BEGUN]
    )
    label = _("New %(type)s report", type=type_label(scope, type_))
    return {
        "label": label, "reportType": type_.name, "format": "Tabular",
        "columns": [{"field": path} for path in paths],
    }  # fmt: skip


def _page(
    scope: Here, document: Mapping[str, Any], type_name: str, saved: Report | None = None
) -> str:
    type_ = _type(scope, type_name)
    report = parse_report(_whole(document))
    with scope.read() as connection:
        catalog = catalog_of(connection, scope.actor, scope.snapshot)
        titles = named_in(connection, scope, type_, report.filters)
    label = str(document.get("label", ""))
    trail((_("Reports"), url_for("pages.reports")), (label, ""), active="reports")
    fields = filter_choices(scope, type_, [row.field for row in report.filters])
    folders = [(PRIVATE, _("My reports"))]
    folders += [
        (folder.name, scope.snapshot.label(folder))
        for folder in catalog.folders
        if catalog.levels[folder.name] in (EDIT, MANAGE)
    ]
    rows = [
        {"field": r.field, "operator": r.operator, "value": row_value(scope, type_, r, titles)}
        for r in report.filters
    ]
    known = saved.name if saved is not None else ""
    return render_template(
        "runtime/report_builder.html", label=label, document=document, saved=saved,
        type_label=type_label(scope, type_), fields=_palette(scope, type_), folders=folders,
        filter_fields=fields, filter_rows=rows, filter_logic=report.boolean_filter,
        scopes=scope_labels(scope, type_), intervals=interval_choices(),
        granularities=granularity_labels(), relations=relations_of(scope, type_),
        roles=role_choices(scope), promise=new_id("0RP"),
        directions=[("asc", _("Ascending")), ("desc", _("Descending"))],
        formula_types=formula_types(), charts=list(chart_labels().items()),
        close_url=report_url(saved) if saved else url_for("pages.reports"),
        save_url=url_for("pages.save_edited_report", key=known) if known else "",
    )  # fmt: skip


def _whole(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "kind": "Report", "uid": "draft", "name": "draft", "folder": PRIVATE}


def _palette(scope: Here, type_: ReportType) -> list[dict[str, Any]]:
    """The fields as the page takes them, with what can be done with each."""
    return [_for_page(scope, one) for one in fields_of_type(scope, type_)
            if one.field.field_type.columns(one.field)]  # fmt: skip


def _for_page(scope: Here, choice: FieldChoice) -> dict[str, Any]:
    field = choice.field
    known = field.field_type.aggregates
    way = bucket_way(field)
    return {
        "bucket": way,
        "choices": bucket_choices(scope, field) if way == "values" else [],
        "path": choice.path,
        "label": choice.label,
        "group": choice.group,
        "icon": field.field_type.icon,
        "groups": field.field_type.groupable,
        "day": field.type in ("Date", "DateTime"),
        "moment": field.type == "DateTime",
        "number": field.type in NUMERIC,
        "aggregates": [name for name, function in FUNCTIONS.items() if function in known],
    }


def formula_types() -> list[tuple[str, str]]:
    """How a formula's value is shown."""
    words = {"Number": _("Number"), "Percent": _("Percent"), "Currency": _("Currency")}
    return [(name, words[name]) for name in FORMULA_TYPES]


def granularity_labels() -> list[tuple[str, str]]:
    """The periods of a day as people say them."""
    words = {
        "Day": _("Day"), "Week": _("Week"), "Month": _("Month"), "Quarter": _("Quarter"),
        "Year": _("Year"), "FiscalQuarter": _("Fiscal quarter"), "FiscalYear": _("Fiscal year"),
        "MonthInYear": _("Month of any year"), "DayInMonth": _("Day of the month"),
        "DayInWeek": _("Day of the week"), "HourInDay": _("Hour of the day"),
    }  # fmt: skip
    return [(name, words[name]) for name in GRANULARITIES]


# -- what the page asks --------------------------------------------------------------------------


@pages.post("/reports/preview")
@requires(SIGNED_IN)
def preview_report() -> Answer:
    """The answer of the document that was sent: its first rows, its groups."""
    scope = _builder()
    try:
        with scope.read() as connection:
            report = _read(connection, scope, _sent())
            type_ = _type(scope, report.report_type)
            opened = Opened(report, report, type_, RunState(), MANAGE)
            body = answer(connection, scope, opened)
    except Rejected as refusal:
        body = {"shape": "refused", "problems": refusal.problems, "result": None}
    snapshot = scope.snapshot
    return render_template(
        "runtime/report_preview.html", label=report_label(), number=format_number,
        count_words=total_text, figure=lambda t, v: figure_text(snapshot, t.field, v), **body,
    )  # fmt: skip


@pages.post("/reports/formula")
@requires(SIGNED_IN)
def check_formula() -> Answer:
    """What is wrong with one summary formula in the document that was sent."""
    scope = _builder()
    sent = request.get_json(silent=True) or {}
    document = {**_sent(), "aggregates": [sent.get("formula")]}
    try:
        with scope.read() as connection:
            plan_report(_read(connection, scope, document), scope.actor, scope.snapshot)
    except Rejected as refusal:
        return jsonify({"problems": [p.sentence for p in refusal.problems]})
    return jsonify({"problems": []})


def report_label() -> str:
    """What the answer of the builder is called, for those who do not see it."""
    return _("Preview")


@pages.post("/reports/new")
@requires(SIGNED_IN)
def save_new_report() -> Answer:
    """Saves the document as a new report in the folder that was chosen."""
    scope = _builder()
    sent = request.get_json(silent=True) or {}
    try:
        with scope.read() as connection:
            report = _read(connection, scope, _sent())
        check_asked(scope, report)
        folder = str(sent.get("folder") or PRIVATE)
        promise = str(sent.get("promise") or "")
        deployment_id = promise if promise.startswith("0RP") and len(promise) == 18 else new_key()
        key = save_as(
            scope.org_db, scope.actor, scope.snapshot, report.document, folder, deployment_id
        )
    except Rejected as refusal:
        return _refused(refusal)
    say(_("%(name)s saved.", name=report.label))
    return jsonify({"url": url_for("pages.report", key=key)})


@pages.put("/reports/<key>/edit")
@requires(SIGNED_IN)
def save_edited_report(key: str) -> Answer:
    """Saves the document as what the report is from now on."""
    scope = _builder()
    try:
        with scope.read() as connection:
            saved, level = get_report(connection, scope.actor, scope.snapshot, key)
            report = _read(connection, scope, _sent())
        check_asked(scope, report)
        if not may_change(saved, level):
            raise Denied(_("You may not change this report; save it as one of your own."))
        save_report(scope.org_db, scope.actor, scope.snapshot, saved, report.document)
    except Rejected as refusal:
        return _refused(refusal)
    say(_("%(name)s saved.", name=report.label))
    return jsonify({"url": report_url(saved)})


def _refused(refusal: Rejected) -> Answer:
    return jsonify({"problems": [p.message for p in refusal.problems]}), 422


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    document = sent.get("document") if isinstance(sent, dict) else None
    if not isinstance(document, dict):
        message = _("This report is not understood.")
        raise Rejected(Problem("report.document", (), message))
    return document


def _read(connection: Connection, scope: Here, document: Mapping[str, Any]) -> Report:
    """The report of a document that was sent; records named in its filters become their ids."""
    whole = _whole(content_of(document))
    require(check_document(whole))
    report = parse_report(whole)
    type_ = _type(scope, report.report_type)
    parts: dict[str, Any] = {}
    if rows := named_rows(connection, scope, type_, whole.get("filters", ())):
        parts["filters"] = rows
    if crossing := named_crossing(connection, scope, report):
        parts["crossFilters"] = crossing
    return parse_report({**whole, **parts})


# -- away ----------------------------------------------------------------------------------------


@pages.post("/reports/<key>/delete")
@requires(SIGNED_IN)
def delete_report(key: str) -> Answer:
    """Puts a report away; one's own can be brought back by the toast."""
    scope = _builder()
    with scope.read() as connection:
        report, level = get_report(connection, scope.actor, scope.snapshot, key)
    if is_own(report):
        scope.org_db.transact(lambda conn: delete_own(conn, scope.actor, key))
        undo = url_for("pages.restore_report", key=key)
        say(_("%(name)s deleted.", name=report.label), undo=undo, undo_label=_("Undo"))
    elif level == MANAGE:
        delete_shared(scope.org_db, scope.actor, scope.snapshot, report)
        say(_("%(name)s deleted.", name=scope.snapshot.label(report)))
    else:
        raise Denied(_("You may not change the reports of this folder."))
    return redirect(url_for("pages.reports"))


@pages.post("/reports/<key>/restore")
@requires(SIGNED_IN)
def restore_report(key: str) -> Answer:
    """Brings back a report of one's own."""
    scope = _builder()
    scope.org_db.transact(lambda conn: restore_own(conn, scope.actor, key))
    return redirect(url_for("pages.report", key=key))
