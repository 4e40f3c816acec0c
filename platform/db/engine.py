"""The engine factory: how connections to both databases are opened, begun, guarded and limited.

Both start their transactions by an explicit BEGIN of ours, because the drivers' own
habits are not transactional (SQLite, for DDL) or leak settings through the pool (PostgreSQL).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import QueuePool

from ..events import PENDING
from .values import dump_json

FAILED = "trellis.failed"  # key of Connection.info: an error happened in this transaction
OPENING = "trellis.opening"  # execution option: the statements that begin the transaction
LIMIT = "trellis.limit"  # execution option: seconds a statement may take on SQLite
_DEADLINE = "trellis.deadline"
_SAVEPOINTS = "trellis.savepoints"  # key of Connection.info: events before each open savepoint
_OPCODES = 20_000  # how often SQLite asks whether the time is up: some 5,000 times a second


_OFFERED: dict[str, Callable[..., Any]] = {}


def offer_function(name: str, work: Callable[..., Any]) -> None:
    """Lets statements of SQLite call a function of ours, on every connection from now on.

    It depends on its arguments alone, and takes and gives what SQLite keeps.
    """
    _OFFERED[name] = work


class Deadline:
    """When the running SQLite statement is to be stopped; asked by its progress handler."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = float("inf")

    def is_passed(self) -> bool:
        return time.monotonic() > self.at


def sqlite_engine(path: Path, *, pool_size: int = 10, lock_seconds: float = 5) -> sa.Engine:
    """An engine over one SQLite file, which must exist."""
    engine = sa.create_engine(
        "sqlite+pysqlite://",
        creator=partial(connect_sqlite, path, lock_seconds),
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=30,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _limit_sqlite)
    event.listen(engine, "before_cursor_execute", _set_deadline)
    event.listen(engine, "handle_error", _guard_sqlite)
    return _explicit(engine)


def connect_sqlite(path: Path, lock_seconds: float = 5) -> sqlite3.Connection:
    """A plain connection with the settings of the house; never creates a file."""
    uri = f"file:{_quoted(path)}?mode=rw"
    conn = sqlite3.connect(
        uri, uri=True, timeout=lock_seconds, isolation_level=None, check_same_thread=False
    )
    with closing(conn.cursor()) as cursor:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "cell_size_check=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
    return conn


def postgresql_engine(url: str, *, pool_size: int = 10) -> sa.Engine:
    """An engine over a PostgreSQL server; every org uses it, each through its own schema.

    Statements are not prepared on the server: a plan of before a deployment would fail after it.
    """
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        json_serializer=dump_json,
        hide_parameters=True,
        connect_args={
            "prepare_threshold": None,
            "connect_timeout": 5,
            "application_name": "trellis",
            "client_encoding": "utf8",
            "options": "-c timezone=UTC -c jit=off",  # compiling takes longer than our reads
        },
    )
    event.listen(engine, "connect", _let_us_begin)
    event.listen(engine, "handle_error", _note_failure)
    return _explicit(engine)


def _explicit(engine: sa.Engine) -> sa.Engine:
    event.listen(engine, "begin", _begin)
    event.listen(engine, "savepoint", _enter_savepoint)
    event.listen(engine, "rollback_savepoint", _undo_savepoint)
    event.listen(engine, "release_savepoint", _keep_savepoint)
    return engine


def _begin(conn: sa.Connection) -> None:
    conn.info[PENDING], conn.info[_SAVEPOINTS] = [], []
    conn.info.pop(FAILED, None)
    for statement in conn.get_execution_options().get(OPENING, ("BEGIN",)):
        conn.exec_driver_sql(statement)


def _enter_savepoint(conn: sa.Connection, _name: str) -> None:
    if conn.info.get(FAILED):
        raise RuntimeError("a database error was swallowed earlier in this transaction")
    conn.info[_SAVEPOINTS].append(len(conn.info[PENDING]))


def _undo_savepoint(conn: sa.Connection, _name: str, _context: object) -> None:
    del conn.info[PENDING][conn.info[_SAVEPOINTS].pop() :]
    conn.info.pop(FAILED, None)


def _keep_savepoint(conn: sa.Connection, _name: str, _context: object) -> None:
    conn.info[_SAVEPOINTS].pop()


def _let_us_begin(dbapi: Any, _record: object) -> None:
    dbapi.autocommit = True  # psycopg then leaves BEGIN to us; commit() and rollback() still end it


def _limit_sqlite(dbapi: sqlite3.Connection, record: Any) -> None:
    deadline = record.info[_DEADLINE] = Deadline()
    dbapi.set_progress_handler(deadline.is_passed, _OPCODES)
    dbapi.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for name, work in _OFFERED.items():
        dbapi.create_function(name, -1, work, deterministic=True)


def _set_deadline(conn: sa.Connection, *_rest: object) -> None:
    conn.info[_DEADLINE].at = time.monotonic() + conn.get_execution_options().get(LIMIT, 30)


def _note_failure(context: ExceptionContext) -> None:
    if (
        context.connection is not None
        and not context.connection.invalidated
        and context.sqlalchemy_exception is not None
    ):
        context.connection.info[FAILED] = True


def _guard_sqlite(context: ExceptionContext) -> None:
    """Makes a transaction that SQLite ended by itself (disk full, interrupt) a dead connection.

    Otherwise the statements after it would each commit on their own.
    """
    _note_failure(context)
    conn = context.connection
    if (
        conn is None
        or conn.invalidated
        or not conn.in_transaction()
        or (context.statement or "").startswith("BEGIN")
    ):
        return
    dbapi = conn.connection.dbapi_connection
    if dbapi is not None and not dbapi.in_transaction:
        context.is_disconnect = True


def _quoted(path: Path) -> str:
    text = str(path.absolute())
    return text.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
