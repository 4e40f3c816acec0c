"""A folder of dashboards: shared to circles of people as folders of reports are."""

from __future__ import annotations

from ...platform.i18n import lazy
from ..definition import Kind
from .base import KINDS, schema
from .report_folder import SHARES, check_folder, folder_references, parse_folder

KINDS.register(
    Kind(
        name="DashboardFolder",
        label=lazy("Dashboard folder"),
        schema=schema("DashboardFolder", {"shares": SHARES}, ("label",)),
        rank=63,
        folder="dashboardFolders",
        suffix="dashboardFolder",
        parse=parse_folder,
        references=folder_references,
        check=check_folder,
        permission="ManagePublicReports",
        icon="folder",
    )
)
