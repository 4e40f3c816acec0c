"""Installs what a package ships, through the one pipeline, below the org's own changes.

What the org renamed is called in new releases as the org calls it; what it deleted stays deleted,
and nothing that is installed names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ...platform.db.scope import OrgDatabase
from ...platform.errors import require
from ...platform.i18n import _
from ...platform.migrations.tables import sys_document
from ...platform.people.actor import Actor
from .. import overlay
from ..checks import check_document
from ..definition import Document, Uid
from ..deploy.apply import Deployment, deploy
from ..deploy.change_set import ChangeSet
from ..deploy.record import Shipped
from ..deploy.removal import follow_removals
from ..deploy.rename import follow_renames
from ..snapshot import Snapshot
from ..store import LIVE, SNAPSHOTS, parsed


@dataclass(frozen=True, slots=True)
class _Known:
    """What the org has of a shipped component."""

    state: str
    name: str  # as the org calls it
    base: Document | None
    patch: overlay.Patch


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
    require(problem for document in shipped.values() for problem in check_document(document))
    with org_db.read() as conn:
        snapshot, known = SNAPSHOTS.at(conn, org_db), _known(conn)
    effective = _effective(snapshot, shipped, known)
    bases = {
        uid: Shipped(origin, document)
        for uid, document in shipped.items()
        if uid in effective and _is_new_base(known.get(uid), document)
    }
    said = summary or _("Package %(name)s installed", name=origin)
    change_set = ChangeSet(tuple(effective.values()), (), said)
    return deploy(org_db, actor, change_set, deployment_id=deployment_id, shipped=bases)


def _is_new_base(known: _Known | None, document: Document) -> bool:
    return known is None or known.base is None or not overlay.same(known.base, document)


def _effective(
    snapshot: Snapshot, shipped: Mapping[str, Document], known: Mapping[str, _Known]
) -> dict[str, Document]:
    """{uid: document} as the org will have them."""
    named = _as_the_org_names_them(snapshot, shipped, known)
    deleted = [Uid(uid) for uid in shipped if uid in known and known[uid].state != LIVE]
    merged = {
        uid: overlay.merge(document, known[uid].patch) if uid in known else document
        for uid, document in named.items()
    }
    if not deleted:
        return merged
    whole = snapshot.with_changes(parsed(document) for document in merged.values())
    removal = follow_removals(whole, deleted)
    cleaned = {str(d.uid): d.document for d in removal.cleaned}
    left = {uid: d for uid, d in merged.items() if uid not in removal.removed}
    return {uid: cleaned.get(uid, document) for uid, document in left.items()}


def _as_the_org_names_them(
    snapshot: Snapshot, shipped: Mapping[str, Document], known: Mapping[str, _Known]
) -> Mapping[str, Document]:
    release = Snapshot(snapshot.org, 0, [parsed(document) for document in shipped.values()])
    renamed = {
        Uid(uid): parsed({**document, "name": known[uid].name})
        for uid, document in shipped.items()
        if uid in known and known[uid].state == LIVE and _is_renamed(known[uid])
    }
    followed = follow_renames(release, renamed)
    return {uid: followed[uid].document if uid in followed else d for uid, d in shipped.items()}  # type: ignore[index]


def _is_renamed(known: _Known) -> bool:
    return known.base is not None and known.base["name"] != known.name


def _known(conn: sa.Connection) -> dict[str, _Known]:
    d = sys_document.c
    rows = conn.execute(sa.select(d.uid, d.state, d.name, d.base, d.overlay))
    return {uid: _Known(state, name, base, patch) for uid, state, name, base, patch in rows}
