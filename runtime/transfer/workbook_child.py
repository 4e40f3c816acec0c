"""The child that reads a workbook: memory and time are limited before the file is opened."""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

MEMORY = 1024 * 1024 * 1024
SECONDS = 60
MAX_ROWS = 1_048_576
MAX_COLUMNS = 2_000


def main(path: str) -> None:
    """Writes one JSON line a row: [number, cells]."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    sheet = book.worksheets[0]
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MAX_ROWS or len(row) > MAX_COLUMNS:
            sys.exit(f"limit: more than {MAX_ROWS} rows or {MAX_COLUMNS} columns")
        sys.stdout.write(json.dumps([number, [_plain(cell) for cell in row]]) + "\n")


def _plain(cell: Any) -> Any:
    match cell:
        case None | bool() | int() | str():
            return cell
        case float():
            return int(cell) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            if cell.time() == time():
                return ["date", cell.date().isoformat()]
            return ["datetime", cell.isoformat()]
        case date():
            return ["date", cell.isoformat()]
        case time():
            return ["time", cell.isoformat()]
    return str(cell)


if __name__ == "__main__":
    main(sys.argv[1])
