"""Connected apps: the list, a new one, the page of one; its secret is shown once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from ...platform.people import connected_apps as kept
from ...platform.people.api_tokens import Scope
from ...platform.people.connected_apps import ConnectedApp
from ...platform.people.users import find_by_username, get_user
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.api_tokens import SCOPES
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .choices import profile_choices
from .nav import stand
from .problems import by_field

KINDS = (
    ("secret", lazy("A server that keeps a secret")),
    ("public", lazy("A program on people's machines, without a secret")),
)


@dataclass(frozen=True, slots=True)
class Said:
    """An app as the form has it: its user by name."""

    app: ConnectedApp
    username: str = ""


@setup.get("/connected-apps")
@requires(ADMINISTRATOR)
def connected_apps() -> str:
    """All apps by name."""
    stand("setup.connected_apps")
    with here().read() as connection:
        apps = kept.list_apps(connection)
    return render_template("builder/connected_apps.html", apps=apps, scopes=SCOPES)


@setup.route("/connected-apps/add", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def add_connected_app() -> str | Response | tuple[str, int]:
    """The form of a new app; its secret stands on the page that answers."""
    scope, blank = here(), ConnectedApp("", "")
    stand("setup.connected_apps", (_("New"), ""))
    if request.method == "GET":
        return _form(scope, Said(blank))
    said = _said(replace(blank, is_public=request.form.get("kind") == "public"))

    def create(connection: Connection) -> tuple[str, str]:
        return kept.create_app(connection, _whole(connection, said), scope.actor)

    try:
        client_id, secret = scope.org_db.transact(create)
    except Rejected as refused:
        return _form(scope, said, refused.problems), 422
    return _made(replace(said.app, id=client_id), secret)


@setup.route("/connected-apps/<client_id>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def connected_app(client_id: str) -> str | Response | tuple[str, int]:
    """One app as a form."""
    scope, known = _found(client_id)
    if request.method == "GET":
        with scope.read() as connection:
            user = get_user(connection, known.run_as).username if known.run_as else ""
        return _form(scope, Said(known, user))
    said = _said(replace(known, is_active="is_active" in request.form))

    def change(connection: Connection) -> None:
        kept.change_app(connection, _whole(connection, said), scope.actor)

    try:
        scope.org_db.transact(change)
    except Rejected as refused:
        return _form(scope, said, refused.problems), 422
    say(_("Saved."))
    return redirect(url_for("setup.connected_app", client_id=client_id))


@setup.post("/connected-apps/<client_id>/secret")
@requires(ADMINISTRATOR)
def renew_app_secret(client_id: str) -> str | Response:
    """Another secret; the old one and all that it gave end."""
    scope, known = _found(client_id)
    secret = scope.org_db.transact(lambda conn: kept.renew_secret(conn, known, scope.actor))
    return _made(known, secret)


@setup.post("/connected-apps/<client_id>/delete")
@requires(ADMINISTRATOR)
def delete_connected_app(client_id: str) -> Response:
    """Ends an app and everybody's access by it."""
    scope, known = _found(client_id)
    scope.org_db.transact(lambda conn: kept.delete_app(conn, known, scope.actor))
    say(_("%(name)s is deleted, and its access ended.", name=known.name))
    return redirect(url_for("setup.connected_apps"))


def _found(client_id: str) -> tuple[Here, ConnectedApp]:
    scope = here()
    with scope.read() as connection:
        known = kept.get_app(connection, client_id)
    stand("setup.connected_apps", (known.name, ""))
    return scope, known


def _said(base: ConnectedApp) -> Said:
    form = request.form
    lines = (line.strip() for line in form.get("redirect_uris", "").splitlines())
    wanted = form.get("scope", "")
    app = replace(
        base,
        name=form.get("name", "").strip(),
        redirect_uris=tuple(dict.fromkeys(line for line in lines if line)),
        scope=Scope(wanted) if wanted in tuple(Scope) else Scope.READ,
        stays="stays" in form,
        rotates="rotates" in form or base.is_public,
        permitted=tuple(form.getlist("permitted")),
    )
    return Said(app, form.get("run_as", "").strip())


def _whole(connection: Connection, said: Said) -> ConnectedApp:
    """The app with its user; raises Rejected for a user name that nobody has."""
    if not said.username:
        return replace(said.app, run_as=None)
    user = find_by_username(connection, said.username)
    if user is None:
        message = _("Nobody has this user name.")
        missing = Problem("connected_app.run_as", ("run_as",), message)
        raise Rejected(missing, *kept.check_app(connection, replace(said.app, run_as=None)))
    return replace(said.app, run_as=user.id)


def _made(app: ConnectedApp, secret: str) -> str:
    return render_template("builder/connected_app_made.html", app=app, secret=secret)


def _form(scope: Here, said: Said, problems: tuple[Problem, ...] = ()) -> str:
    snapshot = scope.snapshot
    permits = profile_choices(snapshot)
    permits += [(str(one.uid), snapshot.label(one)) for one in snapshot.of_kind("PermissionSet")]
    return render_template(
        "builder/connected_app.html",
        app=said.app,
        username=said.username,
        addresses="\n".join(said.app.redirect_uris),
        permits=permits,
        kinds=[(name, str(label)) for name, label in KINDS],
        scopes=[(one.value, f"{SCOPES[one][0]}: {SCOPES[one][1]}") for one in Scope],
        errors=by_field(problems),
    )
