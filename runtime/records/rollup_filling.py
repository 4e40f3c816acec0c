"""Works out a roll-up for the records there are: for a new or changed one, or at an admin's wish.

A job walks the parents by their ids, a batch in each transaction, and goes on where it was when it
is interrupted. Saves keep the values up meanwhile: both ask the children under the parent's lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.custom_field import CustomField
from ...metadata.rollup_runs import READY, Run, advance, begin, end, find_run, list_due
from ...metadata.rollups import Rollup, every_rollup, rollups_at
from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS, hold_version, load
from ...platform import clock
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.ids import new_id
from ...platform.jobs.worker import Task
from ...platform.people.actor import Actor, system_actor
from ..query.run import get_many
from ..tables import Tables
from . import rollups

BATCH = 500
SHOWN = 5


def fill(task: Task) -> None:
    """Works out one roll-up for every record, as long as no later run of it was begun."""
    uid, name = task.args["field"], task.args["run"]
    at: Mapping[str, Any] = task.progress or {"after": "", "done": 0}
    while True:
        with task.db.read() as conn:
            snapshot = SNAPSHOTS.at(conn, task.db)
            found = _find(conn, snapshot, uid, name)
            if found is None:
                break
            rollup, run = found
            ids = _ids(conn, snapshot, rollup.parent, at["after"])
            total = _count(conn, snapshot, rollup.parent) if run.total is None else run.total
        if not ids:
            with task.finish() as conn:
                end(conn, run, at["done"])
            return
        at = {"after": ids[-1], "done": at["done"] + len(ids)}
        with task.chunk(at) as conn:
            _fill(conn, task.db, uid, ids)
            advance(conn, run, at["done"], max(total, at["done"]))
    with task.finish():
        pass


def _find(
    conn: sa.Connection, snapshot: Snapshot, uid: str, name: str
) -> tuple[Rollup, Run] | None:
    """The roll-up and its run, unless the field is gone or another run has begun."""
    run = find_run(conn, uid)
    if run is None or run.run != name or run.state == READY:
        return None
    found = _rollup(snapshot, uid)
    return None if found is None else (found, run)


def _rollup(snapshot: Snapshot, uid: str) -> Rollup | None:
    return next((one for one in every_rollup(snapshot) if one.field.uid == uid), None)


def _fill(conn: sa.Connection, org_db: OrgDatabase, uid: str, ids: Sequence[str]) -> None:
    """One batch, by the metadata of the moment, which stays until the commit."""
    hold_version(conn, org_db)
    snapshot = SNAPSHOTS.at(conn, org_db)
    if (rollup := _rollup(snapshot, uid)) is None:
        return
    due = rollups.nothing_due()
    for one in ids:
        due[rollup][one].add(one)
    system = system_actor(snapshot.org, "a roll-up for the records there are")
    rollups.refresh(conn, system, snapshot, due, clock.now(), quiet=True)


def _ids(conn: sa.Connection, snapshot: Snapshot, object_name: str, after: str) -> list[str]:
    main = Tables.of(snapshot).home(object_name).main.c
    live = (main.id > after, main.is_deleted == sa.false())
    return list(conn.scalars(sa.select(main.id).where(*live).order_by(main.id).limit(BATCH)))


def _count(conn: sa.Connection, snapshot: Snapshot, object_name: str) -> int:
    main = Tables.of(snapshot).home(object_name).main
    live = sa.select(sa.func.count()).select_from(main).where(main.c.is_deleted == sa.false())
    return int(conn.scalar(live) or 0)


def recalculate(org_db: OrgDatabase, actor: Actor, field: CustomField) -> None:
    """Has every value of the roll-up worked out anew."""
    run = new_id("rol")
    org_db.transact(lambda conn: begin(conn, field.uid, run, actor.user_id))


# -- for `trellis check`


def check_rollups(org_db: OrgDatabase) -> tuple[Problem, ...]:
    """I4: every roll-up is what its children come to; those being worked out are passed over."""
    with org_db.read(seconds=600) as conn:
        snapshot = load(conn, org_db.key)
        due = list_due(conn)
        return tuple(
            problem
            for name in sorted({one.parent for one in every_rollup(snapshot)})
            for problem in _differences(conn, snapshot, name, due)
        )


def _differences(
    conn: sa.Connection, snapshot: Snapshot, object_name: str, due: Mapping[str, Run]
) -> Iterator[Problem]:
    mine = [one for one in rollups_at(snapshot, object_name) if one.field.uid not in due]
    wrong: dict[str, list[str]] = {}
    after = ""
    while mine and (ids := _ids(conn, snapshot, object_name, after)):
        after = ids[-1]
        for rollup, record_id, text in _wrong(conn, snapshot, mine, ids):
            wrong.setdefault(rollup.field.name, []).append(f"{record_id} {text}")
    for name, examples in wrong.items():
        message = _("%(n)s values of %(field)s are not what the records below come to.",
                    n=len(examples), field=name)  # fmt: skip
        yield Problem("records.I4", (name,), message, ", ".join(examples[:SHOWN]))


def _wrong(
    conn: sa.Connection, snapshot: Snapshot, mine: Sequence[Rollup], ids: Sequence[str]
) -> Iterator[tuple[Rollup, str, str]]:
    system = system_actor(snapshot.org, "check of the invariants")
    names = [one.name for one in mine]
    kept = get_many(conn, system, snapshot, mine[0].parent, ids, names)
    wanted = dict.fromkeys(mine, ids)
    for rollup, values in rollups.worked_out(conn, snapshot, wanted):
        for record_id, record in kept.items():
            is_value = values.get(record_id, rollups.nothing(rollup))
            if record[rollup.name] != is_value:
                yield rollup, record_id, f"({record[rollup.name]} ≠ {is_value})"
