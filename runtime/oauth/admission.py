"""Whether somebody may use an app from here and now: asked whenever it gets a token."""

from __future__ import annotations

import sqlalchemy as sa

from ...metadata.store import SNAPSHOTS
from ...platform.db.scope import OrgDatabase
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ...platform.people.connected_apps import ConnectedApp
from ..access.permissions import holds
from ..web.whereabouts import admits

NEEDED = "ApiEnabled"


def why_not(
    conn: sa.Connection, db: OrgDatabase, app: ConnectedApp, actor: Actor, address: str
) -> str:
    """Why the actor may not use the app from that address now; "" when they may."""
    if not holds(actor, NEEDED, SNAPSHOTS.at(conn, db)):
        return _("Your profile does not allow to use the API.")
    if not app.admits(actor):
        return _("An administrator decides who uses this app, and you are not among them.")
    problem = admits(conn, db, actor, address)
    return problem.sentence if problem else ""
