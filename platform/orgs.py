"""The directory of orgs: one SQLite file each, or one schema each of a PostgreSQL server.

Creates, opens, lists, deletes, backs up and restores them. Refuses what `homes` refuses, to make an
org twice (Conflict) and to open one that is not there (NotFound).
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from . import clock
from .archive import Manifest, Reader, Writer, read_archive, write_archive
from .config import Config
from .db.scope import OrgDatabase
from .errors import Conflict, NotFound
from .homes import KEY, Files, Home, Rows, Schemas, checked_key, migrate
from .i18n import _
from .migrations import run as migrations

_FILE = re.compile(r"files/([0-9a-f]{2}/[0-9a-f]{64})")  # an uploaded file in an archive


Upgrade = Callable[[OrgDatabase], object]


class Orgs:
    """Creates, opens, lists and deletes orgs; an opened one is kept and shared by all threads."""

    def __init__(self, config: Config, upgrades: Iterable[Upgrade] = ()) -> None:
        """`upgrades` bring each org that is opened up to what this release ships."""
        self.config = config
        self._upgrades = tuple(upgrades)
        self.home: Home = Schemas(config) if config.database_url else Files(config)
        self._open: dict[str, OrgDatabase] = {}
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.dispose()

    def create(self, key: str, name: str, **settings: Any) -> OrgDatabase:
        """A new org; `settings` become rows of sys_setting. Raises Conflict when there is one."""
        checked_key(key)
        with self._lock:
            if key in self.list():
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
            self._known(key)
            db = self.home.open(key)
            migrate(db)
            for upgrade in self._upgrades:
                upgrade(db)
            self._open[key] = db
            return db

    def list(self) -> tuple[str, ...]:
        """The keys of all orgs, sorted."""
        return tuple(sorted(self.home.keys()))

    def delete(self, key: str) -> None:
        """Deletes the org with everything in it, its files too, for good. Raises NotFound."""
        with self._lock:
            self._known(key)
            self._forget(key)
            self.home.remove(key)
            shutil.rmtree(self._files(key), ignore_errors=True)

    def back_up(self, key: str, path: Path) -> Manifest:
        """Writes the org as it is at one moment to a signed archive, while others work on.

        Raises NotFound, and Rejected (`backup.no_secret`) when no secret key is set.
        """
        db = self.open(key)

        def fill(writer: Writer) -> None:
            self.home.dump(db, writer)
            for place in sorted(self._files(key).glob("??/*")):
                name = f"files/{place.parent.name}/{place.name}"
                if _FILE.fullmatch(name):
                    with place.open("rb") as source:
                        writer.copy(name, source)

        secret = self.config.secret_key
        return write_archive(path, secret, key, self.home.dialect, migrations.LATEST, fill)

    def restore(self, key: str, path: Path) -> OrgDatabase:
        """The org as its back-up has it; there must be none of that key.

        Raises Conflict, and Rejected when the archive is damaged, changed or of another org.
        """
        checked_key(key)
        secret = self.config.secret_key
        with self._lock, read_archive(path, secret, key, self.home.dialect) as reader:
            if key in self.list():
                raise Conflict(_("There is already an org %(key)s.", key=key))
            self._restore_files(key, reader)
            self.home.load(key, reader)
            return self.open(key)

    def dispose(self) -> None:
        """Closes every connection of this process."""
        with self._lock:
            for key in tuple(self._open):
                self._forget(key)
            self.home.dispose()

    def _known(self, key: str) -> None:
        if not KEY.fullmatch(key) or key not in self.list():
            raise NotFound(_("There is no org %(key)s.", key=repr(key)))

    def _files(self, key: str) -> Path:
        """Where the org's uploaded files lie, by the hash of their bytes."""
        return self.config.data_dir / "files" / checked_key(key)

    def _restore_files(self, key: str, reader: Reader) -> None:
        for name in reader.names():
            if found := _FILE.fullmatch(name):
                place = self._files(key) / found[1]
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with reader.open(name) as source, place.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1024 * 1024)

    def _forget(self, key: str) -> None:
        if (db := self._open.pop(key, None)) is not None:
            db.dispose()


def _settings(key: str, name: str, settings: dict[str, Any]) -> Rows:
    values = {
        "org.key": key,
        "org.name": name,
        "org.created_at": clock.now().isoformat(),
        **settings,
    }
    return [{"name": name, "value": value} for name, value in sorted(values.items())]
