"""Reports on both databases: groups, totals, periods, buckets, joins, cross filters, scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.runtime.conftest import Crm
from tests.runtime.reports.conftest import Ask, make_report, plain
from trellis.platform.i18n import use_locale


@pytest.fixture
def deals(crm: Crm) -> dict[str, str]:
    """Two accounts with deals, one without; a contact."""
    made = {name: crm.make("Account", Name=name, Rating="Hot") for name in ("Acme", "beta", "Zed")}
    rows = [
        ("one", "Prospecting", 10, date(2026, 1, 31), "Acme"),
        ("two", "Closed Won", "2.50", date(2026, 2, 1), "Acme"),
        ("three", "Prospecting", None, date(2025, 12, 31), "beta"),
        ("four", None, "0.01", None, "beta"),
        ("five", "Prospecting", 5, date(2026, 1, 1), None),
    ]
    for name, stage, amount, day, account in rows:
        crm.make(
            "Opportunity", Name=name, StageName=stage, CloseDate=day,
            Amount=None if amount is None else Decimal(amount),
            AccountId=made[account] if account else None,
        )  # fmt: skip
    crm.make("Contact", Name="Ada", AccountId=made["Acme"])
    return made


def test_groups_have_the_order_of_the_picklist_and_blanks_come_last(
    ask: Ask, deals: dict[str, str]
) -> None:
    result = ask(make_report("Opportunity", down=["StageName"], columns=["Amount:Sum+Average"]))
    assert [plain(g) for g in result.down] == [
        ("Prospecting", 3), ("Closed Won", 1), ("(none)", 1),
    ]  # fmt: skip
    first, last = result.down[0].totals, result.down[-1].totals
    assert (first["Amount:Sum"], first["Amount:Average"]) == (Decimal(15), Decimal("7.5"))
    assert last["Amount:Sum"] == Decimal("0.01")
    assert result.grand["Amount:Sum"] == Decimal("17.51")
    assert result.row_count == 5


def test_levels_add_up_and_lookups_are_called_by_their_names(
    ask: Ask, deals: dict[str, str]
) -> None:
    month = {"field": "CloseDate", "dateGranularity": "Month", "sortOrder": "Desc"}
    result = ask(make_report("Opportunity", down=["AccountId", month]))
    assert [plain(g) for g in result.down] == [
        ("Acme", 2, ("Feb 2026", 1), ("Jan 2026", 1)),
        ("beta", 2, ("Dec 2025", 1), ("(none)", 1)),
        ("(none)", 1, ("Jan 2026", 1)),
    ]


def test_a_matrix_has_totals_on_both_sides_and_where_they_cross(
    ask: Ask, deals: dict[str, str]
) -> None:
    year = {"field": "CloseDate", "dateGranularity": "Year"}
    report = make_report("Opportunity", down=["StageName"], across=[year], columns=["Amount:Sum"])
    result = ask(report)
    assert [plain(g) for g in result.across] == [("2025", 1), ("2026", 3), ("(none)", 1)]
    this_year = result.across[1].keys
    crossing = result.cell(("Prospecting",), this_year)
    assert crossing is not None
    assert crossing["Amount:Sum"] == Decimal(15)
    assert result.cell(("Closed Won",), result.across[0].keys) is None


@pytest.mark.parametrize(
    ("granularity", "labels"),
    [
        ("Day", ["Dec 31, 2025", "Jan 1, 2026", "Jan 31, 2026", "Feb 1, 2026"]),
        ("Week", ["Week of Dec 28, 2025", "Week of Jan 25, 2026", "Week of Feb 1, 2026"]),
        ("Quarter", ["Q4 2025", "Q1 2026"]),
        ("FiscalQuarter", ["Q1 FY 2026", "Q2 FY 2026"]),
        ("FiscalYear", ["FY 2026"]),
        ("MonthInYear", ["January", "February", "December"]),
        ("DayInMonth", ["1", "31"]),
        ("DayInWeek", ["Sunday", "Wednesday", "Thursday", "Saturday"]),
    ],
)
def test_days_come_together_as_periods(
    crm: Crm, ask: Ask, deals: dict[str, str], granularity: str, labels: list[str]
) -> None:
    grouping = {"field": "CloseDate", "dateGranularity": granularity}
    actor = replace(crm.actor, fiscal_start=11)
    with use_locale(actor.localization):
        result = ask(make_report("Opportunity", down=[grouping]), actor)
    assert [group.label for group in result.down] == [*labels, "(none)"]


def test_groups_can_be_ordered_by_a_total_and_cut_to_the_top(
    ask: Ask, deals: dict[str, str]
) -> None:
    top = {"field": "AccountId", "sortByAggregate": "Amount:Sum", "sortOrder": "Desc", "top": 2}
    result = ask(make_report("Opportunity", down=[top], columns=["Amount:Sum"]))
    assert [group.label for group in result.down] == ["Acme", "(none)"]
    assert result.cut == 1
    assert result.grand["Amount:Sum"] == Decimal("17.51")


def test_different_values_are_counted_anew_on_every_level(ask: Ask, deals: dict[str, str]) -> None:
    year = {"field": "CloseDate", "dateGranularity": "Year"}
    for across in ([], [year]):
        result = ask(make_report(
            "Opportunity", down=["StageName"], across=across, columns=["AccountId:Unique"],
        ))  # fmt: skip
        assert result.grand["AccountId:Unique"] == 2
        assert [g.totals["AccountId:Unique"] for g in result.down] == [2, 1, 1]


def test_a_bucket_puts_values_together(ask: Ask, deals: dict[str, str]) -> None:
    bucket = {
        "name": "Size", "label": "Size", "field": "Amount", "otherLabel": "Unknown",
        "values": [{"label": "Small", "below": "5"}, {"label": "Large", "from": "5"}],
    }  # fmt: skip
    result = ask(make_report("Opportunity", down=["Size"], buckets=[bucket]))
    assert [plain(g) for g in result.down] == [("Small", 2), ("Large", 2), ("Unknown", 1)]


def test_children_are_joined_inner_or_outer(ask: Ask, deals: dict[str, str]) -> None:
    pair = "Account$Opportunity.AccountId"
    columns = ["Child$Amount:Sum"]
    result = ask(make_report(pair, down=["Name", "Child$StageName"], columns=columns))
    assert [plain(g) for g in result.down] == [
        ("Acme", 2, ("Prospecting", 1), ("Closed Won", 1)),
        ("beta", 2, ("Prospecting", 1), ("(none)", 1)),
    ]
    assert result.grand["Child$Amount:Sum"] == Decimal("12.51")
    outer = ask(make_report(pair + "?", down=["Name"], columns=columns))
    assert [plain(g) for g in outer.down] == [("Acme", 2), ("beta", 2), ("Zed", 1)]


def test_cross_filters_ask_for_records_with_or_without_others(
    ask: Ask, deals: dict[str, str]
) -> None:
    won = {"id": "1", "field": "StageName", "operator": "equals", "value": "Closed Won"}
    cross = {"operation": "with", "relation": "Opportunity.AccountId", "filters": [won]}
    result = ask(make_report("Account", down=["Name"], crossFilters=[cross]))
    assert [group.label for group in result.down] == ["Acme"]
    cross = {"operation": "without", "relation": "Opportunity.AccountId"}
    result = ask(make_report("Account", down=["Name"], crossFilters=[cross]))
    assert [group.label for group in result.down] == ["Zed"]


def test_nothing_found_has_totals_of_nothing(ask: Ask, deals: dict[str, str]) -> None:
    nobody = [{"id": "1", "field": "Name", "operator": "equals", "value": "nobody"}]
    for down in ([], ["StageName"]):
        result = ask(make_report("Opportunity", down=down, columns=["Amount:Sum"], filters=nobody))
        assert (result.row_count, result.grand["Amount:Sum"], result.down) == (0, None, ())
