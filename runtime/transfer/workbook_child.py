"""The child that reads a workbook: memory and time are limited before the file is opened.

Writes JSON lines: [row number, cells] for each row that is not blank, and at last {"limit": …} or
{"error": …} when it has to give up. Formulas stay texts: nothing is calculated or fetched.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook

from .limits import MAX_CELL, MAX_COLUMNS, MAX_LINE, MEMORY, SECONDS


class Limit(Exception):
    """A limit was exceeded; the text says which, and where."""


def main(path: str) -> None:
    """Writes the rows of the first sheet."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    try:
        for number, cells in rows(path):
            sys.stdout.write(json.dumps([number, cells]) + "\n")
    except Limit as limit:
        sys.stdout.write(json.dumps({"limit": str(limit)}) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps({"limit": f"memory of {MEMORY >> 20} MiB"}) + "\n")
    except Exception as error:  # noqa: BLE001 - whatever a hostile file does is told to the parent
        sys.stdout.write(json.dumps({"error": type(error).__name__}) + "\n")


def rows(path: str) -> Iterator[tuple[int, list[Any]]]:
    """(row number, plain cells) of rows that are not blank."""
    book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what a file says of its size is not believed
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        width = len(row)
        while width and row[width - 1] is None:
            width -= 1
        if width > MAX_COLUMNS:
            raise Limit(f"{MAX_COLUMNS} columns in sheet {sheet.title!r}, row {number}")
        if width:
            cells = [_plain(cell) for cell in row[:width]]
            _check(cells, sheet.title, number)
            yield number, cells


def _check(cells: list[Any], title: str, number: int) -> None:
    lengths = [len(cell) for cell in cells if isinstance(cell, str)]
    if lengths and max(lengths) > MAX_CELL:
        raise Limit(f"{MAX_CELL} characters of a cell in sheet {title!r}, row {number}")
    if sum(lengths) > MAX_LINE:
        raise Limit(f"{MAX_LINE} characters in sheet {title!r}, row {number}")


def _plain(cell: Any) -> Any:
    match cell:
        case None | bool() | int() | float() | str():
            return cell
        case datetime():
            if cell.time() == time():
                return ["date", cell.date().isoformat()]
            return ["datetime", cell.isoformat()]
        case date():
            return ["date", cell.isoformat()]
        case time():
            return ["time", cell.isoformat()]
        case timedelta():
            return str(cell)
    return str(getattr(cell, "text", None) or cell)


if __name__ == "__main__":
    main(sys.argv[1])
