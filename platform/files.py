"""Files that people upload: kept by the hash of their bytes, named by what they typed, never run.

Bytes lie in the data directory under the org and their SHA-256; names only in the database. Refuses
files beyond the size limit. A download is always an attachment in a sandbox, whatever its type.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO
from urllib.parse import quote

import sqlalchemy as sa

from . import clock
from .errors import NotFound, Problem, Rejected
from .i18n import _, format_bytes
from .ids import RecordId, new_id
from .migrations.tables import sys_file
from .people.actor import Actor

KEY_PREFIX = "069"
LONGEST_NAME = 180  # bytes of a name, so that it fits into any file system
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
_CHUNK = 256 * 1024

#: What a download may call itself, by ending; everything else is plain bytes.
MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as known to the org."""

    id: RecordId
    name: str
    media_type: str
    size: int  # bytes
    sha256: str
    record_id: str
    created_at: datetime
    created_by: str


class FileStore:
    """The bytes of one org's files."""

    def __init__(self, data_dir: Path, org: str, largest: int) -> None:
        self._root = data_dir / "files" / org
        self._largest = largest

    def put(self, stream: IO[bytes]) -> tuple[str, int]:
        """Keeps the bytes and returns (SHA-256, size). Raises Rejected (`file.too_large`)."""
        with self._draft() as (draft, path):
            digest, size = hashlib.sha256(), 0
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                self._refuse_beyond(size)
                digest.update(chunk)
                draft.write(chunk)
            draft.flush()
            os.fsync(draft.fileno())
            place = self._place(digest.hexdigest())
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(place)
        return digest.hexdigest(), size

    def open(self, sha256: str) -> BinaryIO:
        """The bytes of that hash; raises NotFound."""
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound(_("The file is missing.")) from None

    def hashes(self) -> Iterator[str]:
        """The hashes of everything kept; for finding what nothing refers to."""
        yield from (path.name for path in self._root.glob("??/*") if len(path.name) == 64)

    def remove(self, sha256: str) -> None:
        self._place(sha256).unlink(missing_ok=True)

    def _place(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise NotFound(_("The file is missing."))
        return self._root / sha256[:2] / sha256

    @contextmanager
    def _draft(self) -> Iterator[tuple[IO[bytes], Path]]:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._root / f"{secrets.token_hex(8)}.new"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as draft:
                yield draft, path
        finally:
            path.unlink(missing_ok=True)

    def _refuse_beyond(self, size: int) -> None:
        if size > self._largest:
            message = _("The file is larger than %(limit)s.", limit=format_bytes(self._largest))
            raise Rejected(Problem("file.too_large", ("file",), message))


def add_file(
    conn: sa.Connection, actor: Actor, name: str, sha256: str, size: int, record_id: str = ""
) -> StoredFile:
    """Notes a file whose bytes `FileStore.put` has kept."""
    shown = safe_name(name)
    row = {
        "id": new_id(KEY_PREFIX),
        "name": shown,
        "media_type": media_type_of(shown),
        "size": size,
        "sha256": sha256,
        "record_id": record_id or None,
        "created_at": clock.now(),
        "created_by": actor.user_id,
    }
    conn.execute(sa.insert(sys_file).values(**row))
    return get_file(conn, str(row["id"]))


def get_file(conn: sa.Connection, file_id: str) -> StoredFile:
    """The file of that id; raises NotFound. Who may see it is for the caller to check."""
    row = conn.execute(sa.select(sys_file).where(sys_file.c.id == file_id)).one_or_none()
    if row is None:
        raise NotFound(_("The file is missing."))
    texts = (RecordId(row.id), row.name, row.media_type, row.size, row.sha256)
    return StoredFile(*texts, row.record_id or "", row.created_at, row.created_by)


def list_files(conn: sa.Connection, record_id: str) -> list[StoredFile]:
    """The files of a record, newest first."""
    mine = sa.select(sys_file.c.id).where(sys_file.c.record_id == record_id)
    ids = conn.scalars(mine.order_by(sys_file.c.created_at.desc(), sys_file.c.id.desc()))
    return [get_file(conn, file_id) for file_id in ids.all()]


def safe_name(name: str) -> str:
    """The name without folders, without what nobody sees, and short enough; never empty.

    First brought to one form (NFKC), then cleaned: a sign that turns into another is seen as that.
    """
    plain = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(
        char for char in plain if unicodedata.category(char)[0] not in "CZ" or char == " "
    )
    cleaned = _FORBIDDEN.sub("_", seen).strip(" .")
    if _RESERVED.match(cleaned):
        cleaned = "_" + cleaned
    stem, dot, ending = cleaned.rpartition(".")
    if not dot or len(ending) > 12:
        stem, ending = cleaned, ""
    room = LONGEST_NAME - len(ending.encode()) - 1
    short = stem.encode()[:room].decode(errors="ignore").strip(" .")
    return (f"{short}.{ending}" if ending else short) or "file"


def media_type_of(name: str) -> str:
    """The type by the ending of the name, never by what the sender said."""
    return MEDIA_TYPES.get(name.rpartition(".")[2].casefold(), "application/octet-stream")


def download_headers(name: str, media_type: str = "") -> dict[str, str]:
    """Headers with which a browser saves the file, and can do nothing else with it."""
    shown = safe_name(name)
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", shown)
    named = f"filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
    return {
        "Content-Type": media_type if media_type in MEDIA_TYPES.values() else media_type_of(shown),
        "Content-Disposition": f"attachment; {named}",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
