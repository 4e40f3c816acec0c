"""Who gets what by mail, as rows: one for a person and a report or dashboard.

Everybody may ask for what they find themselves; who manages public reports may ask for others, who
see it under their own and may end it. Nobody's own wish is written over by somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.dashboard import Dashboard
from ...metadata.kinds.report_model import Report
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.inserts import put_row
from ...platform.errors import Denied, NotFound, Problem, Rejected, require
from ...platform.i18n import _
from ...platform.migrations.tables import sys_subscription, sys_user
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ..access.permissions import holds
from ..dashboards.catalog import dashboards_of, get_dashboard
from ..lists.kept import OWN
from ..reports.catalog import EXPORT, PUBLISH, catalog_of, get_report
from ..reports.running import run_report
from .alerts import COMPARED, WHERE, Condition, is_comparable
from .rhythm import EVERY, Rhythm

REPORT, DASHBOARD = "Report", "Dashboard"
ATTACHED = ("", "csv", "xlsx")
MOST = 100  # of one person
SENT, QUIET, LOST = "sent", "quiet", "lost"
Shown = Report | Dashboard


@dataclass(frozen=True, slots=True)
class Wish:
    """When, with which file, and under which condition."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    attached: str = ""  # one of ATTACHED
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A report or a dashboard that somebody gets by mail."""

    user_id: str
    kind: str
    key: str
    wish: Wish
    made_by: str
    next_at: datetime
    last_at: datetime | None = None
    outcome: str | None = None
    user_name: str = ""
    time_zone: str = "UTC"  # the reader's


def key_of(shown: Shown) -> str:
    """What a row names it by: a shared one keeps its uid, however it is called."""
    return str(shown.uid)


def find_shown(conn: sa.Connection, actor: Actor, snapshot: Snapshot, kind: str, key: str) -> Shown:
    """What a row names, if the actor finds it now; raises NotFound or Denied otherwise."""
    name = key if key.startswith(OWN) else getattr(snapshot.find_uid(key), "name", "")
    if kind == DASHBOARD:
        return get_dashboard(conn, actor, snapshot, name)[0]
    return get_report(conn, actor, snapshot, name)[0]


def shown_to(conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> dict[str, Shown]:
    """{key: all that the actor finds}, for a page of many rows; none where they may not run any."""
    try:
        reports = catalog_of(conn, actor, snapshot).reports
        dashboards = dashboards_of(conn, actor, snapshot).dashboards
    except Denied:
        return {}
    found: dict[str, Shown] = {key_of(one): one for one in reports}
    return found | {key_of(one): one for one in dashboards}


# -- reading -------------------------------------------------------------------------------------


_s = sys_subscription.c


def subscriptions_of(conn: sa.Connection, actor: Actor) -> tuple[Subscription, ...]:
    """What the actor gets, and what others get because the actor asked for it."""
    mine = sa.or_(_s.user_id == actor.user_id, _s.made_by == actor.user_id)
    return tuple(_read(row) for row in conn.execute(_asked().where(mine)))


def find_subscription(
    conn: sa.Connection, user_id: str, kind: str, key: str
) -> Subscription | None:
    """One of a person."""
    row = conn.execute(_asked().where(_place(user_id, kind, key))).one_or_none()
    return None if row is None else _read(row)


def due(conn: sa.Connection, limit: int) -> tuple[Subscription, ...]:
    """Those whose moment has come, the longest due first."""
    asked = _asked().where(_s.next_at <= clock.now()).order_by(None)
    return tuple(_read(row) for row in conn.execute(asked.order_by(_s.next_at).limit(limit)))


def _asked() -> sa.Select[Any]:
    name = sys_user.c.name.label("user_name")
    asked = sa.select(sys_subscription, name, sys_user.c.time_zone).join(
        sys_user, sys_user.c.id == _s.user_id
    )
    return asked.order_by(_s.kind.desc(), _s.key, sys_user.c.name_key)


def _place(user_id: str, kind: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(_s.user_id == user_id, _s.kind == kind, _s.key == key)


def _read(row: Any) -> Subscription:
    found = {
        name: row._mapping[name] for name in Subscription.__dataclass_fields__ if name != "wish"
    }
    return Subscription(wish=_read_wish(row.wish), **found)


def _read_wish(kept: Mapping[str, Any]) -> Wish:
    said = kept.get("condition")
    condition = Condition(**{**said, "value": Decimal(said["value"])}) if said else None
    return Wish(Rhythm(**kept["rhythm"]), kept["attached"], condition)


def _written(wish: Wish) -> dict[str, Any]:
    found = asdict(wish)
    if wish.condition is not None:
        found["condition"]["value"] = f"{wish.condition.value:f}"
    return found


# -- asking for one ------------------------------------------------------------------------------


def may_ask_for_others(actor: Actor, snapshot: Snapshot) -> bool:
    """Says whether the actor may have letters sent to other people."""
    return holds(actor, PUBLISH, snapshot)


def subscribe(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, shown: Shown, wish: Wish,
    names: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Keeps the wish of the actor, or of the users of these names in their place.

    Raises Rejected with every problem, Denied for other people where the actor may not.
    """
    readers: tuple[Actor, ...] = (actor,)
    if names:
        if not may_ask_for_others(actor, snapshot):
            raise Denied(_("You may not subscribe other people."))
        readers = _readers(conn, actor, snapshot, shown, names)
    require((*_wish_problems(conn, actor, snapshot, shown, wish), *_too_many(conn, readers)))
    moment, kind, key = clock.now(), type(shown).__name__, key_of(shown)
    for reader in readers:
        values = {
            "wish": _written(wish), "made_by": actor.user_id, "last_at": None, "outcome": None,
            "next_at": wish.rhythm.next_after(moment, reader.time_zone),
        }  # fmt: skip
        place = {"user_id": reader.user_id, "kind": kind, "key": key}
        put_row(conn, sys_subscription, place, values)


def _too_many(conn: sa.Connection, readers: tuple[Actor, ...]) -> tuple[Problem, ...]:
    ids = [reader.user_id for reader in readers]
    counted = sa.select(_s.user_id).where(_s.user_id.in_(ids)).group_by(_s.user_id)
    if not conn.execute(counted.having(sa.func.count() >= MOST)).first():
        return ()
    text = _("Nobody has more than %(n)s subscriptions.", n=MOST)
    return (Problem("subscription.too_many", (), text, _("End one that is not needed.")),)


def _readers(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, shown: Shown, names: tuple[str, ...]
) -> tuple[Actor, ...]:
    found, problems = list[Actor](), list[Problem]()
    for name in dict.fromkeys(names):
        try:
            found.append(_reader(conn, actor, snapshot, shown, name))
        except Rejected as refusal:
            problems += refusal.problems
    require(tuple(problems))
    return tuple(found)


def _reader(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, shown: Shown, name: str
) -> Actor:
    user_id = conn.scalar(sa.select(sys_user.c.id).where(sys_user.c.username == name))
    reader = find_actor(conn, actor.org, user_id) if user_id else None
    if reader is None:
        raise Rejected(_refusal(_("There is no active user %(name)s.", name=repr(name))))
    kind, key = type(shown).__name__, key_of(shown)
    if reader.user_id != actor.user_id and key.startswith(OWN):
        text = _("Only you see what is your own; save it into a folder that they share.")
        raise Rejected(_refusal(text))
    try:
        find_shown(conn, reader, snapshot, kind, key)
    except (NotFound, Denied):
        text = _("%(name)s does not see it.", name=reader.name)
        raise Rejected(_refusal(text)) from None
    kept = find_subscription(conn, reader.user_id, kind, key)
    if kept is not None and actor.user_id not in (kept.made_by, reader.user_id):
        raise Rejected(_refusal(_("%(name)s gets it already.", name=reader.name)))
    return reader


def _refusal(text: str) -> Problem:
    return Problem("subscription.reader", ("people",), text)


def _wish_problems(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, shown: Shown, wish: Wish
) -> tuple[Problem, ...]:
    found, rhythm = [], wish.rhythm
    if (
        rhythm.every not in EVERY or not 0 <= rhythm.hour <= 23 or not 0 <= rhythm.weekday <= 6
        or not 1 <= rhythm.day <= 31
    ):  # fmt: skip
        text = _("Choose a day and an hour that there are.")
        found.append(Problem("subscription.rhythm", ("every",), text))
    is_report = isinstance(shown, Report)
    if wish.attached not in (ATTACHED if is_report else ("",)):
        text = _("This file cannot be attached.")
        found.append(Problem("subscription.attached", ("attached",), text))
    elif wish.attached and not holds(actor, EXPORT, snapshot):
        text = _("You may not take reports away as files.")
        found.append(Problem("subscription.attached", ("attached",), text))
    condition = wish.condition
    if condition is not None and (problem := _no_figure(conn, actor, snapshot, shown, condition)):
        found.append(problem)
    return tuple(found)


def _no_figure(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, shown: Shown, condition: Condition
) -> Problem | None:
    """What is wrong with a condition; a hidden figure is refused as one that is not there."""
    place = ("measure",)
    if condition.sign not in COMPARED or condition.where not in WHERE:
        return Problem("subscription.condition", place, _("This comparison is not known."))
    total = None
    if isinstance(shown, Report):
        total = run_report(conn, actor, snapshot, shown).total(condition.measure)
    if not is_comparable(total):
        text = _("The report has no such figure.")
        return Problem("subscription.condition", place, text)
    return None


def unsubscribe(conn: sa.Connection, actor: Actor, user_id: str, kind: str, key: str) -> None:
    """Ends one that the actor gets or has asked for; raises NotFound for any other."""
    mine = sa.or_(_s.user_id == actor.user_id, _s.made_by == actor.user_id)
    gone = sa.delete(sys_subscription).where(_place(user_id, kind, key), mine)
    if not conn.execute(gone).rowcount:
        raise NotFound(key)


# -- its moment ----------------------------------------------------------------------------------


def move_on(conn: sa.Connection, one: Subscription, next_at: datetime) -> None:
    """Sets the next moment; those that were missed are not made up for."""
    place = _place(one.user_id, one.kind, one.key)
    conn.execute(sa.update(sys_subscription).where(place).values(next_at=next_at))


def note_outcome(conn: sa.Connection, one: Subscription, outcome: str) -> bool:
    """Notes what came of it this time; False where it was ended or changed meanwhile."""
    place = sa.and_(_place(one.user_id, one.kind, one.key), _s.next_at == one.next_at)
    values = {"last_at": clock.now(), "outcome": outcome}
    return bool(conn.execute(sa.update(sys_subscription).where(place).values(values)).rowcount)


__all__ = [
    "ATTACHED", "DASHBOARD", "LOST", "MOST", "QUIET", "REPORT", "SENT", "Shown", "Subscription",
    "Wish", "due", "find_shown", "find_subscription", "key_of", "may_ask_for_others", "move_on",
    "note_outcome", "shown_to", "subscribe", "subscriptions_of", "unsubscribe",
]  # fmt: skip
