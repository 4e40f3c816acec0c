"""Queries on both databases: what is selected, filtered, sorted and paged, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from tests.factories import administrator
from tests.payloads import statements
from tests.runtime.conftest import Crm
from trellis.platform import clock
from trellis.runtime.soql import Answer, Row, Scope, SoqlError, columns, more, run

Ask = Callable[..., Answer]


def ask(crm: Crm, text: str, **options: object) -> Answer:
    with crm.org_db.read() as conn:
        return run(Scope(conn, crm.actor, crm.snapshot), text, **options)  # type: ignore[arg-type]


def plain(value: object) -> object:
    """Rows as dicts, answers as lists."""
    if isinstance(value, Row):
        return {name: plain(one) for name, one in value.values.items()}
    return [plain(row) for row in value.records] if isinstance(value, Answer) else value


def rows(crm: Crm, text: str, **options: object) -> object:
    return plain(ask(crm, text, **options))


def names(crm: Crm, condition: str, object_name: str = "Account") -> list[object]:
    found = ask(crm, f"SELECT Name FROM {object_name} {condition}")
    return [row.values["Name"] for row in found.records]


@pytest.fixture
def accounts(crm: Crm) -> dict[str, str]:
    made = {
        "Alpha": crm.make("Account", Name="Alpha", Rating="Hot", AnnualRevenue=Decimal("10.10"))
    }
    made["Beta"] = crm.make("Account", Name="beta", Rating="Cold", ParentId=made["Alpha"])
    made["Gamma"] = crm.make("Account", Name="Gamma", AnnualRevenue=Decimal("0.05"), Active=True)
    return made


def test_parents_are_rows_in_rows_and_names_are_spelled_as_defined(
    crm: Crm, accounts: dict[str, str]
) -> None:
    crm.make("Contact", Name="Ada", AccountId=accounts["Beta"])
    crm.make("Contact", Name="Bob")
    text = (
        "select c.NAME, account.name, ACCOUNT.parent.Name, Contact.Id from contact c order by name"
    )
    found = ask(crm, text)
    assert (found.total, found.done, found.locator) == (2, True, None)
    ada, bob = found.records
    assert ada.object == "Contact"
    assert plain(ada) == {
        "Name": "Ada", "Account": {"Name": "beta", "Parent": {"Name": "Alpha"}}, "Id": ada.id,
    }  # fmt: skip
    parent = ada.values["Account"]
    assert isinstance(parent, Row)
    assert (parent.object, parent.id) == ("Account", accounts["Beta"])
    assert plain(bob) == {"Name": "Bob", "Account": None, "Id": bob.id}


CONDITIONS = (
    ("WHERE name = 'ALPHA'", ["Alpha"]),
    ("WHERE Name LIKE '%et_'", ["beta"]),
    ("WHERE Name IN ('gamma', 'beta') ORDER BY Name DESC", ["Gamma", "beta"]),
    ("WHERE Rating NOT IN ('Hot') ORDER BY Name", ["beta", "Gamma"]),
    ("WHERE Rating != 'Hot' AND Rating != null", ["beta"]),
    ("WHERE AnnualRevenue > 0.05", ["Alpha"]),
    ("WHERE AnnualRevenue = USD10.10", ["Alpha"]),
    ("WHERE Active = true OR (NOT Rating LIKE 'h%') ORDER BY Name", ["beta", "Gamma"]),
    ("WHERE Parent.Rating = null ORDER BY Name", ["Alpha", "Gamma"]),
    ("WHERE CreatedDate = TODAY ORDER BY AnnualRevenue, Name", ["beta", "Gamma", "Alpha"]),
    ("ORDER BY AnnualRevenue DESC", ["Alpha", "Gamma", "beta"]),
    ("ORDER BY AnnualRevenue NULLS LAST LIMIT 1 OFFSET 1", ["Alpha"]),
    ("WHERE Since = null AND CreatedDate > 2026-01-01T00:00:00.000+0000 AND Name > 'b'"
     " ORDER BY Name", ["beta", "Gamma"]),
    ("USING SCOPE mine WITH SECURITY_ENFORCED ORDER BY Name LIMIT 1 FOR VIEW", ["Alpha"]),
)  # fmt: skip


def test_conditions_and_orders(
    crm: Crm, accounts: dict[str, str], subtests: pytest.Subtests
) -> None:
    for condition, expected in CONDITIONS:
        with subtests.test(condition):
            assert names(crm, condition) == expected


def test_ids_are_compared_with_15_or_18_characters_and_programs_go_on_after_one(
    crm: Crm, accounts: dict[str, str]
) -> None:
    first, second, third = sorted(accounts.values())
    found = ask(crm, f"SELECT Id FROM Account WHERE Id > '{first[:15]}' ORDER BY Id")
    assert [row.id for row in found.records] == [second, third]
    assert rows(crm, f"SELECT Id FROM Account WHERE Id = '{second[:15]}'") == [{"Id": second}]


REFUSED = (
    ("SELECT Nme FROM Account", "INVALID_FIELD",
     "No such column 'Nme' on entity 'Account'.", 8),
    ("SELECT Id FROM Contact WHERE Acount.Name = 'x'", "INVALID_FIELD",
     "Didn't understand relationship 'Acount' in field path.", 30),
    ("SELECT Id FROM Accont", "INVALID_TYPE", "sObject type 'Accont' is not supported.", 16),
    ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR",
     "invalid ID field: x", 35),
    ("SELECT Id FROM Account WHERE Employees LIKE '1'", "INVALID_QUERY_FILTER_OPERATOR",
     "field 'Employees' has no filter operator LIKE", 30),
    ("SELECT Id FROM Account WHERE Name = 1", "INVALID_FIELD",
     "must be of type string and should be enclosed in quotes", 37),
    ("SELECT Id FROM Account WHERE Since = 'TODAY'", "INVALID_FIELD",
     "must be of type date and should not be enclosed in quotes", 38),
    ("SELECT Id FROM Account WHERE Since = LAST_MOON", "INVALID_FIELD",
     "LAST_MOON is not a date literal.", 38),
    ("SELECT Id FROM Account WHERE AnnualRevenue > CHF5", "INVALID_FIELD",
     "an amount in CHF cannot be compared", 46),
    ("SELECT Name n FROM Account", "MALFORMED_QUERY", "aliases", 8),
    ("SELECT Id FROM Account USING SCOPE mru", "MALFORMED_QUERY", "The scope mru", 1),
    ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY", "at most 200", 8),
)  # fmt: skip


def test_what_is_wrong_is_refused_with_its_place(crm: Crm, subtests: pytest.Subtests) -> None:
    for text, code, sentence, column in REFUSED:
        with subtests.test(text), pytest.raises(SoqlError) as refusal:
            ask(crm, text)
        assert (refusal.value.code, refusal.value.column) == (code, column)
        assert sentence in refusal.value.message


def test_batches_go_on_by_locators_until_the_limit(crm: Crm) -> None:
    for n in range(7):
        crm.make("Account", Name=f"a{n}", Employees=Decimal(n % 3))
    text = "SELECT Name FROM Account ORDER BY Employees, Name LIMIT 6 OFFSET 1"
    whole = names(crm, "ORDER BY Employees, Name LIMIT 6 OFFSET 1")
    found = ask(crm, text, size=4)
    assert (found.total, found.done, len(found.records)) == (6, False, 4)
    with crm.org_db.read() as conn:
        rest = more(Scope(conn, crm.actor, crm.snapshot), found.locator or "")
    assert (rest.total, rest.done, rest.locator) == (6, True, None)
    assert [row.values["Name"] for row in found.records + rest.records] == whole


def test_a_locator_is_one_users_for_two_days(
    crm: Crm, frozen_clock: time_machine.Traveller
) -> None:
    crm.make("Account", Name="a")
    crm.make("Account", Name="b")
    locator = ask(crm, "SELECT Id FROM Account", size=1).locator or ""
    with crm.org_db.read() as conn:
        own, other = (Scope(conn, who, crm.snapshot) for who in (crm.actor, administrator()))
        assert len(more(own, locator).records) == 1
        for scope, text in (
            (other, locator),
            (own, "01gx"),
            (own, locator[:-3] + "AAA"),
            (own, ""),
        ):
            with pytest.raises(SoqlError) as refusal:
                more(scope, text)
            assert refusal.value.code == "INVALID_QUERY_LOCATOR"
        frozen_clock.shift(2 * 24 * 3600 + 1)
        with pytest.raises(SoqlError, match="invalid query locator"):
            more(own, locator)


def test_deleted_records_come_only_when_they_are_asked_for(
    crm: Crm, accounts: dict[str, str]
) -> None:
    crm.records.delete([accounts["Gamma"]])
    assert names(crm, "ORDER BY Name") == ["Alpha", "beta"]
    assert names(crm, "WHERE IsDeleted = true ALL ROWS") == ["Gamma"]
    text = "SELECT Name, IsDeleted FROM Account WHERE Name > 'b' ORDER BY Name"
    assert rows(crm, text, all_rows=True) == [
        {"Name": "beta", "IsDeleted": False}, {"Name": "Gamma", "IsDeleted": True},
    ]  # fmt: skip


def test_fields_names_all_that_may_be_read(crm: Crm, accounts: dict[str, str]) -> None:
    (row,) = ask(crm, "SELECT FIELDS(ALL) FROM Account WHERE Name = 'beta' LIMIT 1").records
    assert set(row.values) == set(crm.snapshot.fields("Account"))
    assert row.values["ParentId"] == accounts["Alpha"]


def test_children_come_in_one_statement_and_go_on_by_locators(
    crm: Crm, accounts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trellis.runtime.soql.running.EACH", 2)
    for n in range(5):
        crm.make("Contact", Name=f"c{n}", AccountId=accounts["Alpha"])
    crm.make("Contact", Name="other", AccountId=accounts["Beta"])
    children = "(SELECT Name, Account.Name FROM Contacts WHERE Name != 'c0' ORDER BY Name DESC)"
    text = f"SELECT Name, {children} FROM Account ORDER BY CreatedDate"
    with statements() as heard:
        found = ask(crm, text)
    assert len([one for one in heard if one.startswith("SELECT")]) == 2
    assert plain(found) == [
        {"Name": "Alpha", "Contacts": [
            {"Name": "c4", "Account": {"Name": "Alpha"}},
            {"Name": "c3", "Account": {"Name": "Alpha"}},
        ]},
        {"Name": "beta", "Contacts": [{"Name": "other", "Account": {"Name": "beta"}}]},
        {"Name": "Gamma", "Contacts": None},
    ]  # fmt: skip
    first = found.records[0].values["Contacts"]
    assert isinstance(first, Answer)
    assert (first.total, first.done) == (4, False)
    with crm.org_db.read() as conn:
        rest = more(Scope(conn, crm.actor, crm.snapshot), first.locator or "")
    assert [row.values["Name"] for row in rest.records] == ["c2", "c1"]
    assert (rest.total, rest.done) == (4, True)
    text = "SELECT (SELECT Name FROM Contacts ORDER BY Name LIMIT 1 OFFSET 1) FROM Account"
    assert rows(crm, f"{text} WHERE Name = 'Alpha'") == [{"Contacts": [{"Name": "c1"}]}]
    nested = "SELECT (SELECT (SELECT Name FROM Contacts) FROM Accounts) FROM Account"
    assert rows(crm, f"{nested} WHERE Name = 'Alpha'") == [
        {"Accounts": [{"Contacts": [{"Name": "other"}]}]}
    ]


def test_ids_are_among_those_of_other_records(crm: Crm, accounts: dict[str, str]) -> None:
    crm.make("Contact", Name="Ada", AccountId=accounts["Beta"])
    crm.make("Contact", Name="Bob")
    inner = "(SELECT AccountId FROM Contact WHERE Name LIKE 'A%')"
    assert names(crm, f"WHERE Id IN {inner}") == ["beta"]
    assert names(crm, f"WHERE Id NOT IN {inner} ORDER BY Name") == ["Alpha", "Gamma"]
    hot = "(SELECT Id FROM Account WHERE Parent.Rating = 'Hot')"
    assert names(crm, f"WHERE AccountId IN {hot} OR Name = 'x'", "Contact") == ["Ada"]
    assert names(crm, f"WHERE AccountId NOT IN {hot}", "Contact") == ["Bob"]


def test_names_of_records_of_several_objects(crm: Crm, accounts: dict[str, str]) -> None:
    deal = crm.make("Opportunity", Name="Deal")
    crm.make("Task", Subject="a", WhatId=deal)
    crm.make("Task", Subject="b", WhatId=accounts["Alpha"])
    crm.make("Task", Subject="c")
    with statements() as heard:
        found = rows(crm, "SELECT What.Name, What.Type, What.Phone FROM Task ORDER BY CreatedDate")
    assert len([one for one in heard if one.startswith("SELECT")]) == 3
    assert found == [
        {"What": {"Name": "Deal", "Type": "Opportunity", "Phone": None}},
        {"What": {"Name": "Alpha", "Type": "Account", "Phone": None}},
        {"What": None},
    ]
    for condition, expected in (
        ("What.Name = 'deal'", ["a"]),
        ("What.Name != 'deal'", ["b", "c"]),
        ("What.Name = null", ["c"]),
        ("What.Name IN ('alpha', null)", ["b", "c"]),
        ("What.Type = 'Account'", ["b"]),
        ("NOT What.Name LIKE '%a%'", ["c"]),
    ):
        found = ask(crm, f"SELECT Subject FROM Task WHERE {condition} ORDER BY Subject").records
        assert [row.values["Subject"] for row in found] == expected, condition


def test_groups_and_aggregates(
    crm: Crm, accounts: dict[str, str], subtests: pytest.Subtests
) -> None:
    for n, (day, stage) in enumerate(
        [("2026-01-31", "Prospecting"), ("2026-04-01", "Closed Won"), ("2026-05-02", "Closed Won")]
    ):
        crm.make(
            "Opportunity", Name=f"o{n}", StageName=stage, CloseDate=date.fromisoformat(day),
            Amount=Decimal(n + 1), AccountId=accounts["Alpha"] if n else None,
        )  # fmt: skip
    crm.make("Opportunity", Name="o3")
    for text, expected in (
        ("StageName, COUNT(Id), SUM(Amount) s FROM Opportunity GROUP BY StageName",
         [{"StageName": None, "expr0": 1, "s": None},
          {"StageName": "Closed Won", "expr0": 2, "s": Decimal(5)},
          {"StageName": "Prospecting", "expr0": 1, "s": Decimal(1)}]),
        ("MAX(Amount), AVG(Amount), COUNT_DISTINCT(StageName) FROM Opportunity",
         [{"expr0": Decimal(3), "expr1": Decimal(2), "expr2": 2}]),
        ("StageName st FROM Opportunity GROUP BY StageName HAVING SUM(Amount) > 1",
         [{"st": "Closed Won"}]),
        ("Account.Name, COUNT(Id) n FROM Opportunity GROUP BY Account.Name"
         " HAVING Account.Name LIKE 'al%' AND COUNT(Id) >= 2 ORDER BY COUNT(Id) DESC",
         [{"Name": "Alpha", "n": 2}]),
        ("CALENDAR_QUARTER(CloseDate) q, COUNT(Id) FROM Opportunity WHERE CloseDate != null"
         " GROUP BY CALENDAR_QUARTER(CloseDate) ORDER BY CALENDAR_QUARTER(CloseDate) DESC",
         [{"q": 2, "expr0": 2}, {"q": 1, "expr0": 1}]),
        ("DAY_IN_WEEK(CloseDate), WEEK_IN_YEAR(CloseDate), DAY_IN_YEAR(CloseDate), MIN(Name) n"
         " FROM Opportunity WHERE CALENDAR_YEAR(CloseDate) = 2026 GROUP BY DAY_IN_WEEK(CloseDate),"
         " WEEK_IN_YEAR(CloseDate), DAY_IN_YEAR(CloseDate) ORDER BY MIN(Name) LIMIT 2",
         [{"expr0": 7, "expr1": 5, "expr2": 31, "n": "o0"},
          {"expr0": 4, "expr1": 13, "expr2": 91, "n": "o1"}]),
        ("DAY_ONLY(convertTimezone(CreatedDate)) d, COUNT(Id) n FROM Opportunity"
         " GROUP BY DAY_ONLY(convertTimezone(CreatedDate)) HAVING COUNT(Id) = 4",
         [{"d": clock.today("UTC"), "n": 4}]),
    ):  # fmt: skip
        with subtests.test(text):
            assert rows(crm, f"SELECT {text}") == expected
    found = ask(crm, "SELECT COUNT() FROM Opportunity WHERE Amount > 1")
    assert (found.total, found.records) == (2, [])
    for text, sentence in (
        ("Name, COUNT(Id) FROM Opportunity", "Field must be grouped or aggregated: Name"),
        ("SUM(Name) FROM Opportunity", "does not support aggregate operator SUM"),
        ("COUNT(Id) a, SUM(Amount) A FROM Opportunity", "Two columns have one alias"),
        ("COUNT(Id), (SELECT Id FROM Tasks) FROM Opportunity", "no sub-selects"),
        ("MAX(Hidden__c) FROM Opportunity", "No such column 'Hidden__c'"),
    ):
        with pytest.raises(SoqlError, match=re.escape(sentence)):
            ask(crm, f"SELECT {text}")


def test_columns_are_known_before_a_query_runs(crm: Crm) -> None:
    text = (
        "SELECT Name, AnnualRevenue, Parent.Name, (SELECT Email FROM Contacts) FROM Account LIMIT 1"
    )
    with crm.org_db.read() as conn:
        scope = Scope(conn, crm.actor, crm.snapshot)
        found = columns(scope, text)
        (grouped, counted) = columns(scope, "SELECT Rating, COUNT(Id) FROM Account GROUP BY Rating")
    assert [(c.name, c.type, c.aggregate, [j.name for j in c.joins]) for c in found] == [
        ("Name", "Text", False, []), ("AnnualRevenue", "Currency", False, []),
        ("Parent", "", False, ["Name"]), ("Contacts", "", True, ["Email"]),
    ]  # fmt: skip
    assert (grouped.name, grouped.aggregate) == ("Rating", False)
    assert (counted.name, counted.type, counted.aggregate) == ("expr0", "Number", True)
