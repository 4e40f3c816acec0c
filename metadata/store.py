"""Documents and storage as rows, and the snapshots made of them.

Reads only; `deploy` alone writes. A snapshot is kept for as long as the org's version stands, so a
request costs one small SELECT; a newer version parses only the documents that it changed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from ..platform.db.scope import OrgDatabase
from ..platform.migrations.tables import (
    sys_document,
    sys_document_history,
    sys_storage_column,
    sys_storage_object,
    sys_version,
)
from .definition import Definition, Document
from .kinds import KINDS
from .snapshot import Snapshot
from .storage import Storage, StoredColumn, StoredObject

# states of documents, objects and columns; a column that is CLEARING is emptied to be RETIRED
LIVE, BINNED, CLEARING, RETIRED = "live", "binned", "clearing", "retired"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which version an org is at; the deployment tells it from one of a restored or remade org."""

    version: int = 0
    deployment_id: str = ""


@dataclass(frozen=True, slots=True)
class Binned:
    """A deleted component that can still be restored."""

    uid: str
    kind: str
    name: str
    label: str
    binned_at: datetime
    document: Document


LOCK = "deploy"  # what a deployment holds alone, and those who write records hold together
_HOLD = sa.text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_LAST = (
    sa.select(sys_version.c.version, sys_version.c.deployment_id)
    .order_by(sys_version.c.version.desc())
    .limit(1)
)


def current_stamp(conn: sa.Connection) -> Stamp:
    """The version the org is at now."""
    row = conn.execute(_LAST).one_or_none()
    return Stamp(row.version, row.deployment_id or "") if row else Stamp()


def current_version(conn: sa.Connection) -> int:
    """The number of the org's present version; 0 for an org without documents."""
    return current_stamp(conn).version


def hold_version(conn: sa.Connection, org_db: OrgDatabase) -> int:
    """The org's present version, which no deployment changes before this transaction ends.

    Whoever writes records needs it: a value must not go to a column that was converted meanwhile.
    """
    if org_db.dialect == "postgresql":  # on SQLite there is one writer anyway
        conn.execute(_HOLD, {"name": f"{org_db.schema}/{LOCK}"})
    return current_version(conn)


def load(conn: sa.Connection, org_key: str) -> Snapshot:
    """The org as it is now, read afresh."""
    table = sys_document
    rows = conn.execute(sa.select(table.c.body).where(table.c.state == LIVE)).scalars()
    definitions = [parsed(body) for body in rows]
    return Snapshot(org_key, current_version(conn), definitions, load_storage(conn))


def load_storage(conn: sa.Connection) -> Storage:
    """The physical places of everything that is live."""
    o, c = sys_storage_object.c, sys_storage_column.c
    objects = conn.execute(
        sa.select(o.uid, o.table_name, o.key_prefix, o.slices).where(o.state == LIVE)
    )
    columns = conn.execute(
        sa.select(c.field_uid, c.part, c.table_name, c.column_name, c.type).where(c.state == LIVE)
    )
    return storage_of(
        (StoredObject(uid, table, prefix or "", slices) for uid, table, prefix, slices in objects),
        (StoredColumn(*row) for row in columns),
    )


def storage_of(objects: Iterator[StoredObject], columns: Iterator[StoredColumn]) -> Storage:
    """The places as one value."""
    by_field: dict[str, dict[str, StoredColumn]] = {}
    for column in columns:
        by_field.setdefault(column.field_uid, {})[column.part] = column
    return Storage(
        MappingProxyType({each.uid: each for each in objects}),
        MappingProxyType({uid: MappingProxyType(parts) for uid, parts in by_field.items()}),
    )


def parsed(document: Document) -> Definition:
    """The definition of a stored document, which was checked when it was deployed."""
    definition: Definition = KINDS.get(document["kind"]).parse(document)
    return definition


class SnapshotCache:
    """The latest snapshot of each org of this process."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[OrgDatabase, tuple[Stamp, Snapshot]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, org_db: OrgDatabase) -> Snapshot:
        """The org's snapshot at its present version, for one SELECT when nothing has changed."""
        with org_db.read() as conn:
            return self.at(conn, org_db)

    def at(self, conn: sa.Connection, org_db: OrgDatabase) -> Snapshot:
        """The snapshot of the version that this transaction sees."""
        stamp = current_stamp(conn)
        kept = self._kept.get(org_db)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        follows = kept is not None and _is_past(conn, kept[0], stamp)
        snapshot = _advanced(conn, kept[1]) if kept and follows else load(conn, org_db.key)
        self.keep(org_db, stamp, snapshot)
        return snapshot

    def keep(self, org_db: OrgDatabase, stamp: Stamp, snapshot: Snapshot) -> None:
        """Remembers the snapshot in place of any other: a restored org may go back in versions."""
        with self._lock:
            self._kept[org_db] = (stamp, snapshot)

    def forget(self, org_db: OrgDatabase) -> None:
        with self._lock:
            self._kept.pop(org_db, None)


SNAPSHOTS = SnapshotCache()


def _is_past(conn: sa.Connection, known: Stamp, present: Stamp) -> bool:
    """Says whether the org went from the known version to the present one."""
    if not 0 < known.version < present.version:
        return False
    v = sys_version.c
    found = conn.scalar(sa.select(v.deployment_id).where(v.version == known.version))
    return found == known.deployment_id


def _advanced(conn: sa.Connection, old: Snapshot) -> Snapshot:
    """The snapshot of now, made of an older one and the documents written since."""
    d = sys_document.c
    rows = conn.execute(sa.select(d.uid, d.state, d.body).where(d.revision > old.version)).all()
    gone = (*(row.uid for row in rows if row.state != LIVE), *_purged(conn, old))
    put = [parsed(row.body) for row in rows if row.state == LIVE]
    return old.with_changes(put, gone, version=current_version(conn), storage=load_storage(conn))


def _purged(conn: sa.Connection, old: Snapshot) -> tuple[str, ...]:
    """Documents of the old snapshot whose rows were purged since; only after long absence."""
    h = sys_document_history.c
    written = sa.select(h.uid).where(h.version > old.version, h.after.is_(None)).distinct()
    return tuple(conn.execute(written).scalars())


# -- what was


def document_at(conn: sa.Connection, uid: str, version: int) -> Document | None:
    """The document as it was at the end of that version; None when it was not there."""
    h = sys_document_history.c
    last = (
        sa.select(h.after)
        .where(h.uid == uid, h.version <= version)
        .order_by(h.version.desc())
        .limit(1)
    )
    found: Document | None = conn.scalar(last)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """One document's change by one version."""

    uid: str
    version: int
    kind: str
    name: str
    before: Document | None
    after: Document | None


def changes_of(conn: sa.Connection, version: int) -> tuple[Change, ...]:
    """What a version did to each document, in the order it was written."""
    return _changes(conn, sys_document_history.c.version == version)


def history_of(conn: sa.Connection, uid: str) -> tuple[Change, ...]:
    """Every version of one document, oldest first."""
    return _changes(conn, sys_document_history.c.uid == uid)


def _changes(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> tuple[Change, ...]:
    h = sys_document_history.c
    rows = sa.select(h.uid, h.version, h.kind, h.name, h.before, h.after)
    return tuple(Change(*row) for row in conn.execute(rows.where(condition).order_by(h.id)))


def binned(conn: sa.Connection) -> tuple[Binned, ...]:
    """What lies in the bin, latest first."""
    d = sys_document.c
    rows = sa.select(d.uid, d.kind, d.name, d.body, d.binned_at).where(d.state == BINNED)
    return tuple(
        Binned(uid, kind, name, str(body.get("label", "")), at, body)
        for uid, kind, name, body, at in conn.execute(rows.order_by(d.binned_at.desc(), d.name))
    )
