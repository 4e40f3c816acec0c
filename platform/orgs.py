"""The directory of orgs: one SQLite file each, or one schema each of a PostgreSQL server.

Refuses keys that are not plain small-letter words (`org.bad_key`), so no key can name a path or a
schema that is not an org's.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from . import clock
from .config import Config
from .db.engine import connect_sqlite, postgresql_engine, sqlite_engine
from .db.scope import OrgDatabase
from .errors import Conflict, NotFound, Problem, Rejected
from .i18n import _
from .migrations import run as migrations
from .migrations.tables import sys_setting

_KEY = re.compile(r"[a-z][a-z0-9_]{1,30}")
_SUFFIX = ".sqlite3"
SCHEMA_PREFIX = "org_"
Rows = list[dict[str, Any]]  # [{"name": setting, "value": JSON}]


class Home(Protocol):
    """Where the databases of orgs lie."""

    def keys(self) -> tuple[str, ...]: ...
    def make(self, key: str, settings: Rows) -> OrgDatabase: ...
    def open(self, key: str) -> OrgDatabase: ...
    def is_current(self, db: OrgDatabase) -> bool: ...
    def remove(self, key: str) -> None: ...
    def dispose(self) -> None: ...


class Orgs:
    """Creates, opens, lists and deletes orgs; an opened one is kept and shared by all threads."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.home: Home = Schemas(config) if config.database_url else Files(config)
        self._open: dict[str, OrgDatabase] = {}
        self._lock = threading.RLock()

    def create(self, key: str, name: str, **settings: Any) -> OrgDatabase:
        """A new org; `settings` become rows of sys_setting. Raises Conflict when there is one."""
        checked_key(key)
        with self._lock:
            if key in self.home.keys():  # noqa: SIM118 - not a mapping
                raise Conflict(_("There is already an org %(key)s.", key=key))
            db = self.home.make(key, _settings(key, name, settings))
            self._open[key] = db
            return db

    def open(self, key: str) -> OrgDatabase:
        """The org of that key, its system tables brought up to date. Raises NotFound."""
        db = self._open.get(key)
        if db is not None and self.home.is_current(db):
            return db
        with self._lock:
            self._forget(key)
            if not _KEY.fullmatch(key) or key not in self.home.keys():  # noqa: SIM118
                raise NotFound(_("There is no org %(key)s.", key=repr(key)))
            db = self.home.open(key)
            _migrate(db)
            self._open[key] = db
            return db

    def list(self) -> tuple[str, ...]:
        """The keys of all orgs, sorted."""
        return tuple(sorted(self.home.keys()))

    def delete(self, key: str) -> None:
        """Deletes the org with everything in it, for good. Raises NotFound."""
        with self._lock:
            if not _KEY.fullmatch(key) or key not in self.home.keys():  # noqa: SIM118
                raise NotFound(_("There is no org %(key)s.", key=repr(key)))
            self._forget(key)
            self.home.remove(key)

    def dispose(self) -> None:
        """Closes every connection of this process."""
        with self._lock:
            for key in tuple(self._open):
                self._forget(key)
            self.home.dispose()

    def _forget(self, key: str) -> None:
        if (db := self._open.pop(key, None)) is not None:
            db.dispose()


def checked_key(key: str) -> str:
    """The key as it is; raises Rejected unless a letter and 1 to 30 letters, digits or _."""
    if not _KEY.fullmatch(key):
        message = _("%(key)s cannot be the key of an org.", key=repr(key))
        hint = _("Use 2 to 31 small letters, digits and underscores, a letter first.")
        raise Rejected(Problem("org.bad_key", ("key",), message, hint))
    return key


class Files:
    """Orgs as SQLite files `orgs/<key>.sqlite3` of the data directory."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.directory = config.data_dir / "orgs"

    def path(self, key: str) -> Path:
        return self.directory / (checked_key(key) + _SUFFIX)

    def keys(self) -> tuple[str, ...]:
        names = (path.name.removesuffix(_SUFFIX) for path in self.directory.glob("*" + _SUFFIX))
        return tuple(name for name in names if _KEY.fullmatch(name))

    def make(self, key: str, settings: Rows) -> OrgDatabase:
        """The org is built beside its place and then linked there, so half an org is never seen."""
        draft = self.draft(key)
        try:
            db = self._database(key, draft)
            with db.write() as conn:
                _found(conn, settings)
            db.dispose()
            self.publish(key, draft)
        finally:
            discard(draft)
        return self.open(key)

    def draft(self, key: str) -> Path:
        """An empty file of a name that no org has."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.directory / f"{checked_key(key)}.{os.getpid()}-{threading.get_ident()}.new"
        discard(draft)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        return draft

    def publish(self, key: str, draft: Path) -> None:
        """Gives the finished file its name; raises Conflict when another was quicker."""
        connection = connect_sqlite(draft)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
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

    def __init__(self, config: Config) -> None:
        self._config = config
        assert config.database_url is not None  # noqa: S101
        self.engine = postgresql_engine(config.database_url, pool_size=config.pool_size)

    def keys(self) -> tuple[str, ...]:
        statement = sa.text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :prefix)")
        with self.engine.connect() as conn:
            names = conn.scalars(statement, {"prefix": SCHEMA_PREFIX}).all()
        keys = (name.removeprefix(SCHEMA_PREFIX) for name in names)
        return tuple(key for key in keys if _KEY.fullmatch(key))

    def make(self, key: str, settings: Rows) -> OrgDatabase:
        db = self.open(key)
        try:
            with db.write() as conn:
                db.lock(conn, "create")
                conn.execute(sa.schema.CreateSchema(SCHEMA_PREFIX + checked_key(key)))
                _found(conn, settings)
        except sa.exc.ProgrammingError as err:
            if getattr(err.orig, "sqlstate", "") == "42P06":
                raise Conflict(_("There is already an org %(key)s.", key=key)) from None
            raise
        return db

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

    def remove(self, key: str) -> None:
        with self.open(key).write() as conn:
            conn.execute(sa.schema.DropSchema(SCHEMA_PREFIX + checked_key(key), cascade=True))

    def dispose(self) -> None:
        self.engine.dispose()


def _migrate(db: OrgDatabase) -> None:
    with db.read() as conn:
        if migrations.current(conn) == migrations.LATEST:
            return
    with db.write() as conn:
        db.lock(conn, "migrations")
        migrations.apply(conn)


def _found(conn: sa.Connection, settings: Rows) -> None:
    migrations.apply(conn)
    conn.execute(sa.insert(sys_setting), settings)


def _settings(key: str, name: str, settings: dict[str, Any]) -> Rows:
    values = {
        "org.key": key,
        "org.name": name,
        "org.created_at": clock.now().isoformat(),
        **settings,
    }
    return [{"name": name, "value": value} for name, value in sorted(values.items())]
