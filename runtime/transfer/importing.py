"""Rows of a file become records: read, parents found, saved in chunks, failures written down.

Every row that was read is either a record or a line of the error file; no row is half-saved. A
chunk is one transaction. A file that cannot be read to its end is refused before anything is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ...metadata.field_types.base import Value
from ...metadata.snapshot import Snapshot
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected
from ...platform.people.actor import Actor
from ..access import permissions
from ..records.draft import at_field
from ..records.service import Outcome, Records
from .failures import ErrorFile, RowError, row_errors
from .mapping import Column, ImportMapping
from .parents import Found, Parents
from .readers import AS_FOUND, HowToRead
from .rows import RowDraft, RowReader, Survey, survey
from .source import Row, Source

CHUNK = 1000  # rows of one transaction
KEPT_ERRORS = 1_000  # of a result; the error file has all

Progress = Callable[[int], None]  # hears how many rows are done
Created = Callable[[int, str], None]  # hears the row number and the id of each new record


@dataclass(slots=True)
class ImportResult:
    """What became of the rows: `read` = `created` + `failed`."""

    read: int = 0
    created: int = 0  # in a dry run: that would be created
    failed: int = 0
    parents_created: int = 0
    errors: list[RowError] = field(default_factory=list)  # the first ones


@dataclass(frozen=True, slots=True)
class Options:
    """How an import is to be done."""

    create_parents: bool = True
    dry_run: bool = False
    first: int | None = None  # only so many rows
    reading: HowToRead = AS_FOUND
    error_path: Path | None = None


DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import: a file, its mapping, and who imports it into which org."""

    org_db: OrgDatabase
    actor: Actor
    snapshot: Snapshot
    source: Source
    mapping: ImportMapping
    options: Options = DEFAULT

    def survey(self) -> Survey:
        """Reads the whole file once; raises Rejected for one that cannot be read."""
        return survey(islice(self.source.rows(), self.options.first), self.mapping)

    def run(
        self,
        surveyed: Survey | None = None,
        progress: Progress = lambda _done: None,
        created: Created = lambda _row, _id: None,
    ) -> ImportResult:
        """Imports the file. Raises Denied, or Rejected for a file that cannot be read."""
        obj = self.snapshot.object(self.mapping.object)
        permissions.require(self.actor, permissions.Operation.CREATE, obj, self.snapshot)
        options = self.options
        reader = RowReader(
            self.mapping, surveyed or self.survey(), self.snapshot, self.actor,
            options.reading,
        )  # fmt: skip
        parents = Parents(self.org_db, self.actor, self.snapshot, create=options.create_parents)
        result = ImportResult()
        rows = islice(self.source.rows(), options.first)
        with ErrorFile(options.error_path, self.source.headings) as failures:
            while chunk := list(islice(rows, CHUNK)):
                drafts = [reader.read(row) for row in chunk]
                self._find_parents(drafts, parents)
                self._save(chunk, drafts, created)
                self._count(chunk, drafts, result, failures)
                progress(result.read)
        result.parents_created = parents.created
        return result

    def _find_parents(self, drafts: Sequence[RowDraft], parents: Parents) -> None:
        """Looks every parent up; makes those of rows that would be saved, and of no others."""
        columns = [column for column in self.mapping.columns if column.parent is not None]
        new: dict[int, list[RowDraft]] = {}
        for column in columns:
            naming = [draft for draft in drafts if column.index in draft.named]
            found = self._found(column, naming, parents)
            for draft in naming:
                if _take(column, found[draft.named[column.index]], draft):
                    new.setdefault(column.index, []).append(draft)
        hopeful = {id(d): d for made in new.values() for d in made if not d.problems}
        self._check(list(hopeful.values()), columns)
        for column in columns:
            waiting = [draft for draft in new.get(column.index, ()) if not draft.problems]
            if waiting and not self.options.dry_run:
                self._make(column, waiting, parents)

    def _found(
        self, column: Column, naming: Sequence[RowDraft], parents: Parents
    ) -> dict[str, Found]:
        if column.parent is None:
            return {}
        names = {draft.named[column.index] for draft in naming}
        return dict(parents.find(column.field, column.parent, names))

    def _check(self, drafts: Sequence[RowDraft], columns: Sequence[Column]) -> None:
        """Notes what would refuse the rows, but for parents that are not there yet."""
        if not drafts:
            return
        lookups = {column.field.local_name for column in columns}
        records = Records(self.org_db, self.actor, self.snapshot)
        outcomes = records.check_many(self.mapping.object, [draft.values for draft in drafts])
        for draft, outcome in zip(drafts, outcomes, strict=True):
            awaited = {n for n in lookups if n not in draft.values}
            draft.problems += _without(outcome.problems, awaited)

    def _make(self, column: Column, waiting: Sequence[RowDraft], parents: Parents) -> None:
        if column.parent is None:
            return
        names = [draft.named[column.index] for draft in waiting]
        parents.make(column.field, column.parent, names)
        found = parents.find(column.field, column.parent, set(names))
        for draft in waiting:
            _take(column, found[draft.named[column.index]], draft)

    def _save(self, chunk: Sequence[Row], drafts: Sequence[RowDraft], created: Created) -> None:
        good = [
            (row, draft) for row, draft in zip(chunk, drafts, strict=True) if not draft.problems
        ]
        if not good:
            return
        outcomes = self._saved([draft.values for _row, draft in good])
        lookups = {c.field.local_name for c in self.mapping.columns if c.parent is not None}
        for (row, draft), outcome in zip(good, outcomes, strict=True):
            if self.options.dry_run:  # a parent that would be made is not there yet
                awaited = {n for n in lookups if n not in draft.values and draft.named}
                draft.problems += _without(outcome.problems, awaited)
            elif outcome.problems:
                draft.problems += outcome.problems
            else:
                created(row.number, outcome.id)

    def _saved(self, rows: list[dict[str, Value]]) -> tuple[Outcome, ...]:
        records = Records(self.org_db, self.actor, self.snapshot)
        write = records.check_many if self.options.dry_run else records.create_many
        try:
            return write(self.mapping.object, rows)
        except Rejected as refusal:
            if len(rows) == 1:
                return (Outcome("", refusal.problems),)
        # somebody took a unique value at this moment: alone, only the row that lost is refused
        return tuple(outcome for row in rows for outcome in self._saved([row]))

    def _count(
        self,
        chunk: Sequence[Row],
        drafts: Sequence[RowDraft],
        result: ImportResult,
        failures: ErrorFile,
    ) -> None:
        for row, draft in zip(chunk, drafts, strict=True):
            result.read += 1
            if not draft.problems:
                result.created += 1
                continue
            result.failed += 1
            errors = row_errors(row, draft.problems, self.mapping)
            failures.write(row, errors)
            if len(result.errors) < KEPT_ERRORS:
                result.errors += errors


def _take(column: Column, parent: Found, draft: RowDraft) -> bool:
    """Puts the parent into the draft; says whether it has to be made first."""
    if isinstance(parent, Problem):
        draft.problems.append(at_field(parent, column.field.local_name))
    elif parent is not None:
        draft.values[column.field.local_name] = parent
    return parent is None


def _without(problems: Sequence[Problem], names: set[str]) -> Iterator[Problem]:
    return (p for p in problems if not (p.path and p.path[0] in names))
