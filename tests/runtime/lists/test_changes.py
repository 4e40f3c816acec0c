"""What an address changes in a view, and what saving it would save."""

from __future__ import annotations

import pytest

from tests.factories import make_document
from trellis.metadata.kinds import KINDS
from trellis.metadata.kinds.list_view import Filter, ListView
from trellis.runtime.lists.changes import (
    attributes_of,
    in_effect,
    is_changed,
    with_attributes,
    with_filters,
    without_filter,
)
from trellis.runtime.lists.state import ListState
from trellis.runtime.query.request import Order

DOCUMENT = make_document(
    "ListView", "Account.Hot", object="Account", columns=["Name", "Rating"],
    filters=[
        {"id": "1", "field": "Rating", "operator": "equals", "value": "Hot"},
        {"id": "2", "field": "Name", "operator": "contains", "value": "vip"},
    ],
    booleanFilter="1 OR 2", sort=[{"field": "Name", "descending": False}], scope="Everything",
    search="acme", rank=7, default=True,
)  # fmt: skip
VIEW: ListView = KINDS.get("ListView").parse(DOCUMENT)
NEW = Filter("1", "Since", "isNotBlank")


def test_a_view_looked_at_plainly_is_unchanged() -> None:
    assert in_effect(VIEW, ListState()) == VIEW
    assert not is_changed(VIEW, ListState())


def test_filters_that_are_added_hold_beside_the_logic_of_the_view() -> None:
    now = in_effect(VIEW, ListState(filters=(NEW,)))
    assert [(row.id, row.field) for row in now.filters] == [
        ("1", "Rating"), ("2", "Name"), ("3", "Since"),
    ]  # fmt: skip
    assert now.boolean_filter == "(1 OR 2) AND 3"
    assert is_changed(VIEW, ListState(filters=(NEW,)))


def test_filters_of_the_address_can_stand_in_place_of_the_views() -> None:
    now = in_effect(VIEW, ListState(filters=(NEW,), is_instead=True))
    assert now.filters == (NEW,)
    assert now.boolean_filter == ""
    bare = in_effect(VIEW, ListState(is_instead=True))
    assert bare.filters == ()


@pytest.mark.parametrize(
    "state",
    [
        ListState(sort=(Order("Rating", True), Order("Name"))),
        ListState(columns=("Rating", "Name")),
        ListState(scope="Mine"),
        ListState(words="-"),
        ListState(search="more"),
        ListState(group="Rating"),
        ListState(measure="AnnualRevenue"),
    ],
)
def test_whatever_the_address_says_is_a_change(state: ListState) -> None:
    assert is_changed(VIEW, state)
    saved: ListView = KINDS.get("ListView").parse(
        with_attributes(VIEW.document, in_effect(VIEW, state))
    )
    assert not is_changed(saved, ListState())
    assert (saved.rank, saved.default, saved.uid) == (7, True, VIEW.uid)


def test_looking_at_a_view_as_a_board_is_no_change_yet_saved_with_others() -> None:
    assert not is_changed(VIEW, ListState(mode="board"))
    assert attributes_of(in_effect(VIEW, ListState(mode="board")))["mode"] == "board"


def test_words_of_the_address_join_those_of_the_view() -> None:
    assert in_effect(VIEW, ListState(search="corp")).search == "acme corp"
    assert in_effect(VIEW, ListState(search="corp", words="-")).search == "corp"


def test_a_filter_is_taken_out_wherever_it_comes_from() -> None:
    state = ListState(filters=(NEW,))
    assert without_filter(VIEW, state, 2).filters == ()
    assert not without_filter(VIEW, state, 2).is_instead
    left = without_filter(VIEW, state, 0)
    assert left.is_instead
    assert [row.field for row in left.filters] == ["Name", "Since"]
    assert left.logic == "1 AND 2"
    assert without_filter(VIEW, left, 0).logic == ""


def test_rows_posted_as_they_were_shown_are_only_additions() -> None:
    rows = (*VIEW.filters, NEW)
    added = with_filters(VIEW, ListState(), rows, "(1 OR 2) AND 3", "Everything")
    assert (added.filters, added.is_instead, added.scope) == ((NEW,), False, "")
    other = with_filters(VIEW, ListState(), rows, "1 OR 2 OR 3", "Mine")
    assert (len(other.filters), other.is_instead) == (3, True)
    assert (other.logic, other.scope) == ("1 OR 2 OR 3", "Mine")
    fewer = with_filters(VIEW, ListState(), VIEW.filters[:1], "", "Everything")
    assert fewer.is_instead
