"""What deleting and bringing back share: ids by object, marks, lookups set for many records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform.events import publish_after_commit
from ...platform.people.actor import Actor, system_actor
from ..query import run
from ..query.record import Record
from ..query.request import Rows
from ..tables import Tables
from . import history, rollups
from .draft import Draft
from .events import Change, RecordsChanged
from .rules import Rule, rules_for

CHUNK = 500


def by_object(snapshot: Snapshot, ids: Iterable[str]) -> dict[str, list[str]]:
    """{object name: ids}, both in a fixed order, so that two deletions lock in the same order."""
    found: dict[str, list[str]] = defaultdict(list)
    for record_id in dict.fromkeys(ids):
        found[snapshot.object_of_id(record_id).name].append(record_id)
    return {name: sorted(found[name]) for name in sorted(found)}


def chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids, so many at a time as one statement takes."""
    return (list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))


def title(snapshot: Snapshot, record: Record) -> str:
    """What a record is called, of which the name field was read; "" for one without a name."""
    name = snapshot.name_field(record.object)
    if name is None:
        return ""
    return name.field_type.display(record.values.get(name.local_name), name)


def mark(
    conn: sa.Connection,
    snapshot: Snapshot,
    object_name: str,
    ids: Sequence[str],
    *,
    is_deleted: bool,
) -> None:
    """Marks records as deleted or not; their versions move on, so that an open form notices."""
    main = Tables.of(snapshot).home(object_name).main
    for chunk in chunks(ids):
        conn.execute(
            sa.update(main)
            .where(main.c.id.in_(chunk))
            .values(is_deleted=is_deleted, version=main.c.version + 1)
        )


def point(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    rule: Rule,
    children: Sequence[Record],
    target: str | None,
    now: datetime,
    due: rollups.Due,
) -> None:
    """Sets one lookup of several records, with its history; notes whose roll-ups it concerns."""
    rollups.of_lookup(conn, snapshot, rule.field, children, due)
    rules = rules_for(snapshot, rule.field.object_name)
    place, main = rule.places[""], rules.home.main
    table = rules.home.table(place)
    for chunk in chunks([child.id for child in children]):
        conn.execute(sa.update(table).where(table.c.id.in_(chunk)).values({place.column: target}))
        conn.execute(sa.update(main).where(main.c.id.in_(chunk)).values(version=main.c.version + 1))
    drafts = [
        Draft({}, child.id, child.values, child.version, {rule.name: target}) for child in children
    ]
    history.write(conn, rules, drafts, actor.user_id, now)
    rollups.of_lookup(conn, snapshot, rule.field, children, due)


def read(
    conn: sa.Connection,
    snapshot: Snapshot,
    object_name: str,
    ids: Sequence[str],
    names: Sequence[str],
    rows: Rows,
) -> list[Record]:
    """Records as they are, whoever may see them: what goes along with others is not asked."""
    system = system_actor(snapshot.org, "what a deletion took along")
    found = run.get_many(conn, system, snapshot, object_name, ids, names, rows)
    return list(found.values())


def publish(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    change: Change,
    ids: Sequence[str],
) -> None:
    """Tells the house once the transaction is committed."""
    event = RecordsChanged(snapshot.org, object_name, change, tuple(ids), actor.user_id)
    publish_after_commit(conn, event)
