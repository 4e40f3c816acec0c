"""The stages that an opportunity went through, and how long it stood in each.

Worked out of the history of its fields: from what it is now back to what it was when it was made. A
stage whose changes are not kept has no history; fields that the reader may not see are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from ..access.permissions import readable
from ..query.run import get
from ..records import history
from .deals import AMOUNT, CLOSES, OPPORTUNITY, STAGE

PROBABILITY = "Probability"
BESIDE = (AMOUNT, PROBABILITY, CLOSES)
MOST = 1000  # changes that are looked at


@dataclass(frozen=True, slots=True)
class Period:
    """A time in one stage, with the other fields as they were at its end, or are now."""

    stage: Value
    beside: Mapping[str, Value]
    begin: datetime
    end: datetime | None  # None: it stands there now
    by: str  # id of who brought it there

    def days(self, now: datetime) -> int:
        """Whole days from its begin to its end, or until now."""
        return max(((self.end or now) - self.begin).days, 0)


def stage_field(actor: Actor, snapshot: Snapshot, object_name: str) -> CustomField | None:
    """The stage whose changes are kept and that the actor may see; None for none."""
    if object_name != OPPORTUNITY or not snapshot.object(object_name).enable_history:
        return None
    field = snapshot.find_field(OPPORTUNITY, STAGE)
    is_kept = field is not None and field.track_history and readable(actor, field, snapshot)
    return field if is_kept else None


def beside_of(actor: Actor, snapshot: Snapshot) -> tuple[CustomField, ...]:
    """The fields that stand beside the stage, as far as the actor may see them."""
    found = (snapshot.find_field(OPPORTUNITY, name) for name in BESIDE)
    return tuple(one for one in found if one is not None and readable(actor, one, snapshot))


def periods_of(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str
) -> tuple[Period, ...]:
    """The periods of an opportunity, latest first; raises NotFound."""
    names = [field.local_name for field in beside_of(actor, snapshot)]
    found = get(conn, actor, snapshot, record_id, (*names, STAGE, "CreatedDate", "CreatedById"))
    stage, beside = found[STAGE], {name: found[name] for name in names}
    end: datetime | None = None
    at_end, periods = dict(beside), list[Period]()
    for change in history.read(conn, actor, snapshot, record_id, limit=MOST):
        name = change.field.local_name
        if name == STAGE:
            periods.append(Period(stage, at_end, change.at, end, change.actor_id))
            stage, end = change.old, change.at
            at_end = dict(beside)
        elif name in beside and change.keeps_values:
            beside[name] = change.old
            if end == change.at:  # of the same save as the move: the stage before had the old one
                at_end[name] = change.old
    periods.append(Period(stage, at_end, found["CreatedDate"], end, found["CreatedById"]))
    return tuple(periods)
