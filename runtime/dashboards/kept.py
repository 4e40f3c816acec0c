"""A person's own dashboards, and which dashboards they opened lately.

One's own dashboard is a row of ours and no metadata. It may show one's own reports; shared reports
on it are found again by their uid when they are renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from ...metadata.checks import check_document
from ...metadata.definition import Document
from ...metadata.kinds import KINDS
from ...metadata.kinds.dashboard import Dashboard
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.inserts import put_row
from ...platform.db.scope import OrgDatabase
from ...platform.errors import NotFound, Problem, require
from ...platform.i18n import _
from ...platform.migrations.tables import sys_dashboard, sys_dashboard_use
from ...platform.people.actor import Actor
from ..lists.kept import OWN
from ..reports.kept import BINNED_DAYS, PRIVATE
from ..reports.opened import note_opened, opened_lately

KIND = KINDS.get("Dashboard")
MOST = 200  # dashboards of one person


def is_own(dashboard: Dashboard) -> bool:
    """Says whether the dashboard is somebody's own, and no metadata."""
    return dashboard.uid.startswith(OWN) and dashboard.uid == dashboard.name


def own_dashboards(conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> tuple[Dashboard, ...]:
    """The actor's own dashboards."""
    d = sys_dashboard.c
    asked = sa.select(sys_dashboard).where(d.user_id == actor.user_id, d.deleted_at.is_(None))
    return tuple(_read(row, snapshot) for row in conn.execute(asked).all())


def find_own(conn: sa.Connection, actor: Actor, snapshot: Snapshot, key: str) -> Dashboard | None:
    """One of the actor's own dashboards."""
    d = sys_dashboard.c
    where = (d.user_id == actor.user_id, d.key == key, d.deleted_at.is_(None))
    row = conn.execute(sa.select(sys_dashboard).where(*where)).one_or_none()
    return None if row is None else _read(row, snapshot)


def _read(row: Any, snapshot: Snapshot) -> Dashboard:
    found: Dashboard = KIND.parse(_named(_followed(row.document, row.uids, snapshot), row.key))
    return found


def _followed(document: Document, uids: Mapping[str, str], snapshot: Snapshot) -> Document:
    """The document with its reports as they are called now."""
    rows = []
    for row in document.get("components", ()):
        moved = snapshot.find_uid(uids.get(row["report"], ""))
        rows.append({**row, "report": moved.name} if moved is not None else row)
    return {**document, "components": rows}


def _named(document: Document, key: str) -> dict[str, Any]:
    return {**document, "kind": "Dashboard", "uid": key, "name": key, "folder": PRIVATE}


def save_own(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, key: str, document: Document
) -> Dashboard:
    """Saves a dashboard as the actor's own; raises Rejected with every problem."""
    whole = _named(document, key)
    whole.pop("runningUser", None)  # nobody else sees it
    require(check_document(whole))
    dashboard: Dashboard = KIND.parse(whole)
    require((*_own_problems(conn, actor, dashboard), *_problems_of(dashboard, snapshot)))
    shared = (snapshot.find("Report", one.report) for one in dashboard.components)
    d = sys_dashboard.c
    place = sa.and_(d.user_id == actor.user_id, d.key == key)
    before = conn.execute(sa.select(d.document).where(place)).scalar_one_or_none()
    written = {
        "document": whole, "uids": {one.name: str(one.uid) for one in shared if one is not None},
        "before": before, "modified_at": clock.now(), "deleted_at": None,
    }  # fmt: skip
    put_row(conn, sys_dashboard, {"user_id": actor.user_id, "key": key}, written)
    return dashboard


def undo_own(conn: sa.Connection, actor: Actor, snapshot: Snapshot, key: str) -> None:
    """Makes the dashboard what it was before it was saved; again, and it is as it was saved."""
    d = sys_dashboard.c
    where = (d.user_id == actor.user_id, d.key == key, d.deleted_at.is_(None))
    before = conn.execute(sa.select(d.before).where(*where)).scalar_one_or_none()
    if before is None:
        raise NotFound(key)
    save_own(conn, actor, snapshot, key, before)


def _problems_of(dashboard: Dashboard, snapshot: Snapshot) -> Iterator[Problem]:
    own = {i for i, one in enumerate(dashboard.components) if one.report.startswith(OWN)}
    for problem in KIND.check(dashboard, snapshot):
        is_own_report = problem.code == "dashboard.report" and problem.path[1] in own
        if problem.code != "dashboard.folder" and not is_own_report:
            yield problem


def _own_problems(conn: sa.Connection, actor: Actor, dashboard: Dashboard) -> Iterator[Problem]:
    if not dashboard.label.strip():
        yield Problem("dashboard.label", ("label",), _("The dashboard needs a name."))
    d = sys_dashboard.c
    others = sa.select(sa.func.count()).where(
        d.user_id == actor.user_id, d.key != dashboard.uid, d.deleted_at.is_(None)
    )
    if int(conn.execute(others).scalar_one()) >= MOST:
        message = _("You have %(n)s dashboards of your own.", n=MOST)
        hint = _("Delete one that you do not need.")
        yield Problem("dashboard.too_many", ("label",), message, hint)


def set_deleted(conn: sa.Connection, actor: Actor, key: str, *, deleted: bool) -> None:
    """Puts a dashboard of one's own away for 15 days, or brings it back. Raises NotFound."""
    d = sys_dashboard.c
    where = sa.and_(d.user_id == actor.user_id, d.key == key)
    at = clock.now() if deleted else None
    if not conn.execute(sa.update(sys_dashboard).where(where).values(deleted_at=at)).rowcount:
        raise NotFound(key)


def purge_dashboards(conn: sa.Connection) -> int:
    """Ends dashboards that were put away 15 days ago; returns how many."""
    d = sys_dashboard.c
    gone = sa.delete(sys_dashboard).where(d.deleted_at < clock.now() - BINNED_DAYS)
    return conn.execute(gone).rowcount


# -- opened lately -------------------------------------------------------------------------------


def note_use(org_db: OrgDatabase, actor: Actor, dashboard: Dashboard) -> None:
    """Notes that the actor opens the dashboard."""
    note_opened(org_db, actor, sys_dashboard_use, str(dashboard.uid))


def recent_keys(conn: sa.Connection, actor: Actor) -> tuple[str, ...]:
    """The dashboards that the actor opened, the latest first."""
    return opened_lately(conn, actor, sys_dashboard_use)
