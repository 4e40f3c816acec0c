"""A report as a file and for paper."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile

from flask import Response, render_template, request, stream_with_context

from ...platform.errors import Denied, NotFound
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import holds
from ..reports.catalog import EXPORT
from ..reports.export import (
    shown_lines,
    write_rows_csv,
    write_rows_xlsx,
    write_shown_csv,
    write_shown_xlsx,
)
from ..reports.planning import ReportPlan, plan_report
from ..reports.running import run_plan
from .blueprint import pages
from .exports import FORMATS
from .report_addresses import report_url
from .reports import answer, open_report, report_frame
from .scope import Here, here

WHAT = ("details", "formatted")


@pages.get("/reports/<key>/export.<kind>")
@requires(SIGNED_IN)
def export_report(key: str, kind: str) -> Response:
    """The report as CSV or XLSX: its rows, or with `what=formatted` as it is shown."""
    scope = here()
    what = request.args.get("what", "details")
    if kind not in FORMATS or what not in WHAT:
        raise NotFound(kind)
    if not holds(scope.actor, EXPORT, scope.snapshot):
        raise Denied(_("You may not take reports away as files."))
    with scope.read() as connection:
        opened = open_report(connection, scope, key)
    plan = plan_report(opened.now, scope.actor, scope.snapshot)
    stream = _formatted(scope, plan, kind) if what == "formatted" else _rows(scope, plan, kind)
    name = scope.snapshot.label(opened.saved).encode("ascii", "ignore").decode().replace('"', "")
    response = Response(stream_with_context(stream), mimetype=FORMATS[kind])
    filename = f"{name.strip() or 'report'}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _rows(scope: Here, plan: ReportPlan, kind: str) -> Iterator[bytes]:
    with scope.read() as connection:
        if kind == "csv":
            yield from write_rows_csv(connection, scope.actor, scope.snapshot, plan)
            return
        with TemporaryFile() as file:
            write_rows_xlsx(connection, scope.actor, scope.snapshot, plan, file)
            file.seek(0)
            yield from iter(lambda: file.read(64 * 1024), b"")


def _formatted(scope: Here, plan: ReportPlan, kind: str) -> Iterator[bytes]:
    with scope.read() as connection:
        result = run_plan(connection, scope.actor, scope.snapshot, plan)
        lines = shown_lines(connection, scope.actor, scope.snapshot, plan, result)
        if kind == "csv":
            yield from write_shown_csv(lines)
            return
        with TemporaryFile() as file:
            write_shown_xlsx(lines, scope.snapshot.label(plan.report), file)
            file.seek(0)
            yield from iter(lambda: file.read(64 * 1024), b"")


@pages.get("/reports/<key>/print")
@requires(SIGNED_IN)
def print_report(key: str) -> str:
    """The report for paper: what its page shows, without the frame around."""
    scope = here()
    with scope.read() as connection:
        opened = open_report(connection, scope, key)
        body = answer(connection, scope, opened)
        frame = report_frame(connection, scope, opened)
    back = report_url(opened.saved, opened.state)
    return render_template("runtime/report_print.html", **frame, **body, back_url=back)
