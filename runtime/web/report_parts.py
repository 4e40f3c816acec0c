"""What the report builder offers beside fields: buckets, objects to cross with, roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import render_template, request
from sqlalchemy import Connection

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.list_view import Filter
from ...metadata.kinds.report_model import Report
from ...metadata.kinds.report_type import ReportType, find_type, resolve_typed
from ...platform.errors import Denied, NotFound
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import readable
from ..reports.catalog import may_build
from ..reports.planning import may_use
from .blueprint import pages
from .display import NUMERIC
from .filtering import filter_field
from .list_chips import meant
from .report_words import child_label, fields_of_type, named_in
from .reports import row_value
from .scope import Here, here

Documents = list[dict[str, Any]]


# -- buckets -------------------------------------------------------------------------------------


def bucket_way(field: CustomField) -> str:
    """How values of the field come into buckets: "range", "values", or "" for not at all."""
    if field.type in NUMERIC:
        return "range"
    kind = field.field_type
    names = {operator.name for operator in kind.operators}
    is_text = not field.reference_to and field.type not in ("Checkbox", "Date", "DateTime")
    return "values" if is_text and kind.groupable and "equals" in names else ""


def bucket_choices(scope: Here, field: CustomField) -> list[tuple[str, str]]:
    """The values of a picklist that go into buckets, with their labels."""
    snapshot = scope.snapshot
    return [(one.name, snapshot.value_label(field, one.name)) for one in snapshot.values(field)]


# -- other objects -------------------------------------------------------------------------------


def relations_of(scope: Here, type_: ReportType) -> list[tuple[str, str]]:
    """(lookup, what it leads from) of every object that such a report can be crossed with."""
    found = []
    for lookup in scope.snapshot.children(type_.object):
        inner = find_type(scope.snapshot, lookup.object_name)
        if inner is None or lookup.is_system or not may_use(inner, scope.actor, scope.snapshot):
            continue
        if readable(scope.actor, lookup, scope.snapshot):
            found.append((lookup.name, child_label(scope, type_.object, lookup.name)))
    return sorted(found, key=lambda pair: pair[1].casefold())


def role_choices(scope: Here) -> list[tuple[str, str]]:
    """The roles whose records a report can be held to."""
    snapshot = scope.snapshot
    roles = [(role.name, snapshot.label(role)) for role in snapshot.of_kind("Role")]
    return [("", _("Every role")), *sorted(roles, key=lambda pair: pair[1].casefold())]


@pages.post("/reports/cross-filter")
@requires(SIGNED_IN)
def cross_filter_rows() -> str:
    """The filter rows of one cross filter, with the values that were sent."""
    scope = here()
    if not may_build(scope.actor, scope.snapshot):
        raise Denied(_("You may not build reports."))
    sent = request.get_json(silent=True)
    cross = sent if isinstance(sent, dict) else {}
    inner = _object_of(scope, str(cross.get("relation") or ""))
    fields = [
        filter_field(scope, one.field, one.path, one.label)
        for one in fields_of_type(scope, inner)
        if "." not in one.path
        and one.field.field_type.filterable
        and one.field.field_type.operators
    ]
    offered = {field["name"] for field in fields}
    kept = [row for row in _rows(cross) if row.get("field") in offered]
    rows = _shown_rows(scope, inner, kept)
    return render_template("runtime/report_cross.html", fields=fields, rows=rows)


def _object_of(scope: Here, relation: str) -> ReportType:
    """The type of the object behind a lookup; NotFound where the person may not see either."""
    name, _dot, local = relation.rpartition(".")
    inner = find_type(scope.snapshot, name)
    field = scope.snapshot.fields(name).get(local) if inner else None
    is_open = (
        inner is not None
        and field is not None
        and may_use(inner, scope.actor, scope.snapshot)
        and readable(scope.actor, field, scope.snapshot)
    )
    if inner is None or not is_open:
        raise NotFound(relation)
    return inner


def _rows(cross: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    rows = cross.get("filters")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield row


def _shown_rows(scope: Here, inner: ReportType, rows: list[Mapping[str, Any]]) -> Documents:
    filters = [
        Filter(str(n), str(row["field"]), str(row.get("operator") or "equals"), row.get("value"))
        for n, row in enumerate(rows)
    ]
    with scope.read() as connection:
        titles = named_in(connection, scope, inner, filters)
    return [
        {"field": row.field, "operator": row.operator,
         "value": row_value(scope, inner, row, titles)}
        for row in filters
    ]  # fmt: skip


# -- records by their names ----------------------------------------------------------------------


def named_rows(
    conn: Connection, scope: Here, type_: ReportType, rows: list[Mapping[str, Any]]
) -> Documents:
    """Filter rows as they are kept: records that they name become their ids."""
    found: Documents = []
    for row in rows:
        field = resolve_typed(scope.snapshot, type_, row["field"])[-1]
        value = row.get("value")
        text = value if isinstance(value, str) else ""
        named = meant(conn, scope, field, text) if text else value
        bare = {name: part for name, part in row.items() if name != "value"}
        found.append(bare if named in (None, "") else {**row, "value": named})
    return found


def named_crossing(conn: Connection, scope: Here, report: Report) -> Documents:
    """The cross filters of a report with the records that their rows name."""
    found: Documents = []
    for cross in report.document.get("crossFilters", ()):
        inner = _object_of(scope, cross["relation"])
        rows = named_rows(conn, scope, inner, cross.get("filters", ()))
        found.append({**cross, "filters": rows} if rows else cross)
    return found
