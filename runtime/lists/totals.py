"""How many records a list has and what their columns add up to: asked after the page is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.list_view import TOTALS
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..query.plan import Measure, measured_field
from ..query.request import Aggregate
from ..query.run import run
from .listing import Column, Listing
from .opening import Opened

SECONDS = 8  # what adding up may take before it is given up


@dataclass(frozen=True, slots=True)
class Total:
    """One figure of a column."""

    path: str
    label: str
    function: str
    field: CustomField  # of the type that the figure has
    value: Value


@dataclass(frozen=True, slots=True)
class Figures:
    """The number of records, and the totals asked for."""

    count: int
    totals: tuple[Total, ...] = ()


def totals_of(snapshot: Snapshot, object_name: str, path: str) -> list[str]:
    """The totals that a column can have; none for what is no number."""
    field = snapshot.resolve(object_name, path)[-1]
    return list(TOTALS) if "sum" in field.field_type.aggregates else []


def usual_total(opened: Opened, path: str) -> str:
    """What a column has below it when its reader chose nothing: the view's, or the sum of money."""
    found = opened.listing
    if path in found.now.totals:
        return found.now.totals[path]
    column = next((column for column in found.columns if column.path == path), None)
    is_money = column is not None and column.field.type == "Currency"
    return "sum" if is_money else "none"


def total_of(opened: Opened, path: str) -> str:
    """What a column has below it: one of TOTALS."""
    return opened.settings.totals.get(path) or usual_total(opened, path)


def total_labels() -> dict[str, str]:
    """The totals in words."""
    return {
        "sum": _("Sum"), "avg": _("Average"), "min": _("Lowest"), "max": _("Highest"),
        "none": _("No total"),
    }  # fmt: skip


def is_summable(column: Column) -> bool:
    """Says whether a column can have a total."""
    return "sum" in column.field.field_type.aggregates


def wanted_totals(opened: Opened) -> dict[str, str]:
    """{path: function} of the columns shown that have a total."""
    found = {
        column.path: total_of(opened, column.path)
        for column in opened.listing.columns
        if is_summable(column)
    }
    return {path: function for path, function in found.items() if function != "none"}


def figures_of(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    found: Listing,
    wanted: Mapping[str, str],
) -> Figures:
    """The exact figures over the whole list, in one statement; `wanted` is {path: function}."""
    chosen = [(column, wanted[column.path]) for column in found.columns if column.path in wanted]
    measures = [
        Aggregate(function, column.path, f"total{n}") for n, (column, function) in enumerate(chosen)
    ]
    query = replace(
        found.query, fields=(), order=(), limit=None, after="", before="",
        aggregates=(Aggregate("count", "", "count"), *measures),
    )  # fmt: skip
    (record,) = run(conn, actor, query, snapshot).records
    totals = (
        Total(
            column.path,
            column.label,
            function,
            field_of_total(function, column.field),
            record[f"total{n}"],
        )
        for n, (column, function) in enumerate(chosen)
    )
    return Figures(int(record["count"]), tuple(totals))


def field_of_total(function: str, field: CustomField) -> CustomField:
    """The field that shows the figure: an average of money is money, of 5 and 6 it is 5.5."""
    return (
        field
        if function != "avg"
        else field
        if field.type == "Currency"
        else measured_field(Measure(function, None, ""))
    )
