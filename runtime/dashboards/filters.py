"""The filters of a dashboard: what they offer, and reports narrowed by what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.dashboard import Choice, Dashboard, DashboardFilter
from ...metadata.kinds.list_view import Filter
from ...metadata.kinds.report_model import Report
from ...metadata.kinds.report_type import ReportType
from ...metadata.snapshot import Snapshot, relation_name
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may, readable

Chosen = Mapping[str, int]  # {id of a filter: number of its choice}


@dataclass(frozen=True, slots=True)
class Offered:
    """A filter as its reader may use it."""

    filter: DashboardFilter
    field: CustomField
    choices: tuple[Choice, ...]


def offered(dashboard: Dashboard, actor: Actor, snapshot: Snapshot) -> tuple[Offered, ...]:
    """The filters on fields that the actor may read."""
    found = []
    for row in dashboard.filters:
        field = snapshot.find("CustomField", row.field)
        obj = snapshot.find_object(row.field.rpartition(".")[0])
        if field is None or obj is None or not readable(actor, field, snapshot):
            continue
        if may(actor, Operation.READ, obj, snapshot):
            found.append(Offered(row, field, row.choices or _values(field, snapshot)))
    return tuple(found)


def _values(field: CustomField, snapshot: Snapshot) -> tuple[Choice, ...]:
    if field.type not in ("Picklist", "MultiselectPicklist"):
        return ()
    operator = "equals" if field.type == "Picklist" else "includes"
    values = snapshot.values(field)
    return tuple(Choice(operator, one.name, snapshot.value_label(field, one.name))
                 for one in values)  # fmt: skip


def narrowed(
    report: Report, type_: ReportType, chosen: Chosen, filters: tuple[Offered, ...],
    snapshot: Snapshot,
) -> tuple[Report, tuple[Offered, ...]]:  # fmt: skip
    """The report with what was chosen, and the filters that it has no field for."""
    missed = []
    for one in filters:
        number = chosen.get(one.filter.id)
        if number is None or not 0 <= number < len(one.choices):
            continue
        path = path_to(type_, one.filter.field, snapshot)
        if not path:
            missed.append(one)
            continue
        choice = one.choices[number]
        row = Filter(f"d{one.filter.id}", path, choice.operator, choice.value)
        logic = report.boolean_filter
        place = len(report.filters) + 1
        report = replace(
            report, filters=(*report.filters, row),
            boolean_filter=f"({logic}) AND {place}" if logic else "",
        )  # fmt: skip
    return report, tuple(missed)


def path_to(type_: ReportType, full_name: str, snapshot: Snapshot) -> str:
    """The path of a field in a report's type: of its objects, else over its only lookup there."""
    object_name, _dot, name = full_name.rpartition(".")
    for prefix, there in type_.objects.items():
        if there == object_name:
            return f"{prefix}{name}"
    lookups = [
        field
        for field in snapshot.fields(type_.object).values()
        if tuple(field.reference_to) == (object_name,) and not field.is_system
    ]
    return f"{relation_name(lookups[0])}.{name}" if len(lookups) == 1 else ""
