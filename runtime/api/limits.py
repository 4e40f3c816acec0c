"""How much an org may ask of the API in a day, and a person in a minute; counted without a write
for each call.

Calls are counted in memory and added to the row of the day once a minute, where the counts of other
processes are learnt, too. A process that dies forgets less than a minute of its calls: the limits
protect the server from programs gone wild, and are no bill.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from ...platform import clock
from ...platform.db.inserts import insert_into
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Unavailable
from ...platform.migrations.tables import sys_api_use
from ...platform.people.actor import Actor
from .faults import Refusal

A_DAY = 250_000  # calls of an org
A_MINUTE = 3_000  # calls of a person
FLUSHED = timedelta(minutes=1)
KEPT = timedelta(days=40)
_t = sys_api_use.c


@dataclass(slots=True)
class Use:
    """What this process knows of an org's calls on one day."""

    day: date
    known: int  # by the row of the day, when it was last looked at
    flushed_at: datetime
    minute: datetime
    own: int = 0  # of this process, not yet in the row
    people: dict[str, int] = field(default_factory=dict)  # {user id: calls in the minute}


_USES: WeakKeyDictionary[OrgDatabase, Use] = WeakKeyDictionary()
_LOCK = threading.Lock()


def count(db: OrgDatabase, actor: Actor) -> None:
    """Counts a call of the actor; raises Refusal when it is one too many."""
    now = clock.now()
    use = _USES.get(db)
    if use is None or now - use.flushed_at >= FLUSHED or use.day != now.date():
        use = _settled(db, now)
    with _LOCK:
        if now - use.minute >= timedelta(minutes=1):
            use.minute, use.people = now, {}
        mine = use.people[actor.user_id] = use.people.get(actor.user_id, 0) + 1
        use.own += 1
    if use.known + use.own > A_DAY:
        raise _refused("TotalRequests Limit exceeded.")
    if mine > A_MINUTE:
        raise _refused("Too many requests of this user within a minute.")


def used(db: OrgDatabase) -> int | None:
    """The calls of the org today, as far as this process knows; None before the first."""
    use = _USES.get(db)
    return None if use is None else use.known + use.own


def _settled(db: OrgDatabase, now: datetime) -> Use:
    """The use of the day, after what was counted here is written down."""
    with _LOCK:
        old = _USES.get(db)
        own, day = (old.own, old.day) if old else (0, now.date())
        known = old.known if old and day == now.date() else 0
        use = Use(now.date(), known, now, now)
        _USES[db] = use
    try:
        use.known = db.transact(lambda conn: _added(conn, day, own, now.date()))
    except Unavailable:
        use.own += own  # with the next minute's
    return use


def _added(conn: sa.Connection, day: date, calls: int, today: date) -> int:
    if calls:
        added = insert_into(conn, sys_api_use).values(day=day.isoformat(), calls=calls)
        more = {"calls": _t.calls + calls}
        conn.execute(added.on_conflict_do_update(index_elements=["day"], set_=more))
        conn.execute(sa.delete(sys_api_use).where(_t.day < (today - KEPT).isoformat()))
    found = conn.scalar(sa.select(_t.calls).where(_t.day == today.isoformat()))
    return int(found or 0)


def _refused(message: str) -> Refusal:
    return Refusal("REQUEST_LIMIT_EXCEEDED", message, status=403)
