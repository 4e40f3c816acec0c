"""Fills the index of words anew: for orgs from before it, and for fields that became searchable.

A job walks the records of an object by their ids, a batch in each transaction, and goes on where it
was when it is interrupted. What is saved meanwhile is kept by the saves themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS
from ...platform.config import Config
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.jobs.queue import enqueue
from ...platform.jobs.worker import Task
from ...platform.migrations.tables import sys_word
from ...platform.org_settings import read_setting, save_setting
from ...platform.orgs import Orgs
from ...platform.people.actor import SYSTEM_USER_ID
from ..query.search import index_key, is_indexed
from ..query.words import upper_bound
from ..tables import Tables
from . import indexing
from .rules import rules_for

KIND = "search.reindex"
SETTING = "search.fields"  # {uid of a field: its key in the index, ""}, as of the last look
BATCH = 500
AT_ONCE = 20_000  # words dropped in one transaction


def reindex(task: Task) -> None:
    """Keeps the words of every record of the objects that the job names."""
    snapshot = SNAPSHOTS.get(task.db)
    names = [name for name in task.args["objects"] if snapshot.find_object(name)]
    at: Mapping[str, Any] = task.progress or {"object": 0, "after": ""}
    while at["object"] < len(names):
        name = names[at["object"]]
        with task.db.read() as conn:
            ids = _ids(conn, snapshot, name, at["after"])
        here = {"object": at["object"], "after": ids[-1] if ids else ""}
        at = here if len(ids) == BATCH else {"object": at["object"] + 1, "after": ""}
        with task.chunk(at) as conn:
            keep_words(conn, snapshot, name, ids)
    with task.finish():
        pass


def reindex_now(org_db: OrgDatabase, snapshot: Snapshot) -> int:
    """The same at once, for all objects; returns how many records were looked at."""
    looked_at = 0
    for name in searchable_objects(snapshot):
        _clear(org_db, snapshot.storage.prefix(snapshot.object(name).uid))
        after = ""
        while True:
            with org_db.write() as conn:
                ids = _ids(conn, snapshot, name, after)
                keep_words(conn, snapshot, name, ids)
            looked_at += len(ids)
            if len(ids) < BATCH:
                break
            after = ids[-1]
    return looked_at


def _ids(conn: sa.Connection, snapshot: Snapshot, object_name: str, after: str) -> tuple[str, ...]:
    main = Tables.of(snapshot).home(object_name).main.c
    statement = sa.select(main.id).where(main.id > after).order_by(main.id).limit(BATCH)
    return tuple(conn.scalars(statement))


def keep_words(
    conn: sa.Connection, snapshot: Snapshot, object_name: str, ids: Sequence[str]
) -> None:
    """Keeps the words of these records, binned ones included."""
    rules = rules_for(snapshot, object_name)
    indexing.keep(conn, snapshot, rules, indexing.read(conn, snapshot, rules, ids))


def _clear(org_db: OrgDatabase, prefix: str) -> None:
    """Drops all words of the records with that prefix, some at a time."""
    w = sys_word.c
    mine = (w.term >= prefix, w.term < upper_bound(prefix))
    last = sa.select(w.term).where(*mine).order_by(w.term).offset(AT_ONCE).limit(1)
    while True:
        with org_db.write() as conn:
            until = conn.scalar(last)
            upto = w.term <= until if until else sa.true()
            conn.execute(sa.delete(sys_word).where(*mine, upto))
        if until is None:
            return


def searchable_objects(snapshot: Snapshot) -> list[str]:
    """The objects whose records have words to keep."""
    return [
        obj.name
        for obj in snapshot.objects()
        if not obj.storage and indexing.fields_of(snapshot, obj.name)
    ]


# -- when


def look(org_db: OrgDatabase) -> None:
    """Has those objects reindexed of which fields became searchable since the last look.

    An org that never looked fills its index.
    """
    snapshot = SNAPSHOTS.get(org_db)
    with org_db.read() as conn:
        known = read_setting(conn, SETTING)
    now = _state(snapshot)
    if known == now:
        return
    names = searchable_objects(snapshot) if known is None else _grown(snapshot, known, now)
    org_db.transact(lambda conn: _look(conn, now, names))


def _grown(snapshot: Snapshot, known: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The objects with a field that was there without words, or kept elsewhere."""
    fields = snapshot.of_kind("CustomField")
    grown = (f for f in fields if f.uid in known and now[f.uid] not in ("", known[f.uid]))
    return sorted({field.object_name for field in grown})


def _look(conn: sa.Connection, now: Mapping[str, Any], names: list[str]) -> None:
    save_setting(conn, SETTING, dict(now))
    if names:
        enqueue(conn, KIND, {"objects": names}, actor_id=SYSTEM_USER_ID)


def _state(snapshot: Snapshot) -> Mapping[str, Any]:
    fields = snapshot.of_kind("CustomField")
    return {f.uid: index_key(f, snapshot) if is_indexed(f, snapshot) else "" for f in fields}


# -- by hand


@click.command("reindex")
@click.option("--org", "key", default="", help="The org; TRELLIS_ORG unless given.")
@click.pass_obj
def reindex_command(config: Config, key: str) -> None:
    """Keep the words of all records anew, for the search."""
    with Orgs(config) as orgs:
        org_db = orgs.open(key or config.org)
        done = reindex_now(org_db, SNAPSHOTS.get(org_db))
    click.echo(_("Looked at %(n)s records.", n=done))


# -- for `trellis check`


def check_words(org_db: OrgDatabase) -> tuple[Problem, ...]:
    """Records that a search cannot find by their names."""
    snapshot = SNAPSHOTS.get(org_db)
    with org_db.read() as conn:
        bad = [name for name in searchable_objects(snapshot) if _lost(conn, snapshot, name)]
    message = _("Records of %(object)s are missing in the index of words.")
    hint = _("Run `trellis reindex`.")
    return tuple(Problem("search.words", (name,), message % {"object": name}, hint) for name in bad)


def _lost(conn: sa.Connection, snapshot: Snapshot, object_name: str) -> bool:
    name = snapshot.name_field(object_name)
    if name is None or not is_indexed(name, snapshot):
        return False
    rules, after = rules_for(snapshot, object_name), ""
    while ids := _ids(conn, snapshot, object_name, after):
        after = ids[-1]
        wanted = [
            indexing.first_row(snapshot, rules, name, record_id, value)
            for record_id, values in indexing.read(conn, snapshot, rules, ids)
            if (value := values.get(name.local_name)) is not None
        ]
        if _missing(conn, [one for one in wanted if one]):
            return True
    return False


def _missing(conn: sa.Connection, wanted: Sequence[indexing.Row]) -> bool:
    """Says whether the index lacks one of these rows."""
    if not wanted:
        return False
    names = (sa.column(name, sa.Text()) for name in ("term", "record_id", "field"))
    asked = sa.values(*names, name="asked").data(list(wanted)).cte()
    w = sys_word.c
    there = sa.select(w.term).where(*(w[column.name] == column for column in asked.c))
    return conn.execute(sa.select(asked.c.term).where(~there.exists()).limit(1)).first() is not None
