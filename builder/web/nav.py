"""The tree of Setup in place of the app's tabs, and what its search finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from flask import g, request, url_for

from ...platform.i18n import _, mark
from ...runtime.web.palette import SETUP, Entry, offer
from ...runtime.web.scope import Here
from ...runtime.web.shell import Crumb, Nav, SetupGroup, SetupLink
from .bounds import is_delegate_or_more, opens, shaped


@dataclass(frozen=True, slots=True)
class SetupPage:
    """A page of the tree; `words` are further words that the search knows it by.

    `note` says what it is for.
    """

    label: str
    endpoint: str
    icon: str
    words: str = ""
    note: str = ""


TREE: tuple[tuple[str, tuple[SetupPage, ...]], ...] = (
    (
        mark("Data"),
        (
            SetupPage(
                mark("Objects"),
                "setup.objects",
                "database",
                mark("fields layouts types"),
                note=mark("Fields, layouts, list views, rules and record types"),
            ),
            SetupPage(
                mark("Picklist value sets"),
                "setup.value_sets",
                "list",
                mark("values choices"),
                note=mark("Values that several picklists share"),
            ),
            SetupPage(
                mark("Field usage"),
                "setup.field_usage",
                "chart-column",
                mark("unused fields filled report"),
                note=mark("How full each field is, and which nobody uses"),
            ),
            SetupPage(
                mark("Deleted components"),
                "setup.bin",
                "trash-2",
                mark("restore undelete"),
                note=mark("What was deleted from Setup, to be restored"),
            ),
        ),
    ),
    (
        mark("Interface"),
        (
            SetupPage(
                mark("Apps and tabs"),
                "setup.apps",
                "layers",
                mark("navigation"),
                note=mark("What stands in the navigation, in which order"),
            ),
            SetupPage(
                mark("Labels and translations"),
                "setup.labels",
                "languages",
                mark("rename"),
                note=mark("Other names for objects and fields, in each language"),
            ),
        ),
    ),
    (
        mark("Reports"),
        (
            SetupPage(
                mark("Report folders"),
                "setup.report_folders",
                "folder",
                mark("share reports"),
                note=mark("Who finds which reports, and who changes them"),
            ),
            SetupPage(
                mark("Report types"),
                "setup.report_types",
                "table-2",
                mark("join objects fields"),
                note=mark("Which objects and fields a report joins"),
            ),
        ),
    ),
    (
        mark("Company"),
        (
            SetupPage(
                mark("Company profile"),
                "setup.company",
                "building-2",
                mark("locale currency zone fiscal year"),
                note=mark("Name, logo, language, currency and fiscal year"),
            ),
            SetupPage(
                mark("Business hours"),
                "setup.working_time",
                "calendar-clock",
                mark("holidays closed days weekend"),
                note=mark("Working hours, holidays and closed days"),
            ),
            SetupPage(
                mark("Mail"),
                "setup.mail",
                "mail",
                mark("smtp server outbox sender"),
                note=mark("The server, the sender, and what waits to be sent"),
            ),
        ),
    ),
    (
        mark("Users and access"),
        (
            SetupPage(
                mark("Users"),
                "setup.users",
                "users",
                mark("people password freeze"),
                note=mark("Who signs in; freezing and new passwords"),
            ),
            SetupPage(
                mark("Profiles and sets"),
                "setup.permits",
                "shield-check",
                mark("permission sets rights fields access"),
                note=mark("What people may do with objects, fields and records"),
            ),
            SetupPage(
                mark("Delegated groups"),
                "setup.delegations",
                "user-cog",
                mark("delegated administration help desk"),
                note=mark("Who looks after which users"),
            ),
            SetupPage(
                mark("Roles"),
                "setup.roles",
                "network",
                mark("hierarchy tree sharing"),
                note=mark("Who stands above whom, and so sees more"),
            ),
            SetupPage(
                mark("Public groups"),
                "setup.groups",
                "user-round",
                mark("members share"),
                note=mark("People to share records with"),
            ),
            SetupPage(
                mark("Queues"),
                "setup.queues",
                "inbox",
                mark("owner leads cases members"),
                note=mark("Records that wait for an owner"),
            ),
            SetupPage(
                mark("Sign-in policy"),
                "setup.sign_in_policy",
                "key-round",
                mark("second factor password session"),
                note=mark("Passwords, second factor and sessions"),
            ),
            SetupPage(
                mark("Connected apps"),
                "setup.connected_apps",
                "plug",
                mark("oauth api tools client secret sf jsforce"),
            ),
            SetupPage(
                mark("Sharing settings"),
                "setup.sharing",
                "share-2",
                mark("org-wide defaults rules access private roles"),
                note=mark("Who sees the records of others"),
            ),
        ),
    ),
    (
        mark("Deploy"),
        (
            SetupPage(
                mark("Packages"),
                "setup.packages",
                "package",
                mark("install export gallery"),
                note=mark("Your work as a file for another org"),
            ),
            SetupPage(
                mark("Change log"),
                "setup.changes",
                "history",
                mark("revert undo versions audit"),
                note=mark("Every change of the setup, and the way back"),
            ),
            SetupPage(
                mark("Audit trail"),
                "setup.audit_trail",
                "clipboard-list",
                mark("log sign-in who did what tampering"),
                note=mark("Who did what, and when"),
            ),
        ),
    ),
)


def open_tree() -> Iterator[tuple[str, list[SetupPage]]]:
    """The tree as far as the caller may go; a delegate sees little of it."""
    for heading, pages in TREE:
        if found := [page for page in pages if opens(page.endpoint)]:
            yield heading, found


class SetupNav(Nav):
    """The frame with the tree of Setup."""

    @cached_property
    def setup_tree(self) -> list[SetupGroup]:  # type: ignore[override]
        active = g.get("setup_page", request.endpoint)
        return [
            (
                _(heading),
                [
                    SetupLink(
                        _(page.label), url_for(page.endpoint), page.icon, page.endpoint == active
                    )
                    for page in pages
                ],
            )
            for heading, pages in open_tree()
        ]


def stand(page: str, *crumbs: Crumb) -> None:
    """Says where in Setup a page stands: the endpoint of its tree page, the rest of the trail."""
    g.nav = SetupNav()
    g.setup_page = page
    home = (_("Setup"), url_for("setup.home"))
    tree_page = next((p for _heading, pages in TREE for p in pages if p.endpoint == page), None)
    first = [(_(tree_page.label), url_for(page) if crumbs else "")] if tree_page else []
    g.breadcrumbs = [home, *first, *crumbs]


@offer
def _in_palette(scope: Here) -> Iterator[Entry]:
    """The pages of Setup, objects and their fields, for whoever may go there."""
    if not is_delegate_or_more(scope):
        return
    for heading, pages in open_tree():
        for page in pages:
            words = _(page.words) if page.words else ""
            yield Entry(
                SETUP, _(page.label), url_for(page.endpoint), page.icon, _(heading), words=words
            )
    for obj in shaped(scope):
        home = url_for("setup.object_fields", object_name=obj.name)
        label = scope.snapshot.label(obj)
        yield Entry(SETUP, label, home, obj.icon, _("Object"), obj.tone, obj.name)
