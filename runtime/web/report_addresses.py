"""The addresses of reports: the state of one as parameters, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from flask import request, url_for

from ...metadata.kinds.report_model import Report
from ..reports.changes import RunState, read_run_state
from ..reports.details import Place, place_before

RUN = "pages.report"


def report_url(
    report: Report, state: RunState | None = None, endpoint: str = RUN, **more: str
) -> str:
    """The address of a report, or of something done to it, in this state."""
    state = state or RunState()
    path = url_for(endpoint, key=report.name, **more)  # type: ignore[arg-type]
    query = urlencode(state.parameters() + _place(state))
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{query}"


def _place(state: RunState) -> list[tuple[str, str]]:
    found = [("group", str(state.place.group or "")), ("after", state.place.after)]
    found.append(("skip", str(state.place.skip or "")))
    found.append(("from", str(state.start) if state.start > 1 else ""))
    return [(name, text) for name, text in found if text]


def group_url(report: Report, state: RunState, down: Sequence[str], across: Sequence[str]) -> str:
    """The rows of one group."""
    inside = replace(state.first_page, down=tuple(down), across=tuple(across))
    return report_url(report, inside)


def page_url(report: Report, state: RunState, place: Place, start: int) -> str:
    """The rows from a place on."""
    return report_url(report, replace(state, place=place, start=start))


def previous_url(report: Report, state: RunState, counts: Sequence[int]) -> str:
    """The page of rows before this one; "" on the first. `counts` are the rows of each group."""
    if state.start <= 1:
        return ""
    place, start = place_before(counts, state.start)
    return page_url(report, state, place, start)


def sort_url(report: Report, state: RunState, path: str, sorted_as: str) -> str:
    """The report with its rows in the order of a column."""
    text = f"-{path}" if sorted_as == "asc" else path
    return report_url(report, replace(state.first_page, sort=text))


def state_here() -> RunState:
    """What the address of this request says."""
    return read_run_state(request.args.to_dict(flat=False))
