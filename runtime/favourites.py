"""What a person has starred: records, list views, reports and dashboards, in their own order.

A record's name is asked for when it is shown, so a favourite says what the record is called now,
and one that is gone or no longer to be seen is not shown at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..metadata.kinds.custom_object import CustomObject
from ..metadata.kinds.dashboard import Dashboard
from ..metadata.kinds.report_model import Report
from ..metadata.snapshot import Snapshot
from ..platform import clock
from ..platform.errors import NotFound, Problem, Rejected
from ..platform.i18n import _
from ..platform.ids import is_id
from ..platform.migrations.tables import sys_favourite, sys_view
from ..platform.people.actor import Actor
from .access.permissions import Operation, holds, may
from .dashboards.catalog import dashboards_of
from .lists.kept import OWN
from .lists.views import RECENT, recent_view, views_of
from .query.request import Rows
from .query.run import find_titles
from .reports.catalog import RUN, catalog_of

MOST = 40  # of one person
REPORT, DASHBOARD = "report:", "dashboard:"  # before the uid of one


@dataclass(frozen=True, slots=True)
class Favourite:
    """One star: of a record, or of a list view by its name in addresses."""

    target: str  # id of the record, or key of the view
    object: CustomObject | None  # None of a dashboard, which is of many
    title: str
    view: str = ""  # "" of a record
    report: str = ""  # its key in addresses; "" of everything else
    dashboard: str = ""  # likewise


def _starred() -> sa.Select[Any]:
    f, v = sys_favourite.c, sys_view.c
    own = sa.and_(v.user_id == f.user_id, v.object_uid == f.object_uid, v.key == f.target)
    return (
        sa.select(f.target, f.object_uid, v.document, v.deleted_at)
        .select_from(sys_favourite.outerjoin(sys_view, own))
        .where(f.user_id == sa.bindparam("who"))
        .order_by(f.place, f.created_at, f.target)
    )


_STARRED = _starred()  # asked by every page, so it is put together once


def favourites_of(conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> tuple[Favourite, ...]:
    """The actor's favourites in order; a statement, and one for each object of starred records."""
    rows = conn.execute(_STARRED, {"who": actor.user_id}).all()
    if not rows:
        return ()
    ids = [row.target for row in rows if is_id(row.target)]
    titles = find_titles(conn, actor, snapshot, ids, Rows.LIVE) if ids else {}
    reports = _starred_reports(conn, actor, snapshot, [row.target for row in rows])
    dashboards = _starred_dashboards(conn, actor, snapshot, [row.target for row in rows])
    found = (
        _dashboard(dashboards.get(row.target), snapshot)
        if row.target.startswith(DASHBOARD)
        else _favourite(row, titles, reports, actor, snapshot)
        for row in rows
    )
    return tuple(one for one in found if one is not None)


def _starred_reports(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, targets: list[str]
) -> Mapping[str, Report]:
    """{target: report} of those among the targets that the actor may run; mostly no statement."""
    wanted = [target for target in targets if target.startswith(REPORT)]
    if not wanted or not holds(actor, RUN, snapshot):
        return {}
    known = {REPORT + report.uid: report for report in catalog_of(conn, actor, snapshot).reports}
    return {target: known[target] for target in wanted if target in known}


def _starred_dashboards(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, targets: list[str]
) -> Mapping[str, Dashboard]:
    """{target: dashboard} of those among the targets that the actor finds."""
    if not any(target.startswith(DASHBOARD) for target in targets):
        return {}
    if not holds(actor, RUN, snapshot):
        return {}
    found = dashboards_of(conn, actor, snapshot).dashboards
    return {f"{DASHBOARD}{one.uid}": one for one in found}


def _dashboard(found: Dashboard | None, snapshot: Snapshot) -> Favourite | None:
    if found is None:
        return None
    target, label = f"{DASHBOARD}{found.uid}", snapshot.label(found)
    return Favourite(target, None, label, dashboard=found.name)


def _favourite(
    row: Any,
    titles: Mapping[str, str],
    reports: Mapping[str, Report],
    actor: Actor,
    snapshot: Snapshot,
) -> Favourite | None:
    obj = snapshot.find_uid(row.object_uid)
    if not isinstance(obj, CustomObject) or not may(actor, Operation.READ, obj, snapshot):
        return None
    target = row.target
    if target.startswith(REPORT):
        report = reports.get(target)
        label = snapshot.label(report) if report else ""
        return Favourite(target, obj, label, "", report.name) if report else None
    if is_id(target):
        return Favourite(target, obj, titles[target]) if target in titles else None
    if target.startswith(OWN):
        gone = row.document is None or row.deleted_at is not None
        return None if gone else Favourite(target, obj, row.document["label"], target)
    return _shared(target, obj, snapshot)


def _shared(key: str, obj: CustomObject, snapshot: Snapshot) -> Favourite | None:
    views = (*views_of(snapshot, obj.name), recent_view(snapshot, obj.name))
    view = next((one for one in views if one.uid == key), None)
    if view is None:
        return None
    label = snapshot.label(view)
    if view.uid == RECENT or view.document.get("system"):
        plural = snapshot.label(obj, "pluralLabel")
        label = _("%(objects)s: %(view)s", objects=plural, view=label)
    return Favourite(key, obj, label, view.local_name)


def is_favourite(conn: sa.Connection, actor: Actor, target: str) -> bool:
    """Says whether the actor has starred the target."""
    return conn.scalar(sa.select(sys_favourite.c.place).where(_of(actor, target))) is not None


def add(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject | None, target: str
) -> None:
    """Stars something, last of all; raises NotFound for what the actor cannot see.

    A dashboard alone is of no object.
    """
    f = sys_favourite.c
    if is_id(target) and target not in find_titles(conn, actor, snapshot, [target], Rows.LIVE):
        raise NotFound(target)
    places = conn.execute(sa.select(f.target, f.place).where(f.user_id == actor.user_id)).all()
    if any(row.target == target for row in places):
        return
    if len(places) >= MOST:
        message = _("You have %(n)s favourites.", n=MOST)
        hint = _("Remove one that you do not need.")
        raise Rejected(Problem("favourites.too_many", (), message, hint))
    last = max((row.place for row in places), default=0)
    conn.execute(
        sa.insert(sys_favourite).values(
            user_id=actor.user_id, target=target, object_uid=obj.uid if obj else "", place=last + 1,
            created_at=clock.now(),
        )
    )  # fmt: skip


def remove(conn: sa.Connection, actor: Actor, target: str) -> None:
    """Takes the star away."""
    conn.execute(sa.delete(sys_favourite).where(_of(actor, target)))


def move(conn: sa.Connection, actor: Actor, target: str, to: int) -> None:
    """Puts a favourite at a place among the others, 0 first; raises NotFound."""
    f = sys_favourite.c
    order = list(
        conn.execute(
            sa.select(f.target)
            .where(f.user_id == actor.user_id)
            .order_by(f.place, f.created_at, f.target)
        ).scalars()
    )
    if target not in order:
        raise NotFound(target)
    order.remove(target)
    order.insert(max(0, min(to, len(order))), target)
    for place, one in enumerate(order, 1):
        conn.execute(sa.update(sys_favourite).where(_of(actor, one)).values(place=place))


def _of(actor: Actor, target: str) -> sa.ColumnElement[bool]:
    f = sys_favourite.c
    return sa.and_(f.user_id == actor.user_id, f.target == target)
