"""When a task is done: which statuses say so."""

from __future__ import annotations

from ...metadata.snapshot import Snapshot

STATUS = "Status"


def closed_statuses(snapshot: Snapshot) -> tuple[str, ...]:
    """The statuses of tasks that say that nothing is left to do, in order."""
    field = snapshot.find_field("Task", STATUS)
    values = snapshot.values(field) if field else ()
    return tuple(v.name for v in values if v.attributes.get("closed"))


def status_when_done(snapshot: Snapshot) -> str | None:
    """The status that a task gets by being checked off."""
    return next(iter(closed_statuses(snapshot)), None)


def status_when_open(snapshot: Snapshot) -> str | None:
    """The status of a task that is not to be done after all: the default, else the first open."""
    field = snapshot.find_field("Task", STATUS)
    values = [v for v in (snapshot.values(field) if field else ()) if v.active]
    opened = [v for v in values if not v.attributes.get("closed")]
    return next((v.name for v in opened if v.default), opened[0].name if opened else None)
