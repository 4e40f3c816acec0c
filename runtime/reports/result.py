"""What a report answers: levels, groups with their totals, and what crosses in a matrix.

This is all that a page, a chart, a mail or an export needs; nothing in it knows SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.report_model import Report
from ...metadata.kinds.report_schema import ROW_COUNT

Key = str | int | bool | date | Decimal | None  # what the records of a group share
Keys = tuple[Key, ...]  # of a group and those above it, topmost first
Totals = Mapping[str, Value]  # {name of a total: "RowCount", "Amount:Sum"}


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of every group: its name, what it is called, and the field that shows its values."""

    name: str
    label: str
    function: str  # of a query: "sum"
    path: str
    field: CustomField
    column: str = ""  # label of the column alone: "Amount"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of groups."""

    path: str  # or the name of a bucket
    label: str
    granularity: str
    field: CustomField


@dataclass(frozen=True, slots=True)
class Group:
    """Records that share a key on every level down to this one."""

    keys: Keys
    label: str
    token: str  # the key as an address writes it
    totals: Totals
    groups: tuple[Group, ...] = ()
    cut: int = 0  # groups below that the report's "top" leaves out

    @property
    def key(self) -> Key:
        return self.keys[-1]

    @property
    def count(self) -> int:
        return int(self.totals[ROW_COUNT])

    def leaves(self) -> Iterator[Group]:
        """The groups of the lowest level, in order."""
        if not self.groups:
            yield self
        for group in self.groups:
            yield from group.leaves()


@dataclass(frozen=True, slots=True)
class Point:
    """One number of a chart: of a group, or of the crossing of two."""

    label: str
    value: Value
    group: Group
    series: str = ""  # label of the second group


@dataclass(frozen=True, slots=True)
class ReportResult:
    """A report's answer for one actor at one moment of the data."""

    report: Report
    totals: tuple[Total, ...]
    grand: Totals
    down_levels: tuple[Level, ...] = ()
    across_levels: tuple[Level, ...] = ()
    down: tuple[Group, ...] = ()
    across: tuple[Group, ...] = ()  # with the totals of all rows
    cells: Mapping[tuple[Keys, Keys], Totals] = field(default_factory=dict)  # of a matrix
    notices: tuple[str, ...] = ()
    cut: int = 0  # topmost groups that the report's "top" leaves out

    @property
    def row_count(self) -> int:
        return int(self.grand[ROW_COUNT])

    def total(self, name: str) -> Total | None:
        return next((one for one in self.totals if one.name == name), None)

    def leaves(self) -> tuple[Group, ...]:
        """The groups of the lowest level down, in order."""
        return tuple(leaf for group in self.down for leaf in group.leaves())

    def cell(self, down: Keys, across: Keys) -> Totals | None:
        """The totals where a row and a column of a matrix cross; None where no record is."""
        if not across:
            return self.find(down)
        return self.cells.get((down, across))

    def find(self, keys: Keys) -> Totals | None:
        """The totals of a group of rows by its keys; of none: the grand totals."""
        if not keys:
            return self.grand
        groups, found = self.down, None
        for n in range(1, len(keys) + 1):
            found = next((one for one in groups if one.keys == keys[:n]), None)
            if found is None:
                return None
            groups = found.groups
        return None if found is None else found.totals

    def series(self, name: str, *, second: bool = False) -> tuple[Point, ...]:
        """A total by the first level, or by it and a second one: the next down, else across."""
        if not second:
            return tuple(Point(g.label, g.totals.get(name), g) for g in self.down)
        if len(self.down_levels) > 1:
            return tuple(
                Point(g.label, inner.totals.get(name), inner, inner.label)
                for g in self.down
                for inner in g.groups
            )
        return tuple(
            Point(g.label, found.get(name), g, column.label)
            for g in self.down
            for column in self.across
            if (found := self.cells.get((g.keys, column.keys))) is not None
        )
