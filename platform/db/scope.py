"""OrgDatabase: the one way to one org's data, as transactions that are whole or nothing.

Refuses to commit when a database error was swallowed on the way, to write in `read()`, and, with
Unavailable, when the database is busy, full, out of reach or too slow.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from .. import events
from ..errors import Denied, TrellisError, Unavailable
from ..i18n import _
from .engine import FAILED, LIMIT, OPENING
from .failpoints import failpoint
from .faults import DoubtfulCommit, Passing, translated

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]
_LOG = logging.getLogger(__name__)
_TRIES = 4


class SwallowedError(TrellisError):
    """A database error was caught and dropped inside a transaction; nothing of it was saved."""


class OrgDatabase:
    """One org's database: its transactions begin, end and are limited; knows no objects."""

    def __init__(
        self,
        key: str,
        engine: sa.Engine,
        *,
        schema: str | None = None,
        statement_seconds: float = 30,
        lock_seconds: float = 5,
        identity: object = None,
    ) -> None:
        self.key = key
        self.schema = schema
        self.dialect: Dialect = "postgresql" if schema else "sqlite"
        self._seconds, self._lock_seconds = statement_seconds, lock_seconds
        translated = {"schema_translate_map": {None: schema}} if schema else {}
        self._engine = engine.execution_options(**translated)
        self._thread = threading.local()
        self.identity = identity  # what tells this file from a later one of the same name

    def __repr__(self) -> str:
        return f"<OrgDatabase {self.key} ({self.dialect})>"

    @contextmanager
    def read(self, *, seconds: float | None = None) -> Iterator[sa.Connection]:
        """A connection that sees one moment of the data and may not write.

        `seconds` is what one statement may take, here and in write().
        """
        with _faults_named(), self._begun(self._reading(seconds), seconds) as conn:
            try:
                yield conn
            finally:
                conn.rollback()

    def write(self, *, seconds: float | None = None) -> AbstractContextManager[sa.Connection]:
        """A connection whose work is committed at the end of the block, or undone on any error.

        There is one writer at a time on SQLite, so blocks are kept short.
        """
        return self._unit(self._writing(seconds), seconds)

    @contextmanager
    def rebuild(self, *, seconds: float | None = None) -> Iterator[sa.Connection]:
        """Like write(), for replacing tables that others refer to.

        On SQLite foreign keys are off meanwhile (dropping the old table would delete its children)
        and all are checked before the commit.
        """
        if self.dialect == "postgresql":
            with self.write(seconds=seconds) as conn:
                yield conn
            return
        opening = ("PRAGMA query_only=OFF", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE")
        with self._unit(opening, seconds) as conn:
            yield conn
            if broken := conn.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5):
                raise TrellisError(
                    f"rows without their parent after a rebuild: {[tuple(row) for row in broken]}"
                )

    def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """The result of the work, done in write().

        It is begun again, three times at most, when others were in the way: so the work does
        nothing outside the database.
        """
        for attempt in range(1, _TRIES):
            try:
                with self.write() as conn:
                    return work(conn)
            except Passing as fault:
                _LOG.info("org %s: trying again after %s", self.key, fault.__cause__)
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - spreads rivals, hides nothing
        with self.write() as conn:
            return work(conn)

    is_read_only = False

    @cached_property
    def reading_only(self) -> OrgDatabase:
        """The same database for whoever only looks; one and the same value each time."""
        return _ReadOnly(self)

    def dispose(self) -> None:
        """Closes idle connections to the org's file; those to a server serve other orgs too."""
        if self.dialect == "sqlite":
            self._engine.dispose()

    def lock(self, conn: sa.Connection, name: str) -> None:
        """Holds the lock of that name in this org until the transaction ends.

        On SQLite every writer already has the database for itself.
        """
        if self.dialect == "postgresql":
            conn.execute(
                sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
                {"name": f"{self.schema}/{name}"},
            )

    @contextmanager
    def _unit(self, opening: Sequence[str], seconds: float | None) -> Iterator[sa.Connection]:
        with self._alone(), _faults_named(), self._begun(opening, seconds) as conn:
            try:
                yield conn
                self._commit(conn)
                done = conn.info.pop(events.PENDING)
            except BaseException:
                conn.rollback()
                raise
        events.publish_committed(done)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One write at a time in a thread: a second would wait for the first for ever."""
        if getattr(self._thread, "writes", False):
            raise RuntimeError(f"a write of org {self.key} within another of the same thread")
        self._thread.writes = True
        try:
            yield
        finally:
            self._thread.writes = False

    @contextmanager
    def _begun(self, opening: Sequence[str], seconds: float | None) -> Iterator[sa.Connection]:
        options = {OPENING: opening, LIMIT: self._seconds if seconds is None else seconds}
        with self._engine.connect() as conn:
            conn.execution_options(**options)
            conn.begin()
            yield conn

    def _commit(self, conn: sa.Connection) -> None:
        if conn.invalidated or conn.info.get(FAILED) or not conn.in_transaction():
            raise SwallowedError(
                "a database error was swallowed in this transaction: nothing was saved"
            )
        failpoint("db.before_commit")
        try:
            conn.commit()
        except DBAPIError as err:
            if err.connection_invalidated:
                raise DoubtfulCommit("the connection was lost while committing") from err
            raise
        failpoint("db.after_commit")

    def _reading(self, seconds: float | None) -> tuple[str, ...]:
        if self.dialect == "sqlite":
            return ("PRAGMA query_only=ON", "BEGIN")
        return ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + self._local(seconds),)

    def _writing(self, seconds: float | None) -> tuple[str, ...]:
        if self.dialect == "sqlite":
            return ("PRAGMA query_only=OFF", "PRAGMA foreign_keys=ON", "BEGIN IMMEDIATE")
        return ("BEGIN; " + self._local(seconds),)

    def _local(self, seconds: float | None) -> str:
        """Settings that end with the transaction: the next org on the connection starts clean."""
        statement = int((self._seconds if seconds is None else seconds) * 1000)
        return (
            f'SET LOCAL search_path TO "{self.schema}"; SET LOCAL statement_timeout = {statement}; '
            f"SET LOCAL lock_timeout = {int(self._lock_seconds * 1000)}; "
            f"SET LOCAL idle_in_transaction_session_timeout = {max(statement * 2, 60_000)}"
        )


class _ReadOnly(OrgDatabase):
    """Refuses to write, whoever asks: the last of the walls around those who only look."""

    is_read_only = True

    def __init__(self, whole: OrgDatabase) -> None:
        self.__dict__.update(whole.__dict__)

    def write(self, *, seconds: float | None = None) -> AbstractContextManager[sa.Connection]:
        raise Denied(_("Nothing can be changed here."))

    @contextmanager
    def rebuild(self, *, seconds: float | None = None) -> Iterator[sa.Connection]:
        with self.write(seconds=seconds) as conn:
            yield conn


@contextmanager
def _faults_named() -> Iterator[None]:
    """Turns a fault of the database that is nobody's mistake into the Unavailable it is."""
    try:
        yield
    except DBAPIError as err:
        if (fault := translated(err)) is not None:
            raise fault from err
        raise
    except sa.exc.TimeoutError as err:
        raise Unavailable(_("All connections to the database are in use.")) from err
