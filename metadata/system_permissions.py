"""What a person may be allowed beside records and fields: one row for each permission.

A permission is here only if something asks for it. Granting one grants those that it includes.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from ..platform.i18n import lazy


@dataclass(frozen=True, slots=True)
class SystemPermission:
    """One permission, under the name that Salesforce administrators know."""

    name: str
    label: str
    help: str
    includes: tuple[str, ...] = ()


_ROWS = (
    SystemPermission(
        "ViewAllData", lazy("View all data"), lazy("Sees every record of every object.")
    ),
    SystemPermission(
        "ModifyAllData",
        lazy("Modify all data"),
        lazy("Sees, changes, deletes and transfers every record of every object."),
        ("ViewAllData",),
    ),
    SystemPermission(
        "ViewSetup", lazy("View Setup"), lazy("Opens Setup and reads how the org is set up.")
    ),
    SystemPermission(
        "CustomizeApplication",
        lazy("Customize application"),
        lazy("Changes objects, fields, layouts, lists and all other metadata."),
        ("ViewSetup",),
    ),
    SystemPermission(
        "ManageUsers",
        lazy("Manage users"),
        lazy("Adds, changes, freezes and deactivates users, and assigns what they may do."),
        ("ViewSetup",),
    ),
    SystemPermission(
        "ManageProfilesPermissionsets",
        lazy("Manage profiles and permission sets"),
        lazy("Changes what profiles and permission sets allow."),
        ("ViewSetup",),
    ),
    SystemPermission(
        "ManageSharing",
        lazy("Manage sharing"),
        lazy("Changes org-wide defaults, roles, groups, queues and sharing rules."),
        ("ViewSetup",),
    ),
    SystemPermission(
        "ViewAuditTrail",
        lazy("View audit trail"),
        lazy("Reads who changed what in Setup, and who signed in."),
        ("ViewSetup",),
    ),
    SystemPermission(
        "ManageCompany",
        lazy("Manage company"),
        lazy("Changes the company's profile, business hours, holidays and mail settings."),
        ("ViewSetup",),
    ),
    SystemPermission(
        "ManagePublicListViews",
        lazy("Manage public list views"),
        lazy("Shares list views with everybody, and changes shared ones."),
    ),
    SystemPermission(
        "TransferAnyEntity",
        lazy("Transfer records"),
        lazy("Gives records that they may edit to another owner."),
    ),
    SystemPermission(
        "RunReports", lazy("Run reports"), lazy("Opens reports of folders shared with them.")
    ),
    SystemPermission(
        "CreateCustomizeReports",
        lazy("Create and customize reports"),
        lazy("Builds reports of their own, and changes those of folders that let them."),
        ("RunReports",),
    ),
    SystemPermission(
        "ManagePublicReports",
        lazy("Manage public reports"),
        lazy("Makes report folders, shares them, and changes every report in them."),
        ("CreateCustomizeReports",),
    ),
    SystemPermission(
        "ExportReport", lazy("Export data"), lazy("Takes lists and reports away as files.")
    ),
    SystemPermission("ImportData", lazy("Import data"), lazy("Brings many records in from files.")),
    SystemPermission(
        "ApiEnabled", lazy("Use the API"), lazy("Lets programs act with the person's rights.")
    ),
)
SYSTEM_PERMISSIONS = MappingProxyType({row.name: row for row in _ROWS})


def with_included(names: frozenset[str]) -> frozenset[str]:
    """The permissions and all that they include."""
    found, waiting = set(names), list(names)
    while waiting:
        row = SYSTEM_PERMISSIONS.get(waiting.pop())
        new = set(row.includes) - found if row else set()
        found |= new
        waiting += new
    return frozenset(found)
