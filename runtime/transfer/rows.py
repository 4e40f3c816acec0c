"""A row's cells become values and names of parents; what is wrong with them is noted at its field.

A first pass over the file finds out how each column is written and that the file can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...metadata.field_types.base import Value, reading_of
from ...metadata.field_types.date import Date
from ...metadata.field_types.date_time import DateTime
from ...metadata.field_types.numeric import NumericType
from ...metadata.snapshot import Snapshot
from ...platform.clock import today
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..records.draft import at_field
from .conventions import Evidence, Said
from .guard import freed
from .mapping import Column, ImportMapping
from .readers import AS_FOUND, HowToRead, Read, reader_of
from .source import Row

KEPT = 10_000  # texts of a column whose values are kept
LONGEST_KEPT = 80  # characters of such a text


@dataclass(slots=True)
class RowDraft:
    """A row on its way: values so far, parents still known by name, problems."""

    values: dict[str, Value] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)  # {column index: parent's name}
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """What a first pass over the file tells: how many rows, and how each column is written."""

    rows: int
    evidence: Mapping[int, Evidence]  # {column index: evidence} of numbers and dates

    def found(self, said: Said) -> Mapping[int, tuple[str, ...]]:
        """{column index: tokens} of the columns that told something."""
        told = {index: one.found(said) for index, one in self.evidence.items()}
        return {index: tokens for index, tokens in told.items() if tokens}


def survey(rows: Iterable[Row], mapping: ImportMapping) -> Survey:
    """Reads the whole file, so that one that cannot be read is refused before anything is saved."""
    watched = {
        column.index: Evidence()
        for column in mapping.columns
        if isinstance(column.field.field_type, NumericType | Date | DateTime)
    }
    count = 0
    for row in rows:
        count += 1
        for index, evidence in watched.items():
            cell = row.cells[index] if index < len(row.cells) else None
            if cell and isinstance(cell, str):
                evidence.see(cell.strip())
    return Survey(count, watched)


class Cells:
    """What reads one column, and the values of texts that came before: much of it comes again."""

    __slots__ = ("column", "index", "known", "name", "names_parent", "read", "rest")

    def __init__(self, column: Column, read: Read) -> None:
        self.column, self.read = column, read
        self.index, self.name = column.index, column.field.local_name
        self.names_parent, self.rest = column.parent is not None, bool(column.rest)
        self.known: dict[Any, Value] = {}  # {cell: value}

    def take(self, draft: RowDraft, cell: Any) -> None:
        """Notes the value of the cell, or what is wrong with it."""
        try:
            value = self.read(cell)
        except Rejected as refusal:
            draft.problems += [at_field(problem, self.name) for problem in refusal.problems]
            return
        if isinstance(value, dict):  # the parts of a whole name
            draft.values.update(value)
            return
        draft.values[self.name] = value
        if len(self.known) < KEPT and isinstance(cell, str) and len(cell) <= LONGEST_KEPT:
            self.known[cell] = value


class RowReader:
    """Reads the rows of one file into drafts."""

    def __init__(
        self,
        mapping: ImportMapping,
        surveyed: Survey,
        snapshot: Snapshot,
        actor: Actor,
        how: HowToRead = AS_FOUND,
    ) -> None:
        day = today(actor.time_zone)
        spoken = reading_of(actor.localization, today=day, user_id=actor.user_id)
        base = replace(spoken, decimal=".", group=",", day_first=None)
        preset, none = mapping.preset, Evidence()
        self._width = mapping.width
        self._blanks = frozenset(("", *how.blanks)) | (preset.blanks if preset else frozenset())
        self._separator = preset.separator if preset else ""
        self._columns = [
            Cells(c, reader_of(c.field, surveyed.evidence.get(c.index, none), base, snapshot, how))
            for c in mapping.columns
        ]
        self._rest = {
            f.local_name: Cells(replace(c, field=f), reader_of(f, none, base, snapshot, how))
            for c in mapping.columns
            for f in c.rest
        }

    def read(self, row: Row) -> RowDraft:
        """The row's values and everything that is wrong with its cells."""
        draft = RowDraft()
        values, cells, width = draft.values, row.cells, len(row.cells)
        several: list[tuple[Cells, str]] = []
        for column in self._columns:
            cell = cells[column.index] if column.index < width else None
            if type(cell) is str:
                cell = cell.strip()
                if cell in self._blanks:
                    continue
                if cell[0] == "'":
                    cell = freed(cell)
                if cell in column.known:
                    values[column.name] = column.known[cell]
                    continue
            if cell is None:
                continue
            if column.names_parent:
                draft.named[column.index] = str(cell)
            elif column.rest and isinstance(cell, str) and self._separator in cell:
                several.append((column, cell))
            else:
                column.take(draft, cell)
        for column, cell in several:
            self._take_several(draft, column, cell)
        if width > self._width and any(cells[self._width :]):
            draft.problems.append(_too_wide(width, self._width))
        return draft

    def _take_several(self, draft: RowDraft, column: Cells, cell: str) -> None:
        """Values that a program puts into one cell: the first one, then fields for the others."""
        first, *others = (part.strip() for part in cell.split(self._separator))
        column.take(draft, first)
        free = [f.local_name for f in column.column.rest if f.local_name not in draft.values]
        for part, name in zip(others, free, strict=False):
            self._rest[name].take(draft, part)
        if len(others) > len(free):
            message = _("There is no field left for %(text)s.", text=repr(others[len(free)])[:80])
            draft.problems.append(Problem("import.several_values", (column.name,), message))


def _too_wide(width: int, headings: int) -> Problem:
    message = _("The row has %(n)s cells, but there are %(m)s headings.", n=width, m=headings)
    return Problem("import.too_many_cells", (), message, _("Look for a separator within a text."))
