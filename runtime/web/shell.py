"""The frame around every page: app, tabs, breadcrumbs, the person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from flask import g, request, url_for
from sqlalchemy import Connection, select

from ...metadata.definition import Definition
from ...metadata.delegation import fences_of
from ...metadata.kinds.custom_application import CustomApplication
from ...metadata.kinds.custom_object import CustomObject
from ...platform.i18n import _
from ...platform.web.current import company_name, logo_url
from ..access.permissions import Operation, holds, may
from ..favourites import Favourite, favourites_of
from ..notices.kept import MOST_COUNTED, UNREAD
from ..tours import SEEN, TOUR_OF
from .cells import record_url, tone_of
from .portraits import photo_url
from .scope import Here, here
from .sent import form_key
from .widgets import initials

Crumb = tuple[str, str]  # (label, url or "")
TileCrumb = tuple[str, str, str, int]  # likewise, with the icon and tone of an object
APP_COOKIE = "trellis_app"  # the app a person chose last; nothing depends on it but the tabs


class NavItem(NamedTuple):
    """One line of the left navigation; a heading has no url."""

    kind: str  # "link" or "heading"
    label: str
    url: str = ""
    icon: str = ""
    tone: int = 0  # 0 = plain, 1–8 = an object's tile
    active: bool = False
    count: int | None = None  # type: ignore[assignment]  # the tuple's own `count` is not used


class SetupLink(NamedTuple):
    """One line of the Setup tree."""

    label: str
    url: str
    icon: str
    active: bool


SetupGroup = tuple[str, list[SetupLink]]  # (heading, links)


class Person(NamedTuple):
    """Who is at work, for the menu at the top right."""

    name: str
    initials: str
    tone: int
    photo: str = ""


#: {part of the frame: what it asks for}: all of them share one transaction of the page
NAV_PARTS: dict[str, Callable[[Connection, Here], Any]] = {
    "favourites": lambda connection, scope: favourites_of(connection, scope.actor, scope.snapshot),
    "asked": lambda connection, scope: _asked(connection, scope),
}
_ASKED = select(UNREAD.scalar_subquery(), SEEN.scalar_subquery())


def _tour() -> str:
    """The tour of the page that is asked for, "" without one."""
    return TOUR_OF.get(request.endpoint or "", "")


def _asked(connection: Connection, scope: Here) -> tuple[int, str]:
    """(notices that wait, tour of this page as long as the person has not seen it)."""
    unread, seen = connection.execute(_ASKED, {"who": scope.actor.user_id}).one()
    name = _tour()
    return int(unread), name if name not in (seen or ()) else ""


class Nav:
    """What the shell template shows; each part is worked out when the template asks for it."""

    setup_tree: list[SetupGroup] = []  # noqa: RUF012 - the builder's own Nav fills it

    @cached_property
    def org_logo(self) -> str:
        return logo_url()

    @cached_property
    def _here(self) -> Here:
        return here()

    @cached_property
    def org_name(self) -> str:
        return company_name()

    @cached_property
    def _app(self) -> CustomApplication | None:
        apps = applications(self._here)
        chosen = request.cookies.get(APP_COOKIE)
        return next((app for app in apps if app.name == chosen), apps[0] if apps else None)

    @property
    def app_label(self) -> str:
        return self._here.snapshot.label(self._app) if self._app else ""

    @property
    def apps(self) -> list[tuple[str, str, bool]]:
        snapshot = self._here.snapshot
        return [
            (app.name, snapshot.label(app), app is self._app) for app in applications(self._here)
        ]

    @property
    def items(self) -> list[NavItem]:
        home = NavItem(
            "link",
            _("Home"),
            url_for("pages.home"),
            "house",
            active=request.endpoint == "pages.home",
        )
        return [home, *self._calendar(), *self._tabs(), *self._reports()]

    def _reports(self) -> list[NavItem]:
        """The reports, for those who may run some."""
        scope = self._here
        if not holds(scope.actor, "RunReports", scope.snapshot):
            return []
        active = g.get("active_object", "") == "reports"
        url = url_for("pages.reports")
        return [
            NavItem("heading", _("Analyse")),
            NavItem("link", _("Reports"), url, "file-chart-column", active=active),
            NavItem(
                "link",
                _("Dashboards"),
                url_for("pages.dashboards"),
                "layout-dashboard",
                active=g.get("active_object", "") == "dashboards",
            ),
        ]

    def _calendar(self) -> list[NavItem]:
        """The calendar, where the org has events that the person may see."""
        scope = self._here
        obj = scope.snapshot.find_object("Event")
        if obj is None or not may(scope.actor, Operation.READ, obj, scope.snapshot):
            return []
        url = url_for("pages.calendar")
        return [NavItem("link", _("Calendar"), url, "calendar-days", active=request.path == url)]

    def _tabs(self) -> list[NavItem]:
        snapshot = self._here.snapshot
        active = g.get("active_object", "")
        items = []
        for name in self._app.tabs if self._app else ():
            tab = snapshot.find("CustomTab", name)
            obj = snapshot.find_object(tab.object) if tab else None
            if (
                tab is None
                or obj is None
                or not may(self._here.actor, Operation.READ, obj, snapshot)
            ):
                continue
            label = (tab.label and snapshot.label(tab)) or snapshot.label(obj, "pluralLabel")
            url = url_for("pages.list_records", object_name=obj.name)
            items.append(
                NavItem("link", label, url, tab.icon or obj.icon, obj.tone, obj.name == active)
            )
        return items

    @cached_property
    def _parts(self) -> dict[str, Any]:
        """What every page asks the database for its frame, in one look at the data."""
        scope = self._here
        with scope.read() as connection:
            return {name: gather(connection, scope) for name, gather in NAV_PARTS.items()}

    @cached_property
    def favourites(self) -> list[tuple[str, NavItem]]:
        """(target, line) of what the person has starred."""
        return [(one.target, favourite_item(one)) for one in self._parts["favourites"]]

    def is_favourite(self, target: str) -> bool:
        """Says whether the person has starred the record or view."""
        return any(one == target for one, _item in self.favourites)

    @property
    def unread(self) -> str:
        """How many notices wait, as the bell says it; "" for none."""
        n = self._parts["asked"][0]
        return f"{MOST_COUNTED - 1}+" if n >= MOST_COUNTED else str(n or "")

    @property
    def tour(self) -> str:
        """The name of the tour of this page, "" without one."""
        return _tour()

    @property
    def tour_offer(self) -> str:
        """The tour to be offered at the foot of the navigation, "" for none."""
        return str(self._parts["asked"][1])

    @property
    def setup(self) -> bool:
        scope = self._here
        return scope.actor.is_administrator or bool(fences_of(scope.actor, scope.snapshot))

    @property
    def create(self) -> list[tuple[str, str, str, int]]:
        """(label, address, icon, tone) of what the app lets the person make, for the plus."""
        scope = self._here
        return [
            (scope.snapshot.label(obj), url, obj.icon, obj.tone)
            for obj in self._objects()
            if may(scope.actor, Operation.CREATE, obj, scope.snapshot)
            and (url := url_for("pages.new_record", object_name=obj.name))
        ]

    def _objects(self) -> Iterator[CustomObject]:
        """The objects of the app's tabs."""
        snapshot = self._here.snapshot
        for name in self._app.tabs if self._app else ():
            tab = snapshot.find("CustomTab", name)
            if tab and (obj := snapshot.find_object(tab.object)):
                yield obj

    @property
    def breadcrumbs(self) -> list[Crumb | TileCrumb]:
        crumbs: list[Crumb | TileCrumb] = g.get("breadcrumbs", [])
        return crumbs

    @property
    def user(self) -> Person:
        actor = self._here.actor
        tone, photo = tone_of(actor.user_id), photo_url(actor.user_id)
        return Person(actor.name, initials(actor.name), tone, photo)


def favourite_item(one: Favourite) -> NavItem:
    """A favourite as a line of the navigation: a record by its letter, a view by its object."""
    if one.report:
        url = url_for("pages.report", key=one.report)
        return NavItem("link", one.title, url, "file-chart-column", 0, request.path == url)
    if one.dashboard:
        url = url_for("pages.dashboard", key=one.dashboard)
        return NavItem("link", one.title, url, "layout-dashboard", 0, request.path == url)
    if one.object is None or not one.view:
        active = request.path == record_url(one.target)
        return NavItem("link", one.title, record_url(one.target), "", tone_of(one.target), active)
    url = url_for("pages.list_records", object_name=one.object.name, view=one.view)
    active = request.path == f"/o/{one.object.name}" and request.args.get("view") == one.view
    return NavItem("link", one.title, url, one.object.icon, one.object.tone, active)


def applications(scope: Here) -> list[CustomApplication]:
    """The apps in their order, the default one first."""
    apps = scope.snapshot.of_kind("CustomApplication")
    return sorted(apps, key=lambda app: (not app.default, app.rank, app.label))


def trail(*crumbs: Crumb, active: CustomObject | str = "") -> None:
    """Says where the page stands and which tab is lit; a list alone has its object's tile."""
    g.breadcrumbs = list(crumbs)
    if len(crumbs) == 1 and isinstance(active, CustomObject):
        g.breadcrumbs = [(*crumbs[0], active.icon, active.tone)]
    g.active_object = active if isinstance(active, str) else active.name


def shell_context() -> dict[str, Any]:
    """For every template: the navigation."""
    return {"nav": g.get("nav") or Nav()}


def label_of(definition: Definition, attribute: str = "label") -> str:
    """The label of a definition, for templates."""
    return here().snapshot.label(definition, attribute)


TEMPLATE_GLOBALS = {
    "form_key": form_key,
    "initials": initials,
    "label_of": label_of,
    "tone_of": tone_of,
    "photo_url": photo_url,
}
