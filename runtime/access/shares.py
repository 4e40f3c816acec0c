"""Shares that people give by hand to one record: who may give them, to whom, and how they end.

Rows of `sys_share` with the cause "Manual" are written here and nowhere else. A transfer ends them
(`records/transfer`). Refused: records that cannot be shared, people who do not dispose of the
record, and shares that would give nothing beyond the org-wide default.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform import audit, clock
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.migrations.tables import sys_share
from ...platform.people.actor import Actor
from ...platform.people.users import find_user
from ..query.held import held, level_on
from ..tables import Tables
from . import people, permissions
from .levels import ORG_WIDE, Level
from .people import BELOW_MARK
from .permissions import Operation
from .standing import standing_of

MANUAL = "Manual"
GIVEN = {"Read": Level.READ, "Edit": Level.EDIT}
_s = sys_share.c


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody gave; `grantee` is as `sys_share` has it: a user's id, a circle's uid."""

    grantee: str
    cause: str
    level: Level
    at: datetime
    by_id: str


def is_shareable(obj: CustomObject) -> bool:
    """Says whether records of the object can be shared one by one, and gain by it."""
    return obj.has_owner and not obj.controlled_by and levels_of(obj) != ()


def levels_of(obj: CustomObject) -> tuple[str, ...]:
    """The levels that give more than everybody has."""
    if obj.sharing_model == "ControlledByParent":
        return ()
    return tuple(name for name, level in GIVEN.items() if level > ORG_WIDE[obj.sharing_model])


def may_share(conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str) -> bool:
    """Says whether the actor may share the live record: theirs, of somebody below, or any."""
    obj = snapshot.object_of_id(record_id)
    if not is_shareable(obj) or not permissions.may(actor, Operation.EDIT, obj, snapshot):
        return False
    return level_on(conn, actor, snapshot, record_id) >= Level.FULL


def require_sharing(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str
) -> CustomObject:
    """The record's object; raises NotFound for what may not be seen, Denied for the rest."""
    obj = snapshot.object_of_id(record_id)
    permissions.require(actor, Operation.READ, obj, snapshot)
    if not held(conn, actor, snapshot, obj.name, (record_id,)):
        raise NotFound(record_id)
    if not is_shareable(obj):
        raise Denied(_("Records of this object cannot be shared one by one."))
    if not may_share(conn, actor, snapshot, record_id):
        raise Denied(_("Only who owns this record, or is above its owner, may share it."))
    return obj


def shares_of(conn: sa.Connection, snapshot: Snapshot, record_id: str) -> tuple[Share, ...]:
    """All shares of the record itself, the oldest first."""
    return _read(conn, snapshot, record_id, sa.true())


def reaching(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str
) -> tuple[Share, ...]:
    """The shares of the record that come to the actor."""
    obj, standing = snapshot.object_of_id(record_id), standing_of(actor, snapshot)
    clause = people.shared_with_actor(
        _s.grantee, hierarchies=obj.uses_hierarchies, has_role=bool(standing.role),
        has_below=obj.uses_hierarchies and bool(standing.below),
    )  # fmt: skip
    found = permissions.parameters(actor, snapshot)
    return _read(conn, snapshot, record_id, clause, dict(found))


def _read(
    conn: sa.Connection,
    snapshot: Snapshot,
    record_id: str,
    clause: sa.ColumnElement[bool],
    parameters: dict[str, Any] | None = None,
) -> tuple[Share, ...]:
    own = snapshot.object_of_id(record_id).uid
    query = sa.select(_s.grantee, _s.cause, _s.level, _s.at, _s.by_id).where(
        _s.record_id == record_id, _s.object_uid == own, clause
    )
    rows = conn.execute(query.order_by(_s.at, _s.grantee), parameters or {})
    return tuple(Share(r.grantee, r.cause, Level(r.level), r.at, r.by_id) for r in rows)


def share(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    record_id: str,
    grantee: str,
    level_name: str,
) -> None:
    """Shares the record with the grantee; the same again changes the level.

    Raises NotFound, Denied, and Rejected for a grantee or level that makes no sense.
    """
    _lock(conn, snapshot, record_id)
    obj = require_sharing(conn, actor, snapshot, record_id)
    if level_name not in levels_of(obj):
        message = _("Choose what the others may do.")
        raise Rejected(Problem("share.level", ("level",), message))
    _check_grantee(conn, snapshot, obj, record_id, grantee)
    before = _manual(conn, obj, record_id, grantee)
    level = GIVEN[level_name]
    if before == level:
        return
    _take(conn, obj, record_id, grantee)
    row = {"record_id": record_id, "object_uid": obj.uid, "grantee": grantee, "cause": MANUAL}
    stamp = {"level": level, "at": clock.now(), "by_id": actor.user_id}
    conn.execute(sa.insert(sys_share).values(**row, **stamp))
    was = None if before is None else {"with": grantee, "level": before.name}
    told = {"with": grantee, "level": level.name}
    audit.record(conn, actor, "record.shared", _subject(obj, record_id), was, told)


def unshare(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str, grantee: str
) -> None:
    """Ends a share given by hand; ending it again changes nothing. Raises NotFound, Denied."""
    _lock(conn, snapshot, record_id)
    obj = require_sharing(conn, actor, snapshot, record_id)
    before = _manual(conn, obj, record_id, grantee)
    if before is None:
        return
    _take(conn, obj, record_id, grantee)
    was = {"with": grantee, "level": before.name}
    audit.record(conn, actor, "record.unshared", _subject(obj, record_id), was)


def _lock(conn: sa.Connection, snapshot: Snapshot, record_id: str) -> None:
    """Holds the record, so that it does not change hands between the check and the share."""
    main = Tables.of(snapshot).home(snapshot.object_of_id(record_id).name).main
    conn.execute(sa.select(main.c.id).where(main.c.id == record_id).with_for_update())


def _subject(obj: CustomObject, record_id: str) -> audit.Subject:
    """Without the record's title: not everybody who reads the log may see the record."""
    return audit.Subject(obj.name, record_id)


def _check_grantee(
    conn: sa.Connection, snapshot: Snapshot, obj: CustomObject, record_id: str, grantee: str
) -> None:
    circle = snapshot.find_uid(grantee.removeprefix(BELOW_MARK))
    if circle is not None:
        kinds = ("Role",) if grantee.startswith(BELOW_MARK) else ("Role", "Group")
        if circle.kind in kinds:
            return
    person = find_user(conn, grantee) if circle is None else None
    if person is None or not person.is_active:
        message = _("Choose somebody active, a role or a group.")
        raise Rejected(Problem("share.grantee", ("grantee",), message))
    main = Tables.of(snapshot).home(obj.name).main
    if conn.scalar(sa.select(main.c.owner_id).where(main.c.id == record_id)) == grantee:
        message = _("This is the owner, who has all of the record already.")
        raise Rejected(Problem("share.owner", ("grantee",), message))


def _mine(obj: CustomObject, record_id: str, grantee: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        _s.record_id == record_id,
        _s.object_uid == obj.uid,
        _s.grantee == grantee,
        _s.cause == MANUAL,
    )


def _manual(conn: sa.Connection, obj: CustomObject, record_id: str, grantee: str) -> Level | None:
    found = conn.scalar(sa.select(_s.level).where(_mine(obj, record_id, grantee)))
    return None if found is None else Level(found)


def _take(conn: sa.Connection, obj: CustomObject, record_id: str, grantee: str) -> None:
    conn.execute(sa.delete(sys_share).where(_mine(obj, record_id, grantee)))
