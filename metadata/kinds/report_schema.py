"""The JSON Schema of a report's document."""

from __future__ import annotations

from typing import Any

from .base import NAME, SORT, TEXT, listed, schema
from .list_view import FILTER

FORMATS = ("Tabular", "Summary", "Matrix")
SCOPES = ("organization", "mine", "team")
AGGREGATES = ("Sum", "Average", "Minimum", "Maximum", "Unique")
GRANULARITIES = (
    "Day", "Week", "Month", "Quarter", "Year", "FiscalQuarter", "FiscalYear", "MonthInYear",
    "DayInMonth", "DayInWeek", "HourInDay",
)  # fmt: skip
ROW_COUNT = "RowCount"
CHARTS = (
    "bar", "barStacked", "barGrouped", "column", "columnStacked", "columnGrouped", "line",
    "lineCumulative", "combination", "pie", "donut", "funnel", "scatter", "gauge", "metric", "heat",
)  # fmt: skip
_DAY = {"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2})?$"}
_TOTAL = {"type": "string", "maxLength": 300}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False,
        "required": list(required), "properties": properties,
    }  # fmt: skip


_COLUMN = _object(
    {"field": dict(NAME), "aggregateTypes": listed({"enum": list(AGGREGATES)}, 5)}, "field"
)
_GROUPING = _object(
    {
        "field": dict(NAME),
        "dateGranularity": {"enum": list(GRANULARITIES)},
        "sortOrder": {"enum": ["Asc", "Desc"]},
        "sortByAggregate": _TOTAL,
        "top": {"type": "integer", "minimum": 0, "maximum": 2000},
    },
    "field",
)
_BUCKET_VALUE = _object(
    {
        "label": {"type": "string", "minLength": 1, "maxLength": 255},
        "values": listed({"type": "string", "maxLength": 255}, 1000),
        "from": {"type": "string", "maxLength": 40},
        "below": {"type": "string", "maxLength": 40},
    },
    "label",
)
_BUCKET = _object(
    {
        "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,79}$"},
        "label": dict(TEXT),
        "field": dict(NAME),
        "values": listed(_BUCKET_VALUE, 20),
        "otherLabel": dict(TEXT),
    },
    "name", "field", "values",
)  # fmt: skip
FORMULA_TYPES = ("Number", "Percent", "Currency")
_AGGREGATE = _object(
    {
        "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,79}$"},
        "label": {"type": "string", "minLength": 1, "maxLength": 255},
        "formula": {"type": "string", "minLength": 1, "maxLength": 3900},
        "type": {"enum": list(FORMULA_TYPES)},
        "scale": {"type": "integer", "minimum": 0, "maximum": 6},
    },
    "name", "label", "formula",
)  # fmt: skip
_CROSS_FILTER = _object(
    {
        "operation": {"enum": ["with", "without"]},
        "relation": dict(NAME),
        "filters": listed(FILTER, 20),
    },
    "operation", "relation",
)  # fmt: skip
_TIME_FRAME = _object(
    {"field": dict(NAME), "interval": dict(TEXT), "startDate": _DAY, "endDate": _DAY}, "field"
)
CHART = _object(
    {
        "chartType": {"enum": list(CHARTS)},
        "title": dict(TEXT),
        "group": dict(NAME),
        "secondGroup": dict(NAME),
        "measures": listed(_TOTAL, 5),
        "legend": {"enum": ["right", "bottom", "none"]},
        "showValues": {"type": "boolean"},
        "isCumulative": {"type": "boolean"},
        "most": {"type": "integer", "minimum": 1, "maximum": 200},
        "bands": listed({"type": "number"}, 5),
        "size": {"enum": ["small", "medium", "large"]},
        "position": {"enum": ["top", "bottom"]},
        "isShown": {"type": "boolean"},
    },
    "chartType",
)  # fmt: skip

SCHEMA = schema(
    "Report",
    {
        "folder": dict(NAME),
        "reportType": dict(NAME),
        "format": {"enum": list(FORMATS)},
        "columns": listed(_COLUMN, 100),
        "groupingsDown": listed(_GROUPING, 3),
        "groupingsAcross": listed(_GROUPING, 2),
        "filters": listed(FILTER, 50),
        "booleanFilter": {"type": "string", "maxLength": 1000},
        "crossFilters": listed(_CROSS_FILTER, 5),
        "timeFrameFilter": _TIME_FRAME,
        "scope": {"enum": list(SCOPES)},
        "roleHierarchyFilter": dict(NAME),
        "sort": listed(SORT, 3),
        "rowLimit": {"type": "integer", "minimum": 0, "maximum": 100000},
        "showDetails": {"type": "boolean"},
        "buckets": listed(_BUCKET, 20),
        "aggregates": listed(_AGGREGATE, 10),
        "chart": CHART,
    },
    ("label", "folder", "reportType"),
)
