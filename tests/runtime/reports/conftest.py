"""Reports made in a line, asked of the small CRM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.runtime.conftest import Crm
from trellis.metadata.kinds.report_model import Report, parse_report
from trellis.platform.people.actor import Actor
from trellis.runtime.reports.result import Group, ReportResult
from trellis.runtime.reports.running import run_report

Ask = Callable[..., ReportResult]


def make_report(report_type: str, **attributes: Any) -> Report:
    """A report; `down=["StageName"]` and `columns=["Amount:Sum"]` are short for their rows."""
    columns = [_column(text) for text in attributes.pop("columns", ())]
    down = [_grouping(one) for one in attributes.pop("down", ())]
    across = [_grouping(one) for one in attributes.pop("across", ())]
    shape = "Matrix" if across else "Summary" if down else "Tabular"
    document = {
        "kind": "Report", "uid": "r-1", "name": "R1", "label": "R1", "folder": "Public",
        "reportType": report_type, "format": shape, "columns": columns,
        "groupingsDown": down, "groupingsAcross": across, **attributes,
    }  # fmt: skip
    return parse_report(document)


def _column(text: str) -> dict[str, Any]:
    field, _colon, names = text.partition(":")
    return {"field": field, "aggregateTypes": names.split("+") if names else []}


def _grouping(one: str | dict[str, Any]) -> dict[str, Any]:
    return {"field": one} if isinstance(one, str) else one


def plain(group: Group) -> tuple[Any, ...]:
    """A group as label, number of rows, and what is below."""
    return (group.label, group.count, *(plain(inner) for inner in group.groups))


@pytest.fixture
def ask(crm: Crm) -> Ask:
    """Runs a report in the small CRM, for its administrator or another actor."""

    def run(report: Report, actor: Actor | None = None) -> ReportResult:
        with crm.org_db.read() as conn:
            return run_report(conn, actor or crm.actor, crm.snapshot, report)

    return run
