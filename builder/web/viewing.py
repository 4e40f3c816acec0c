"""The way into viewing the org as another user: as nobody who has more rights than oneself."""

from __future__ import annotations

from flask import redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform.errors import Denied, NotFound
from ...platform.i18n import _
from ...platform.people import viewing
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import origin, signed_in
from ...runtime.access.permissions import exceeds, holds
from ...runtime.web.scope import Here, here
from .blueprint import setup

NEEDED = ("ManageUsers", "ModifyAllData")


@setup.post("/users/<user_id>/view-as")
@requires(ADMINISTRATOR)
def view_as(user_id: str) -> Response:
    """Shows the org as the user sees it, for an hour at most; nothing can be changed meanwhile."""
    scope, session, ip = here(), signed_in(), origin().ip
    back = url_for("setup.user", user_id=user_id)

    def begin(conn: Connection) -> None:
        viewed = find_actor(conn, scope.actor.org, user_id)
        if viewed is None:
            raise NotFound(user_id)
        _require(scope, viewed)
        viewing.begin(conn, session.id, scope.actor, viewed, back, ip)

    scope.org_db.transact(begin)
    return redirect("/")


def _require(scope: Here, viewed: Actor) -> None:
    """Raises Denied where the actor may not view as that user."""
    if viewed.user_id == scope.actor.user_id:
        raise Denied(_("You see the org with your own eyes already."))
    if not all(holds(scope.actor, name, scope.snapshot) for name in NEEDED):
        raise Denied(_("Viewing as others takes the permissions to manage users and all data."))
    if exceeds(viewed, scope.actor, scope.snapshot):
        raise Denied(_("This user may do something that you may not."))
