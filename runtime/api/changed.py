"""What changed in a span of time: records that were saved, records that were deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ...metadata.field_types.base import NEUTRAL
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.moments import read_moment
from ...metadata.predicates import All, Condition
from ...platform import clock
from ...platform.errors import Rejected
from ...platform.migrations.tables import sys_recycle
from ..query.request import Order, Query, Rows
from ..query.run import run
from .blueprint import resource
from .call import Answer, Call
from .faults import Refusal
from .values import moment

MOST = 50_000  # records of one answer
EARLIEST = timedelta(days=30)
STAMP = "LastModifiedDate"


@resource("sobjects/<object_name>/updated")
def show_updated(call: Call, object_name: str) -> Answer:
    """The ids of records that were made or changed from `start` to `end`."""
    obj = call.object(object_name)
    first, last = _span(call)
    found = _saved(call, obj, first, last)
    return Answer({"ids": found, "latestDateCovered": moment(min(last, clock.now()))})


@resource("sobjects/<object_name>/deleted")
def show_deleted(call: Call, object_name: str) -> Answer:
    """The records that were deleted from `start` to `end` and still lie in the recycle bin."""
    obj = call.object(object_name)
    first, last = _span(call)
    r = sys_recycle.c
    of_span = sa.select(r.record_id, r.deleted_at).where(
        r.object_uid == obj.uid, r.deleted_at >= first, r.deleted_at < last
    )
    with call.scope.read() as conn:
        gone = {row.record_id: row.deleted_at for row in conn.execute(of_span.limit(MOST + 1))}
    if len(gone) > MOST:
        raise _too_many()
    known = _seen(call, obj, list(gone))
    records = [
        {"deletedDate": moment(at), "id": one} for one, at in sorted(gone.items()) if one in known
    ]
    return Answer(
        {
            "deletedRecords": records,
            "earliestDateAvailable": moment(clock.now() - EARLIEST),
            "latestDateCovered": moment(min(last, clock.now())),
        }
    )


def _saved(call: Call, obj: CustomObject, first: datetime, last: datetime) -> list[str]:
    since = Condition(STAMP, "greaterOrEqual", (first,))
    until = Condition(STAMP, "lessThan", (last,))
    query = Query(obj.name, (), All((since, until)), (Order(STAMP),), limit=MOST + 1)
    with call.scope.read() as conn:
        found = [record.id for record in run(conn, call.actor, query, call.snapshot).records]
    if len(found) > MOST:
        raise _too_many()
    return found


def _seen(call: Call, obj: CustomObject, ids: list[str]) -> set[str]:
    """Those of the ids that the actor could see before they were deleted."""
    found: set[str] = set()
    with call.scope.read() as conn:
        for start in range(0, len(ids), 500):
            where = Condition("Id", "in", tuple(ids[start : start + 500]))
            query = Query(obj.name, (), where, rows=Rows.DELETED)
            found |= {r.id for r in run(conn, call.actor, query, call.snapshot).records}
    return found


def _span(call: Call) -> tuple[datetime, datetime]:
    """`start` and `end` of the address; raises Refusal."""
    first, last = _moment(call, "start"), _moment(call, "end")
    if first >= last:
        raise Refusal("INVALID_REPLICATION_DATE", "The end must be after the start.")
    if first < clock.now() - EARLIEST:
        raise Refusal("INVALID_REPLICATION_DATE", "The start is more than 30 days ago.")
    return first, last


def _moment(call: Call, name: str) -> datetime:
    # a plus that was not encoded arrives as a space
    text = call.args.get(name, "").strip().replace(" ", "+")
    try:
        found = read_moment(text, NEUTRAL, name)
    except Rejected:
        found = None
    if found is None:
        message = f"{name} must be a moment like 2026-01-31T09:30:00Z."
        raise Refusal("INVALID_REPLICATION_DATE", message)
    return found.astimezone(UTC)


def _too_many() -> Refusal:
    return Refusal("EXCEEDED_ID_LIMIT", f"More than {MOST} records: ask for a shorter span.")
