"""Filter logic: what is understood, what is refused and where, and the way back to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.metadata.filter_logic import default_text, parse, to_text
from trellis.metadata.predicates import All, AnyOf, Condition, Not, Predicate
from trellis.platform.errors import Problem, Rejected

ONE, TWO, THREE = (Condition(f"Field{n}", "equals", (str(n),)) for n in (1, 2, 3))
GIVEN = (ONE, TWO, THREE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 AND 2 AND 3", All((ONE, TWO, THREE))),
        ("1 or 2 or 3", AnyOf((ONE, TWO, THREE))),
        ("1 AND (2 OR 3)", All((ONE, AnyOf((TWO, THREE))))),
        ("(1 OR 2) AND 3", All((AnyOf((ONE, TWO)), THREE))),
        ("NOT 1 AND NOT (2 OR 3)", All((Not(ONE), Not(AnyOf((TWO, THREE)))))),
        ("((1))AND(2)AND((3))", All((ONE, TWO, THREE))),
        ("1 AND （2 OR 3）", All((ONE, AnyOf((TWO, THREE))))),
        ("(1 AND 2) OR (1 AND 3)", AnyOf((All((ONE, TWO)), All((ONE, THREE))))),
        ("NOT NOT 1 AND 2 AND 3", All((Not(Not(ONE)), TWO, THREE))),
        ("", All((ONE, TWO, THREE))),
    ],
)
def test_logic_becomes_a_predicate(text: str, expected: Predicate) -> None:
    assert parse(text, GIVEN) == expected


def test_blank_logic_of_one_condition_is_the_condition() -> None:
    assert parse(" ", (ONE,)) == ONE
    assert parse("", ()) == All(())


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("1 AND", "logic.unexpected", 6),
        ("AND 1", "logic.unexpected", 1),
        ("1 2", "logic.unexpected", 3),
        ("1 AND (2 OR 3", "logic.unclosed", 7),
        ("1 AND 2 OR 3)", "logic.mixed", 9),
        ("1 AND 2) AND 3", "logic.unexpected", 8),
        ("1 AND 2 OR 3", "logic.mixed", 9),
        ("1 AND 2 AND 4", "logic.unknown", 13),
        ("0 AND 1 AND 2 AND 3", "logic.unknown", 1),
        ("1 AND 2 AND 99999999999999999999", "logic.unknown", 13),
        ("1 AND 2 XOR 3", "logic.malformed", 9),
        ("1 & 2 & 3", "logic.malformed", 3),
        ("()", "logic.unexpected", 2),
        ("NOT", "logic.unexpected", 4),
        ("1; DROP", "logic.malformed", 2),
        ("１ AND 2 AND 3", "logic.malformed", 1),
    ],
)
def test_what_is_not_understood_is_refused_with_its_position(
    text: str, code: str, position: int
) -> None:
    problem = refusal(text)
    assert problem.code == code
    assert f"osition {position}" in problem.message
    assert problem.path == ("booleanFilter",)


def test_unused_conditions_are_refused_by_number() -> None:
    problem = refusal("2")
    assert problem.code == "logic.unused"
    assert "1, 3" in problem.message


def test_logic_without_end_is_refused() -> None:
    assert refusal("(" * 100 + "1").code == "logic.too_deep"
    assert refusal("NOT " * 100 + "1").code == "logic.too_deep"
    assert refusal("1 AND " * 1000 + "1").code == "logic.too_long"


def refusal(text: str) -> Problem:
    with pytest.raises(Rejected) as found:
        parse(text, GIVEN, "booleanFilter")
    return found.value.problems[0]


def test_the_way_back_numbers_conditions_in_reading_order() -> None:
    tree = AnyOf((All((THREE, Not(ONE))), TWO, Not(AnyOf((ONE, TWO)))))
    text, conditions = to_text(tree)
    assert text == "(1 AND NOT 2) OR 3 OR NOT (4 OR 5)"
    assert conditions == (THREE, ONE, TWO, ONE, TWO)
    assert parse(text, conditions) == tree


def test_always_is_blank_logic() -> None:
    assert to_text(All(())) == ("", ())
    assert default_text(3) == "1 AND 2 AND 3"
    with pytest.raises(ValueError, match="always or never"):
        to_text(AnyOf(()))


_CONDITIONS = st.integers(1, 5).map(lambda n: Condition(f"F{n}", "equals", (str(n),)))
_TREES = st.recursive(
    _CONDITIONS,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
        | inner.map(Not)
    ),
    max_leaves=12,
)


@given(_TREES)
def test_logic_read_back_is_the_same_tree(tree: Predicate) -> None:
    text, conditions = to_text(tree)
    assert parse(text, conditions) == tree
