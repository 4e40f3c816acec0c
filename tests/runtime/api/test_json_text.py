from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.runtime.api.faults import Refusal
from trellis.runtime.api.json_text import DEEPEST, read_json, unpacked, write_json

pytestmark = pytest.mark.abuse("A69", "A70")

TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(TREES)
def test_what_is_written_is_read_again(tree: Any) -> None:
    assert read_json(write_json(tree)) == tree


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"nope", b"[1,]", b"NaN", b'{"a": Infinity}', b"-Infinity", b"1" * 5000,
        b"1e1000000", b"[" * 100_000, b'{"a":' * 100_000, b'{"a": 1, "a": 2}', b"\xff\xfe\x00",
        b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2), b"1e-1000000", b'"\x00"', "[１]".encode(),
    ],
)  # fmt: skip
def test_what_is_no_json_or_no_sense_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_json(body)
    assert refused.value.error.code == "JSON_PARSER_ERROR"


def test_numbers_are_exact_and_nothing_is_nothing() -> None:
    assert read_json(b'{"a": 0.1, "b": 12345678901234567890.12}') == {
        "a": Decimal("0.1"), "b": Decimal("12345678901234567890.12"),
    }  # fmt: skip
    assert read_json(b"  ") is None


def test_a_packed_body_is_unpacked_up_to_a_size() -> None:
    content = json.dumps({"a": "x" * 1000}).encode()
    assert unpacked(gzip.compress(content), 2000) == content
    for body in (gzip.compress(b"x" * 3000), b"no gzip"):
        with pytest.raises(Refusal):
            unpacked(body, 2000)
