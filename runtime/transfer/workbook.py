"""Workbooks are read by a child process: a hostile file ends the child, never the server.

The parent looks at the archive first (members, declared sizes, ratio), then takes JSON lines.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .limits import MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED, SECONDS, SMALL

WRITTEN = 64 * 1024 * 1024  # bytes of a row as the child writes it

_READERS: Mapping[str, Callable[[str], date | time]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}


def read_workbook(path: Path) -> Generator[tuple[int, list[Any]], None, None]:
    """(row number, cells) of the first sheet: texts, numbers, dates; formulas as their text."""
    _check_archive(path)
    command = [sys.executable, "-m", f"{__package__}.workbook_child", str(path.resolve())]
    child = subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    )
    assert child.stdout is not None  # noqa: S101 - it is a pipe
    try:
        yield from _rows(path, child.stdout)
        if (code := child.wait()) != 0:
            raise _refused(path, f"{SECONDS} seconds" if code == -signal.SIGXCPU else "")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _rows(path: Path, stream: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    while line := stream.readline(WRITTEN):
        found = json.loads(line) if line.endswith(b"\n") else {}
        if isinstance(found, dict):
            raise _refused(path, found.get("limit", ""))
        number, cells = found
        yield number, [_value(cell) if isinstance(cell, list) else cell for cell in cells]


def _environment() -> dict[str, str]:
    """The child finds the package wherever the parent did, and knows nothing secret."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        message = _("%(file)s is not a workbook.", file=path.name)
        hint = _("Save it as .xlsx, or as CSV.")
        raise Rejected(Problem("import.no_workbook", (path.name,), message, hint)) from error
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    is_bomb = unpacked > MAX_UNPACKED or (unpacked > SMALL and unpacked / packed > MAX_RATIO)
    if len(members) > MAX_MEMBERS or is_bomb:
        message = _("%(file)s unpacks to more than is allowed.", file=path.name)
        hint = _("Save it as CSV and import that.")
        raise Rejected(Problem("import.workbook_size", (path.name,), message, hint))


def _refused(path: Path, limit: str) -> Rejected:
    if limit:
        message = _("%(file)s exceeds a limit: %(limit)s.", file=path.name, limit=limit)
        code = "import.workbook_limit"
    else:
        message = _("%(file)s cannot be read.", file=path.name)
        code = "import.workbook"
    return Rejected(Problem(code, (path.name,), message, _("Save it as CSV and import that.")))


def _value(cell: list[str]) -> Any:
    """A cell as the child wrote it: [type, text] for what JSON has no word for."""
    kind, text = cell
    return _READERS[kind](text)
