"""The one door to files: who reads a record reads its files, who edits it adds, changes, deletes.

Raises NotFound for a file of a record that the actor may not see, as for one that is not there, and
Denied for a change by somebody who only reads. The record is locked against deletion meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

import sqlalchemy as sa

from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform import attachments
from ...platform.attachments import StoredFile
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Denied, NotFound
from ...platform.files import FileStore, Kept
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access.levels import Level
from ..access.permissions import Operation, may
from ..query.compile import select_for
from ..query.held import held
from ..query.request import Query

KEPT_DAYS = 15  # of a deleted file, as of a deleted record


@dataclass(frozen=True, slots=True)
class Files:
    """The files that an actor may have."""

    org_db: OrgDatabase
    actor: Actor
    snapshot: Snapshot
    store: FileStore

    def get(self, conn: sa.Connection, file_id: str) -> StoredFile:
        """A file whose record the actor may see."""
        file = attachments.get_file(conn, file_id)
        self.require(conn, file.record_id, Level.READ)
        return file

    def keep(self, stream: IO[bytes]) -> Kept:
        """Keeps bytes that are to be added; what is never noted is swept away later."""
        return self.store.put(stream)

    def add(self, record_id: str, named: Iterable[tuple[str, Kept]]) -> tuple[StoredFile, ...]:
        """Attaches files to a record."""
        wanted = tuple(named)

        def work(conn: sa.Connection) -> tuple[StoredFile, ...]:
            self.require(conn, record_id, Level.EDIT, lock=True)
            added = (
                attachments.add_file(conn, self.actor, name, kept, record_id)
                for name, kept in wanted
            )
            return tuple(added)

        return self.org_db.transact(work)

    def add_version(self, file_id: str, name: str, kept: Kept, note: str = "") -> StoredFile:
        """Adds a newer version of a file."""

        def work(conn: sa.Connection) -> StoredFile:
            self._changing(conn, file_id)
            return attachments.add_version(conn, self.actor, file_id, name, kept, note)

        return self.org_db.transact(work)

    def rename(self, file_id: str, name: str) -> str:
        """Renames a file and returns the name that it got."""

        def work(conn: sa.Connection) -> str:
            return attachments.rename_file(conn, self._changing(conn, file_id), name)

        return self.org_db.transact(work)

    def delete(self, file_id: str) -> StoredFile:
        """Puts a file away; it can be put back for so many days."""

        def work(conn: sa.Connection) -> StoredFile:
            file = self._changing(conn, file_id)
            attachments.delete_file(conn, self.actor, file_id)
            return file

        return self.org_db.transact(work)

    def put_back(self, file_id: str) -> StoredFile:
        """Takes a deletion back."""

        def work(conn: sa.Connection) -> StoredFile:
            file = self._changing(conn, file_id, deleted=True)
            attachments.put_back(conn, file_id)
            return file

        return self.org_db.transact(work)

    def require(
        self, conn: sa.Connection, record_id: str, level: Level, *, lock: bool = False
    ) -> None:
        """Raises NotFound unless the actor may see the record, Denied without the level."""
        obj = self.snapshot.object_of_id(record_id)
        if not may(self.actor, Operation.READ, obj, self.snapshot):
            raise NotFound(record_id)
        if not held(conn, self.actor, self.snapshot, obj.name, (record_id,)):
            raise NotFound(record_id)
        if level is Level.READ:
            return
        allowed = may(self.actor, Operation.EDIT, obj, self.snapshot)
        if not allowed or not self._held(conn, obj.name, record_id, level, lock):
            raise Denied(_("You may see this record, but not change it."))

    def _held(
        self, conn: sa.Connection, object_name: str, record_id: str, level: Level, lock: bool
    ) -> bool:
        where = Condition("Id", "equals", (record_id,))
        compiled = select_for(
            self.actor, Query(object_name, where=where), self.snapshot, level=level
        )
        statement = compiled.statement
        if lock:
            statement = statement.with_for_update(read=True, of=compiled.frame.main)
        return conn.execute(statement, compiled.parameters).first() is not None

    def _changing(self, conn: sa.Connection, file_id: str, *, deleted: bool = False) -> StoredFile:
        """The file that is about to be changed."""
        file = attachments.get_file(conn, file_id, deleted=deleted)
        self.require(conn, file.record_id, Level.EDIT, lock=True)
        return file
