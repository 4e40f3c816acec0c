"""Records as CSV and XLSX files: the columns of a listing, read and written row by row.

CSV is UTF-8 with a byte order mark and RFC 4180 quoting; texts are guarded against formulas (see
`guard`). In XLSX texts are texts; dates, times, numbers and flags are typed; a text beyond what a
cell can hold is cut, and a sheet of notes says where. Rights are those of the query: nobody exports
what they cannot list.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import IO, Any

import sqlalchemy as sa
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..lists.listing import Column, Listing
from ..query import run
from ..query.record import Record
from .guard import guarded

BATCH = 500
SHEET_ROWS = 1_048_576
CELL_LENGTH = 32_767  # characters that a cell of a sheet can hold
_FIRST_DAY = date(1900, 3, 1)  # spreadsheets believe in a 29 February 1900
_EXACT_DIGITS = 15


class Headings(Enum):
    """Labels, with names and labels in the rows, or API names, with bare values."""

    LABELS = "labels"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of the file: its heading and how a record fills it."""

    heading: str
    field: CustomField
    read: Callable[[Record], Value]
    text: Callable[[Value], str]


def write_csv(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    listing: Listing,
    headings: Headings = Headings.LABELS,
) -> Iterator[bytes]:
    """The file in pieces, the first of which begins with the byte order mark."""
    cells = cells_of(snapshot, listing, headings)
    with closing(_batches(conn, actor, snapshot, listing)) as batches:
        yield from csv_of(cells, batches)


def csv_of(cells: Sequence[Cell], batches: Iterable[Sequence[Record]]) -> Iterator[bytes]:
    """Records as a CSV file, in pieces."""
    yield b"\xef\xbb\xbf" + _lines([[cell.heading for cell in cells]])
    for batch in batches:
        yield _lines([_csv_row(cells, record) for record in batch])


def csv_lines(rows: Sequence[Sequence[str]], *, first: bool = False) -> bytes:
    """Rows of texts as lines of CSV, guarded against formulas."""
    mark = b"\xef\xbb\xbf" if first else b""
    return mark + _lines([[guarded(text) for text in row] for row in rows])


def cells_of(snapshot: Snapshot, listing: Listing, headings: Headings) -> tuple[Cell, ...]:
    """The columns of the file."""
    if headings is Headings.LABELS:
        return tuple(_labelled(snapshot, column) for column in listing.columns)
    names = dict.fromkeys(("Id", *listing.query.fields))
    return tuple(_named(snapshot, listing.object.name, path) for path in names)


def _labelled(snapshot: Snapshot, column: Column) -> Cell:
    """A lookup shows the name behind it, a picklist the label of its value."""
    path = column.paths[-1]
    field = column.field
    if len(column.paths) > 1:
        return Cell(column.label, field, _value_of(path), lambda value: value or "")
    if snapshot.values(field):
        show = field.field_type.display_in
        return Cell(column.label, field, _value_of(path), lambda v: show(v, field, snapshot))
    export = field.field_type.export
    return Cell(column.label, field, _value_of(path), lambda value: export(value, field))


def _named(snapshot: Snapshot, object_name: str, path: str) -> Cell:
    field = snapshot.resolve(object_name, path)[-1]
    export = field.field_type.export
    if path == "Id":
        return Cell(path, field, lambda record: record.id, str)
    return Cell(path, field, _value_of(path), lambda value: export(value, field))


def _value_of(path: str) -> Callable[[Record], Value]:
    return lambda record: record.values[path]


def _batches(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, listing: Listing
) -> Generator[Sequence[Record], None, None]:
    query = replace(listing.query, limit=None, after="", before="")
    return run.iterate(conn, actor, query, snapshot, batch=BATCH)


# -- CSV -----------------------------------------------------------------------------------------


def _csv_row(cells: Sequence[Cell], record: Record) -> list[str]:
    return [_csv_text(cell, cell.read(record)) for cell in cells]


def _csv_text(cell: Cell, value: Value) -> str:
    if value is None:
        return ""
    text = cell.text(value)
    return guarded(text) if is_text(cell.field, value) else text


def is_text(field: CustomField, value: Value) -> bool:
    """Says whether the value is words, which a spreadsheet might take for a formula."""
    return isinstance(field.field_type.cell(value, field), str)


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("utf-8", "replace")


# -- XLSX ----------------------------------------------------------------------------------------


def write_xlsx(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    listing: Listing,
    stream: IO[bytes],
    headings: Headings = Headings.LABELS,
) -> int:
    """Writes the file into the stream, row by row; returns how many records it holds."""
    title = snapshot.label(listing.object, "pluralLabel")
    cells = cells_of(snapshot, listing, headings)
    return xlsx_of(cells, _batches(conn, actor, snapshot, listing), title, stream)


def xlsx_of(
    cells: Sequence[Cell], batches: Iterable[Sequence[Record]], title: str, stream: IO[bytes]
) -> int:
    """Writes records into the stream as a workbook; returns how many."""
    writer = _Sheets(new_book(stream), title)
    writer.begin(cells)
    for batch in batches:
        for record in batch:
            writer.write(cells, record)
    writer.finish()
    return writer.count


def new_book(stream: IO[bytes]) -> Any:
    """A workbook that takes texts as texts and is written as it grows."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False, "nan_inf_to_errors": False, "remove_timezone": True,
    }  # fmt: skip
    return xlsxwriter.Workbook(stream, options)


class _Sheets:
    """The sheets of one file: as many as the rows need, then notes where something was cut."""

    def __init__(self, book: Any, title: str) -> None:
        self.book, self.title = book, "".join(c for c in title if c not in "[]:*?/\\'")[:25]
        self.sheet: Worksheet | None = None
        self.row = self.count = self.sheets = 0
        self.notes: list[tuple[str, str, int]] = []  # (cell, column, length of the text)
        self.head = book.add_format({"bold": True})
        self.forms = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            time: book.add_format({"num_format": "hh:mm:ss"}),
        }

    def begin(self, cells: Sequence[Cell]) -> Worksheet:
        """A new sheet with the headings."""
        self.sheets += 1
        name = self.title if self.sheets == 1 else f"{self.title} {self.sheets}"
        sheet: Worksheet = self.book.add_worksheet(name.strip() or f"Sheet{self.sheets}")
        self.sheet = sheet
        sheet.freeze_panes(1, 0)
        for column, cell in enumerate(cells):
            sheet.write_string(0, column, cell.heading[:CELL_LENGTH], self.head)
        self.row = 1
        return sheet

    def write(self, cells: Sequence[Cell], record: Record) -> None:
        sheet = self.sheet if self.row < SHEET_ROWS and self.sheet else self.begin(cells)
        for column, cell in enumerate(cells):
            value = cell.read(record)
            if value is not None:
                self._cell(sheet, column, cell, value)
        self.row += 1
        self.count += 1

    def _cell(self, sheet: Worksheet, column: int, cell: Cell, value: Value) -> None:
        typed = cell.field.field_type.cell(value, cell.field)
        if isinstance(typed, bool):
            sheet.write_boolean(self.row, column, typed)
        elif isinstance(typed, Decimal | int | float) and _is_exact(typed):
            sheet.write_number(self.row, column, float(typed))
        elif isinstance(typed, date | time) and _has_number(typed):
            moment: Any = typed  # the library takes days and times of day too
            sheet.write_datetime(self.row, column, moment, self.forms[type(typed)])
        elif text := cell.text(value):
            self._text(sheet, column, cell, text)

    def _text(self, sheet: Worksheet, column: int, cell: Cell, text: str) -> None:
        if _units(text) > CELL_LENGTH:
            place = f"{sheet.name}!{xlsxwriter.utility.xl_rowcol_to_cell(self.row, column)}"
            self.notes.append((place, cell.heading, len(text)))
            text = text.encode("utf-16-le")[: CELL_LENGTH * 2].decode("utf-16-le", "ignore")
        sheet.write_string(self.row, column, text)

    def finish(self) -> None:
        if self.notes:
            sheet = self.book.add_worksheet(_("Notes")[:31])
            message = _("These texts are longer than a cell can hold and were cut.")
            sheet.write_string(0, 0, message, self.head)
            for row, (place, heading, length) in enumerate(self.notes, 1):
                for column, text in enumerate((place, heading, str(length))):
                    sheet.write_string(row, column, text)
        self.book.close()


def _units(text: str) -> int:
    """The length as spreadsheets count it, in UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _is_exact(number: Decimal | int | float) -> bool:
    """Says whether a spreadsheet's double keeps every digit."""
    return isinstance(number, float) or len(Decimal(number).as_tuple().digits) <= _EXACT_DIGITS


def _has_number(moment: date | time) -> bool:
    return isinstance(moment, time) or moment.year > 1900 or _as_day(moment) >= _FIRST_DAY


def _as_day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
