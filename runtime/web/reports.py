"""Reports: the page that lists them, and the page that runs one.

What the reader changes on the page goes into the address and is not saved. A report that asks for
fields its reader cannot see says so in the words of the engine, and shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.list_view import Filter
from ...metadata.kinds.report_model import Report, TimeFrame
from ...metadata.kinds.report_schema import ROW_COUNT
from ...metadata.kinds.report_type import ReportType, find_type, resolve_typed
from ...metadata.relative_dates import TOKENS, in_words
from ...platform import clock
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, format_datetime, format_number
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import holds
from ..lists.state import joined
from ..reports.catalog import (
    EXPORT,
    MANAGE,
    Catalog,
    catalog_of,
    get_report,
    may_build,
    may_change,
)
from ..reports.changes import RunState, changed
from ..reports.details import PAGE, Place, rows_by_group, rows_in, rows_page
from ..reports.kept import is_own, note_use, recent_keys
from ..reports.labels import read_token
from ..reports.planning import ReportPlan, plan_report
from ..reports.result import ReportResult
from ..reports.running import run_plan
from ..reports.statements import group_statement
from .blueprint import pages
from .display import figure_text
from .list_chips import parts_of
from .lists import total_text
from .report_addresses import group_url, page_url, previous_url, report_url, sort_url, state_here
from .report_charts import chart_on_page
from .report_table import (
    detail_lines,
    matrix_of,
    path_labels,
    row_heads,
    row_lines,
    summary_heads,
    summary_lines,
    totals_of_column,
)
from .report_words import (
    cross_words,
    filter_choices,
    filter_words,
    format_label,
    frame_words,
    named_in,
    posted_typed,
    readable_chain,
    scope_labels,
    type_label,
)
from .scope import Here, here
from .shell import trail

Answer = str | Response | tuple[str, int]
RECENT, MINE, ALL = "recent", "mine", "all"


# -- which reports there are ---------------------------------------------------------------------


@pages.get("/reports")
@requires(SIGNED_IN)
def reports() -> str:
    """The reports that the person may run: all, opened lately, their own, or of a folder."""
    scope = here()
    chosen, words = request.args.get("in", ALL), request.args.get("q", "").strip()
    with scope.read() as connection:
        catalog = catalog_of(connection, scope.actor, scope.snapshot)
        recent = recent_keys(connection, scope.actor)
    found = _chosen(catalog, chosen, recent)
    rows = [_row(scope, catalog, one) for one in found]
    folded = words.casefold()
    if words:
        rows = [
            r for r in rows if folded in f"{r['label']} {r['description']} {r['type']}".casefold()
        ]
    trail((_("Reports"), ""), active="reports")
    return render_template(
        "runtime/reports.html", rows=rows, words=words, chosen=chosen,
        places=_places(scope, catalog, chosen, recent),
        may_build=may_build(scope.actor, scope.snapshot),
    )  # fmt: skip


def _chosen(catalog: Catalog, chosen: str, recent: tuple[str, ...]) -> list[Report]:
    if chosen == RECENT:
        known = {report.uid: report for report in catalog.reports}
        return [known[key] for key in recent if key in known]  # type: ignore[index]
    if chosen == MINE:
        return [report for report in catalog.reports if is_own(report)]
    if chosen == ALL:
        return list(catalog.reports)
    return [report for report in catalog.reports if report.folder == chosen and not is_own(report)]


def _places(
    scope: Here, catalog: Catalog, chosen: str, recent: tuple[str, ...]
) -> list[tuple[str, str, bool, int]]:
    """(label, address, is shown, number) of each place reports lie in."""
    found = [(ALL, _("All reports")), (RECENT, _("Recent")), (MINE, _("My reports"))]
    found += [(folder.name, scope.snapshot.label(folder)) for folder in catalog.folders]
    return [
        (label, f"{url_for('pages.reports')}?{urlencode({'in': name})}", name == chosen,
         len(_chosen(catalog, name, recent)))
        for name, label in found
    ]  # fmt: skip


def folder_label(scope: Here, report: Report) -> str:
    """Where the report lies, in words."""
    folder = scope.snapshot.find("ReportFolder", report.folder)
    return _("My reports") if folder is None else scope.snapshot.label(folder)


def _row(scope: Here, catalog: Catalog, report: Report) -> dict[str, Any]:
    snapshot = scope.snapshot
    type_ = find_type(snapshot, report.report_type)
    return {
        "uid": report.uid,
        "label": snapshot.label(report),
        "description": snapshot.label(report, "description"),
        "url": report_url(report),
        "folder": folder_label(scope, report),
        "type": type_label(scope, type_) if type_ else "",
        "format": format_label(report),
        "format_kind": report.format,
    }


# -- one report ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A report as the address has it."""

    saved: Report
    now: Report
    type: ReportType
    state: RunState
    level: str


def open_report(connection: Connection, scope: Here, key: str) -> Opened:
    """The report of an address; raises NotFound for what the person does not see."""
    report, level = get_report(connection, scope.actor, scope.snapshot, key)
    state = state_here()
    type_ = find_type(scope.snapshot, report.report_type)
    if type_ is None:
        message = _("There is no report type %(name)s.", name=repr(report.report_type))
        raise Rejected(Problem("report.type", ("reportType",), message))
    return Opened(report, changed(report, state), type_, state, level)


@pages.get("/reports/<key>")
@requires(SIGNED_IN)
def report(key: str) -> str:
    """The answer of a report: its groups, its rows, or a matrix."""
    return report_page(key)


def report_page(key: str, sheet: str = "", **more: Any) -> str:
    """The page of a report; with `sheet`, that template over it."""
    scope = here()
    alone = bool(sheet and request.headers.get("X-Sheet"))
    with scope.read() as connection:
        opened = open_report(connection, scope, key)
        body = {} if alone else answer(connection, scope, opened)
        frame = report_frame(connection, scope, opened)
    if not sheet:
        note_use(scope.org_db, scope.actor, opened.saved)
    label = scope.snapshot.label(opened.saved)
    trail((_("Reports"), url_for("pages.reports")), (label, ""), active="reports")
    base = "runtime/page.html" if alone else "runtime/report.html"
    return render_template(sheet or "runtime/report.html", base=base, **frame, **body, **more)


def answer(connection: Connection, scope: Here, opened: Opened) -> dict[str, Any]:
    """What the report answers, as the template shows it; a refusal is told in its place."""
    found = _answer(connection, scope, opened)
    result = found["result"]
    return found | chart_on_page(scope, opened.saved, opened.now, opened.state, result)


def _answer(connection: Connection, scope: Here, opened: Opened) -> dict[str, Any]:
    try:
        plan = plan_report(opened.now, scope.actor, scope.snapshot)
        if opened.state.down or opened.state.across:
            return _inside(connection, scope, opened, plan)
        if not plan.keys:
            return _tabular(connection, scope, opened, plan)
        result = run_plan(connection, scope.actor, scope.snapshot, plan)
        return _grouped(connection, scope, opened, plan, result)
    except Rejected as refusal:
        return {"shape": "refused", "problems": refusal.problems, "result": None}


def _grouped(
    connection: Connection, scope: Here, opened: Opened, plan: ReportPlan, result: ReportResult
) -> dict[str, Any]:
    state, report_ = opened.state, opened.saved

    def url(down: Any, across: Any) -> str:
        return group_url(report_, state, down, across)

    found: dict[str, Any] = {"result": result, "notices": result.notices, "start": 1}
    if result.across_levels:
        return found | {"shape": "matrix", "matrix": matrix_of(scope, result, url)}
    if not opened.now.show_details or not plan.columns:
        lines = summary_lines(scope, result, url)
        return found | {"shape": "summary", "heads": summary_heads(result), "lines": lines}
    page = rows_by_group(connection, scope.actor, scope.snapshot, plan, result, state.place)
    lines = detail_lines(connection, scope, plan, result, page, url)
    shown = sum(len(part.records) for part in page.parts)
    later = state.start + shown
    return found | {
        "shape": "details", "heads": row_heads(plan), "lines": lines, "start": state.start,
        "shown": shown, "levels": result.down_levels,
        "next_url": page_url(report_, state, page.next, later) if page.next else "",
        "previous_url": previous_url(report_, state, [g.count for g in result.leaves()]),
    }  # fmt: skip


def _tabular(
    connection: Connection, scope: Here, opened: Opened, plan: ReportPlan
) -> dict[str, Any]:
    result = run_plan(connection, scope.actor, scope.snapshot, plan)
    state, limit = opened.state, opened.now.row_limit
    left = min(PAGE, limit - state.start + 1) if limit else PAGE
    page = rows_page(connection, scope.actor, scope.snapshot, plan, state.place, left)
    lines = row_lines(connection, scope, plan, page.records)
    later = state.start + len(page.records)
    is_over = bool(limit) and later > limit
    next_place = Place(0, page.next) if page.next and not is_over else None
    return {
        "result": result, "notices": result.notices, "shape": "rows", "heads": row_heads(plan),
        "lines": lines, "start": state.start, "shown": len(page.records),
        "next_url": page_url(opened.saved, state, next_place, later) if next_place else "",
        "previous_url": previous_url(opened.saved, state, [result.row_count]),
    }  # fmt: skip


def _inside(
    connection: Connection, scope: Here, opened: Opened, plan: ReportPlan
) -> dict[str, Any]:
    """The rows of one group, or of where two cross."""
    state = opened.state
    down = tuple(read_token(k, t) for k, t in zip(plan.down, state.down, strict=False))
    across = tuple(read_token(k, t) for k, t in zip(plan.across, state.across, strict=False))
    result = run_plan(connection, scope.actor, scope.snapshot, plan)
    page = rows_in(connection, scope.actor, scope.snapshot, plan, down, across, state.place)
    values = result.cell(down, across) if down else totals_of_column(result, across)
    later = state.start + len(page.records)
    next_place = Place(0, page.next) if page.next else None
    return {
        "result": result, "notices": result.notices, "shape": "rows", "heads": row_heads(plan),
        "lines": row_lines(connection, scope, plan, page.records),
        "start": state.start, "shown": len(page.records),
        "inside": path_labels(result, down, across), "inside_totals": values or {},
        "whole_url": report_url(opened.saved, replace(state.first_page, down=(), across=())),
        "next_url": page_url(opened.saved, state, next_place, later) if next_place else "",
        "previous_url": previous_url(opened.saved, state, [int((values or {}).get(ROW_COUNT, 0))]),
    }  # fmt: skip


# -- the frame around an answer ------------------------------------------------------------------


def report_frame(connection: Connection, scope: Here, opened: Opened) -> dict[str, Any]:
    """What stands round an answer: names, filters in words, what the person may do."""
    snapshot, now, state = scope.snapshot, opened.now, opened.state
    can_build = may_build(scope.actor, snapshot)
    can_change = can_build and may_change(opened.saved, opened.level)
    can_export = holds(scope.actor, EXPORT, snapshot)
    bare = replace(state.first_page, down=(), across=())
    return {
        "report": opened.saved,
        "label": snapshot.label(opened.saved),
        "description": snapshot.label(opened.saved, "description"),
        "folder": folder_label(scope, opened.saved),
        "type_label": type_label(scope, opened.type),
        "chips": _chips(connection, scope, opened),
        "is_changed": not state.is_plain,
        "may_build": can_build,
        "may_change": can_change,
        "may_delete": can_change and (is_own(opened.saved) or opened.level == MANAGE),
        "may_export": can_export,
        "at": format_datetime(clock.now(), "short"),
        "saved_url": report_url(opened.saved),
        "here_url": report_url(opened.saved, state),
        "details_url": report_url(
            opened.saved, replace(bare, details="0" if now.show_details else "1")
        ),
        "urls": {
            "filters": report_url(opened.saved, bare, "pages.report_filters"),
            "chart": report_url(opened.saved, bare, "pages.report_chart"),
            "dashboard": url_for("pages.add_to_dashboard", key=opened.saved.name),
            "print": report_url(opened.saved, state.first_page, "pages.print_report"),
            "edit": url_for("pages.edit_report", key=opened.saved.name),
            "copy": f"{url_for('pages.new_report')}?{urlencode({'from': opened.saved.name})}",
            "delete": url_for("pages.delete_report", key=opened.saved.name),
            "exports": _exports(opened, state) if can_export else [],
        },
        "sort_url": lambda head: sort_url(opened.saved, state, head.sort, head.sorted),
        "count_words": total_text,
        "number": format_number,
        "figure": lambda total, value: figure_text(snapshot, total.field, value),
    }


def _exports(opened: Opened, state: RunState) -> list[tuple[str, str]]:
    def url(kind: str, what: str) -> str:
        return report_url(
            opened.saved, state.first_page, "pages.export_report", kind=kind, what=what
        )

    found = [
        (_("Rows as CSV"), url("csv", "details")),
        (_("Rows as XLSX"), url("xlsx", "details")),
    ]
    if opened.now.groupings:
        found = [
            (_("As shown, as XLSX"), url("xlsx", "formatted")),
            (_("As shown, as CSV"), url("csv", "formatted")),
            *found,
        ]
    return found


def _chips(connection: Connection, scope: Here, opened: Opened) -> list[tuple[str, str, str]]:
    """(label, words, icon) of all that narrows the report."""
    now = opened.now
    found: list[tuple[str, str, str]] = []
    if now.scope != "organization":
        labels = {"mine": _("My records"), "team": _("My team's records")}
        found.append(("", labels[now.scope], "users"))
    if now.role:
        role = scope.snapshot.find("Role", now.role)
        found.append((_("Role"), scope.snapshot.label(role) if role else now.role, "network"))
    try:
        frame = now.time_frame
        if frame and _is_open(scope, opened, frame.field) and (words := frame_words(frame)):
            label = filter_words(scope, opened.type, _as_filter(frame), {})[0]
            found.append((label, words, "calendar-days"))
        rows = [row for row in now.filters if _is_open(scope, opened, row.field)]
        titles = named_in(connection, scope, opened.type, rows)
        found += (filter_words(scope, opened.type, row, titles) for row in rows)
        found += (("", words, "link-2") for one in now.cross_filters
                  if (words := cross_words(scope, one)))  # fmt: skip
    except Rejected:
        return found  # the answer says what is wrong
    return found


def _is_open(scope: Here, opened: Opened, path: str) -> bool:
    """Says whether the reader may see the field: its filter's words would tell of it."""
    return readable_chain(scope, opened.type, path) is not None


def _as_filter(frame: TimeFrame) -> Any:
    return Filter("frame", frame.field, "isNotBlank")


# -- filters in place ----------------------------------------------------------------------------


@pages.route("/reports/<key>/filters", methods=["GET", "POST"])
@requires(SIGNED_IN)
def report_filters(key: str) -> Answer:
    """The sheet of filters; posting it leads to the report with them in the address."""
    scope = here()
    if request.method == "GET":
        return _filters_sheet(scope, key)
    form = request.form
    try:
        with scope.read() as connection:
            opened = open_report(connection, scope, key)
            rows = posted_typed(connection, scope, opened.type, form)
        state = replace(
            opened.state.first_page, filters=rows, is_changed=True,
            logic=form.get("filter_logic", "").strip(),
            scope=form.get("scope", ""), frame=_posted_frame(form),
        )  # fmt: skip
        check_asked(scope, changed(opened.saved, state))
    except Rejected as refusal:
        return _filters_sheet(scope, key, refusal.problems), 422
    return redirect(report_url(opened.saved, state))


def check_asked(scope: Here, report_: Report) -> None:
    """Raises Rejected where the report asks for what cannot be understood, operands included."""
    plan = plan_report(report_, scope.actor, scope.snapshot)
    group_statement(plan, scope.actor, scope.snapshot, "sqlite")


def _posted_frame(form: Any) -> str:
    path, interval = form.get("frame_field", ""), form.get("frame_interval", "")
    start, end = form.get("frame_start", "").strip(), form.get("frame_end", "").strip()
    if not path:
        return "-"
    if interval == "custom":
        return f"{path}:{start}..{end}"
    return f"{path}:{interval}" if interval else "-"


def _filters_sheet(scope: Here, key: str, problems: tuple[Problem, ...] = ()) -> str:
    with scope.read() as connection:
        opened = open_report(connection, scope, key)
        now = opened.now
        shown = [row for row in now.filters if _is_open(scope, opened, row.field)]
        titles = named_in(connection, scope, opened.type, shown)
    fields = filter_choices(scope, opened.type, [row.field for row in now.filters])
    known = {field["name"] for field in fields}
    rows = [
        {
            "field": row.field,
            "operator": row.operator,
            "value": row_value(scope, opened.type, row, titles),
        }
        for row in shown
        if row.field in known
    ]
    if problems:
        form = request.form
        rows = [
            {"field": f, "operator": o, "value": v}
            for f, o, v in zip(
                form.getlist("filter_field"), form.getlist("filter_operator"),
                form.getlist("filter_value"), strict=False,
            )
            if f
        ]  # fmt: skip
    return report_page(
        key, "runtime/report_filters.html", filter_fields=fields, filter_rows=rows,
        filter_logic=now.boolean_filter, problems=problems, scopes=scope_labels(scope, opened.type),
        scope_now=now.scope, frame=now.time_frame, frame_fields=_days_of(fields, scope, opened),
        intervals=interval_choices(),
    )  # fmt: skip


def row_value(scope: Here, type_: ReportType, row: Filter, titles: Any) -> str:
    """The value of a filter as its form shows it: records by their names."""
    field = resolve_typed(scope.snapshot, type_, row.field)[-1]
    values = [titles.get(part, part) for part in parts_of(field, row)]
    return joined(values) if values else ""


def _days_of(fields: list[dict[str, Any]], scope: Here, opened: Opened) -> list[tuple[str, str]]:
    return [
        (field["name"], field["label"])
        for field in fields
        if resolve_typed(scope.snapshot, opened.type, field["name"])[-1].type
        in ("Date", "DateTime")
    ]


def interval_choices() -> list[tuple[str, str]]:
    """The spans of the time frame: (value, label)."""
    usual = [(t.name, in_words(t.name)) for t in TOKENS if not t.counted]
    counted = [(f"{n}:{k}", in_words(f"{n}:{k}")) for n, k in
               (("LAST_N_DAYS", 7), ("LAST_N_DAYS", 30), ("LAST_N_DAYS", 90), ("LAST_N_MONTHS", 12),
                ("NEXT_N_DAYS", 7), ("NEXT_N_DAYS", 30), ("NEXT_N_DAYS", 90))]  # fmt: skip
    return [("", _("All time")), *usual, *counted, ("custom", _("Between two days"))]
