"""Which reports an actor finds: those of folders that are shared with them, and their own.

A folder gives a level to circles of people and to single users; who manages public reports has the
highest on all. Whoever may not run reports finds none at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.kinds.report_folder import EDIT, LEVELS, MANAGE, VIEW, ReportFolder
from ...metadata.kinds.report_model import Report
from ...metadata.kinds.report_type import find_type
from ...metadata.snapshot import Snapshot
from ...platform.errors import Denied, NotFound
from ...platform.i18n import _
from ...platform.migrations.tables import sys_folder_share
from ...platform.people.actor import Actor
from ..access.permissions import holds
from ..access.standing import Audience, standing_of
from ..lists.kept import OWN
from .kept import find_own, is_own, own_reports
from .planning import may_use

RUN, BUILD, PUBLISH, EXPORT = (
    "RunReports", "CreateCustomizeReports", "ManagePublicReports", "ExportReport",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Catalog:
    """What an actor finds, at one moment."""

    reports: tuple[Report, ...]  # by label
    folders: tuple[ReportFolder, ...]
    levels: Mapping[str, str]  # {name of folder: one of LEVELS}

    def find(self, uid: str) -> Report | None:
        return next((one for one in self.reports if one.uid == uid), None)


def require_run(actor: Actor, snapshot: Snapshot) -> None:
    """Raises Denied for who may not run reports."""
    if not holds(actor, RUN, snapshot):
        raise Denied(_("You may not run reports."))


def may_build(actor: Actor, snapshot: Snapshot) -> bool:
    """Says whether the actor may make reports of their own."""
    return holds(actor, BUILD, snapshot)


def folder_levels(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, kind: str = "ReportFolder"
) -> dict[str, str]:
    """{name of folder: what the actor may do in it}; folders that they do not see are not there."""
    folders: tuple[ReportFolder, ...] = snapshot.of_kind(kind)
    if holds(actor, PUBLISH, snapshot):
        return {folder.name: MANAGE for folder in folders}
    s = sys_folder_share.c
    rows = conn.execute(sa.select(s.folder_uid, s.level).where(s.user_id == actor.user_id)).all()
    given = {row.folder_uid: row.level for row in rows}
    found = {}
    for folder in folders:
        levels = [given[folder.uid]] if folder.uid in given else []
        levels += _levels_of_circles(folder, actor, snapshot)
        if levels:
            found[folder.name] = max(levels, key=LEVELS.index)
    return found


def _levels_of_circles(folder: ReportFolder, actor: Actor, snapshot: Snapshot) -> list[str]:
    standing = standing_of(actor, snapshot)
    return [
        share.level
        for share in folder.shares
        if standing.audience(share.circle, hierarchies=False) is Audience.MEMBER
    ]


def catalog_of(conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> Catalog:
    """All that the actor finds; two statements."""
    require_run(actor, snapshot)
    levels = folder_levels(conn, actor, snapshot)
    shared = (one for one in snapshot.of_kind("Report") if one.folder in levels)
    usable = [one for one in shared if _is_usable(one, actor, snapshot)]
    reports = [*usable, *own_reports(conn, actor, snapshot)]
    reports.sort(key=lambda report: snapshot.label(report).casefold())
    folders = [one for one in snapshot.of_kind("ReportFolder") if one.name in levels]
    folders.sort(key=lambda folder: snapshot.label(folder).casefold())
    return Catalog(tuple(reports), tuple(folders), levels)


def _is_usable(report: Report, actor: Actor, snapshot: Snapshot) -> bool:
    type_ = find_type(snapshot, report.report_type)
    return type_ is not None and may_use(type_, actor, snapshot)


def get_report(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, key: str
) -> tuple[Report, str]:
    """A report by its key in addresses, and the actor's level on it.

    Raises NotFound also for a report in a folder that the actor does not see.
    """
    require_run(actor, snapshot)
    if key.startswith(OWN):
        own = find_own(conn, actor, snapshot, key)
        if own is None:
            raise NotFound(key)
        return own, MANAGE if may_build(actor, snapshot) else VIEW
    report: Report | None = snapshot.find("Report", key)
    level = folder_levels(conn, actor, snapshot).get(report.folder) if report else None
    if report is None or level is None or not _is_usable(report, actor, snapshot):
        raise NotFound(key)
    return report, level if may_build(actor, snapshot) else VIEW


def may_change(report: Report, level: str) -> bool:
    """Says whether somebody of that level on its folder may change the report."""
    return is_own(report) or level in (EDIT, MANAGE)


__all__ = [
    "BUILD", "EDIT", "EXPORT", "MANAGE", "PUBLISH", "RUN", "VIEW", "Catalog", "catalog_of",
    "folder_levels", "get_report", "may_build", "may_change", "require_run",
]  # fmt: skip
