"""Round numbers for axes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, log10

STEPS = (1, 2, 2.5, 5, 10)
LEAST = 1e-6  # spans below are none


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places along `length`, with the values that the axis names."""

    low: float
    high: float
    ticks: tuple[float, ...]
    length: float

    def at(self, value: float) -> float:
        """The distance from the low end."""
        return (value - self.low) / (self.high - self.low) * self.length


def scale_of(
    values: Iterable[float], length: float, wanted: int = 5, *, whole: bool = False
) -> Scale:
    """A scale that holds zero and all the values; its ticks are round and evenly spaced."""
    known = [*values, 0.0]
    low, high = min(known), max(known)
    if high - low < LEAST:
        high = 1.0
    step = _step((high - low) / max(wanted - 1, 1), whole=whole)
    first, last = floor(low / step), -floor(-high / step)
    ticks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, length)


def _step(rough: float, *, whole: bool) -> float:
    """The round number that is not below it; with `whole` one without decimals."""
    if whole and rough <= 1:
        return 1.0
    size: float = 10.0 ** floor(log10(rough))
    steps = (size * one for one in STEPS if size * one >= rough * 0.999999)
    return next(step for step in steps if not whole or step == int(step))
