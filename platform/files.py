"""Files that people upload: kept by the hash of their bytes, named by what they typed, never run.

Bytes lie in the data directory under the org and their SHA-256; names only in the database. Refuses
empty files and files beyond the size limit. A download is always an attachment in a sandbox,
whatever its type. What is noted of a file is `attachments`' matter.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO
from urllib.parse import quote

from .errors import NotFound, Problem, Rejected
from .i18n import _, format_bytes

LONGEST_NAME = 180  # bytes of a name, so that it fits into any file system
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
_CHUNK = 256 * 1024
_HEAD = 16  # bytes that tell a picture

#: How the bytes of a picture begin that a browser may show; SVG is a program and not among them.
_PICTURES: Mapping[str, re.Pattern[bytes]] = {
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF....WEBPVP8", re.DOTALL),
}

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
class Kept:
    """Bytes that are in the store."""

    sha256: str
    size: int
    picture: str = ""  # the type of a picture by its bytes, of those that may be shown


class FileStore:
    """The bytes of one org's files."""

    def __init__(self, data_dir: Path, org: str, largest: int) -> None:
        self._root = data_dir / "files" / org
        self._largest = largest

    def put(self, stream: IO[bytes]) -> Kept:
        """Keeps the bytes. Raises Rejected (`file.too_large`, `file.empty`)."""
        with self._draft() as (draft, path):
            digest, size, head = hashlib.sha256(), 0, b""
            while chunk := stream.read(_CHUNK):
                head, size = head or chunk[:_HEAD], size + len(chunk)
                self._refuse_beyond(size)
                digest.update(chunk)
                draft.write(chunk)
            if not size:
                raise Rejected(Problem("file.empty", ("file",), _("The file is empty.")))
            draft.flush()
            os.fsync(draft.fileno())
            place = self._place(digest.hexdigest())
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(place)
        return Kept(digest.hexdigest(), size, picture_type(head))

    def open(self, sha256: str) -> BinaryIO:
        """The bytes of that hash; raises NotFound."""
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound(_("The file is missing.")) from None

    def hashes(self) -> Iterator[str]:
        """The hashes of everything kept; for finding what nothing refers to."""
        yield from (path.name for path in self._root.glob("??/*") if len(path.name) == 64)

    def remove(self, sha256: str, before: datetime) -> bool:
        """Removes bytes that were last put before the moment; says whether they were.

        They are taken aside first: whoever puts the same bytes meanwhile puts them anew, and what
        was put too lately to be judged comes back.
        """
        place, aside = self._place(sha256), self._root / f"{secrets.token_hex(8)}.old"
        with suppress(FileNotFoundError):
            place.rename(aside)
            if aside.stat().st_mtime < before.timestamp():
                aside.unlink()
                return True
            aside.replace(place)
        return False

    def clear_drafts(self, before: datetime) -> None:
        """Removes what an upload left that was broken off before the moment."""
        for path in (*self._root.glob("*.new"), *self._root.glob("*.old")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()

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


def picture_type(head: bytes) -> str:
    """The type of the picture that begins like this; "" for what is none that may be shown."""
    return next((name for name, begins in _PICTURES.items() if begins.match(head)), "")


def renamed(old: str, new: str) -> str:
    """The new name with the ending of the old one: a name never says another type than it had."""
    if not new.strip():
        return old
    shown, ending = safe_name(new), old.rpartition(".")[2] if "." in old else ""
    if not ending or shown.casefold().endswith(f".{ending}".casefold()):
        return shown
    return safe_name(f"{shown}.{ending}")


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
