"""Regular expressions of formulas agree with the library's, and never take long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trellis.metadata.formulas.functions.base import FormulaError
from trellis.metadata.formulas.patterns import fits

ATOMS = st.sampled_from(
    ["a", "b", ".", r"\d", r"\D", r"\w", r"\s", "[ab]", "[^a]", "[a-c1]", r"\."]
)
REPEATS = st.sampled_from(["", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?"])


def repeated(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.tuples(inner, REPEATS).map(lambda one: f"({one[0]}){one[1]}")
    row = st.lists(inner, min_size=1, max_size=3).map("".join)
    return group | row | st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format)


PATTERNS = st.recursive(st.tuples(ATOMS, REPEATS).map("".join), repeated, max_leaves=6)


@settings(max_examples=400)
@given(PATTERNS, st.text("ab1 .\n", max_size=6))
def test_a_pattern_means_what_it_means_elsewhere(pattern: str, text: str) -> None:
    elsewhere = re.compile(pattern.replace(".", "[^\\n\\r]") if "\\." not in pattern else pattern)
    if "\\." in pattern and "\n" in text:
        return
    assert fits(text, pattern) == bool(elsewhere.fullmatch(text))


@pytest.mark.parametrize(
    ("pattern", "text", "does"),
    [
        (r"\d{3}-\d{4}", "555-0199", True),
        (r"\d{3}-\d{4}", "x555-0199", False),
        (r"^\d+$", "12", True),
        (r"(?i)[a-c]+", "AbC", True),
        (r"[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,6}", "ada@northline.example", False),
        (r"[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,8}", "ada@northline.example", True),
        (r"[]a-]+", "]-a", True),
        ("", "", True),
        ("a|", "", True),
        (r"\(\d\)", "(1)", True),
        ("(" * 25 + "a" + ")" * 25, "a", True),
        ("((a{2}){3}){4}", "a" * 24, True),
    ],
)
def test_a_text_fits(pattern: str, text: str, does: bool) -> None:
    assert fits(text, pattern) is does


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[a", "a**", "a{9999}", "a{2", "a{3,1}", r"\1", "(?=a)", "(?<=a)", "a*+", "*a",
     r"\b", "[z-a]", "\\", "(" * 40 + ")" * 40, "(a{200}){200}"],
)  # fmt: skip
def test_what_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(FormulaError):
        fits("a", pattern)


@pytest.mark.abuse("A67")
@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", "(.*)*(.*)*(.*)*x"])
def test_no_pattern_takes_long(pattern: str) -> None:
    started = time.monotonic()
    assert not fits("a" * 1000, pattern)
    assert time.monotonic() - started < 2
