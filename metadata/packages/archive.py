"""The files of a package, in a folder or a zip, as {path: bytes}.

A zip is looked through before anything of it is used. Refused, each by the member's name: paths
that leave the package, links, doubles (also in another case), encrypted or nested archives, more
members or bytes than a package has, and a member that is not what the list of checksums says.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _

Files = Mapping[str, bytes]  # {"objects/Account/Account.object.json": content}
CHECKSUMS = "checksums.json"  # in a zip only: {path: SHA-256 in hexadecimal}
MOST_MEMBERS = 10_000
LARGEST_MEMBER = 16 * 1024 * 1024
LARGEST = 256 * 1024 * 1024
_BESIDE = (".md", ".txt", ".license", "license", "readme")  # what a repository has, and we ignore
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip, whenever it is written


def _is_beside(where: str) -> bool:
    path = PurePosixPath(where)
    hidden = any(part.startswith(".") for part in path.parts if part not in (".", ".."))
    return hidden or path.name.lower().endswith(_BESIDE)


def _is_document(name: str) -> bool:
    """Says whether it is JSON, or a table of sample records: samples/Account.csv."""
    parts = PurePosixPath(name).parts
    is_sample = len(parts) == 2 and parts[0] == "samples" and name.endswith(".csv")
    return name.endswith(".json") or is_sample


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files of a folder or zip a format is about; any other one is refused."""

    leaves_out: Callable[[str], bool] = _is_beside
    admits: Callable[[str], bool] = _is_document


DOCUMENTS = Wanted()


def read_files(path: Path, wanted: Wanted = DOCUMENTS) -> Files:
    """The files of a folder or of a zip. Raises Rejected with all problems."""
    if path.is_dir():
        return read_folder(path, wanted)
    if not path.exists():
        message = _("There is no file %(path)s.", path=str(path))
        raise Rejected(Problem("package.missing", (), message))
    return read_zip(path.read_bytes(), wanted)


def read_folder(folder: Path, wanted: Wanted = DOCUMENTS) -> Files:
    """The files under a folder; hidden ones and those that only people read are left out."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() or p.is_symlink())
    paths = {p: p.relative_to(folder).as_posix() for p in found}
    ours = {p: where for p, where in paths.items() if not wanted.leaves_out(where)}
    require(_problems_of_names(ours.values(), wanted))
    require(_link(where) for p, where in ours.items() if p.is_symlink())
    return {where: p.read_bytes() for p, where in ours.items()}


def read_zip(content: bytes, wanted: Wanted = DOCUMENTS) -> Files:
    """The files of a zip. Raises Rejected with all problems, before any member is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            require(_problems_of_members(members, wanted))
            files = {m.filename: _content(archive, m) for m in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        message = _("This is not a whole zip file.")
        raise Rejected(Problem("package.damaged", (), message)) from error
    require(_wrong_checksums(files))
    return {name: found for name, found in files.items()
            if name != CHECKSUMS and not wanted.leaves_out(name)}  # fmt: skip


def zip_of(files: Files) -> bytes:
    """The files as a zip with a list of checksums; equal files give equal bytes."""
    sums = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    listed = json.dumps(sums, ensure_ascii=False, indent=0).encode()
    return _zipped((*sorted(files.items()), (CHECKSUMS, listed)))


def plain_zip_of(files: Files) -> bytes:
    """The files as a zip for others, who know no list of checksums."""
    return _zipped(sorted(files.items()))


def _zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, content)
    return target.getvalue()


def write_folder(folder: Path, files: Files) -> None:
    """Makes the folder hold these files; documents that it held and are gone are deleted."""
    known = (*folder.rglob("*.json"), *folder.glob("samples/*.csv"))
    stale = (p for p in known if p.relative_to(folder).as_posix() not in files)
    for path in [p for p in stale if not _is_beside(p.relative_to(folder).as_posix())]:
        path.unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """At most as much as the member has said; the library checks its CRC."""
    with archive.open(member) as source:
        content = source.read(member.file_size + 1)
    if len(content) > member.file_size:
        raise Rejected(_refusal("package.too_large", member.filename, _("It is larger than said.")))
    return content


def _problems_of_members(members: list[zipfile.ZipInfo], wanted: Wanted) -> Iterator[Problem]:
    yield from _problems_of_names((m.filename for m in members), wanted)
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16):
            yield _link(member.filename)
        if member.flag_bits & 1:
            yield _refusal("package.encrypted", member.filename, _("It is encrypted."))
        if member.file_size > LARGEST_MEMBER:
            yield _refusal("package.too_large", member.filename, _("It is larger than 16 MB."))
    if sum(m.file_size for m in members) > LARGEST:
        message = _("Its files have more than 256 MB.")
        yield Problem("package.too_large", (), message)


def _problems_of_names(names: Iterable[str], wanted: Wanted) -> Iterator[Problem]:
    listed = list(names)
    if len(listed) > MOST_MEMBERS:
        message = _("A package has at most 10,000 files; this one goes on after them.")
        yield _refusal("package.too_many", listed[MOST_MEMBERS], message)
    folded = Counter(map(_folded, listed))
    for name in listed:
        if _leaves(name):
            yield _refusal("package.path", name, _("It would be put outside the package."))
        elif not wanted.admits(name) and not wanted.leaves_out(name):
            yield _refusal("package.file", name, _("A package has JSON files only."))
        if folded[_folded(name)] > 1:
            yield _refusal("package.doubled", name, _("It is there twice."))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _leaves(name: str) -> bool:
    """Absolute paths, drives, ".." and characters that no path of ours has."""
    is_strange = "\\" in name or ":" in name or any(ord(c) < 32 or ord(c) == 127 for c in name)
    return is_strange or name.startswith("/") or ".." in PurePosixPath(name).parts or not name


def _wrong_checksums(files: Files) -> Iterator[Problem]:
    if CHECKSUMS not in files:
        return
    try:
        sums = dict(json.loads(files[CHECKSUMS]))
    except (ValueError, TypeError, RecursionError):
        yield _refusal("package.not_json", CHECKSUMS, _("This is no list of checksums."))
        return
    for name in sorted({*files, *sums} - {CHECKSUMS}):
        content = files.get(name)
        if content is None:
            yield _refusal("package.checksum", str(name), _("It is on the list and not there."))
        elif hashlib.sha256(content).hexdigest() != sums.get(name):
            yield _refusal("package.checksum", name, _("It was changed since it was packed."))


def _link(name: str) -> Problem:
    return _refusal("package.link", name, _("It is a link."))


def _refusal(code: str, member: str, message: str) -> Problem:
    return Problem(code, (member,), message, _("Export the package again, or ask who made it."))
