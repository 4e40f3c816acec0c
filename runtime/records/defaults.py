"""What a new record gets in the fields that nobody set: fixed defaults and those by formula.

Formulas see who saves and the moment, whatever the person may read of users: what an administrator
wrote into a default is for everybody.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.formulas import Scene
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from .rules import Rules
from .validation import Looks, ambients


def defaults_of(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, rules: Rules, now: datetime
) -> dict[str, Value]:
    """{local name: value} of a new record; fields whose default is blank now are not in it."""
    found = dict(rules.defaults)
    if rules.object.has_owner:
        found["OwnerId"] = actor.user_id
    if not rules.computed:
        return found
    asked = frozenset[str]().union(*(one.ambients for one in rules.computed.values()))
    scene = Scene({}, None, ambients(conn, actor, snapshot, Looks(frozenset(), (), asked), now))
    for name, one in rules.computed.items():
        if (value := one.work(scene)) is not None:
            found[name] = value
    return found
