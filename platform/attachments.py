"""What is noted of files: a name, what they are attached to, their versions, their deletion.

Bytes are `files`' matter: each version names those that `FileStore.put` has kept. Who may see or
change a file is for the caller to check. A deleted file can be put back until it goes for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from . import clock
from .errors import NotFound
from .files import Kept, media_type_of, renamed, safe_name
from .i18n import _
from .ids import RecordId, is_id, new_id
from .migrations.tables import sys_file, sys_file_version, sys_photo
from .people.actor import Actor

KEY_PREFIX = "069"
LONGEST_NOTE = 500  # characters
_F, _V = sys_file.c, sys_file_version.c


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file."""

    number: int
    name: str  # as it was sent
    media_type: str
    picture: str  # "" for what is no picture
    size: int  # bytes
    sha256: str
    note: str
    at: datetime
    by_id: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as known to the org, with its newest version."""

    id: RecordId
    name: str
    record_id: str
    newest: Version
    deleted_at: datetime | None = None


def add_file(
    conn: sa.Connection, actor: Actor, name: str, kept: Kept, record_id: str = ""
) -> StoredFile:
    """Notes a file; the same bytes of the same name that are there already are that file."""
    shown = safe_name(name)
    for one in list_files(conn, record_id) if record_id else ():
        if (one.name, one.newest.sha256) == (shown, kept.sha256):
            return one
    file_id = new_id(KEY_PREFIX)
    row = {"id": file_id, "name": shown, "record_id": record_id or None, "version": 1}
    conn.execute(sa.insert(sys_file).values(**row))
    _note(conn, actor, file_id, 1, shown, kept)
    return get_file(conn, file_id)


def add_version(
    conn: sa.Connection, actor: Actor, file_id: str, name: str, kept: Kept, note: str = ""
) -> StoredFile:
    """Notes a new version; the file keeps its name and takes the ending of what is new.

    Nothing is noted when the newest version has these bytes. Raises NotFound.
    """
    conn.execute(sa.select(_F.id).where(_F.id == file_id).with_for_update())
    file, sent = get_file(conn, file_id), safe_name(name)
    if file.newest.sha256 == kept.sha256:
        return file
    number = file.newest.number + 1
    stem = file.name.rpartition(".")[0] if "." in file.name else file.name
    values = {"version": number, "name": renamed(sent, stem)}
    conn.execute(sa.update(sys_file).where(_F.id == file_id).values(values))
    _note(conn, actor, file_id, number, sent, kept, note.strip()[:LONGEST_NOTE])
    return get_file(conn, file_id)


def rename_file(conn: sa.Connection, file: StoredFile, name: str) -> str:
    """Gives the file another name and returns it; the ending stays."""
    shown = renamed(file.name, name)
    conn.execute(sa.update(sys_file).where(_F.id == file.id).values(name=shown))
    return shown


def delete_file(conn: sa.Connection, actor: Actor, file_id: str) -> None:
    """Puts the file away."""
    values = {"deleted_at": clock.now(), "deleted_by": actor.user_id}
    live = sa.and_(_F.id == file_id, _F.deleted_at.is_(None))
    conn.execute(sa.update(sys_file).where(live).values(values))


def put_back(conn: sa.Connection, file_id: str) -> None:
    """Takes a deletion back."""
    values = {"deleted_at": None, "deleted_by": None}
    conn.execute(sa.update(sys_file).where(_F.id == file_id).values(values))


def get_file(conn: sa.Connection, file_id: str, *, deleted: bool = False) -> StoredFile:
    """The file of that id, live or deleted; raises NotFound."""
    asked = _files(deleted).where(_F.id == file_id)
    row = conn.execute(asked).one_or_none() if is_id(file_id) else None
    if row is None:
        raise NotFound(_("The file is missing."))
    return _file(row)


def list_files(
    conn: sa.Connection, record_id: str, *, deleted: bool = False
) -> tuple[StoredFile, ...]:
    """The files of a record, by their newest versions, latest first."""
    mine = _files(deleted).where(_F.record_id == record_id)
    return tuple(map(_file, conn.execute(mine.order_by(_V.at.desc(), _F.id.desc()))))


def counted_files(record_id: str) -> sa.ScalarSelect[int]:
    """How many files a record has, for a statement."""
    mine = sa.and_(_F.record_id == record_id, _F.deleted_at.is_(None))
    return sa.select(sa.func.count()).select_from(sys_file).where(mine).scalar_subquery()


def list_versions(conn: sa.Connection, file_id: str) -> tuple[Version, ...]:
    """Every version of a file, newest first."""
    mine = sa.select(sys_file_version).where(_V.file_id == file_id)
    return tuple(map(_version, conn.execute(mine.order_by(_V.number.desc()))))


def purge_deleted(conn: sa.Connection, before: datetime) -> None:
    """Ends files for good that were deleted before the moment; their bytes go by a sweep."""
    conn.execute(sa.delete(sys_file).where(_F.deleted_at < before))


def named_hashes(conn: sa.Connection, hashes: Iterable[str] | None = None) -> set[str]:
    """The hashes of bytes that a version or a photo names, of deleted files too; of these alone."""
    asked = None if hashes is None else list(hashes)
    found: set[str] = set()
    for column in (_V.sha256, sys_photo.c.sha256):
        statement = sa.select(column).distinct()
        if asked is not None:
            statement = statement.where(column.in_(asked))
        found |= set(conn.scalars(statement))
    return found


def _note(
    conn: sa.Connection,
    actor: Actor,
    file_id: str,
    number: int,
    name: str,
    kept: Kept,
    note: str = "",
) -> None:
    row = {
        "file_id": file_id,
        "number": number,
        "name": name,
        "media_type": media_type_of(name),
        "picture": kept.picture or None,
        "size": kept.size,
        "sha256": kept.sha256,
        "note": note or None,
        "at": clock.now(),
        "by_id": actor.user_id,
    }
    conn.execute(sa.insert(sys_file_version).values(**row))


def _files(deleted: bool) -> sa.Select[Any]:
    newest = sa.and_(_V.file_id == _F.id, _V.number == _F.version)
    columns = (_F.id, _F.name.label("shown"), _F.record_id, _F.deleted_at, *sys_file_version.c)
    state = _F.deleted_at.is_not(None) if deleted else _F.deleted_at.is_(None)
    return sa.select(*columns).join_from(sys_file, sys_file_version, newest).where(state)


def _file(row: Any) -> StoredFile:
    return StoredFile(
        RecordId(row.id), row.shown, row.record_id or "", _version(row), row.deleted_at
    )


def _version(row: Any) -> Version:
    return Version(
        row.number,
        row.name,
        row.media_type,
        row.picture or "",
        row.size,
        row.sha256,
        row.note or "",
        row.at,
        row.by_id,
    )
