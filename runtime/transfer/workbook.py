"""Workbooks are read by a child process: a hostile file ends the child, never the server.

The parent looks at the archive first (members, declared sizes, ratio), then takes JSON lines.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _

MAX_UNPACKED = 400 * 1024 * 1024  # bytes, as declared by the archive
MAX_RATIO = 250
MAX_MEMBERS = 10_000
MEMORY = 1024 * 1024 * 1024  # bytes of address space of the child
SECONDS = 60  # of CPU


def read_workbook(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells) of the first sheet: texts, numbers, dates; formulas as their text."""
    _check_archive(path)
    command = [sys.executable, "-m", f"{__package__}.workbook_child", str(path.resolve())]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
    assert child.stdout is not None  # noqa: S101 - it is a pipe
    assert child.stderr is not None  # noqa: S101
    try:
        for line in child.stdout:
            number, cells = json.loads(line)
            yield number, [_value(cell) for cell in cells]
        if child.wait() != 0:
            raise _refused(path, child.stderr.read().decode("utf-8", "replace"))
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        message = _("%(file)s is not a workbook.", file=path.name)
        hint = _("Save it as .xlsx, or as CSV.")
        raise Rejected(Problem("import.no_workbook", (path.name,), message, hint)) from error
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or unpacked / packed > MAX_RATIO:
        message = _("%(file)s unpacks to more than is allowed.", file=path.name)
        hint = _("Save it as CSV and import that.")
        raise Rejected(Problem("import.workbook_size", (path.name,), message, hint))


def _refused(path: Path, errors: str) -> Rejected:
    last = errors.strip().splitlines()[-1] if errors.strip() else ""
    message = _("%(file)s cannot be read.", file=path.name)
    hint = last if last.startswith("limit:") else _("Save it as CSV and import that.")
    return Rejected(Problem("import.workbook", (path.name,), message, hint))


def _value(cell: Any) -> Any:
    """A cell as the child wrote it: [type, text] for what JSON has no word for."""
    if not isinstance(cell, list):
        return cell
    kind, text = cell
    readers = {"date": date, "datetime": datetime, "time": time}
    return readers[kind].fromisoformat(text)
