from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.platform.db.values import checked_decimal, dump_json, fold, rounded
from trellis.platform.errors import Rejected


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("Å", "A\u030a"),
        ("ＡＢＣ", "abc"),
        ("ﬁn", "FIN"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ǅ", "ǆ"),
    ],
)
def test_texts_that_differ_in_case_width_or_composition_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("value", "scale", "answer"),
    [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("1.005", 2, "1.01"),
        ("1.004999", 2, "1.00"),
        ("0.5", 0, "1"),
        ("-0.004", 2, "0.00"),
        ("1E+5", 2, "100000.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: str, scale: int, answer: str) -> None:
    assert str(rounded(Decimal(value), scale)) == answer


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_is_kept_exactly_or_refused(value: Decimal) -> None:
    try:
        kept = checked_decimal(value, 18, 2)
    except Rejected:
        return
    assert kept == value
    assert abs(kept) < 10**16


def test_json_text_keeps_an_escaped_backslash_before_u0000() -> None:
    assert dump_json("\\u0000") == '"\\\\u0000"'
