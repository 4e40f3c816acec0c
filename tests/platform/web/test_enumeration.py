"""Whether the time of an answer tells a known user from an unknown one."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from trellis.platform.people import throttle
from trellis.platform.people.users import User

pytestmark = pytest.mark.abuse("A38")

Make = Callable[..., User]
Browser = Any
SAMPLES = 40


def advantage(one: list[float], other: list[float]) -> float:
    """How well a threshold tells the two apart: 0.5 not at all, 1.0 always (AUC)."""
    wins = sum((a > b) + 0.5 * (a == b) for a, b in product(one, other))
    share = wins / (len(one) * len(other))
    return max(share, 1 - share)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "extra"), [("/login", {"password": "wrong"}), ("/password/forgotten", {})]
)
def test_the_time_of_an_answer_does_not_tell_who_is_a_user(
    browser: Browser,
    make_user: Make,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    extra: dict[str, str],
) -> None:
    """The goal is 0.55 over 1,000 samples on a quiet machine; here are fewer, with company."""
    monkeypatch.setattr(throttle, "PER_ACCOUNT", 10_000)
    monkeypatch.setattr(throttle, "PER_ADDRESS", 10_000)
    make_user("amy")
    browser.get(path)
    for name in ("amy", "nobody"):
        browser.post(path, {"username": name} | extra)
    times: dict[str, list[float]] = {"amy": [], "nobody": []}
    for turn in range(SAMPLES):
        for name in ("amy", "nobody") if turn % 2 else ("nobody", "amy"):
            begun = time.perf_counter()
            browser.post(path, {"username": name} | extra)
            times[name].append(time.perf_counter() - begun)
    assert advantage(times["amy"], times["nobody"]) < 0.75
