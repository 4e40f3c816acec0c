"""Notices as a person reads them: sentences, made with what the reader may see at this moment.

A record that the reader may no longer see has no name in them and no way to it, whatever the
notice was about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ...platform.migrations.tables import sys_comment
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may
from ..query.request import Rows
from ..query.run import find_titles
from .kept import Notice
from .kinds import KINDS, Facts, Kind

LONGEST = 240  # characters of a comment


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words."""

    id: str
    kind: Kind
    sentence: str
    text: str  # of the comment it tells of
    record_id: str  # where it leads, or
    object: str  # the object whose list it leads to; both "" where there is no way
    comment_id: str
    at: datetime
    is_read: bool


def told(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, notices: Sequence[Notice]
) -> tuple[Told, ...]:
    """The notices in words; a statement for each object they are about, one for comments."""
    records = {one.record_id for one in notices if one.record_id}
    titles = find_titles(conn, actor, snapshot, records, Rows.LIVE)
    names = find_titles(conn, actor, snapshot, {one.actor_id for one in notices})
    open_to = [one for one in notices if one.record_id in titles]
    texts = _texts(conn, [str(one.args["comment"]) for one in open_to if "comment" in one.args])
    known = (one for one in notices if KINDS.find(one.kind))
    return tuple(_told(actor, snapshot, one, titles, names, texts) for one in known)


def _texts(conn: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """{id of a comment: its text} of those that are still there."""
    if not ids:
        return {}
    c = sys_comment.c
    rows = conn.execute(sa.select(c.id, c.text).where(c.id.in_(ids))).all()
    return {row.id: row.text for row in rows}


def _told(
    actor: Actor,
    snapshot: Snapshot,
    one: Notice,
    titles: Mapping[str, str],
    names: Mapping[str, str],
    texts: Mapping[str, str],
) -> Told:
    kind, uid = KINDS.get(one.kind), str(one.args.get("object", ""))
    obj = _object(actor, snapshot, uid) if uid else None
    what = titles.get(one.record_id or "") or (obj and snapshot.label(obj, "pluralLabel"))
    facts = Facts(
        names.get(one.actor_id) or _("Somebody"),
        what or _("something that you cannot see"),
        int(one.args.get("count", 1)),
        one.args,
    )
    comment = str(one.args.get("comment", ""))
    text = texts.get(comment, "") if one.record_id in titles else ""
    return Told(
        one.id,
        kind,
        kind.says(facts),
        text if len(text) <= LONGEST else text[: LONGEST - 1] + "…",
        one.record_id or "" if one.record_id in titles else "",
        obj.name if obj else "",
        comment if text else "",
        one.at,
        one.read_at is not None,
    )


def _object(actor: Actor, snapshot: Snapshot, uid: str) -> CustomObject | None:
    """The object of that uid, if the actor may see its records."""
    found = snapshot.find_uid(uid)
    if isinstance(found, CustomObject) and may(actor, Operation.READ, found, snapshot):
        return found
    return None


def path_of(one: Told) -> str:
    """The address that the notice leads to; "" where there is no way."""
    if one.record_id:
        tab = f"?tab={one.kind.tab}" if one.kind.tab else ""
        return f"/r/{one.record_id}{tab}" + (f"#c-{one.comment_id}" if one.comment_id else "")
    return f"/o/{one.object}" if one.object else ""
