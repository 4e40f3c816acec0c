"""Where the databases of orgs lie: files of a directory, or schemas of a PostgreSQL server.

Refuses keys that are not plain small-letter words (`org.bad_key`), so no key can name a path or a
schema that is not an org's, and restored data that is not whole (`backup.damaged`).
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from .archive import Reader, Writer
from .config import Config
from .db.dump import dump_schema, load_schema
from .db.engine import connect_sqlite, postgresql_engine, sqlite_engine
from .db.faults import Full
from .db.scope import Dialect, OrgDatabase
from .errors import Conflict, Problem, Rejected
from .i18n import _
from .migrations import run as migrations
from .migrations.tables import sys_setting

KEY = re.compile(r"[a-z][a-z0-9_]{1,30}")
_SUFFIX = ".sqlite3"
_MEMBER = "org.sqlite3"
_LONG = 6 * 3600  # seconds that copying one table may take
_IS_MIGHTY = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
_LOG = logging.getLogger(__name__)
SCHEMA_PREFIX = "org_"
Rows = list[dict[str, Any]]  # [{"name": setting, "value": JSON}]


class Home(Protocol):
    """Where the databases of orgs lie."""

    dialect: Dialect

    def keys(self) -> tuple[str, ...]: ...
    def make(self, key: str, settings: Rows) -> OrgDatabase: ...
    def open(self, key: str) -> OrgDatabase: ...
    def is_current(self, db: OrgDatabase) -> bool: ...
    def remove(self, key: str) -> None: ...
    def dump(self, db: OrgDatabase, writer: Writer) -> None: ...
    def load(self, key: str, reader: Reader) -> None: ...
    def dispose(self) -> None: ...


def checked_key(key: str) -> str:
    """The key as it is; raises Rejected unless a letter and 1 to 30 letters, digits or _."""
    if not KEY.fullmatch(key):
        message = _("%(key)s cannot be the key of an org.", key=repr(key))
        hint = _("Use 2 to 31 small letters, digits and underscores, a letter first.")
        raise Rejected(Problem("org.bad_key", ("key",), message, hint))
    return key


class Files:
    """Orgs as SQLite files `orgs/<key>.sqlite3` of the data directory."""

    dialect: Dialect = "sqlite"

    def __init__(self, config: Config) -> None:
        self._config = config
        self.directory = config.data_dir / "orgs"

    def path(self, key: str) -> Path:
        return self.directory / (checked_key(key) + _SUFFIX)

    def keys(self) -> tuple[str, ...]:
        names = (path.name.removesuffix(_SUFFIX) for path in self.directory.glob("*" + _SUFFIX))
        return tuple(name for name in names if KEY.fullmatch(name))

    def make(self, key: str, settings: Rows) -> OrgDatabase:
        """The org is built beside its place and then linked there, so half an org is never seen."""
        with self._draft(key) as draft:
            db = self._database(key, draft)
            with db.write() as conn:
                _found(conn, settings)
            db.dispose()
            self._publish(key, draft)
        return self.open(key)

    def dump(self, db: OrgDatabase, writer: Writer) -> None:
        """A snapshot by VACUUM INTO: a copy of the file would miss what is still in its journal."""
        with self._draft(db.key) as copy:
            copy.unlink()
            try:
                with closing(connect_sqlite(self.path(db.key))) as conn:
                    conn.execute("VACUUM INTO ?", (str(copy),))
            except sqlite3.OperationalError as err:
                raise Full(_("The back-up could not be written.")) from err
            with copy.open("rb") as source:
                writer.copy(_MEMBER, source)

    def load(self, key: str, reader: Reader) -> None:
        """Puts the archived file in its place once SQLite finds it sound."""
        with self._draft(key) as draft:
            with reader.open(_MEMBER) as source, draft.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1024 * 1024)
            _check_file(draft)
            db = self._database(key, draft)
            migrate(db)
            db.dispose()
            self._publish(key, draft)

    @contextmanager
    def _draft(self, key: str) -> Iterator[Path]:
        """An empty file of a name that no org has, gone at the end."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.directory / f"{checked_key(key)}.{os.getpid()}-{threading.get_ident()}.new"
        discard(draft)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            yield draft
        finally:
            discard(draft)

    def _publish(self, key: str, draft: Path) -> None:
        """Gives the finished file its name; raises Conflict when another was quicker."""
        with closing(connect_sqlite(draft)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            os.link(draft, self.path(key))
        except FileExistsError:
            raise Conflict(_("There is already an org %(key)s.", key=key)) from None

    def open(self, key: str) -> OrgDatabase:
        return self._database(key, self.path(key))

    def is_current(self, db: OrgDatabase) -> bool:
        """Says whether the opened file is still the one of that name."""
        return self._identity(self.path(db.key)) == db.identity

    def remove(self, key: str) -> None:
        discard(self.path(key))

    def dispose(self) -> None:
        """Nothing is shared between files."""

    def _database(self, key: str, path: Path) -> OrgDatabase:
        config = self._config
        engine = sqlite_engine(path, pool_size=config.pool_size, lock_seconds=config.lock_seconds)
        return OrgDatabase(
            key,
            engine,
            statement_seconds=config.statement_seconds,
            lock_seconds=config.lock_seconds,
            identity=self._identity(path),
        )

    def _identity(self, path: Path) -> tuple[int, int] | None:
        with suppress(FileNotFoundError):
            stat = path.stat()
            return (stat.st_dev, stat.st_ino)
        return None


def discard(path: Path) -> None:
    """Removes a SQLite file with its journals, as far as they are there."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


class Schemas:
    """Orgs as schemas `org_<key>` of one PostgreSQL database; all share one pool."""

    dialect: Dialect = "postgresql"

    def __init__(self, config: Config) -> None:
        self._config = config
        assert config.database_url is not None  # noqa: S101
        self.engine = postgresql_engine(config.database_url, pool_size=config.pool_size)
        self._is_known_harmless = config.debug

    def keys(self) -> tuple[str, ...]:
        statement = sa.text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix)")
        with self.engine.connect() as conn:
            self._warn_of_power(conn)
            names = conn.scalars(statement, {"prefix": SCHEMA_PREFIX}).all()
        keys = (name.removeprefix(SCHEMA_PREFIX) for name in names)
        return tuple(key for key in keys if KEY.fullmatch(key))

    def make(self, key: str, settings: Rows) -> OrgDatabase:
        db = self.open(key)
        with self._new(db) as conn:
            _found(conn, settings)
        return db

    def dump(self, db: OrgDatabase, writer: Writer) -> None:
        """Structure and rows of one moment."""
        assert db.schema is not None  # noqa: S101
        with db.read(seconds=_LONG) as conn:
            dump_schema(conn, db.schema, writer)

    def load(self, key: str, reader: Reader) -> None:
        """Makes the schema anew in one transaction: it is there whole, or not at all."""
        db = self.open(key)
        assert db.schema is not None  # noqa: S101
        with self._new(db, _LONG) as conn:
            load_schema(conn, db.schema, reader)
            migrations.apply(conn)

    @contextmanager
    def _new(self, db: OrgDatabase, seconds: float | None = None) -> Iterator[sa.Connection]:
        """A transaction with the org's schema made; raises Conflict when it is there already."""
        with db.write(seconds=seconds) as conn:
            db.lock(conn, "create")
            if db.key in self.keys():
                raise Conflict(_("There is already an org %(key)s.", key=db.key))
            conn.execute(sa.schema.CreateSchema(SCHEMA_PREFIX + checked_key(db.key)))
            yield conn

    def open(self, key: str) -> OrgDatabase:
        config = self._config
        return OrgDatabase(
            key,
            self.engine,
            schema=SCHEMA_PREFIX + checked_key(key),
            statement_seconds=config.statement_seconds,
            lock_seconds=config.lock_seconds,
        )

    def is_current(self, db: OrgDatabase) -> bool:
        return True

    def _warn_of_power(self, conn: sa.Connection) -> None:
        """Says once in the log when the role could do more to the server than serve orgs."""
        if not self._is_known_harmless and conn.scalar(sa.text(_IS_MIGHTY)):
            _LOG.warning("the database role is a superuser or may create databases: give it less")
        self._is_known_harmless = True

    def remove(self, key: str) -> None:
        with self.open(key).write() as conn:
            conn.execute(sa.schema.DropSchema(SCHEMA_PREFIX + checked_key(key), cascade=True))

    def dispose(self) -> None:
        self.engine.dispose()


def migrate(db: OrgDatabase) -> None:
    """Brings the system tables of an opened org up to date."""
    with db.read() as conn:
        if migrations.current(conn) == migrations.LATEST:
            return
    with db.write() as conn:
        db.lock(conn, "migrations")
        migrations.apply(conn)


def _found(conn: sa.Connection, settings: Rows) -> None:
    migrations.apply(conn)
    conn.execute(sa.insert(sys_setting), settings)


def _check_file(path: Path) -> None:
    with closing(connect_sqlite(path)) as conn:
        verdict = [row[0] for row in conn.execute("PRAGMA integrity_check(5)")]
        broken = conn.execute("PRAGMA foreign_key_check").fetchmany(5)
    if verdict != ["ok"] or broken:
        message = _("This file is not a whole back-up.")
        raise Rejected(Problem("backup.damaged", (), message, "; ".join(verdict)))
