"""What somebody's open deals come to: by stage, the largest that close soon, those left lying."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import All, Condition, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may, readable
from ..lists.groups import group_figures
from ..query.record import Record
from ..query.request import Order, Query, Scope
from ..query.run import count, run

OPPORTUNITY, STAGE, AMOUNT, CLOSES = "Opportunity", "StageName", "Amount", "CloseDate"
STALE = timedelta(days=30)  # without a change
SOON = timedelta(days=45)
MANY = 99  # counts of hints stop here


@dataclass(frozen=True, slots=True)
class StageSum:
    """One stage of the pipeline."""

    value: str
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Deals:
    """The actor's own open deals; made by `deals_of`."""

    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot
    stage: CustomField

    def pipeline(self) -> tuple[StageSum, ...]:
        """Count and sum of each open stage, in the order of the stages."""
        query = Query(OPPORTUNITY, where=self._open(), scope=Scope.MINE)
        found = group_figures(self.conn, self.actor, self.snapshot, query, STAGE, AMOUNT)
        return tuple(
            StageSum(value, found[value].count, found[value].total or Decimal(0))
            for value in open_stages(self.snapshot)
            if value in found
        )

    def closing(self, today: date, most: int, fields: tuple[str, ...]) -> tuple[Record, ...]:
        """The largest that close within 45 days, or should have."""
        soon = Condition(CLOSES, "lessOrEqual", (today + SOON,))
        order = (Order(AMOUNT, descending=True),)
        return self._find(All((self._open(), soon)), order, most, fields)

    def late(self, today: date) -> int:
        """How many should be closed by now."""
        return self._count(Condition(CLOSES, "lessThan", (today,)))

    def stale(self, now: datetime) -> int:
        """How many nobody has changed for 30 days."""
        return self._count(Condition("LastModifiedDate", "lessThan", (now - STALE,)))

    def _open(self) -> Predicate:
        return Condition(STAGE, "in", open_stages(self.snapshot))

    def _find(
        self, where: Predicate, order: tuple[Order, ...], most: int, fields: tuple[str, ...]
    ) -> tuple[Record, ...]:
        query = Query(OPPORTUNITY, fields, where, order=order, limit=most, scope=Scope.MINE)
        return run(self.conn, self.actor, query, self.snapshot).records

    def _count(self, where: Predicate) -> int:
        query = Query(OPPORTUNITY, where=All((self._open(), where)), scope=Scope.MINE)
        return count(self.conn, self.actor, query, self.snapshot, cap=MANY)


def deals_of(conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> Deals | None:
    """The actor's deals; None where the org has none or the actor may not see what they are."""
    obj = snapshot.find_object(OPPORTUNITY)
    if obj is None or not may(actor, Operation.READ, obj, snapshot):
        return None
    fields = [snapshot.find_field(OPPORTUNITY, name) for name in (STAGE, AMOUNT, CLOSES)]
    if any(f is None or not readable(actor, f, snapshot) for f in fields):
        return None
    stage = snapshot.field(OPPORTUNITY, STAGE)
    return Deals(conn, actor, snapshot, stage) if open_stages(snapshot) else None


def open_stages(snapshot: Snapshot) -> tuple[str, ...]:
    """The values of the stage that end nothing, in order."""
    field = snapshot.find_field(OPPORTUNITY, STAGE)
    values: Iterable[str] = (
        v.name for v in (snapshot.values(field) if field else ()) if not v.attributes.get("closed")
    )
    return tuple(values)
