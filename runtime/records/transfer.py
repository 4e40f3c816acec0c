"""Giving a record to another owner: who may, and to whom. It ends shares given by hand."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from ...metadata.grants import ObjectRight
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.rights import rights_of
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.migrations.tables import sys_share
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ..access import permissions
from ..access.levels import Level
from ..query.held import held
from .draft import Draft

OWNER = "OwnerId"
MANUAL = "Manual"


def check(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    drafts: Sequence[Draft],
    *,
    is_new: bool,
) -> None:
    """Notes a problem for each draft that changes hands and may not, or goes to the unfit."""
    named = [d for d in drafts if d.values.get(OWNER) and d.values[OWNER] != actor.user_id]
    moving = [d for d in named if not any(p.path[:1] == (OWNER,) for p in d.problems)]
    owners = {str(draft.values[OWNER]) for draft in moving}
    unfit = {owner for owner in owners if not _may_own(conn, actor, snapshot, obj, owner)}
    if not is_new:
        changing = [d for d in drafts if OWNER in d.values]
        ids = {draft.id for draft in changing}
        free = ids if may_give_all(actor, snapshot, obj) else held(
            conn, actor, snapshot, obj.name, ids, Level.FULL
        )  # fmt: skip
        for draft in changing:
            if draft.id not in free:
                message = _("You may change this record, but not give it to another owner.")
                draft.problems.append(Problem("owner.not_transferable", (OWNER,), message))
    for draft in moving:
        if draft.values[OWNER] in unfit:
            message = _("The new owner cannot work with these records.")
            hint = _("Choose somebody active whose profile lets them see the object.")
            draft.problems.append(Problem("owner.unfit", (OWNER,), message, hint))


def may_give_all(actor: Actor, snapshot: Snapshot, obj: CustomObject) -> bool:
    """Says whether the actor may transfer whatever they may edit."""
    is_free = obj.sharing_model in ("ReadWriteTransfer", "FullAccess")
    return is_free or permissions.holds(actor, "TransferAnyEntity", snapshot)


def _may_own(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject, owner: str
) -> bool:
    queue = snapshot.find_uid(owner)
    if queue is not None:
        return queue.kind == "Queue" and obj.name in queue.objects
    person = find_actor(conn, actor.org, owner)
    if person is None:
        return False
    return bool(rights_of(person, snapshot).object(obj) & ObjectRight.READ)


def end_manual_shares(conn: sa.Connection, drafts: Sequence[Draft]) -> None:
    """The records that changed hands are shared by hand with nobody any more."""
    ids = [draft.id for draft in drafts if OWNER in draft.values]
    for start in range(0, len(ids), 500):
        s = sys_share.c
        mine = sa.and_(s.record_id.in_(ids[start : start + 500]), s.cause == MANUAL)
        conn.execute(sa.delete(sys_share).where(mine))
