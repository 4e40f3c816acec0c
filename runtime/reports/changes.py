"""What a reader changes on the page of a report, as the address says it; nothing is saved.

The address holds all of it, so Back works and what is seen can be sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ...metadata.kinds.layout import Sort
from ...metadata.kinds.list_view import Filter
from ...metadata.kinds.report_checks import check_chart
from ...metadata.kinds.report_model import Report, TimeFrame
from ...metadata.kinds.report_schema import CHARTS, SCOPES
from ...metadata.relative_dates import is_relative
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ..lists.state import filter_text, read_state
from .details import Place

FIRST = Place()
DOWN, ACROSS = "in", "col"  # parameters that name a group by its tokens


@dataclass(frozen=True, slots=True)
class RunState:
    """What the address of a report says beside the report: "" = as it is saved."""

    filters: tuple[Filter, ...] = ()
    is_changed: bool = False  # the filters and their logic stand in place of the report's
    logic: str = ""
    scope: str = ""
    frame: str = ""  # "field", "field:INTERVAL" or "field:day..day"; "-" = none
    sort: str = ""  # a path, with "-" before it for descending
    details: str = ""  # "1" or "0"
    chart: str = ""  # "type;measure;second group;position"; "-" = none
    down: tuple[str, ...] = ()  # tokens of the group that is looked into
    across: tuple[str, ...] = ()
    place: Place = FIRST
    start: int = 1

    def parameters(self) -> list[tuple[str, str]]:
        """The state as parameters of an address, without the place in the rows."""
        found = [
            *(("filter", filter_text(row)) for row in self.filters),
            ("instead", "1" if self.is_changed else ""),
            ("logic", self.logic),
            ("scope", self.scope),
            ("frame", self.frame),
            ("sort", self.sort),
            ("details", self.details),
            ("chart", self.chart),
            *((DOWN, token) for token in self.down),
            *((ACROSS, token) for token in self.across),
        ]
        return [(name, text) for name, text in found if text]

    @property
    def first_page(self) -> RunState:
        return replace(self, place=FIRST, start=1)

    @property
    def is_plain(self) -> bool:
        """Says whether the report is looked at as it is saved."""
        return not (self.is_changed or self.scope or self.frame or self.sort or self.details
                    or self.chart)  # fmt: skip


def read_run_state(parameters: Mapping[str, Sequence[str]]) -> RunState:
    """The state of an address; raises Rejected for what is not understood."""
    listed = {
        name: parameters[name] for name in ("filter", "instead", "logic") if name in parameters
    }
    found = read_state(listed)

    def one(name: str) -> str:
        return (parameters.get(name) or [""])[0].strip()

    scope = one("scope")
    if scope and scope not in SCOPES:
        message = _("%(text)s is not understood.", text=repr(scope)[:60])
        raise Rejected(Problem("report.scope", ("scope",), message))
    group, start = one("group"), one("from")
    return RunState(
        filters=found.filters,
        is_changed=found.is_instead or bool(found.filters),
        logic=found.logic,
        scope=scope,
        frame=one("frame"),
        sort=one("sort"),
        details=one("details") if one("details") in ("0", "1") else "",
        chart=one("chart")[:600],
        down=tuple(parameters.get(DOWN) or ())[:3],
        across=tuple(parameters.get(ACROSS) or ())[:2],
        place=Place(_number(group), one("after"), _number(one("skip"))),
        start=_number(start) or 1,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def changed(report: Report, state: RunState) -> Report:
    """The report as the state has it."""
    now = report
    if state.is_changed:
        now = replace(now, filters=state.filters, boolean_filter=state.logic)
    if state.scope:
        now = replace(now, scope=state.scope)
    if state.frame:
        now = replace(now, time_frame=read_frame(state.frame))
    if state.sort:
        path = state.sort.removeprefix("-")
        now = replace(now, sort=(Sort(path, state.sort.startswith("-")),))
    if state.details:
        now = replace(now, show_details=state.details == "1")
    if state.chart:
        now = replace(now, chart=read_chart(state.chart, now))
    return now


def read_chart(text: str, report: Report) -> dict[str, Any]:
    """The chart that an address writes; what the report has not is refused."""
    if text == "-":
        return {}
    kind, measure, second, position = (*text.split(";"), "", "", "")[:4]
    kept = {k: v for k, v in report.chart.items() if k in ("group", "bands", "most", "legend")}
    found: dict[str, Any] = {**kept, "chartType": kind, "isShown": True}
    found |= {"measures": [measure]} if measure else {}
    found |= {"secondGroup": second} if second else {}
    found |= {"position": position} if position == "bottom" else {}
    if second and kept.get("group") == second:
        found.pop("group")
    if kind not in CHARTS:
        message = _("%(text)s is not understood.", text=repr(kind)[:60])
        raise Rejected(Problem("report.chart", ("chart",), message))
    require(tuple(check_chart(found, report, "chart")))
    return found


def chart_text(chart: Mapping[str, Any]) -> str:
    """The chart as an address writes it."""
    if not chart or not chart.get("isShown", True):
        return "-"
    measures = chart.get("measures") or ("",)
    parts = (
        chart["chartType"],
        measures[0],
        chart.get("secondGroup", ""),
        chart.get("position", ""),
    )
    return ";".join(parts).rstrip(";")


def read_frame(text: str) -> TimeFrame | None:
    """The time frame that an address writes; None for none."""
    path, _colon, span = text.partition(":")
    if path == "-":
        return None
    start, dots, end = span.partition("..")
    if not dots:
        if span and not is_relative(span):
            raise _unknown_frame(span)
        return TimeFrame(path, span)
    for day in (start, end):
        if day and not _is_day(day):
            raise _unknown_frame(day)
    return TimeFrame(path, "", start, end)


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _unknown_frame(text: str) -> Rejected:
    message = _("%(text)s is not understood.", text=repr(text)[:60])
    hint = _("Choose a span, or two days.")
    return Rejected(Problem("report.frame", ("frame",), message, hint))
