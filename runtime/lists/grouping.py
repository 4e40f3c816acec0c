"""A table in groups: by what, which groups there are, what they add up to, what narrows to one.

One statement counts and adds up all groups. Days come together as months, a blank checkbox counts
as unticked. What cannot be grouped by is refused when the address asks for it, and left out with a
notice when the view does.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.list_view import Filter
from ...metadata.predicates import All, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.db.values import fold
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..layouts.forms import REFERENCE_TYPES
from ..query.aggregates import AVERAGE_DECIMALS
from ..query.plan import resolve_path
from ..query.request import Aggregate, Order, Query
from ..query.run import run
from .groups import COUNT
from .opening import Opened
from .state import NONE

TYPES = frozenset({"Picklist", "RecordType", "Checkbox", "Date", *REFERENCE_TYPES})
MOST = 200  # groups: the largest ones
MOST_DAYS = 4000  # that come together as months: the latest ones
Key = str | bool | date | None  # what the records of a group share; a month is its first day


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a list is grouped by."""

    path: str
    field: CustomField


@dataclass(frozen=True, slots=True)
class Group:
    """The records that share a value."""

    value: Key
    count: int
    totals: Mapping[str, Value]  # {path: what it adds up to}
    filters: tuple[Filter, ...]  # that narrow the list to it

    @property
    def key(self) -> str:
        """The value as an address writes it."""
        return NONE if self.value is None else str(self.value)

    @property
    def part(self) -> Predicate:
        return All(tuple(row.condition for row in self.filters))


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups in no order yet; `is_cut` where there are more than are read."""

    groups: tuple[Group, ...]
    is_cut: bool = False


def can_group(field: CustomField) -> bool:
    """Says whether a table can be grouped by the field."""
    return field.type in TYPES and bool(field.field_type.columns(field))


def find_grouping(
    snapshot: Snapshot, actor: Actor, opened: Opened
) -> tuple[Grouping | None, tuple[str, ...]]:
    """What the list is grouped by, if by anything, and notices about what was left out.

    Raises Rejected for what the address asks for and the actor may not have.
    """
    path = opened.listing.now.group_by
    if not path:
        return None, ()
    try:
        found = resolve_path(snapshot, actor, opened.listing.object, path)
        if not can_group(found.field):
            message = _("%(path)s cannot be grouped by.", path=path)
            raise Rejected(Problem("field.not_groupable", (path,), message))
    except Rejected:
        if opened.state.group:
            raise
        return None, (_("This list uses fields that you cannot see; they are left out."),)
    return Grouping(found.name, found.field), ()


def groups_in(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    query: Query,
    by: Grouping,
    wanted: Mapping[str, str],
) -> Groups:
    """The groups of the query's records, with their totals: `wanted` is {path: function}."""
    is_days = by.field.type == "Date"
    most = MOST_DAYS if is_days else MOST
    order = Order(by.path if is_days else COUNT, descending=True)
    grouped = replace(
        query, fields=(by.path,), order=(order,), limit=most + 1, after="", before="",
        group_by=(by.path,),
        aggregates=(Aggregate("count", "", COUNT), *_asked(wanted)),
    )  # fmt: skip
    records = run(conn, actor, grouped, snapshot).records
    alike: dict[str, tuple[Key, list[Mapping[str, Value]]]] = {}
    for record in records[:most]:
        value = _shared(by.field, record[by.path])
        alike.setdefault(fold(str(value)), (value, []))[1].append(record.values)
    fields = {path: snapshot.resolve(query.object, path)[-1] for path in wanted}
    groups = tuple(
        Group(
            value,
            sum(int(row[COUNT]) for row in rows),
            {path: _total(n, wanted[path], rows, fields[path]) for n, path in enumerate(wanted)},
            filters_for(by, value),
        )
        for value, rows in alike.values()
    )
    return Groups(groups, len(records) > most)


def _shared(field: CustomField, value: Value) -> Key:
    match field.type:
        case "Date":
            return None if value is None else date.replace(value, day=1)
        case "Checkbox":
            return bool(value)
        case _:
            return None if value in (None, "") else str(value)


def filters_for(by: Grouping, value: Key) -> tuple[Filter, ...]:
    """The filters that leave of a list what shares the value."""
    if value is None:
        return (Filter("1", by.path, "isBlank"),)
    if isinstance(value, bool):
        return (Filter("1", by.path, "equals", str(value).lower()),)
    if isinstance(value, date):
        last = value.replace(day=calendar.monthrange(value.year, value.month)[1])
        return (
            Filter("1", by.path, "greaterOrEqual", value.isoformat()),
            Filter("2", by.path, "lessOrEqual", last.isoformat()),
        )
    return (Filter("1", by.path, "equals", (value,)),)


# -- totals --------------------------------------------------------------------------------------


def _asked(wanted: Mapping[str, str]) -> Iterable[Aggregate]:
    """What groups that may come together are asked for: an average as a sum and a number."""
    for n, (path, function) in enumerate(wanted.items()):
        if function == "avg":
            yield Aggregate("sum", path, f"total{n}")
            yield Aggregate("count", path, f"number{n}")
        else:
            yield Aggregate(function, path, f"total{n}")


def _total(n: int, function: str, rows: Iterable[Mapping[str, Value]], field: CustomField) -> Value:
    there = [row for row in rows if row[f"total{n}"] is not None]
    totals = [row[f"total{n}"] for row in there]
    if not totals:
        return None
    if function in ("min", "max"):
        return min(totals) if function == "min" else max(totals)
    if function == "sum":
        return sum(totals)
    number = sum(int(row[f"number{n}"]) for row in there)
    return _average(sum(totals), number, int(field.options.get("scale", 0)))


def _average(total: Decimal, number: int, scale: int) -> Decimal:
    return round(total / number, scale + AVERAGE_DECIMALS)
