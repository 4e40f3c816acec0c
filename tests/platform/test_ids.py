from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from trellis.platform import ids
from trellis.platform.errors import Rejected

SHORT = st.text(ids.ALPHABET, min_size=15, max_size=15)


def test_the_checksum_is_the_published_one() -> None:
    assert ids.checksum("001000000000001") == "AAA"
    assert ids.checksum("A01B0c00000000Z") == "JAQ"


@given(SHORT)
def test_the_short_form_and_the_long_form_mean_the_same_id(short: str) -> None:
    long = short + ids.checksum(short)
    assert ids.parse_id(short) == ids.parse_id(long) == ids.parse_id(f" {long}\n") == long


@given(SHORT)
def test_an_id_whose_case_was_folded_is_restored(short: str) -> None:
    long = short + ids.checksum(short)
    assert ids.parse_id(long.upper()) == ids.parse_id(long.lower()) == long


@pytest.mark.parametrize(
    "text",
    [
        "",
        "001",
        "001000000000001AAB",
        "00100000000000-AAA",
        "001000000000001AA",
        "001000000000001AAA1",
        "../../etc/passwd0",
        "001' OR 1=1 --xx",
        "００1000000000001",
        "001000000000001AA9",
    ],
)
def test_what_is_not_an_id_is_refused(text: str) -> None:
    assert not ids.is_id(text)
    with pytest.raises(Rejected) as caught:
        ids.parse_id(text)
    assert caught.value.problems[0].code == "id.malformed"


def test_new_ids_are_valid_carry_their_prefix_and_rise() -> None:
    made = [ids.new_id("a0X") for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(ids.key_prefix(one) == "a0X" and ids.parse_id(one) == one for one in made[:500])


def test_ids_rise_even_when_the_clock_jumps_back(frozen_clock: time_machine.Traveller) -> None:
    first = ids.new_id("001")
    frozen_clock.shift(-3600)
    assert ids.new_id("001") > first


def test_threads_never_make_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [
            one
            for batch in pool.map(lambda _: [ids.new_id("003") for _ in range(2000)], range(8))
            for one in batch
        ]
    assert len(set(made)) == 16_000


@pytest.mark.parametrize("prefix", ["", "00", "0011", "a-b", "äbc"])
def test_a_key_prefix_is_three_base_62_characters(prefix: str) -> None:
    with pytest.raises(ValueError, match="key prefix"):
        ids.new_id(prefix)


def test_the_id_that_stands_for_a_name_is_an_id_and_always_the_same() -> None:
    found = ids.org_id("main")
    assert (ids.parse_id(found[:15]), found[:3]) == (found, "00D")
    assert found == ids.derived_id("00D", "main") != ids.org_id("other")
