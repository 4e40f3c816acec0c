"""The state of a list in its address: written and read back, and refused in words."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.metadata.kinds.list_view import MODES, SCOPES, Filter
from trellis.platform.errors import Rejected
from trellis.runtime.lists.state import (
    EACH,
    MAX_LEVELS,
    PAGE,
    ListState,
    joined,
    read_state,
)
from trellis.runtime.query.request import Order

WORDS = st.text("abcXYZ 中文:,\"'-", max_size=12).map(str.strip)
NAMES = st.from_regex(r"[A-Z][A-Za-z]{0,9}(\.[A-Z][a-z]{1,5})?", fullmatch=True)
ORDERS = st.builds(Order, NAMES, st.booleans())


def filters_of(rows: list[tuple[str, str, str | None]]) -> tuple[Filter, ...]:
    return tuple(Filter(str(n), *row) for n, row in enumerate(rows, 1))


STATES = st.builds(
    ListState,
    view=st.sampled_from(["", "AllOpen", "my-k3x9"]),
    search=WORDS,
    sort=st.lists(ORDERS, max_size=MAX_LEVELS).map(tuple),
    filters=st.lists(
        st.tuples(NAMES, st.sampled_from(["equals", "isBlank"]), st.none() | WORDS), max_size=4
    ).map(filters_of),
    is_instead=st.booleans(),
    logic=st.sampled_from(["", "1 AND (2 OR 3)"]),
    scope=st.sampled_from(["", *SCOPES]),
    words=st.sampled_from(["", "-"]),
    columns=st.lists(NAMES, max_size=5, unique=True).map(tuple),
    mode=st.sampled_from(["", *MODES]),
    group=st.sampled_from(["", "-", "StageName"]),
    measure=st.sampled_from(["", "-", "Amount"]),
    closed=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    each=st.sampled_from([EACH, 40]),
    limit=st.sampled_from([PAGE, 10]),
)


@given(STATES)
def test_what_an_address_says_is_read_as_it_was_meant(state: ListState) -> None:
    parameters: defaultdict[str, list[str]] = defaultdict(list)
    for name, text in state.parameters():
        parameters[name].append(text)
    again = read_state(parameters)
    assert again.parameters() == state.parameters()
    assert again.sort == state.sort
    assert [(f.field, f.operator) for f in again.filters] == [
        (f.field, f.operator) for f in state.filters
    ]


def test_a_plain_list_has_a_plain_address() -> None:
    assert ListState().parameters() == []
    assert ListState("Hot").parameters() == [("view", "Hot")]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"sort": ["A,B,C,D"]}, "list.sort"),
        ({"as": ["bord"]}, "list.as"),
        ({"scope": ["Ours"]}, "list.scope"),
        ({"each": ["0"]}, "list.each"),
        ({"each": ["5000"]}, "list.each"),
        ({"limit": ["²"]}, "list.limit"),
        ({"filter": ["nonsense"]}, "filter.not_understood"),
        ({"filter": ["A:equals:1"] * 51}, "list.filter"),
        ({"columns": [",".join(f"F{n}" for n in range(51))]}, "list.columns"),
    ],
)
def test_what_is_not_understood_is_refused(parameters: dict[str, list[str]], code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read_state(parameters)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert all(problem.message for problem in refusal.value.problems)


def test_values_with_commas_stay_one_value_each() -> None:
    assert joined(["Hot", "a, b", 'say "c"']) == 'Hot,"a, b","say ""c"""'
