"""Installs what a package ships, through the one pipeline, below the org's own changes."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from ...platform.db.scope import OrgDatabase
from ...platform.i18n import _
from ...platform.migrations.tables import sys_document
from ...platform.people.actor import Actor
from .. import overlay
from ..definition import Document
from ..deploy.apply import Deployment, deploy
from ..deploy.change_set import ChangeSet
from ..deploy.record import Shipped
from ..store import LIVE


def install_documents(
    org_db: OrgDatabase,
    actor: Actor,
    documents: Iterable[Document],
    origin: str = "standard",
    summary: str = "",
    *,
    deployment_id: str | None = None,
) -> Deployment:
    """Installs or upgrades; the org's own changes stay, and what it deleted stays deleted.

    Raises Rejected with every problem; then nothing is installed.
    """
    shipped = {str(document["uid"]): document for document in documents}
    effective, bases = [], {}
    with org_db.read() as conn:
        known = _known(conn)
    for uid, document in shipped.items():
        state, base, patch = known.get(uid, (LIVE, None, None))
        if state != LIVE:
            continue
        effective.append(overlay.merge(document, patch))
        if base is None or not overlay.same(base, document):
            bases[uid] = Shipped(origin, document)
    said = summary or _("Package %(name)s installed", name=origin)
    change_set = ChangeSet(tuple(effective), (), said)
    return deploy(org_db, actor, change_set, deployment_id=deployment_id, shipped=bases)


def _known(conn: sa.Connection) -> dict[str, tuple[str, Document | None, overlay.Patch]]:
    d = sys_document.c
    rows = conn.execute(sa.select(d.uid, d.state, d.base, d.overlay))
    return {uid: (state, base, patch) for uid, state, base, patch in rows}
