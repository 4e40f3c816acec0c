"""The tree of Setup in place of the app's tabs, and what its search finds."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request, url_for

from ...platform.i18n import _, mark
from ...runtime.web.shell import Crumb, Nav, SetupGroup, SetupLink


@dataclass(frozen=True, slots=True)
class SetupPage:
    """A page of the tree; `words` are further words that the search knows it by."""

    label: str
    endpoint: str
    icon: str
    words: str = ""


TREE: tuple[tuple[str, tuple[SetupPage, ...]], ...] = (
    (
        mark("Data"),
        (
            SetupPage(mark("Objects"), "setup.objects", "database", mark("fields layouts types")),
            SetupPage(
                mark("Picklist value sets"), "setup.value_sets", "list", mark("values choices")
            ),
            SetupPage(mark("Deleted components"), "setup.bin", "trash-2", mark("restore undelete")),
        ),
    ),
    (
        mark("Interface"),
        (
            SetupPage(mark("Apps and tabs"), "setup.apps", "layers", mark("navigation")),
            SetupPage(mark("Labels and translations"), "setup.labels", "languages", mark("rename")),
        ),
    ),
    (
        mark("Company"),
        (
            SetupPage(
                mark("Company profile"), "setup.company", "building-2", mark("locale currency zone")
            ),
            SetupPage(mark("Users"), "setup.users", "users", mark("people password freeze")),
        ),
    ),
    (
        mark("Deploy"),
        (
            SetupPage(
                mark("Change log"), "setup.changes", "history", mark("revert undo versions audit")
            ),
        ),
    ),
)


class SetupNav(Nav):
    """The frame with the tree of Setup."""

    @property
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
            for heading, pages in TREE
        ]


def stand(page: str, *crumbs: Crumb) -> None:
    """Says where in Setup a page stands: the endpoint of its tree page, the rest of the trail."""
    g.nav = SetupNav()
    g.setup_page = page
    home = (_("Setup"), url_for("setup.home"))
    tree_page = next((p for _heading, pages in TREE for p in pages if p.endpoint == page), None)
    first = [(_(tree_page.label), url_for(page) if crumbs else "")] if tree_page else []
    g.breadcrumbs = [home, *first, *crumbs]
