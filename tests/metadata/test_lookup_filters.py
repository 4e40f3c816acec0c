"""Filters of lookups as documents: what they mean, what they name, what is refused at which row."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_field, make_object, make_snapshot
from trellis.metadata.checks import check
from trellis.metadata.lookup_filters import SOURCE, USER, asked_of, predicate_of
from trellis.metadata.predicates import NEVER, All, AnyOf, Condition, Not
from trellis.metadata.snapshot import Snapshot


def company(*rows: dict[str, Any], to: Any = "Contact", **more: Any) -> Snapshot:
    said = {"active": True, "filterItems": list(rows), **more}
    return make_snapshot(
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
        make_field("User.Department"),
        make_object("Account", keyPrefix="001"),
        make_field("Account.Name"),
        make_field("Account.Rating", "Picklist", values=["Hot", "Cold"]),
        make_object("Contact", keyPrefix="003"),
        make_field("Contact.Name"),
        make_field("Contact.Email", "Email"),
        make_field("Contact.Score", "Number", precision=8, scale=0),
        make_field("Contact.AccountId", "Lookup", to="Account"),
        make_object("Deal", keyPrefix="006"),
        make_field("Deal.Name"),
        make_field("Deal.Least", "Number", precision=8, scale=0),
        make_field("Deal.AccountId", "Lookup", to="Account"),
        make_field("Deal.ContactId", "Lookup", to=to, lookupFilter=said),
    )


def row(field: str, operation: str = "equals", **more: Any) -> dict[str, Any]:
    return {"field": field, "operation": operation, **more}


SAME = row("Contact.AccountId", valueField="$Source.AccountId")
KNOWN = {
    SOURCE: {"AccountId": "001A", "Least": 5, "Account.Rating": "Hot"},
    USER: {"Department": "Sales"},
}


def meaning(*rows: dict[str, Any], **more: Any) -> Any:
    snapshot = company(*rows, **more)
    assert check(snapshot) == ()
    return predicate_of(snapshot.field("Deal", "ContactId"), KNOWN, snapshot)


def test_rows_become_conditions_on_the_target() -> None:
    assert meaning(SAME) == Condition("AccountId", "equals", ("001A",))
    assert meaning(row("Account.Rating", value="Hot,Cold")) == Condition(
        "Account.Rating", "equals", ("Hot", "Cold")
    )
    assert meaning(row("Name", valueField="$User.Department")) == Condition(
        "Name", "equals", ("Sales",)
    )
    assert meaning(row("Email", "isNotBlank")) == Condition("Email", "isNotBlank", ())


def test_the_logic_joins_them() -> None:
    found = meaning(
        SAME, row("Name", value="X"), row("$User.Department", value="Sales"),
        booleanFilter="1 AND (2 OR NOT 3)",
    )  # fmt: skip
    same = Condition("AccountId", "equals", ("001A",))
    assert found == All((same, AnyOf((Condition("Name", "equals", ("X",)), Not(All(()))))))


def test_a_comparison_is_turned_round_when_the_target_stands_on_the_right() -> None:
    assert meaning(row("$Source.Least", "lessThan", valueField="Score")) == Condition(
        "Score", "greaterThan", (5,)
    )


def test_rows_without_the_target_are_decided_at_once() -> None:
    assert meaning(row("$User.Department", value="Service")) == NEVER
    assert meaning(row("$Source.Account.Rating", value="Hot")) == All(())


def test_what_a_filter_asks_is_known_by_where_it_begins() -> None:
    snapshot = company(SAME, row("$User.Department", value="x"), row("$Source.Account.Rating"))
    assert asked_of(snapshot.field("Deal", "ContactId"), snapshot) == {
        "": ("AccountId",), SOURCE: ("AccountId", "Account.Rating"), USER: ("Department",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "more", "code", "place"),
    [
        ([row("Nmae", value="x")], {}, "field.unknown", (0, "field")),
        ([SAME, row("Name", "isOdd")], {}, "filter.operator", (1, "operation")),
        ([row("Score", value="many")], {}, "number.malformed", (0, "value")),
        ([row("Name", valueField="$Source.Nope")], {}, "field.unknown", (0, "valueField")),
        ([row("Name", valueField="Email")], {}, "lookup.filter_sides", (0, "valueField")),
        ([row("Score", valueField="$Source.Name")], {}, "lookup.filter_types", (0, "valueField")),
        (
            [row("$Source.Name", "contains", valueField="Name")],
            {},
            "lookup.filter_sides",
            (0, "field"),
        ),
    ],
)
def test_what_does_not_fit_is_refused_at_its_row(
    rows: list[dict[str, Any]], more: dict[str, Any], code: str, place: tuple[Any, ...]
) -> None:
    (problem,) = check(company(*rows, **more))
    assert (problem.code, problem.path[2:]) == (code, ("lookupFilter", "filterItems", *place))


def test_a_wrong_logic_no_row_and_several_targets_are_refused() -> None:
    (logic,) = check(company(SAME, booleanFilter="1 AND 2"))
    assert logic.path[2:] == ("lookupFilter", "booleanFilter")
    assert [p.code for p in check(company())] == ["lookup.filter_empty"]
    assert [p.code for p in check(company(SAME, to=["Contact", "Account"]))] == ["lookup.filter"]


def test_what_a_filter_names_is_known_as_used() -> None:
    snapshot = company(SAME, row("$User.Department", value="x"), row("Account.Rating", value="Hot"))
    for name in ("Contact.AccountId", "Deal.AccountId", "User.Department", "Account.Rating"):
        assert "Deal.ContactId" in [use.name for use in snapshot.referrers("CustomField", name)]
