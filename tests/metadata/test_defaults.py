"""Defaults of fields: what is a value, what is a formula, and how a wrong one is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import make_document, make_field, make_object, make_snapshot
from trellis.metadata.checks import check
from trellis.metadata.defaults import is_formula, worked_out
from trellis.metadata.formulas import Scene
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.snapshot import Snapshot

HOT = {"values": ["Hot", "Cold"]}
AMBIENTS = {
    "TODAY": date(2026, 11, 30),
    "NOW": datetime(2026, 11, 30, 8, 30, tzinfo=UTC),
    "$User.Department": "Sales",
    "$User.Id": "005000000000001AAA",
    "$Permission.Vip": True,
}


def company(default: Any, type_name: str = "Text", **more: Any) -> Snapshot:
    return make_snapshot(
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
        make_field("User.Department"),
        make_object("Account", keyPrefix="001"),
        make_field("Account.Name"),
        make_document("CustomPermission", "Vip"),
        make_field("Account.F", type_name, **more, defaultValue=default),
    )


def the_field(snapshot: Snapshot) -> CustomField:
    return snapshot.field("Account", "F")


@pytest.mark.parametrize(
    ("default", "type_name", "more", "expected"),
    [
        ('"New"', "Text", {}, "New"),
        ('"Deal of " & TEXT(TODAY())', "Text", {}, "Deal of 2026-11-30"),
        ("$User.Department", "Text", {}, "Sales"),
        ("UPPER($User.Department)", "Text", {}, "SALES"),
        ("TODAY() + 30", "Date", {}, date(2026, 12, 30)),
        ("NOW()", "DateTime", {}, datetime(2026, 11, 30, 8, 30, tzinfo=UTC)),
        ("10 / 3", "Number", {"precision": 8, "scale": 2}, Decimal("3.33")),
        ("0.125", "Number", {"precision": 8, "scale": 2}, Decimal("0.13")),
        ("1 / 8", "Percent", {"precision": 5, "scale": 1}, Decimal("12.5")),
        ("$Permission.Vip", "Checkbox", {}, True),
        ('IF($User.Department = "Sales", "Hot", "Cold")', "Picklist", HOT, "Hot"),
        ("$User.Id", "Lookup", {"to": "User"}, "005000000000001AAA"),
        ("IF(TRUE, NULL, TODAY())", "Date", {}, None),
    ],
)
def test_a_formula_gives_a_value_of_the_field(
    default: str, type_name: str, more: dict[str, Any], expected: Any
) -> None:
    snapshot = company(default, type_name, **more)
    assert check(snapshot) == ()
    assert is_formula(the_field(snapshot), snapshot)
    assert worked_out(the_field(snapshot), snapshot)(Scene({}, None, AMBIENTS)) == expected


@pytest.mark.parametrize(
    ("default", "type_name", "more"),
    [
        ("New", "Text", {}),
        ("Tom & Jerry (old)", "Text", {}),
        ("50 % off", "Text", {}),
        ("$ per hour", "Text", {}),
        ("Hot", "Picklist", HOT),
        ("2026-01-05", "Date", {}),
        ("5", "Number", {"precision": 8, "scale": 0}),
        (5, "Number", {"precision": 8, "scale": 0}),
        ("true", "Checkbox", {}),
        (False, "Checkbox", {}),
        (None, "Date", {}),
        ("", "Text", {}),
    ],
)
def test_a_value_stays_a_value(default: Any, type_name: str, more: dict[str, Any]) -> None:
    snapshot = company(default, type_name, **more)
    assert check(snapshot) == ()
    assert not is_formula(the_field(snapshot), snapshot)


@pytest.mark.parametrize(
    ("default", "type_name", "more", "code", "place"),
    [
        ("TODAY( + 1", "Text", {}, "formula.syntax", (5, 6)),
        ("TODAY() + 1", "Text", {}, "formula.type", (0, 11)),
        ('"Name: " & Name', "Text", {}, "formula.not_here", (11, 15)),
        ("soon", "Date", {}, "formula.not_here", (0, 4)),
        ("TODAI()", "Date", {}, "formula.unknown_function", (0, 5)),
        ("ISNEW()", "Checkbox", {}, "formula.not_here", (0, 5)),
        ("$User.Departmnt", "Text", {}, "formula.unknown_field", (6, 15)),
        ("1 / 0", "Number", {"precision": 8, "scale": 0}, "formula.zero", (0, 5)),
        ("99999 + 1", "Number", {"precision": 3, "scale": 0}, None, (0, 9)),
        ('"Warm"', "Picklist", HOT, "picklist.unknown_value", (0, 6)),
    ],
)
def test_a_wrong_formula_is_refused_at_its_character(
    default: str, type_name: str, more: dict[str, Any], code: str | None, place: tuple[int, int]
) -> None:
    (problem,) = check(company(default, type_name, **more))
    assert problem.path[:3] == ("CustomField", "Account.F", "defaultValue")
    if code != "formula.zero":
        assert code in (None, problem.code)
        assert problem.path[3:] == place
    else:
        assert "zero" in problem.message


def test_a_value_that_the_list_does_not_have_is_refused() -> None:
    (problem,) = check(company("Warm", "Picklist", **HOT))
    assert (problem.code, problem.path[2:]) == ("picklist.unknown_value", ("defaultValue",))


def test_what_cannot_be_worked_out_leaves_the_field_blank() -> None:
    snapshot = company("VALUE($User.Department)", "Number", precision=8, scale=0)
    assert check(snapshot) == ()
    assert worked_out(the_field(snapshot), snapshot)(Scene({}, None, AMBIENTS)) is None


def test_what_a_formula_names_is_known_as_used() -> None:
    snapshot = company("$User.Department")
    assert [use.name for use in snapshot.referrers("CustomField", "User.Department")] == [
        "Account.F"
    ]
    uses = company("Name").referrers("CustomField", "Account.Name")
    assert "Account.F" not in [use.name for use in uses]
