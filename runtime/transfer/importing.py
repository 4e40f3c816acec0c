"""Rows of a file become records: read, parents found by name, saved in chunks, failures written down.

Every row that was read is either a record or a line of the error file; no row is half-saved. A
chunk is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from ...metadata.field_types.base import Reading, reading_of
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.clock import today
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..records.draft import at_field
from ..records.names import split_name
from ..records.service import Records
from .conventions import Evidence, observe
from .mapping import Column, ImportMapping
from .parents import Parents
from .source import Row, Source, error_writer

CHUNK = 500
Progress = Callable[[int], None]  # called with the number of rows done


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was refused: the row as a person counts, the column's heading, the reason."""

    row: int
    column: str
    reason: str


@dataclass(slots=True)
class ImportResult:
    """What became of the rows: `read` = `created` + `failed`."""

    read: int = 0
    created: int = 0
    failed: int = 0
    parents_created: int = 0
    ids: list[str] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import: a file, its mapping, and who imports it into which org."""

    org_db: OrgDatabase
    actor: Actor
    snapshot: Snapshot
    source: Source
    mapping: ImportMapping
    create_parents: bool = True
    dry_run: bool = False
    first: int | None = None  # only so many rows
    error_path: Path | None = None

    def run(self, progress: Progress = lambda _done: None) -> ImportResult:
        """Imports the file; `progress` hears of each chunk."""
        result = ImportResult()
        readings = self._readings()
        parents = Parents(self.org_db, self.actor, self.snapshot, create=self.create_parents)
        with _ErrorFile(self.error_path, self.source) as failures:
            for chunk in _chunks(islice(self.source.rows(), self.first)):
                self._import_chunk(chunk, readings, parents, result, failures)
                progress(result.read)
        result.parents_created = parents.created
        return result

    def _readings(self) -> list[Reading]:
        """How each column is written, from all of its values."""
        width = len(self.source.headings)
        evidence = observe((row.cells for row in self.source.rows()), width)
        zone = self.actor.time_zone
        base = replace(
            reading_of(self.actor.localization, today=today(zone), user_id=self.actor.user_id),
            decimal=".",
            group=",",
            day_first=None,
            time_zone=zone,
            human=True,
        )
        return [_reading(one, base) for one in evidence]

    def _import_chunk(
        self,
        chunk: list[Row],
        readings: list[Reading],
        parents: Parents,
        result: ImportResult,
        failures: _ErrorFile,
    ) -> None:
        drafts = [self._draft(row, readings) for row in chunk]
        self._find_parents(chunk, drafts, parents)
        good = [(row, draft) for row, draft in zip(chunk, drafts, strict=True) if not draft.problems]
        outcomes = self._saved([draft.values for _row, draft in good])
        for (_row, draft), (record_id, problems) in zip(good, outcomes, strict=True):
            draft.problems += problems
            if not problems:
                result.ids.append(record_id)
        for row, draft in zip(chunk, drafts, strict=True):
            result.read += 1
            if draft.problems:
                result.failed += 1
                errors = [self._error(row, problem) for problem in draft.problems]
                result.errors += errors[: max(0, 10_000 - len(result.errors))]
                failures.write(row, errors)
            else:
                result.created += 1

    def _draft(self, row: Row, readings: list[Reading]) -> RowDraft:
        draft = RowDraft()
        for column in self.mapping.columns:
            cell = row.cells[column.index] if column.index < len(row.cells) else None
            if isinstance(cell, str):
                cell = unescaped(cell.strip())
            if cell in (None, ""):
                continue
            if column.parent is not None:
                draft.named[column.index] = str(cell)
                continue
            self._read(column, cell, readings[column.index], draft)
        return draft

    def _read(self, column: Column, cell: Any, reading: Reading, draft: RowDraft) -> None:
        name = column.field.local_name
        own = reading.for_field(column.field, self.snapshot)
        try:
            if column.field.type == "Name":
                draft.values |= _name_parts(column.field, str(cell), self.snapshot)
            else:
                draft.values[name] = column.field.field_type.accept(_plain(cell), column.field, own)
        except Rejected as refusal:
            draft.problems += [at_field(problem, name) for problem in refusal.problems]

    def _find_parents(self, chunk: list[Row], drafts: list[RowDraft], parents: Parents) -> None:
        for column in self.mapping.columns:
            if column.parent is None:
                continue
            names = [draft.named[column.index] for draft in drafts if column.index in draft.named]
            found = parents.find(column.field, column.parent, names, dry_run=self.dry_run)
            for draft in drafts:
                name = draft.named.get(column.index)
                if name is not None:
                    self._take_parent(column, name, found, draft)

    def _take_parent(
        self, column: Column, name: str, found: Mapping[str, str | Problem], draft: RowDraft
    ) -> None:
        parent = found[name]
        if isinstance(parent, Problem):
            draft.problems.append(at_field(parent, column.field.local_name))
        else:
            draft.values[column.field.local_name] = parent

    def _saved(self, rows: list[dict[str, Any]]) -> list[tuple[str, list[Problem]]]:
        records = Records(self.org_db, self.actor, self.snapshot)
        if self.dry_run:
            outcomes = records.check_many(self.mapping.object, rows)
        else:
            outcomes = records.create_many(self.mapping.object, rows)
        return [(outcome.id, list(outcome.problems)) for outcome in outcomes]

    def _error(self, row: Row, problem: Problem) -> RowError:
        name = str(problem.path[0]) if problem.path else ""
        heading = next(
            (c.heading for c in self.mapping.columns if c.field.local_name == name), name
        )
        reason = " ".join(str(part) for part in (problem.message, problem.hint) if part)
        return RowError(row.number, heading, reason)


@dataclass(slots=True)
class RowDraft:
    """A row on its way: values so far, parents still known by name, problems."""

    values: dict[str, Any] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)  # {column index: parent's name}
    problems: list[Problem] = field(default_factory=list)


class _ErrorFile:
    """The failed rows with row, column and reason before their cells; made when the first fails."""

    def __init__(self, path: Path | None, source: Source) -> None:
        self._path, self._source = path, source
        self._file: Any = None

    def __enter__(self) -> _ErrorFile:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file:
            self._file.close()

    def write(self, row: Row, errors: list[RowError]) -> None:
        """One line for the row; its reasons stand together."""
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            headings = (_("Row"), _("Column"), _("Reason"), *self._source.headings)
            error_writer(self._file).writerow(headings)
        columns = "; ".join(dict.fromkeys(error.column for error in errors))
        reasons = "; ".join(error.reason for error in errors)
        cells = ["" if cell is None else str(cell) for cell in row.cells]
        error_writer(self._file).writerow([row.number, columns, reasons, *cells])


def unescaped(text: str) -> str:
    """A text without the mark that our exports put before what a spreadsheet would calculate."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r" else text


def _plain(cell: Any) -> Any:
    """A cell as field types read it: numbers of workbooks as neutral texts keep their digits."""
    return str(Decimal(cell)) if isinstance(cell, int) and not isinstance(cell, bool) else cell


def _reading(evidence: Evidence, base: Reading) -> Reading:
    return evidence.reading(base)


def _name_parts(field: CustomField, name: str, snapshot: Snapshot) -> dict[str, Any]:
    """The components of a person's whole name."""
    first, last = split_name(name)
    parts = {"FirstName": first or None, "LastName": last or None}
    known = snapshot.fields(field.object_name)
    return {key: value for key, value in parts.items() if key in known}


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
