"""Which dashboards an actor finds: those of folders that are shared with them, and their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.kinds.dashboard import Dashboard
from ...metadata.kinds.report_folder import EDIT, MANAGE, VIEW, ReportFolder
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound
from ...platform.people.actor import Actor
from ..lists.kept import OWN
from ..reports.catalog import folder_levels, may_build, require_run
from .kept import find_own, is_own, own_dashboards

FOLDERS = "DashboardFolder"


@dataclass(frozen=True, slots=True)
class Dashboards:
    """What an actor finds, at one moment."""

    dashboards: tuple[Dashboard, ...]  # by label
    folders: tuple[ReportFolder, ...]
    levels: Mapping[str, str]  # {name of folder: what the actor may do in it}

    def changeable(self) -> tuple[Dashboard, ...]:
        """Those that the actor may change, their own first."""
        found = [one for one in self.dashboards
                 if is_own(one) or self.levels.get(one.folder) in (EDIT, MANAGE)]  # fmt: skip
        return tuple(sorted(found, key=lambda one: not is_own(one)))


def dashboards_of(conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> Dashboards:
    """All that the actor finds; two statements."""
    require_run(actor, snapshot)
    levels = folder_levels(conn, actor, snapshot, FOLDERS)
    found = [one for one in snapshot.of_kind("Dashboard") if one.folder in levels]
    found += own_dashboards(conn, actor, snapshot)
    found.sort(key=lambda one: snapshot.label(one).casefold())
    folders = [one for one in snapshot.of_kind(FOLDERS) if one.name in levels]
    folders.sort(key=lambda one: snapshot.label(one).casefold())
    return Dashboards(tuple(found), tuple(folders), levels)


def get_dashboard(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, key: str
) -> tuple[Dashboard, str]:
    """A dashboard by its key in addresses, and the actor's level on it.

    Raises NotFound also for a dashboard in a folder that the actor does not see.
    """
    require_run(actor, snapshot)
    builds = may_build(actor, snapshot)
    if key.startswith(OWN):
        own = find_own(conn, actor, snapshot, key)
        if own is None:
            raise NotFound(key)
        return own, MANAGE if builds else VIEW
    found: Dashboard | None = snapshot.find("Dashboard", key)
    level = folder_levels(conn, actor, snapshot, FOLDERS).get(found.folder) if found else None
    if found is None or level is None:
        raise NotFound(key)
    return found, level if builds else VIEW


def may_change(level: str) -> bool:
    """Says whether somebody of that level may change a dashboard."""
    return level in (EDIT, MANAGE)
