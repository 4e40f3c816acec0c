"""One component of a dashboard: its report run for somebody, and drawn.

What they may not see is refused in the place of the chart, and nothing of it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.kinds.dashboard import Component, Dashboard
from ...metadata.kinds.report_model import Report
from ...metadata.kinds.report_type import find_type
from ...metadata.snapshot import Snapshot
from ...platform.errors import Denied, NotFound, Rejected
from ...platform.i18n import _
from ...platform.migrations.tables import sys_user
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ..reports.catalog import get_report
from ..reports.charts.chart import Chart, draw_chart
from ..reports.charts.figures import WITH_SECOND, Url, default_chart
from ..reports.running import run_report
from .filters import Chosen, narrowed, offered
from .kept import is_own

Links = Callable[[Report, Report], Url]  # as saved, as narrowed -> addresses of its groups
#: pixels: a row of the grid with the gap after it, that gap, what is round a drawing, a legend
ROW, GAP, AROUND, LEGEND = 156, 12, 108, 34


@dataclass(frozen=True, slots=True)
class Tile:
    """What a component shows; `refusal` stands in place of the chart."""

    component: Component
    title: str
    chart: Chart | None = None
    report: Report | None = None
    refusal: str = ""
    notices: tuple[str, ...] = ()


def title_of(dashboard: Dashboard, component: Component, snapshot: Snapshot) -> str:
    """What a component is called, in the reader's language; "" takes the name of its report."""
    place = f"components.{component.id}.title"
    title = component.title
    return snapshot.text("Dashboard", dashboard.name, place, title) if title else ""


def runner_of(conn: sa.Connection, viewer: Actor, dashboard: Dashboard) -> Actor:
    """Whose rights the dashboard runs with; raises Denied where they may not work any more."""
    if not dashboard.running_user or is_own(dashboard):
        return viewer
    u = sys_user.c
    asked = sa.select(u.id).where(u.username == dashboard.running_user)
    user_id = conn.execute(asked).scalar_one_or_none()
    runner = find_actor(conn, viewer.org, user_id) if user_id else None
    if runner is None:
        raise Denied(_("The user whose view this dashboard shows is not active."))
    return runner


def run_tile(
    conn: sa.Connection, viewer: Actor, snapshot: Snapshot, dashboard: Dashboard,
    component: Component, chosen: Chosen, links: Links, width: int,
) -> Tile:  # fmt: skip
    """The component as the viewer gets it."""
    title = title_of(dashboard, component, snapshot)
    try:
        runner = runner_of(conn, viewer, dashboard)
    except Denied as refusal:
        return Tile(component, title, refusal=str(refusal))
    try:
        return _drawn(conn, viewer, runner, snapshot, dashboard, component, chosen, links, width)
    except (Denied, NotFound):
        text = _("You may not see the report of this tile, or it is gone.")
        return Tile(component, title or _("Not visible"), refusal=text)
    except Rejected as refused:
        return Tile(component, title, refusal=" ".join(p.message for p in refused.problems))


def _drawn(
    conn: sa.Connection, viewer: Actor, runner: Actor, snapshot: Snapshot, dashboard: Dashboard,
    component: Component, chosen: Chosen, links: Links, width: int,
) -> Tile:  # fmt: skip
    saved, _level = get_report(conn, runner, snapshot, component.report)
    type_ = find_type(snapshot, saved.report_type)
    if type_ is None:
        raise NotFound(saved.report_type)
    filters = offered(dashboard, viewer, snapshot)
    now, missed = narrowed(saved, type_, chosen, filters, snapshot)
    result = run_report(conn, runner, snapshot, now)
    setting = {k: v for k, v in saved.chart.items() if k != "title"} | dict(component.chart)
    if "chartType" not in setting:
        setting |= default_chart(result)
    height = drawing_height(component, str(setting["chartType"]), width)
    chart = draw_chart(result, setting, snapshot, links(saved, now), (width,), height)
    notices = [_("Not filtered by %(name)s.", name=one.filter.label or snapshot.label(one.field))
               for one in missed]  # fmt: skip
    return Tile(
        component, title_of(dashboard, component, snapshot) or snapshot.label(saved), chart, saved,
        notices=(*result.notices, *notices),
    )  # fmt: skip


def drawing_height(component: Component, kind: str, width: int) -> int:
    """The room for a drawing in pixels."""
    whole = component.height * ROW - GAP - AROUND
    if kind in ("pie", "donut"):
        return max(int(whole * 0.66) if width < 420 else whole, 80)
    return max(whole - (LEGEND if kind in WITH_SECOND else 0), 60)
