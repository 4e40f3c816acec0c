"""What a query answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField

GROUP = "AggregateResult"  # the object of rows that are groups


@dataclass(frozen=True, slots=True)
class Row:
    """A record or a group: its values by name, in the order and spelling of the answer.

    A value is a Python value (Decimal, date, aware datetime, tuple of a multi-select, dict of a
    compound), a Row for a parent, None for no parent or an Answer for children; None for none.
    """

    object: str  # API name, or AggregateResult
    id: str  # "" of a group
    values: Mapping[str, Value | Row | Answer | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A batch of rows. `total` counts all that the query finds, at most TOTAL_CAP of them."""

    total: int
    done: bool
    locator: str | None
    records: list[Row]


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a column before the query runs.

    `field` is None of what is made of several fields or counts rows; `type` is the house's name of
    a field type. Columns of a parent or of children are `joins` of one column.
    """

    name: str
    label: str
    type: str = ""
    aggregate: bool = False
    field: CustomField | None = None
    joins: tuple[Column, ...] = ()
