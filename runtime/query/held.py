"""What an actor has on records they name: the level on each, asked of the one door."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..access.levels import Level
from .compile import select_for
from .request import Query, Rows

CHUNK = 500


def held(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    ids: Iterable[str],
    level: Level = Level.READ,
    rows: Rows = Rows.LIVE,
) -> set[str]:
    """Those of the ids on which the actor has at least the level."""
    wanted, found = sorted(set(ids)), set[str]()
    for start in range(0, len(wanted), CHUNK):
        where = Condition("Id", "in", tuple(wanted[start : start + CHUNK]))
        query = Query(object_name, where=where, rows=rows)
        compiled = select_for(actor, query, snapshot, level=level)
        found |= {str(row[0]) for row in conn.execute(compiled.statement, compiled.parameters)}
    return found


def level_on(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    record_id: str,
    known: Level = Level.NONE,
) -> Level:
    """The actor's level on one live record, as far as the record decides; `known` they have."""
    name = snapshot.object_of_id(record_id).name
    above = (level for level in (Level.FULL, Level.EDIT, Level.READ) if level > known)
    for level in above:
        if held(conn, actor, snapshot, name, (record_id,), level):
            return level
    return known
