"""What a query answers with: records, and pages of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...metadata.field_types.base import Value


@dataclass(frozen=True, slots=True)
class Record:
    """One row: a record with the paths that were asked for, or a group with its aggregates."""

    id: str  # "" of a group
    object: str  # API name
    values: Mapping[str, Value]  # {path or alias as it was asked for: value}
    version: int = 0

    def __getitem__(self, path: str) -> Value:
        return self.values[path]


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in order, and cursors of the pages beside it ("" where there is none)."""

    records: tuple[Record, ...]
    next: str = ""
    previous: str = ""

    @property
    def more(self) -> bool:
        """Says whether records follow this page."""
        return bool(self.next)
