"""Back-up archives: a zip of named members and a signed manifest that says what they must be.

Refuses (`backup.…`) an archive that is damaged, was changed, was signed with another secret key, is
of another org or of another kind of database, before anything of it is used.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from . import clock
from .errors import Problem, Rejected
from .i18n import _

FORMAT = 1
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 64 * 1024 * 1024
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive is: signed, so it can be believed."""

    org: str
    dialect: str
    schema: int  # number of the last migration step
    created_at: str
    members: Mapping[str, Mapping[str, Any]]  # {name: {"sha256": hexadecimal, "size": bytes}}
    format: int = FORMAT

    def text(self) -> bytes:
        """The canonical form that is signed."""
        shown = {name: getattr(self, name) for name in sorted(self.__slots__)}
        return json.dumps(shown, sort_keys=True, ensure_ascii=False).encode()


class Writer:
    """Adds members to an archive that is being made."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: dict[str, dict[str, Any]] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[_Hashing]:
        """A new member to write bytes into."""
        with self._archive.open(name, "w", force_zip64=True) as raw:
            sink = _Hashing(raw)
            yield sink
        self.members[name] = {"sha256": sink.digest.hexdigest(), "size": sink.size}

    def add(self, name: str, content: bytes) -> None:
        with self.member(name) as sink:
            sink.write(content)

    def copy(self, name: str, source: BinaryIO) -> None:
        with self.member(name) as sink:
            while chunk := source.read(_CHUNK):
                sink.write(chunk)


class _Hashing:
    """Passes bytes on, counting and hashing them."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.digest, self.size = hashlib.sha256(), 0

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        self._raw.write(chunk)
        self.digest.update(chunk)
        self.size += len(chunk)


def write_archive(
    path: Path, secret: str, org: str, dialect: str, schema: int, fill: Callable[[Writer], None]
) -> Manifest:
    """Makes the archive and gives it its name only when it is whole and on the disk."""
    draft = path.with_name(path.name + ".new")
    try:
        with _created(draft) as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                writer = Writer(archive)
                fill(writer)
                moment = clock.now().isoformat()
                manifest = Manifest(org, dialect, schema, moment, writer.members)
                archive.writestr(_MANIFEST, _signed(manifest, secret))
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


class Reader:
    """A verified archive: every member is what the manifest says."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def names(self) -> tuple[str, ...]:
        return tuple(self.manifest.members)

    def open(self, name: str) -> BinaryIO:
        if name not in self.manifest.members:
            raise _refused("backup.incomplete", _("The back-up lacks %(name)s.", name=name))
        return cast(BinaryIO, self._archive.open(name))


@contextmanager
def read_archive(path: Path, secret: str, org: str, dialect: str) -> Iterator[Reader]:
    """The archive of that org, checked to the last byte; raises Rejected when not to be trusted."""
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            manifest = _verified(archive, secret)
            _check_origin(manifest, org, dialect)
            _check_members(archive, manifest)
        except FileNotFoundError:
            message = _("There is no file %(path)s.", path=path)
            raise _refused("backup.missing", message) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            raise _damaged() from None
        yield Reader(archive, manifest)


def _verified(archive: zipfile.ZipFile, secret: str) -> Manifest:
    entry = archive.NameToInfo.get(_MANIFEST)
    if entry is None or entry.file_size > _LARGEST_MANIFEST:
        raise _damaged()
    try:
        signed = json.loads(archive.read(entry))
        manifest = Manifest(**signed["manifest"])
        is_ours = hmac.compare_digest(_signature(manifest, secret), str(signed["signature"]))
    except (ValueError, KeyError, TypeError):
        raise _damaged() from None
    if not is_ours:
        message = _("This back-up was changed, or signed with another secret key.")
        raise _refused("backup.bad_signature", message)
    return manifest


def _check_origin(manifest: Manifest, org: str, dialect: str) -> None:
    if manifest.format != FORMAT:
        raise _refused("backup.other_format", _("Another release made this back-up."))
    if manifest.org != org:
        message = _("This is a back-up of the org %(org)s.", org=manifest.org)
        raise _refused("backup.other_org", message)
    if manifest.dialect != dialect:
        message = _("This back-up is for %(dialect)s.", dialect=manifest.dialect)
        raise _refused("backup.other_database", message)


def _check_members(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    if sorted(archive.namelist()) != sorted([*manifest.members, _MANIFEST]):
        raise _damaged()
    for name, expected in manifest.members.items():
        with archive.open(name) as member:
            found = hashlib.sha256()
            while chunk := member.read(_CHUNK):
                found.update(chunk)
        if found.hexdigest() != expected["sha256"]:
            raise _damaged()


def _signed(manifest: Manifest, secret: str) -> str:
    shown = {name: getattr(manifest, name) for name in manifest.__slots__}
    return json.dumps({"manifest": shown, "signature": _signature(manifest, secret)}, indent=1)


def _signature(manifest: Manifest, secret: str) -> str:
    if not secret:
        hint = _("Set TRELLIS_SECRET_KEY: it signs back-ups.")
        raise Rejected(Problem("backup.no_secret", (), _("There is no secret key."), hint))
    key = hashlib.sha256(b"trellis backup\x00" + secret.encode()).digest()
    return hmac.new(key, manifest.text(), hashlib.sha256).hexdigest()


@contextmanager
def _created(path: Path) -> Iterator[io.BufferedRandom]:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with os.fdopen(handle, "w+b") as raw:
        yield raw


def _damaged() -> Rejected:
    return _refused("backup.damaged", _("This file is not a whole back-up."))


def _refused(code: str, message: str) -> Rejected:
    return Rejected(Problem(code, (), message))
