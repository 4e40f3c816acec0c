"""Summary formulas: totals of groups, of those above and before them, in groups and in a matrix."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import make_document
from tests.runtime.conftest import Crm
from tests.runtime.reports.conftest import Ask, make_report
from trellis.metadata.definition import Document, Uid
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.kinds import KINDS
from trellis.metadata.kinds.report_checks import check_report
from trellis.metadata.kinds.report_model import Report
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.errors import Rejected

YEAR = {"field": "CloseDate", "dateGranularity": "Year"}


@pytest.fixture
def deals(crm: Crm) -> None:
    rows = [("Prospecting", 10, 2025), ("Prospecting", 30, 2026), ("Closed Won", 60, 2026),
            ("Closed Won", None, 2026)]  # fmt: skip
    for stage, amount, year in rows:
        crm.make("Opportunity", Name="d", StageName=stage, Amount=amount and Decimal(amount),
                 CloseDate=date(year, 1, 1))  # fmt: skip


def made(formula: str, **more: Any) -> Report:
    kind, scale = more.pop("type", "Number"), more.pop("scale", 2)
    row = {"name": "F", "label": "F", "formula": formula, "type": kind, "scale": scale}
    more.setdefault("down", ["StageName"])
    return make_report("Opportunity", columns=["Amount:Sum"], aggregates=[row], **more)


def values(result: Any) -> list[Any]:
    return [group.totals["F"] for group in result.down] + [result.grand["F"]]


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("Amount:Sum / RowCount", ["20.00", "30.00", "25.00"]),
        ("Amount:Sum / (RowCount - 2)", [None, None, "50.00"]),  # by zero: blank
        ("IF(RowCount > 2, 1, 0)", ["0.00", "0.00", "1.00"]),
        ("PARENTGROUPVAL(Amount:Sum, GRAND_SUMMARY)", ["100.00", "100.00", "100.00"]),
        ("PREVGROUPVAL(Amount:Sum, StageName)", [None, "40.00", None]),
        ("Amount:Sum - PREVGROUPVAL(Amount:Sum, StageName, 1)", [None, "20.00", None]),
    ],
)
def test_a_formula_is_worked_out_for_every_group(
    ask: Ask, deals: None, formula: str, wanted: list[str | None]
) -> None:
    given = values(ask(made(formula)))
    assert given == [None if text is None else Decimal(text) for text in wanted]


def test_a_share_of_the_whole_is_a_percentage(ask: Ask, deals: None) -> None:
    formula = "Amount:Sum / PARENTGROUPVAL(Amount:Sum, GRAND_SUMMARY)"
    result = ask(made(formula, type="Percent", scale=1))
    assert values(result) == [Decimal("40.0"), Decimal("60.0"), Decimal("100.0")]
    assert [total.label for total in result.totals][-1] == "F"


def test_groups_below_look_at_those_above_them(ask: Ask, deals: None) -> None:
    formula = "Amount:Sum / PARENTGROUPVAL(Amount:Sum, StageName)"
    result = ask(made(formula, down=["StageName", YEAR]))
    below = [[g.totals["F"] for g in group.groups] for group in result.down]
    assert below == [[Decimal("0.25"), Decimal("0.75")], [Decimal("1.00")]]
    assert [group.totals["F"] for group in result.down] == [Decimal(1), Decimal(1)]
    assert result.grand["F"] is None


def test_a_matrix_looks_along_both_sides(ask: Ask, deals: None) -> None:
    back = ask(made("PREVGROUPVAL(Amount:Sum, CloseDate)", across=[YEAR]))
    years = [column.keys for column in back.across]
    cell = back.cell(("Prospecting",), years[1])
    assert cell is not None
    assert cell["F"] == Decimal("10.00")
    share = ask(made("PARENTGROUPVAL(Amount:Sum, COLUMN_GRAND_SUMMARY)", across=[YEAR]))
    cell = share.cell(("Prospecting",), years[1])
    assert cell is not None
    assert cell["F"] == Decimal("40.00")
    assert share.across[1].totals["F"] == Decimal("100.00")


def test_groups_can_be_ordered_by_a_formula(ask: Ask, deals: None) -> None:
    down = {"field": "StageName", "sortByAggregate": "F", "sortOrder": "Desc"}
    result = ask(made("Amount:Sum / RowCount", down=[down]))
    assert [group.label for group in result.down] == ["Closed Won", "Prospecting"]


@pytest.mark.parametrize(
    "formula",
    ["Amount", "Amount:Average", "PARENTGROUPVAL(Amount:Sum)", "PREVGROUPVAL(Amount:Sum, Name)",
     "PREVGROUPVAL(Amount:Sum, StageName, 0)", "TODAY()", "1 +", "\"text\"", "$User.Name",
     "PREVGROUPVAL(Amount:Sum, GRAND_SUMMARY)"],
)  # fmt: skip
def test_what_is_no_formula_of_totals_is_refused(crm: Crm, ask: Ask, formula: str) -> None:
    found = [p for p in check_report(made(formula), crm.snapshot) if p.path[:1] == ("aggregates",)]
    assert found
    assert found[0].path[:3] == ("aggregates", 0, "formula")
    with pytest.raises(Rejected):
        ask(made(formula))


def test_a_formula_names_its_fields_and_goes_with_them(crm: Crm) -> None:
    report = made("PREVGROUPVAL(Amount:Sum, StageName) / RowCount + Amount:Sum")
    kind = KINDS.get("Report")
    found = [r for r in kind.references(report, crm.snapshot) if r.path[:1] == ("aggregates",)]
    text = report.formulas[0].formula
    assert [(r.name, text[slice(*(r.span or (0, 0)))]) for r in found] == [
        ("Opportunity.Amount", "Amount"), ("Opportunity.StageName", "StageName"),
        ("Opportunity.Amount", "Amount"),
    ]  # fmt: skip
    assert {r.out for r in found} == {("aggregates", 0)}


def test_totals_follow_a_rename_and_go_with_their_field(crm: Crm) -> None:
    by_total = {"field": "StageName", "sortByAggregate": "Amount:Sum"}
    down = [by_total, {**YEAR, "sortByAggregate": "F"}]
    document = {**made("Amount:Sum / RowCount", down=down).document, "uid": "report-1"}
    folder = make_document("ReportFolder", "Public")
    amount = crm.snapshot.field("Opportunity", "Amount").document

    def live(*put: Document, gone: tuple[Uid, ...] = ()) -> Document:
        deploy(crm.org_db, crm.actor, ChangeSet(tuple(put), gone, "A test"))
        report: Document = SNAPSHOTS.get(crm.org_db).get("Report", "R1").document
        return report

    live(folder, document)
    renamed = live({**amount, "name": "Opportunity.Worth__c"})
    assert renamed["aggregates"][0]["formula"] == "Worth__c:Sum / RowCount"
    assert renamed["groupingsDown"][0]["sortByAggregate"] == "Worth__c:Sum"
    assert renamed["groupingsDown"][1]["sortByAggregate"] == "F"
    bare = live(gone=(Uid(amount["uid"]),))
    assert not bare.get("aggregates")
    assert [row.get("sortByAggregate") for row in bare["groupingsDown"]] == [None, None]
