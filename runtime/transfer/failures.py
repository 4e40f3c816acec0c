"""The error file: each refused row with its number, columns and reasons before its own cells.

It can be corrected and imported again as it is; the three columns in front go nowhere.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...platform.errors import Problem
from ...platform.i18n import _
from .guard import guarded
from .mapping import ImportMapping
from .source import Row


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was refused: the row as a person counts, the column's heading, the reason."""

    row: int
    column: str
    reason: str
    code: str


def row_errors(row: Row, problems: Sequence[Problem], mapping: ImportMapping) -> list[RowError]:
    """The problems of a row in the words of its file."""
    errors = []
    for problem in problems:
        column = mapping.heading(str(problem.path[0])) if problem.path else ""
        errors.append(RowError(row.number, column, problem.sentence, problem.code))
    return errors


class ErrorFile:
    """Writes refused rows; the file is made when the first row is refused."""

    def __init__(self, path: Path | None, headings: Sequence[str]) -> None:
        self.path, self._headings = path, headings
        self._file: Any = None
        self._writer: Any = None

    def __enter__(self) -> ErrorFile:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file:
            self._file.close()

    def write(self, row: Row, errors: Sequence[RowError]) -> None:
        """One line for the row; its reasons stand together."""
        if self.path is None:
            return
        if self._writer is None:
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file, lineterminator="\r\n")
            self._line(_("Row"), _("Column"), _("Reason"), *self._headings)
        columns = "; ".join(dict.fromkeys(error.column for error in errors if error.column))
        reasons = "; ".join(error.reason for error in errors)
        self._line(
            str(row.number), columns, reasons, *("" if c is None else str(c) for c in row.cells)
        )

    def _line(self, *cells: str) -> None:
        self._writer.writerow([guarded(cell) for cell in cells])
