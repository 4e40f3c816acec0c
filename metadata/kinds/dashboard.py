"""A dashboard: charts of reports on a grid of twelve columns, with filters for all of them.

The components stand in the order in which they are read; each says how many columns and rows of the
grid it takes. A filter names a field of an object; it holds for every report that has the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Path, Reference, WhenGone
from .base import KINDS, NAME, TEXT, check_ids, common, listed, schema, take_out
from .list_view import Filter, check_filter
from .report_schema import CHART
from .report_type import find_type, of_typed_path

if TYPE_CHECKING:
    from ..snapshot import Snapshot

COLUMNS, MOST_ROWS = 12, 6
MOST_COMPONENTS, MOST_FILTERS = 30, 5


@dataclass(frozen=True, slots=True)
class Component:
    """A report on the grid; without a chart of its own it shows the report's."""

    id: str
    report: str  # name of the report, or the key of one's own
    title: str = ""
    footer: str = ""
    width: int = 4  # columns
    height: int = 2  # rows
    chart: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a filter offers."""

    operator: str
    value: Any = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """A field whose values narrow all components; without choices a picklist offers its values."""

    id: str
    field: str  # full name: "Opportunity.Type"
    label: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard(Definition):
    """A saved dashboard; without a running user everybody sees what they may see themselves."""

    folder: str
    components: tuple[Component, ...] = ()
    filters: tuple[DashboardFilter, ...] = ()
    running_user: str = ""  # a user name

    def component(self, id_: str) -> Component | None:
        return next((one for one in self.components if one.id == id_), None)


def parse_dashboard(document: Document) -> Dashboard:
    """The dashboard of a document that fits the schema."""
    return Dashboard(
        **common(document),
        folder=document["folder"],
        components=tuple(map(_component, document.get("components", ()))),
        filters=tuple(map(_filter, document.get("filters", ()))),
        running_user=document.get("runningUser", ""),
    )


def _component(row: Mapping[str, Any]) -> Component:
    get = row.get
    return Component(
        row["id"], row["report"], get("title", ""), get("footer", ""), get("width", 4),
        get("height", 2), get("chart", {}),
    )  # fmt: skip


def _filter(row: Mapping[str, Any]) -> DashboardFilter:
    choices = tuple(
        Choice(one["operator"], one.get("value"), one.get("label", ""))
        for one in row.get("choices", ())
    )
    return DashboardFilter(row["id"], row["field"], row.get("label", ""), choices)


def _references(dashboard: Dashboard, snapshot: Snapshot) -> tuple[Reference, ...]:
    gone = WhenGone.TAKE_OUT
    found = [Reference(("folder",), "DashboardFolder", dashboard.folder)]
    for i, one in enumerate(dashboard.components):
        out: Path = ("components", i)
        found.append(Reference((*out, "report"), "Report", one.report, when_gone=gone, out=out))
        found += _of_chart(one, (*out, "chart"), snapshot)
    for i, row in enumerate(dashboard.filters):
        named = snapshot.find("CustomField", row.field)
        if named is not None and not named.is_system:
            out = ("filters", i)
            place = (*out, "field")
            found.append(Reference(place, "CustomField", row.field, when_gone=gone, out=out))
    return tuple(found)


def _of_chart(one: Component, place: Path, snapshot: Snapshot) -> Iterator[Reference]:
    """The fields that a tile's own chart names; without its group it shows the report's chart."""
    report = snapshot.find("Report", one.report)
    type_ = None if report is None else find_type(snapshot, report.report_type)
    if report is None or type_ is None:
        return
    named = [((*place, part), one.chart.get(part, "")) for part in ("group", "secondGroup")]
    for i, total in enumerate(one.chart.get("measures", ())):
        named.append(((*place, "measures", i), total.rpartition(":")[0]))
    for where, text in named:
        if text and report.bucket(text) is None:
            out = place if where[-1] == "group" else where
            yield from of_typed_path(snapshot, type_, text, where, out)


def check_dashboard(dashboard: Dashboard, snapshot: Snapshot) -> tuple[Problem, ...]:
    """Every problem of the dashboard."""
    return tuple(_problems(dashboard, snapshot))


def _problems(dashboard: Dashboard, snapshot: Snapshot) -> Iterator[Problem]:
    if snapshot.find("DashboardFolder", dashboard.folder) is None:
        names = (one.name for one in snapshot.of_kind("DashboardFolder"))
        message = _("There is no folder %(name)s.", name=repr(dashboard.folder))
        yield Problem(
            "dashboard.folder", ("folder",), message, did_you_mean(dashboard.folder, names)
        )
    yield from check_ids((one.id for one in dashboard.components), "components")
    yield from check_ids((one.id for one in dashboard.filters), "filters")
    for i, one in enumerate(dashboard.components):
        yield from _component_problems(one, snapshot, "components", i)
    for i, row in enumerate(dashboard.filters):
        yield from _filter_problems(row, snapshot, "filters", i)


def _component_problems(one: Component, snapshot: Snapshot, *place: str | int) -> Iterator[Problem]:
    report = snapshot.find("Report", one.report)
    if report is None:
        message = _("There is no report %(name)s.", name=repr(one.report))
        hint = did_you_mean(one.report, (r.name for r in snapshot.of_kind("Report")))
        yield Problem("dashboard.report", (*place, "report"), message, hint)


def _filter_problems(
    row: DashboardFilter, snapshot: Snapshot, *place: str | int
) -> Iterator[Problem]:
    found = snapshot.find("CustomField", row.field)
    if found is None:
        message = _("There is no field %(name)s.", name=repr(row.field))
        yield Problem("dashboard.field", (*place, "field"), message)
        return
    object_name, _dot, name = row.field.rpartition(".")
    for i, choice in enumerate(row.choices):
        asked = Filter(str(i + 1), name, choice.operator, choice.value)
        yield from check_filter(object_name, asked, snapshot, *place, "choices", i)


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False,
        "required": list(required), "properties": properties,
    }  # fmt: skip


_ID = {"type": "string", "pattern": "^[A-Za-z0-9]{1,20}$"}
_COMPONENT = _object(
    {
        "id": _ID,
        "report": dict(NAME),
        "title": dict(TEXT),
        "footer": dict(TEXT),
        "width": {"type": "integer", "minimum": 2, "maximum": COLUMNS},
        "height": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
        "chart": CHART,
    },
    "id", "report",
)  # fmt: skip
_CHOICE = _object(
    {
        "label": dict(TEXT),
        "operator": {"type": "string", "minLength": 1, "maxLength": 40},
        "value": {},
    },
    "operator",
)
_FILTER = _object(
    {"id": _ID, "field": dict(NAME), "label": dict(TEXT), "choices": listed(_CHOICE, 50)},
    "id", "field",
)  # fmt: skip

KINDS.register(
    Kind(
        name="Dashboard",
        label=lazy("Dashboard"),
        schema=schema(
            "Dashboard",
            {
                "folder": dict(NAME),
                "components": listed(_COMPONENT, MOST_COMPONENTS),
                "filters": listed(_FILTER, MOST_FILTERS),
                "runningUser": {"type": "string", "maxLength": 255},
            },
            ("label", "folder"),
        ),
        rank=64,
        folder="dashboards",
        suffix="dashboard",
        parse=parse_dashboard,
        references=_references,
        check=check_dashboard,
        permission="CreateCustomizeReports",
        take_out=take_out,
        icon="layout-dashboard",
    )
)
