"""Files as rows of texts: CSV in any usual encoding, XLSX read by a child process with limits.

Refuses, naming the row: an open quote, a cell or a file beyond the limits, a file that is no table.
"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from charset_normalizer import from_bytes

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .workbook import read_workbook

SAMPLE = 256 * 1024  # bytes looked at to tell the encoding and the delimiter
MAX_CELL = 131_072  # characters
MAX_COLUMNS = 2_000
DELIMITERS = ",;\t|"
_LIKELY = ["utf_8", "gb18030", "big5", "shift_jis", "cp1252", "latin_1"]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: `number` is its line or sheet row as a person counts, heading = 1."""

    number: int
    cells: tuple[Any, ...]  # texts of a CSV; numbers, dates and texts of a workbook


@dataclass(frozen=True, slots=True)
class Source:
    """A table in a file, read again by each call of `rows`."""

    path: Path
    headings: tuple[str, ...]
    encoding: str = ""  # of a CSV
    delimiter: str = ""

    def rows(self) -> Iterator[Row]:
        """The rows after the heading; blank ones are passed over."""
        found = _csv_rows(self) if self.delimiter else read_workbook(self.path)
        first = True
        for number, cells in found:
            if not first and any(cell not in (None, "") for cell in cells):
                yield Row(number, tuple(cells))
            first = False


def open_source(path: Path, *, encoding: str = "", delimiter: str = "") -> Source:
    """The table in a file; what is not said is found out."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        _number, headings = next(iter(read_workbook(path)), (1, ()))
        return Source(path, _headings(headings))
    sample = path.read_bytes()[:SAMPLE] if path.stat().st_size <= SAMPLE else _head(path)
    encoding = encoding or detect_encoding(path, sample)
    delimiter = delimiter or detect_delimiter(sample.decode(encoding, "replace"))
    blank = Source(path, (), encoding, delimiter)
    _number, headings = next(_csv_rows(blank), (1, ()))
    return Source(path, _headings(headings), encoding, delimiter)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SAMPLE)


def _headings(cells: Any) -> tuple[str, ...]:
    headings = tuple("" if cell is None else str(cell).strip() for cell in cells)
    if not any(headings):
        message = _("The file has no heading row.")
        hint = _("The first row names the columns.")
        raise Rejected(Problem("import.no_headings", (1,), message, hint))
    if len(headings) > MAX_COLUMNS:
        message = _("The file has more than %(n)s columns.", n=MAX_COLUMNS)
        raise Rejected(Problem("import.too_many_columns", (1,), message))
    return headings


def detect_encoding(path: Path, sample: bytes) -> str:
    """The encoding that reads the whole file: by its mark, then UTF-8, then by the look of it."""
    for mark, name in ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16")):
        if sample.startswith(mark):
            return name
    if _reads(path, "utf-8"):
        return "utf-8"
    telling = _telling(path)
    best = from_bytes(telling, cp_isolation=_LIKELY).best()
    found = best.encoding if best else "cp1252"
    found = "gb18030" if found in ("gb2312", "gbk") else found
    return found if _reads(path, found) else "cp1252" if _reads(path, "cp1252") else "latin-1"


def _telling(path: Path) -> bytes:
    """The lines that tell encodings apart: those with bytes beyond ASCII."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                lines.append(line)
                size += len(line)
            if size > SAMPLE:
                break
    return b"".join(lines)


def _reads(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding) as file:
            while file.read(SAMPLE):
                pass
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def detect_delimiter(sample: str) -> str:
    """The separator that cuts the first lines into the same number of cells, most of them."""
    lines = [line for line in sample.splitlines()[:50] if line]
    if not lines:
        return ","
    return max(DELIMITERS, key=lambda one: (_steady(lines, one), lines[0].count(one)))


def _steady(lines: list[str], delimiter: str) -> int:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return 0
    return sum(width == widths[0] for width in widths) if widths[0] > 1 else 0


@contextmanager
def _opened(source: Source) -> Iterator[IO[str]]:
    with source.path.open(encoding=source.encoding, newline="", errors="strict") as file:
        yield file


def _csv_rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_CELL)
    with _opened(source) as file:
        reader = csv.reader(file, delimiter=source.delimiter, strict=True)
        while True:
            before = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                hint = _("Look for a quotation mark that is not closed.")
                message = _("The file cannot be read from here on: %(why)s.", why=str(error))
                raise Rejected(Problem("import.csv", (before,), message, hint)) from error
            except UnicodeDecodeError as error:
                message = _("The text is not %(encoding)s.", encoding=source.encoding)
                hint = _("Say the encoding of the file.")
                raise Rejected(Problem("import.encoding", (before,), message, hint)) from error
            yield before, cells


def error_writer(file: IO[str]) -> Any:
    """A CSV writer for failed rows; the file is opened with newline=""."""
    return csv.writer(file, lineterminator="\r\n")


def text_file(data: bytes) -> IO[str]:
    """UTF-8 text over bytes, for tests and pasted tables."""
    return io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="")
