"""Runs a report: all steps, in one statement, or two where lookups lead to several objects."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from ...metadata.kinds.report_model import Report
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..query.run import find_titles
from .folding import Folded, fold_rows
from .formulas import formula_total, with_formulas
from .planning import ReportPlan, plan_report
from .result import ReportResult
from .shaping import shape_result
from .statements import MOST_GROUPS, calendar_of, group_statement

MOST_TITLES = 5000  # of lookups to several objects, which are asked for apart


def run_report(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, report: Report
) -> ReportResult:
    """The report's answer for the actor; raises Rejected or Denied as `plan_report` does."""
    return run_plan(conn, actor, snapshot, plan_report(report, actor, snapshot))


def run_plan(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan
) -> ReportResult:
    """The answer of a plan. Too many groups are told with fewer levels, and a notice says so."""
    notices: list[str] = []
    while (folded := _folded(conn, actor, snapshot, plan)) is None:
        if not plan.keys:
            raise Rejected(Problem("report.too_large", (), _("This report has too many groups.")))
        lost = plan.across[-1] if plan.across else plan.down[-1]
        plan = _coarser(plan)
        notices.append(
            _(
                "There are more than %(n)s groups; those by %(field)s are left out.",
                n=MOST_GROUPS,
                field=lost.level.label,
            )
        )
    _name_open_lookups(conn, actor, snapshot, plan, folded)
    if not plan.formulas:
        return shape_result(plan, folded, snapshot, calendar_of(actor), notices)
    shown = tuple(formula_total(read) for read in plan.formulas)
    worked = with_formulas(plan, folded)
    result = shape_result(plan, worked, snapshot, calendar_of(actor), notices)
    if any(read.is_ordered for read in plan.formulas):
        worked = with_formulas(plan, folded, result)
        result = shape_result(plan, worked, snapshot, calendar_of(actor), notices)
    return replace(result, totals=(*result.totals, *shown))


def _coarser(plan: ReportPlan) -> ReportPlan:
    if plan.across:
        return replace(plan, across=plan.across[:-1])
    return replace(plan, down=plan.down[:-1])


def _folded(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan
) -> Folded | None:
    """The totals of all levels; None where there are too many groups."""
    asked = group_statement(plan, actor, snapshot, conn.dialect.name)
    rows = conn.execute(asked.statement, asked.parameters).all()
    return None if len(rows) > MOST_GROUPS else fold_rows(plan, asked, rows)


def _name_open_lookups(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, plan: ReportPlan, folded: Folded
) -> None:
    """Names of what lookups point at where the statement could not join one object."""
    for n, key in enumerate(plan.keys):
        if not key.level.field.reference_to or key.bucket is not None:
            continue
        places = folded.totals
        first = len(plan.down)
        keys = (d[n] if n < first else a[n - first] for d, a in places
                if len(d if n < first else a) > (n if n < first else n - first))  # fmt: skip
        missing = {str(key) for key in keys if key} - set(map(str, folded.titles[n]))
        wanted = sorted(missing)[:MOST_TITLES]
        if wanted and (not key.title or key.level.field.local_name == "OwnerId"):
            folded.titles[n].update(find_titles(conn, actor, snapshot, wanted))
