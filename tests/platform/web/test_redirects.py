from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.platform.web.redirects import safe_next

pytestmark = pytest.mark.abuse("A47")

PIECES = st.lists(
    st.sampled_from(
        [*"/\\@:?#.\t\n\r %eE", "//", "http:", "javascript:", "%2f", "e.example", "\x00"]
    ),
    max_size=8,
).map("".join)


def as_a_browser_reads(text: str) -> str:
    """The host that a browser goes to: it drops tabs and reads a backslash as a slash."""
    cleaned = "".join(char for char in text.strip() if char not in "\t\n\r").replace("\\", "/")
    joined = urljoin("https://ours.example/login", cleaned)
    return urlsplit(joined).netloc


@given(PIECES)
def test_what_is_accepted_stays_on_the_site(text: str) -> None:
    target = safe_next(text, "/home")
    assert target.startswith("/")
    assert as_a_browser_reads(target) == "ours.example"


@given(st.text())
def test_nothing_is_changed_on_the_way(text: str) -> None:
    assert safe_next(text, "/home") in (text, "/home")


def test_without_a_target_the_way_leads_home() -> None:
    assert safe_next(None) == safe_next("") == "/"
