"""What the runtime offers the application: the pages people work on, the bin's end, invariants."""

from __future__ import annotations

from datetime import timedelta

from ..metadata.store import SNAPSHOTS
from ..platform.feature import Feature
from ..platform.jobs.schedule import Schedule
from ..platform.jobs.worker import Task
from .invariants import check_records
from .records.recycle import purge_expired
from .transfer.command import import_command
from .web.views import BLUEPRINTS, GLOBALS, set_up

PURGE = "records.purge_bin"
AT_ONCE = 1000  # records purged in one transaction


def purge_bin(task: Task) -> None:
    """Deletes for good what has been in the recycle bin for 15 days."""
    snapshot = SNAPSHOTS.get(task.db)
    purged = AT_ONCE
    while purged == AT_ONCE:
        with task.chunk(None) as conn:
            purged = purge_expired(conn, snapshot, limit=AT_ONCE)
    with task.finish():
        pass


FEATURE = Feature(
    name="runtime",
    blueprints=BLUEPRINTS,
    commands=(import_command,),
    jobs={PURGE: purge_bin},
    schedules=(Schedule(PURGE, timedelta(days=1), timedelta(hours=3, minutes=30)),),
    checks=(check_records,),
    template_globals=GLOBALS,
    set_up=set_up,
)
