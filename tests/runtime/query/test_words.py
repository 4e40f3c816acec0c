from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.runtime.query.words import (
    asked_words,
    is_mistaken_for,
    nearby,
    number_words,
    sound_words,
    upper_bound,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Acme Robotics, Inc.", ("acme", "robotics", "inc")),
        ("Müller & Söhne GmbH", ("muller", "sohne", "gmbh")),
        ("ana.souza@northline.example", ("ana", "souza", "northline", "example")),
        ("北京科技", ("北京", "京科", "科技", "技")),
        ("京A 区", ("京", "a", "区")),
        ("U.S.A. Steel, p.a.", ("usa", "steel", "pa")),
        ("U.S. Bank", ("us", "bank")),
        ("ＡＣＭＥ①", ("acme1",)),
        ("...", ()),
    ],
)
def test_words_of_a_text(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


def test_numbers_are_found_from_each_group_on() -> None:
    assert number_words("(208) 555-0147") == ("2085550147", "5550147")


def test_names_are_found_by_how_they_sound() -> None:
    assert sound_words("海港货运 Ltd") == ("hghy", "haiganghuoyun")


@given(st.text(max_size=60))
def test_whatever_stands_in_a_text_is_found_by_itself(text: str) -> None:
    kept = words_of(text)
    if len(kept) < 60:
        for asked in asked_words(text):
            assert any(asked <= word < upper_bound(asked) for word in kept)


@given(st.text("abcd", min_size=4, max_size=9), st.integers(0, 8), st.sampled_from("abcdx"))
def test_one_slip_shares_a_key_with_the_word(word: str, at: int, letter: str) -> None:
    at %= len(word)
    swapped = word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
    slips = {word[:at] + word[at + 1 :], word[:at] + letter + word[at:], swapped}
    slips |= {word[:at] + letter + word[at + 1 :]}
    for slip in slips - {word}:
        assert is_mistaken_for(slip, word)
        assert set(nearby(slip)) & set(nearby(word))


def test_two_slips_are_another_word() -> None:
    assert not is_mistaken_for("harbxy", "harbor")
    assert not is_mistaken_for("harbor", "harbor")
