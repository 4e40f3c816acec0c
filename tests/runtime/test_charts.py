"""Charts of reports: which data they take, round axes, and drawings that say what is in them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.demo_site import Site
from trellis.metadata.kinds.report_model import parse_report
from trellis.metadata.kinds.report_schema import CHARTS
from trellis.platform.errors import Rejected
from trellis.runtime.reports.changes import chart_text, read_chart
from trellis.runtime.reports.charts.chart import Chart, draw_chart
from trellis.runtime.reports.charts.scale import scale_of
from trellis.runtime.reports.charts.svg import label, linked, shorten, width_of
from trellis.runtime.reports.running import run_report

BASE = {
    "kind": "Report", "uid": "r", "name": "r", "label": "R", "folder": "StandardReports",
    "reportType": "Opportunity", "format": "Matrix",
    "columns": [{"field": "Amount", "aggregateTypes": ["Sum", "Average"]}],
    "groupingsDown": [{"field": "StageName"}],
    "groupingsAcross": [{"field": "LeadSource"}],
}  # fmt: skip


def drawn(site: Site, setting: dict[str, Any], **changes: Any) -> Chart:
    report = parse_report({**BASE, **changes})
    with site.db.read() as conn:
        result = run_report(conn, site.actor(), site.snapshot, report)
    return draw_chart(result, setting, site.snapshot, lambda d, a: f"/rows?d={d}&a={a}")


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), max_size=6), st.integers(2, 8))
def test_a_scale_holds_its_values_and_zero_on_even_ticks(values: list[float], wanted: int) -> None:
    scale = scale_of(values, 400, wanted)
    assert scale.low <= min(0, *values, 0) <= max(0, *values, 0) <= scale.high
    assert 0 in scale.ticks
    assert all(-0.01 <= scale.at(value) <= 400.01 for value in values)
    assert len(scale.ticks) <= 2 * wanted + 2


@given(st.text(max_size=80), st.floats(20, 200))
def test_labels_fit_their_room_and_markup_is_escaped(text: str, room: float) -> None:
    assert width_of(shorten(text, room)) <= room + 12
    written = linked("/x?a=1&b=<", "<b>&'\"", label("<script>", 0, 0))
    assert "<script>" not in written
    assert "<b>" not in written


@pytest.mark.parametrize("kind", CHARTS)
def test_every_kind_draws_well_formed_links_and_a_twin(site: Site, kind: str) -> None:
    chart = drawn(site, {"chartType": kind, "measures": ["Amount:Sum"], "bands": [1000, 2000]})
    assert chart.summary
    assert not chart.refusal
    for drawing in chart.drawings:
        root = ElementTree.fromstring(str(drawing))  # noqa: S314 - it is our own
        assert root.tag == "svg"
        assert "NaN" not in drawing
        assert " style=" not in drawing
        assert "/rows?" in drawing
    if kind not in ("metric", "gauge"):
        assert len(chart.rows) > 1
        assert all(len(cells) == len(chart.heads) - 1 for _category, cells in chart.rows)


def test_the_values_of_a_stacked_chart_are_those_of_the_report(site: Site) -> None:
    report = parse_report(BASE)
    with site.db.read() as conn:
        result = run_report(conn, site.actor(), site.snapshot, report)
    asked = []

    def url(down: Any, across: Any) -> str:
        asked.append((tuple(down), tuple(across)))
        return "x"

    chart = draw_chart(result, {"chartType": "columnStacked", "measures": ["RowCount"]},
                       site.snapshot, url)  # fmt: skip
    for group, (category, cells) in zip(result.down, chart.rows, strict=True):
        assert category.label == group.label
        told = [int(cell.text) for cell in cells if cell.text != "–"]
        assert sum(told) == group.count
    assert ((result.down[0].token,), (result.across[0].token,)) in asked


def test_what_is_too_much_comes_together_as_others(site: Site) -> None:
    chart = drawn(site, {"chartType": "donut", "measures": ["RowCount"], "most": 3})
    assert len(chart.rows) == 3
    assert chart.rows[-1][0].label.startswith("Others")
    assert chart.note
    numbers = [int(cells[0].text) for _category, cells in chart.rows]
    whole = drawn(site, {"chartType": "metric", "measures": ["RowCount"]}).figure.value
    assert sum(numbers) == whole
    averages = drawn(site, {"chartType": "bar", "measures": ["Amount:Average"], "most": 3})
    assert not any(c.label.startswith("Others") for c, _cells in averages.rows)


def test_a_cumulative_line_ends_at_the_whole(site: Site) -> None:
    months = [{"field": "CloseDate", "dateGranularity": "Month"}]
    setting = {"chartType": "lineCumulative", "measures": ["RowCount"]}
    chart = drawn(site, setting, format="Summary", groupingsDown=months, groupingsAcross=[])
    assert len(re.findall("<circle", chart.drawings[0])) >= 2 * len(chart.rows)
    assert chart.figure.value is not None
    last = chart.rows[-1][1][0].text
    assert abs(Decimal(last.replace(",", "")) - Decimal(chart.figure.value)) < 1


def test_a_chart_in_an_address_asks_for_what_is_there() -> None:
    report = parse_report(BASE)
    assert read_chart("-", report) == {}
    chart = read_chart("columnStacked;Amount:Sum;LeadSource;bottom", report)
    assert chart_text(chart) == "columnStacked;Amount:Sum;LeadSource;bottom"
    for wrong in ("sphere", "bar;Nothing:Sum", "bar;Amount:Sum;Type"):
        with pytest.raises(Rejected):
            read_chart(wrong, report)


def test_nothing_to_draw_is_said(site: Site) -> None:
    row = {"id": "1", "field": "Name", "operator": "equals", "value": "no such"}
    assert drawn(site, {"chartType": "bar"}, filters=[row]).is_empty
