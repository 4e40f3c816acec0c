"""Apps and their tabs; which objects have a tab at all."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_application import CustomApplication
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.shell import applications
from ..drafts.apps import edited_app, new_app, new_tab
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .problems import by_field


@setup.get("/apps")
@requires(ADMINISTRATOR)
def apps() -> str:
    """All apps with their tabs, and the objects that have no tab yet."""
    scope = here()
    stand("setup.apps")
    tabbed = {tab.object for tab in scope.snapshot.of_kind("CustomTab")}
    without = [o for o in scope.snapshot.objects() if o.name not in tabbed and not o.storage]
    return render_template(
        "builder/apps.html",
        apps=[
            (app, scope.snapshot.label(app), _tabs(scope.snapshot, app))
            for app in applications(scope)
        ],
        without=[(o.name, scope.snapshot.label(o, "pluralLabel")) for o in without],
    )


@setup.route("/apps/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_app_page() -> str | Response | tuple[str, int]:
    """A new app."""
    scope = here()
    stand("setup.apps", (_("New app"), ""))
    if request.method == "GET":
        return _page(scope, None)
    form = request.form
    try:
        put_live(
            scope,
            new_app(scope.snapshot, form.get("label", "").strip(), form.get("icon", ""), _posted()),
        )
    except Rejected as rejected:
        return _page(scope, None, rejected.problems), 422
    return redirect(url_for("setup.apps"))


@setup.route("/apps/<name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def app(name: str) -> str | Response | tuple[str, int]:
    """An app's name, icon and tabs in order."""
    scope = here()
    known = scope.snapshot.get("CustomApplication", name)
    stand("setup.apps", (scope.snapshot.label(known), ""))
    if request.method == "GET":
        return _page(scope, known)
    form = request.form
    label = form.get("label", "").strip()
    base = known.label if label == scope.snapshot.label(known) else label
    try:
        change_set = edited_app(known, base, form.get("icon", ""), _posted())
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        return _page(scope, known, rejected.problems), 422
    return redirect(url_for("setup.apps"))


@setup.post("/apps/<name>/delete")
@requires(ADMINISTRATOR)
def delete_app(name: str) -> Response:
    """Puts an app into the bin; its tabs and objects stay."""
    scope = here()
    known = scope.snapshot.get("CustomApplication", name)
    removed = (Uid(known.uid),)
    put_live(scope, ChangeSet((), removed, _("App %(label)s deleted", label=known.label)))
    return redirect(url_for("setup.apps"))


@setup.post("/tabs/new")
@requires(ADMINISTRATOR)
@sent_once
def new_tab_deed() -> Response:
    """Gives an object a tab, at the end of the chosen apps."""
    scope = here()
    obj = scope.snapshot.object(request.form.get("object", ""))
    chosen = [a for a in applications(scope) if a.name in request.form.getlist("apps")]
    put_live(scope, new_tab(obj, chosen))
    return redirect(url_for("setup.apps"))


def _posted() -> list[str]:
    """The chosen tabs in the order of the editor's rows."""
    chosen = set(request.form.getlist("tabs"))
    return [name for name in request.form.getlist("tab_order") if name in chosen]


def _tabs(snapshot: Snapshot, known: CustomApplication) -> list[tuple[str, str, int]]:
    tabs = []
    for name in known.tabs:
        tab = snapshot.find("CustomTab", name)
        obj = snapshot.find_object(tab.object) if tab else None
        if tab and obj:
            tabs.append((snapshot.label(obj, "pluralLabel"), tab.icon or obj.icon, obj.tone))
    return tabs


def _page(scope: Here, known: CustomApplication | None, problems: tuple[Problem, ...] = ()) -> str:
    snapshot = scope.snapshot
    chosen = list(known.tabs) if known else []
    others = [tab.name for tab in snapshot.of_kind("CustomTab") if tab.name not in chosen]
    rows = []
    for name in [*chosen, *others]:
        tab = snapshot.find("CustomTab", name)
        obj = snapshot.find_object(tab.object) if tab else None
        if tab and obj:
            rows.append(
                (
                    name,
                    snapshot.label(obj, "pluralLabel"),
                    tab.icon or obj.icon,
                    obj.tone,
                    name in chosen,
                )
            )
    return render_template(
        "builder/app.html",
        app=known,
        title=snapshot.label(known) if known else _("New app"),
        rows=rows,
        errors=by_field(problems),
    )
