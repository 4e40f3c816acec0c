"""How the values of a row are read: made once with a frame, called for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from .aggregates import Measured

Reader = Callable[[Sequence[Any]], Value]  # a row -> the value of one path


def value_at(position: int) -> Reader:
    """The value of a column that needs no more reading."""
    return lambda row: row[position]


def parts_reader(f: CustomField, positions: Mapping[str, int]) -> Reader:
    """A field made of the columns of its parts: {part: position}."""
    from_columns = f.field_type.from_columns
    return lambda row: from_columns({part: row[i] for part, i in positions.items()}, f)


def compound_reader(f: CustomField, readers: Sequence[tuple[str, Reader]]) -> Reader:
    """A compound made of its components."""
    compose = f.field_type.compose
    return lambda row: compose(f, {name: read(row) for name, read in readers})


def working_reader(
    work: Callable[..., Value], readers: Sequence[tuple[str, Reader]], beside: Mapping[str, int]
) -> Reader:
    """A formula worked out of what it looks at, and of what it asks beside the record."""

    def read(row: Sequence[Any]) -> Value:
        values = {name: one(row) for name, one in readers}
        return work(values, {name: row[at] for name, at in beside.items()})

    return read


def measure_reader(found: Measured, positions: Sequence[int]) -> Reader:
    """A measure of a group."""
    return lambda row: found.read([row[i] for i in positions])
