"""Private records: seen by their owner and those they are shared with, whatever else anybody may.

Which records can be private is said by their object (`private`). The rule stands in the statement
beside the one of sharing; administrators are held to it too, only the system is not.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.kinds.custom_object import CustomObject, master_of
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..tables import Home, Tables
from .people import ACTOR


def private_rule(
    actor: Actor, obj: CustomObject, snapshot: Snapshot, alias: FromClause
) -> sa.ColumnElement[bool] | None:
    """True of the rows of the main table that are not somebody else's secret; None: all are."""
    if obj.privacy is None or actor.is_system:
        return None
    home = Tables.of(snapshot).home(obj.name)
    seen = [_is_open(home, obj.privacy.field, alias), alias.c.owner_id == ACTOR]
    if (shared := _shared(obj, snapshot)) is not None:
        seen.append(alias.c.id.in_(shared))
    return sa.or_(*seen)


def _is_open(home: Home, field: str, alias: FromClause) -> sa.ColumnElement[bool]:
    place = home.places[field][""]
    if not place.slice:
        return alias.c[place.column].is_not(sa.true())
    table = home.table(place)
    private = sa.select(table.c.id).where(table.c[place.column].is_(sa.true()))
    return alias.c.id.not_in(private)


def _shared(obj: CustomObject, snapshot: Snapshot) -> sa.Select[str] | None:
    """The ids of the records whose details name the actor."""
    if obj.privacy is None or (master := master_of(snapshot, obj)) is None:
        return None
    details = Tables.of(snapshot).home(obj.privacy.detail)
    to, member = details.places[master.local_name][""], details.places[obj.privacy.member][""]
    lookups, members = details.table(to), details.table(member)
    found = sa.select(lookups.c[to.column]).where(members.c[member.column] == ACTOR)
    for table in {lookups, members} - {details.main}:
        found = found.where(table.c.id == details.main.c.id)
    return found.where(details.main.c.is_deleted == sa.false())
