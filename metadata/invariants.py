"""I1 for `trellis check`: documents, their places and the physical tables say the same.

Finds, never mends: problems of documents, columns and indexes that are missing or that nobody
knows, versions that do not fit together, roles and groups that were flattened wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ..platform.db.scope import OrgDatabase
from ..platform.errors import Problem
from ..platform.i18n import _
from ..platform.migrations.tables import (
    sys_deployment,
    sys_document,
    sys_storage_column,
    sys_storage_object,
)
from . import checks, overlay
from .deploy import ddl
from .deploy.indexes import stored_fields, wanted_indexes
from .deploy.site import where_index
from .kinds.custom_object import CustomObject
from .reach import is_reach_written
from .snapshot import Snapshot
from .storage import SYSTEM_COLUMNS
from .store import LIVE, current_stamp, document_at, load

_Tables = dict[str, set[str]]  # {table: columns}


def check_metadata(org_db: OrgDatabase) -> tuple[Problem, ...]:
    """Every way in which the org's metadata and its tables disagree; empty for a sound org."""
    with org_db.read(seconds=600) as conn:
        snapshot = load(conn, org_db.key)
        return (
            *checks.check(snapshot),
            *_check_versions(conn, snapshot),
            *_check_places(snapshot),
            *_check_tables(conn, org_db.schema),
            *_check_indexes(conn, snapshot),
            *_check_reach(conn, snapshot),
        )


def _broken(code: str, name: str, message: str) -> Problem:
    return Problem(f"metadata.{code}", (name,), message)


def _check_versions(conn: sa.Connection, snapshot: Snapshot) -> Iterator[Problem]:
    """The last version is the last deployment's; each document is what its history ends with."""
    stamp = current_stamp(conn)
    latest = conn.scalar(sa.select(sa.func.max(sys_deployment.c.version_after))) or 0
    if latest != stamp.version:
        yield _broken("version", str(stamp.version), _("The version has no deployment."))
    d = sys_document.c
    for row in conn.execute(sa.select(d.uid, d.name, d.state, d.body, d.revision)):
        last = document_at(conn, row.uid, stamp.version)
        now = row.body if row.state == LIVE else None
        if not overlay.same(last, now) or row.revision > stamp.version:
            yield _broken("history", row.name, _("The document is not what its history says."))


def _check_places(snapshot: Snapshot) -> Iterator[Problem]:
    """Every field has exactly the columns its type needs."""
    for obj in snapshot.objects():
        if snapshot.storage.objects.get(obj.uid) is None:
            yield _broken("no_table", obj.name, _("The object has no table."))
            continue
        for field in stored_fields(snapshot, obj):
            needs = {part.name: part.type for part in field.field_type.columns(field)}
            places = snapshot.storage.of_field(field.uid)
            if {part: place.type for part, place in places.items()} != needs:
                yield _broken("columns", field.name, _("The field has not the columns it needs."))


def _check_tables(conn: sa.Connection, schema: str | None) -> Iterator[Problem]:
    """The tables of objects are those that the storage knows, column by column."""
    known, found = _known_tables(conn), _physical_tables(conn, schema)
    for table in sorted(known.keys() | found.keys()):
        missing = known.get(table, set()) - found.get(table, set())
        unknown = found.get(table, set()) - known.get(table, set())
        if table not in found or table not in known or missing or unknown:
            names = ", ".join(sorted(missing | unknown))
            yield _broken("table", table, _("The table differs: %(names)s", names=names))


def _known_tables(conn: sa.Connection) -> _Tables:
    o, c = sys_storage_object.c, sys_storage_column.c
    people = {
        uid for uid, body in conn.execute(sa.select(sys_document.c.uid, sys_document.c.body))
        if body.get("storage")
    }  # fmt: skip
    known: _Tables = {}
    for uid, table, slices in conn.execute(sa.select(o.uid, o.table_name, o.slices)):
        if uid not in people:
            known[table] = set(SYSTEM_COLUMNS)
        known |= {f"{table}_{n}": {"id"} for n in range(1, slices + 1)}
    for table, column in conn.execute(sa.select(c.table_name, c.column_name)):
        known.setdefault(table, set()).add(column)
    return known


def _physical_tables(conn: sa.Connection, schema: str | None) -> _Tables:
    inspector = sa.inspect(conn)
    names = [n for n in inspector.get_table_names(schema=schema) if n[0] == "t" and n[1].isdigit()]
    if not names:
        return {}
    found = inspector.get_multi_columns(schema=schema, filter_names=names)
    return {name: {c["name"] for c in columns} for (_schema, name), columns in found.items()}


def _check_indexes(conn: sa.Connection, snapshot: Snapshot) -> Iterator[Problem]:
    for obj in snapshot.objects():
        stored = snapshot.storage.objects.get(obj.uid)
        if stored is None:
            continue
        main = () if obj.storage else (stored.table,)
        tables = (*main, *(f"{stored.table}_{n}" for n in range(1, stored.slices + 1)))
        there = {name for table in tables for name in ddl.index_names(conn, table)}
        wanted = set(_wanted_names(snapshot, obj))
        if there != wanted:
            names = ", ".join(sorted(there ^ wanted))
            yield _broken("indexes", obj.name, _("The indexes differ: %(names)s", names=names))


def _check_reach(conn: sa.Connection, snapshot: Snapshot) -> Iterator[Problem]:
    """Roles and groups made flat are those of the documents: what shared records are found by."""
    if not is_reach_written(conn, snapshot):
        message = _("The rows of roles and groups are not those of their documents.")
        hint = _("Change any role or group: that writes them anew.")
        yield Problem("metadata.reach", (), message, hint)


def _wanted_names(snapshot: Snapshot, obj: CustomObject) -> Iterator[str]:
    for index in wanted_indexes(snapshot, obj):
        places = {uid: snapshot.storage.of_field(uid).get(part) for uid, part in index.columns}
        if all(place for uid, place in places.items() if uid):
            table, columns = where_index(index, snapshot.storage)
            yield ddl.index_name(table, columns, index.purpose)
        else:
            yield ddl.index_name("?", places, index.purpose)
