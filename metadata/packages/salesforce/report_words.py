"""Words of Salesforce reports that are words of ours too, and the parts made of them alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ....platform.i18n import _
from ...kinds.report_checks import FUNCTIONS
from .markup import Element, element
from .report_tables import COUNT, Frame
from .translator import Draft, plain, refuse, stated

SCOPES: Mapping[str, str] = MappingProxyType(
    {"": "organization", "organization": "organization", "org": "organization",
     "orgAll": "organization", "all": "organization", "user": "mine", "mine": "mine",
     "team": "team"}
)  # fmt: skip
THEIR_SCOPES: Mapping[str, str] = MappingProxyType(
    {"organization": "organization", "mine": "user", "team": "team"}
)
INTERVALS: Mapping[str, str] = MappingProxyType(
    {
        "INTERVAL_CURFY": "THIS_FISCAL_YEAR", "INTERVAL_PREVFY": "LAST_FISCAL_YEAR",
        "INTERVAL_NEXTFY": "NEXT_FISCAL_YEAR", "INTERVAL_CURRENT": "THIS_FISCAL_QUARTER",
        "INTERVAL_PREVIOUS": "LAST_FISCAL_QUARTER", "INTERVAL_NEXT1": "NEXT_FISCAL_QUARTER",
        "INTERVAL_CURRENTQ": "THIS_QUARTER", "INTERVAL_CURQ": "THIS_QUARTER",
        "INTERVAL_PREVQ": "LAST_QUARTER", "INTERVAL_NEXTQ": "NEXT_QUARTER",
        "INTERVAL_CURY": "THIS_YEAR", "INTERVAL_PREVY": "LAST_YEAR",
        "INTERVAL_NEXTY": "NEXT_YEAR", "INTERVAL_THISMONTH": "THIS_MONTH",
        "INTERVAL_LASTMONTH": "LAST_MONTH", "INTERVAL_NEXTMONTH": "NEXT_MONTH",
        "INTERVAL_THISWEEK": "THIS_WEEK", "INTERVAL_LASTWEEK": "LAST_WEEK",
        "INTERVAL_NEXTWEEK": "NEXT_WEEK", "INTERVAL_TODAY": "TODAY",
        "INTERVAL_YESTERDAY": "YESTERDAY", "INTERVAL_TOMORROW": "TOMORROW",
        **{f"INTERVAL_LAST{n}": f"LAST_N_DAYS:{n}" for n in (7, 30, 60, 90, 120)},
        **{f"INTERVAL_NEXT{n}": f"NEXT_N_DAYS:{n}" for n in (7, 30, 60, 90, 120)},
    }
)  # fmt: skip
#: spans that no relative date of ours says: (first, last) relative date
SPANS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "INTERVAL_PREVCURFY": ("LAST_FISCAL_YEAR", "THIS_FISCAL_YEAR"),
        "INTERVAL_PREVCUR2FY": ("LAST_N_FISCAL_YEARS:2", "THIS_FISCAL_YEAR"),
        "INTERVAL_PREV2FY": ("LAST_N_FISCAL_YEARS:2", "LAST_FISCAL_YEAR"),
        "INTERVAL_CURNEXTFY": ("THIS_FISCAL_YEAR", "NEXT_FISCAL_YEAR"),
        "INTERVAL_PREVCURY": ("LAST_YEAR", "THIS_YEAR"),
        "INTERVAL_PREVCUR2Y": ("LAST_N_YEARS:2", "THIS_YEAR"),
        "INTERVAL_PREV2Y": ("LAST_N_YEARS:2", "LAST_YEAR"),
        "INTERVAL_CURNEXTY": ("THIS_YEAR", "NEXT_YEAR"),
        "INTERVAL_CURPREV1": ("LAST_FISCAL_QUARTER", "THIS_FISCAL_QUARTER"),
        "INTERVAL_CURNEXT1": ("THIS_FISCAL_QUARTER", "NEXT_FISCAL_QUARTER"),
        "INTERVAL_CURNEXT3": ("THIS_FISCAL_QUARTER", "NEXT_N_FISCAL_QUARTERS:3"),
        "INTERVAL_CURPREVQ": ("LAST_QUARTER", "THIS_QUARTER"),
        "INTERVAL_CURNEXTQ": ("THIS_QUARTER", "NEXT_QUARTER"),
        "INTERVAL_LASTTHISMONTH": ("LAST_MONTH", "THIS_MONTH"),
        "INTERVAL_THISNEXTMONTH": ("THIS_MONTH", "NEXT_MONTH"),
    }
)
CUSTOM_SPAN = "INTERVAL_CUSTOM"
CHARTS: Mapping[str, str] = MappingProxyType(
    {
        "HorizontalBar": "bar", "HorizontalBarGrouped": "barGrouped",
        "HorizontalBarStacked": "barStacked", "HorizontalBarStackedTo100": "barStacked",
        "VerticalColumn": "column", "VerticalColumnGrouped": "columnGrouped",
        "VerticalColumnStacked": "columnStacked", "VerticalColumnStackedTo100": "columnStacked",
        "Line": "line", "LineGrouped": "line", "LineCumulative": "lineCumulative",
        "LineCumulativeGrouped": "lineCumulative", "VerticalColumnLine": "combination",
        "VerticalColumnGroupedLine": "combination", "VerticalColumnStackedLine": "combination",
        "Pie": "pie", "Donut": "donut", "Funnel": "funnel", "Scatter": "scatter",
        "ScatterGrouped": "scatter",
    }
)  # fmt: skip
AGGREGATES: Mapping[str, str] = MappingProxyType(
    {"SUM": "Sum", "AVG": "Average", "MIN": "Minimum", "MAX": "Maximum", "UNIQUE": "Unique"}
)
#: our totals in formulas: "AMOUNT:SUM" is Amount:Sum
_TOTAL = re.compile(r"([\w.$*]+):(SUM|AVG|MIN|MAX|UNIQUE)\b")
_LEVEL = re.compile(r"((?:PARENT|PREV)GROUPVAL\s*\([^,()]+,\s*)([\w.$*]+)")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DATA_TYPES = {"number": "Number", "percent": "Percent", "currency": "Currency"}


def day_of(text: str) -> str:
    """1/31/2011 is 2011-01-31; other texts stay as they are."""
    found = _DAY.fullmatch(text.strip())
    return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else text


# -- totals --------------------------------------------------------------------------------------


def allows(frame: Frame, path: str, total: str) -> bool:
    """Says whether a column can be totalled so."""
    field = frame.field(path)
    return FUNCTIONS.get(total) in field.field_type.aggregates


def formula_of(text: str, frame: Frame) -> tuple[str, dict[str, set[str]]]:
    """A summary formula in our names, and {path: totals} that it is worked out of."""
    needed: dict[str, set[str]] = {}

    def total(found: re.Match[str]) -> str:
        path, name = frame.path(found[1]), AGGREGATES[found[2]]
        if not allows(frame, path, name):
            raise refuse("total", _("%(path)s cannot be added up.", path=path))
        needed.setdefault(path, set()).add(name)
        return f"{path}:{name}"

    def level(found: re.Match[str]) -> str:
        return found[1] + (found[2] if found[2].endswith("SUMMARY") else frame.path(found[2]))

    return _LEVEL.sub(level, _TOTAL.sub(total, plain(text))), needed


def formula_row(one: Element, text: str) -> Draft:
    """A summary formula of ours."""
    kind = _DATA_TYPES.get(one.value("datatype"), "Number")
    scale = one.value("scale")
    return stated(
        {
            "name": one.value("developerName"),
            "label": plain(one.value("masterLabel")) or one.value("developerName"),
            "formula": text, "type": kind,
            "scale": min(int(scale), 6) if scale.isdigit() else None,
        }
    )  # fmt: skip


# -- buckets -------------------------------------------------------------------------------------


def bucket_row(one: Element, path: str) -> Draft:
    """A bucket of ours: of numbers by their bounds, else of values."""
    rows = []
    for value in one.all("values"):
        sources = value.all("sourceValues")
        row: Draft = {"label": plain(value.value("value")) or "-"}
        if one.value("bucketType") == "number":
            row["from"] = sources[0].value("from").replace(",", "") if sources else ""
            row["below"] = sources[0].value("to").replace(",", "") if sources else ""
        else:
            row["values"] = [plain(source.value("sourceName")) for source in sources]
        rows.append(stated(row))
    return stated(
        {
            "name": one.value("developerName"), "label": plain(one.value("masterLabel")),
            "field": path, "values": rows, "otherLabel": plain(one.value("otherBucketLabel")),
        }
    )  # fmt: skip


def written_bucket(row: Draft, column: str) -> Element:
    is_number = any("from" in one or "below" in one for one in row["values"])
    return element(
        "buckets", element("bucketType", "number" if is_number else "picklist"),
        element("developerName", row["name"]), element("masterLabel", row.get("label", "")),
        element("otherBucketLabel", row["otherLabel"]) if row.get("otherLabel") else None,
        element("sourceColumnName", column), element("useOther", bool(row.get("otherLabel"))),
        *(element("values", *_sources(one), element("value", one["label"]))
          for one in row["values"]),
    )  # fmt: skip


def _sources(one: Draft) -> Iterator[Element]:
    for text in one.get("values", ()):
        yield element("sourceValues", element("sourceName", text))
    if "from" in one or "below" in one:
        yield element(
            "sourceValues", element("from", one["from"]) if "from" in one else None,
            element("to", one["below"]) if "below" in one else None,
        )  # fmt: skip


# -- charts --------------------------------------------------------------------------------------


def chart_row(tree: Element, groups: list[str], totals: set[str], frame: Frame) -> Draft:
    """A chart of ours; {} for one of another kind or of groups that are not here."""
    kind = CHARTS.get(tree.value("chartType"))
    if kind is None or not groups:
        return {}
    asked = [frame.path(token) for token in (
        tree.value("groupingColumn"), tree.value("secondaryGroupingColumn")) if token]  # fmt: skip
    asked = list(dict.fromkeys(asked))
    if any(path not in groups for path in asked):
        return {}
    measures = [total_name(one, frame) for one in tree.all("chartSummaries")]
    position = {"CHART_TOP": "top", "CHART_BOTTOM": "bottom"}.get(tree.value("location"))
    return stated(
        {
            "chartType": kind, "title": plain(tree.value("title")),
            "group": asked[0] if asked else "", "secondGroup": asked[1] if asked[1:] else "",
            "measures": [name for name in dict.fromkeys(measures) if name in totals][:5],
            "legend": {"Right": "right", "Bottom": "bottom"}.get(tree.value("legendPosition")),
            "showValues": tree.flag("showValues") or None, "position": position,
            "size": {"Small": "small", "Medium": "medium", "Large": "large"}.get(
                tree.value("size").removeprefix("Tiny")),
        }
    )  # fmt: skip


def total_name(one: Element, frame: Frame) -> str:
    """Our name of a total that a chart shows."""
    token, total = one.value("column"), one.value("aggregate")
    return f"{frame.path(token)}:{total}" if total and token != COUNT else token
