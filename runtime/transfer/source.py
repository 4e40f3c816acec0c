"""Files as rows of texts: CSV in any usual encoding, XLSX read by a child process with limits.

Refuses, naming the row: an open quote, a cell or a file beyond the limits, a file that is no table.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from charset_normalizer import from_bytes

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .limits import MAX_CELL, MAX_COLUMNS, MAX_LINE
from .workbook import read_workbook

SAMPLE = 256 * 1024  # bytes looked at to tell the encoding and the delimiter
DELIMITERS = ",;\t|"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
Rows = Generator[tuple[int, list[Any]], None, None]  # (row number, cells)
_LIKELY = ["utf_8", "gb18030", "big5", "shift_jis", "cp1252", "latin_1"]


class Row(NamedTuple):
    """One record of a file: `number` is its row as a spreadsheet counts, headings = 1."""

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
        with closing(found):
            next(found, None)
            for number, cells in found:
                if any(cells):
                    yield Row(number, tuple(cells))


def open_source(path: Path, *, encoding: str = "", delimiter: str = "") -> Source:
    """The table in a file; what is not said is found out."""
    sample = _head(path)
    if sample.startswith(_OLD_OFFICE):
        message = _("%(file)s is a workbook of an old kind.", file=path.name)
        hint = _("Save it as .xlsx, or as CSV.")
        raise Rejected(Problem("import.old_workbook", (path.name,), message, hint))
    if sample.startswith(b"PK") or path.suffix.lower() in (".xlsx", ".xlsm"):
        return Source(path, _headings(_first(read_workbook(path))))
    encoding = _known_encoding(encoding) if encoding else detect_encoding(path, sample)
    delimiter = delimiter or detect_delimiter(sample.decode(encoding, "replace"))
    return open_csv(path, encoding, delimiter)


def open_csv(path: Path, encoding: str, delimiter: str) -> Source:
    """The table in a file that is known to be a CSV."""
    headings = _headings(_first(_csv_rows(Source(path, (), encoding, delimiter))))
    return Source(path, headings, encoding, delimiter)


def _first(rows: Rows) -> list[Any]:
    with closing(rows):
        return next(rows, (1, []))[1]


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        message = _("%(name)s is no encoding we know.", name=repr(name))
        raise Rejected(Problem("import.unknown_encoding", (name,), message)) from error


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
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if 0 in sample[:SAMPLE] and (wide := _wide(sample)):
        return wide
    if _reads(path, "utf-8"):
        return "utf-8"
    telling = _telling(path)
    best = from_bytes(telling, cp_isolation=_LIKELY).best()
    found = best.encoding if best else "cp1252"
    found = "gb18030" if found in ("gb2312", "gbk") else found
    return found if _reads(path, found) else "cp1252" if _reads(path, "cp1252") else "latin-1"


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: of ASCII text every other byte is 0."""
    pairs = len(sample) // 2
    for name, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        if sample[at::2].count(0) > pairs * 0.4 and sample[1 - at :: 2].count(0) < pairs * 0.05:
            return name
    return ""


def _telling(path: Path) -> bytes:
    """The lines that tell encodings apart: those with bytes beyond ASCII."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while line := file.readline(SAMPLE):
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
    except (UnicodeError, LookupError):
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


def _csv_rows(source: Source) -> Rows:
    """(row number, cells): rows as a spreadsheet counts them, a text of several lines is in one."""
    csv.field_size_limit(MAX_CELL)
    number, line = 0, 0
    with _opened(source) as file:
        reader = csv.reader(_lines(file), delimiter=source.delimiter, strict=True)
        try:
            for cells in reader:
                number, line = number + 1, reader.line_num
                yield number, cells
        except csv.Error as error:
            hint = _("Look for a quotation mark that is not closed, on line %(n)s.", n=line + 1)
            row = number + 1
            message = _("The file cannot be read from row %(row)s on: %(why)s.", row=row, why=error)
            raise Rejected(Problem("import.csv", (row,), message, hint)) from error
        except UnicodeError as error:
            found = {"row": number, "encoding": source.encoding}  # blocks are decoded ahead
            message = _("Below row %(row)s the text is not %(encoding)s.", **found)
            hint = _("Say the encoding of the file.")
            raise Rejected(Problem("import.encoding", (number + 1,), message, hint)) from error


def _lines(file: IO[str]) -> Iterator[str]:
    """The lines, none longer than the limit, so that a file of one line is not taken in whole."""
    while line := file.readline(MAX_LINE):
        if len(line) >= MAX_LINE:
            raise csv.Error("line is too long")
        yield line
