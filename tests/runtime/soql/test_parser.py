"""SOQL as text and tree: what others call valid is parsed, what they call invalid is refused."""

from __future__ import annotations

import json
from pathlib import Path as File

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trellis.runtime.soql.errors import SoqlError
from trellis.runtime.soql.parser import MAX_CHILDREN, MAX_DEPTH, MAX_NESTING, parse
from trellis.runtime.soql.syntax import (
    And,
    Call,
    Child,
    Compare,
    Item,
    Key,
    Literal,
    Not,
    Or,
    Path,
    Select,
)
from trellis.runtime.soql.tokens import MAX_LENGTH, cooked, pattern_of, quoted
from trellis.runtime.soql.writing import written

QUERIES = File(__file__).resolve().parents[4] / "shared/data/oracles/soql/queries.json"
LEFT_OUT = (
    "TYPEOF", "ROLLUP", "WITH DATA CATEGORY", "UPDATE VIEWSTAT", "GROUPING", "DISTANCE",
    "A bind variable",
)  # fmt: skip


def oracle(kind: str) -> list[str]:
    if not QUERIES.exists():
        pytest.skip("the queries of others are not here")
    found: list[str] = json.loads(QUERIES.read_text("utf-8"))[kind]
    return found


def test_valid_queries_of_others_are_parsed_unless_their_grammar_is_left_out() -> None:
    left_out = 0
    for text in oracle("valid"):
        try:
            tree = parse(text)
        except SoqlError as refusal:
            last = refusal.message.splitlines()[-1]
            assert last.startswith(LEFT_OUT), (text, last)
            assert last.endswith("is not supported.")
            left_out += 1
        else:
            assert parse(written(tree)) == tree
    assert left_out == 17


def test_invalid_queries_of_others_are_refused_with_their_place() -> None:
    for text in oracle("invalid"):
        with pytest.raises(SoqlError) as refusal:
            parse(text)
        assert refusal.value.code == "MALFORMED_QUERY"
        assert refusal.value.row == 1
        assert 1 <= refusal.value.column <= len(text) + 1


def test_a_refusal_shows_the_line_and_the_place() -> None:
    with pytest.raises(SoqlError) as refusal:
        parse("SELECT Id\nFROM Account\nWHERE Name ~ 'x'")
    assert (refusal.value.row, refusal.value.column) == (3, 12)
    assert refusal.value.message == (
        "\nWHERE Name ~ 'x'\n           ^\nERROR at Row:3:Column:12\nunexpected character: '~'"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT Id FROM A WHERE Name = '{'x' * MAX_LENGTH}'",
        "SELECT Id FROM A WHERE " + "(" * (MAX_DEPTH + 1) + "B = 1" + ")" * (MAX_DEPTH + 1),
        "SELECT Id FROM A WHERE " + "NOT " * (MAX_DEPTH + 1) + "B = 1",
        "SELECT " + "COUNT(" * (MAX_DEPTH + 2) + "Id" + ")" * (MAX_DEPTH + 2) + " FROM A",
        "SELECT " + ", ".join(["(SELECT Id FROM B)"] * (MAX_CHILDREN + 1)) + " FROM A",
        "SELECT (" * MAX_NESTING + "SELECT Id FROM A" + ") FROM A" * MAX_NESTING,
        "SELECT Id FROM A WHERE B = 'x\\q'",
        "SELECT Id FROM A /* on and on",
        "SELECT Id FROM A LIMIT 9999999999",
        "",
    ],
)
def test_what_is_too_much_or_without_end_is_refused(text: str) -> None:
    with pytest.raises(SoqlError, match="ERROR at Row:"):
        parse(text)


def test_strings_mean_what_their_escapes_say() -> None:
    assert cooked(r"It\'s \\ 100\% \u0041\n") == "It's \\ 100% A\n"
    assert pattern_of(r"100\%\_\\%\'") == r"100\%\_\\%'"


@settings(max_examples=30)
@given(st.text(st.characters(codec="utf-8")))
def test_any_text_can_be_quoted(text: str) -> None:
    tree = parse(f"SELECT Id FROM A WHERE B = '{quoted(text)}'")
    assert isinstance(tree.where, Compare)
    assert isinstance(tree.where.right, tuple)
    assert cooked(tree.where.right[0].text) == text


# -- any tree --------------------------------------------------------------------------------------

words = st.sampled_from(["Id", "Name", "Format", "Group__c", "x1", "Count", "Last", "Not_a_word"])
paths = st.lists(words, min_size=1, max_size=5).map(lambda names: Path(tuple(names)))
calls = st.builds(
    Call, st.sampled_from(["COUNT", "SUM", "CALENDAR_YEAR", "TOLABEL"]), st.tuples(paths)
)
nested = st.builds(Call, st.just("FORMAT"), st.tuples(calls))
expressions = paths | calls | nested
literals = st.one_of(
    st.text(st.characters(codec="utf-8")).map(lambda text: Literal("string", quoted(text))),
    st.sampled_from(["1", "-2.50", "+.5", "1e5"]).map(lambda text: Literal("number", text)),
    st.sampled_from(
        [
            Literal("null", "null"), Literal("boolean", "true"), Literal("date", "2026-02-28"),
            Literal("datetime", "2026-02-28T10:00:00.5+01:00"), Literal("time", "10:20:30.000Z"),
            Literal("relative", "LAST_N_DAYS:30"), Literal("relative", "TODAY"),
            Literal("money", "USD5000.01"), Literal("money", "EUR5"),
        ]
    ),
)  # fmt: skip
single = st.builds(
    Compare, expressions, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "LIKE"]),
    st.tuples(literals),
)  # fmt: skip
several = st.builds(
    Compare, expressions, st.sampled_from(["IN", "NOT IN", "INCLUDES", "EXCLUDES"]),
    st.lists(literals, min_size=1, max_size=3).map(tuple) | st.deferred(lambda: plain_selects),
)  # fmt: skip
tests = st.recursive(
    single | several,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
items = st.builds(Item, expressions, st.sampled_from(["", "cnt", "avg"]))
plain_selects = st.builds(Select, st.lists(items, min_size=1, max_size=2).map(tuple), paths)
selects = st.builds(
    Select,
    st.lists(items | st.builds(Child, plain_selects), min_size=1, max_size=4).map(tuple),
    paths,
    alias=st.sampled_from(["", "a", "acc"]),
    scope=st.sampled_from(["", "mine"]),
    where=st.none() | tests,
    modes=st.sampled_from([(), ("SECURITY_ENFORCED",), ("USER_MODE",)]),
    group_by=st.lists(expressions, max_size=2).map(tuple),
    having=st.none() | tests,
    order_by=st.lists(
        st.builds(Key, expressions, st.booleans(), st.none() | st.booleans()), max_size=2
    ).map(tuple),
    limit=st.none() | st.integers(0, 10**9 - 1),
    offset=st.none() | st.integers(0, 2000),
    purposes=st.sampled_from([(), ("VIEW", "REFERENCE"), ("UPDATE",)]),
    all_rows=st.booleans(),
)


@settings(max_examples=30)
@given(selects)
def test_every_tree_is_parsed_from_what_is_written_of_it(tree: Select) -> None:
    assert parse(written(tree)) == tree
