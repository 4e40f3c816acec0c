"""An import writes no formula field, and says why."""

from __future__ import annotations

import pytest

from tests.factories import make_field, make_object, make_snapshot
from trellis.platform.errors import Rejected
from trellis.runtime.transfer.mapping import suggest

SNAPSHOT = make_snapshot(
    make_object("User", keyPrefix="005", storage="people"),
    make_field("User.Name"),
    make_object("X__c"),
    make_field("X__c.Name"),
    make_field("X__c.Twice__c", formula="Name & Name", label="Twice"),
)


def test_a_column_that_is_mapped_to_a_formula_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        suggest(("Name", "Double"), "X__c", SNAPSHOT, {"Double": "Twice__c"})
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("import.computed", ("Double",))
    assert "worked out by a formula" in problem.message


def test_a_heading_like_a_formula_is_not_taken_for_it() -> None:
    mapping = suggest(("Name", "Twice"), "X__c", SNAPSHOT, {})
    assert [column.field.local_name for column in mapping.columns] == ["Name"]
