"""A list view's logic follows its filters."""

from __future__ import annotations

from typing import Any

import pytest

from trellis.metadata.kinds import KINDS
from trellis.metadata.kinds.list_view import without_filters
from trellis.metadata.predicates import All, Condition


def view(logic: str, count: int) -> dict[str, Any]:
    filters = [
        {"id": f"f{i}", "field": f"F{i}", "operator": "equals", "value": ""}
        for i in range(1, count + 1)
    ]
    return {
        "kind": "ListView", "uid": "v", "name": "Account.V", "object": "Account",
        "filters": filters, "booleanFilter": logic,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("logic", "count", "gone", "left"),
    [
        ("1 AND (2 OR 3)", 3, {0}, "1 OR 2"),
        ("1 AND (2 OR 3)", 3, {1}, "1 AND 2"),
        ("1 AND (2 OR 3)", 3, {1, 2}, None),
        ("(1 OR 2) AND NOT 3", 3, {0}, "1 AND NOT 2"),
        ("NOT (1 AND 2)", 2, {0}, "NOT 1"),
        ("1 OR (2 AND (3 OR 4))", 4, {3}, "1 OR (2 AND 3)"),
        ("1 OR (2 AND (3 OR 4))", 4, {0}, "1 AND (2 OR 3)"),
        ("1", 1, {0}, None),
    ],
)
def test_filters_taken_out_leave_a_logic_that_means_the_same(
    logic: str, count: int, gone: set[int], left: str | None
) -> None:
    after = without_filters(view(logic, count), gone)
    assert after.get("booleanFilter") == left
    assert len(after["filters"]) == count - len(gone)
    KINDS.get("ListView").parse(after).predicate  # noqa: B018 - it can be read


def test_a_view_without_logic_wants_every_filter() -> None:
    parsed = KINDS.get("ListView").parse({**view("", 2), "booleanFilter": ""})
    assert parsed.predicate == All(
        (Condition("F1", "equals", ("",)), Condition("F2", "equals", ("",)))
    )
