"""Where a locale puts the signs of a number: learnt from Babel once, then applied to many.

Babel reads its pattern anew for each number, which a page of hundreds feels. A shape is what stays
the same; a locale whose grouping is not by threes throughout has none, and Babel writes each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

_SAMPLE = "1234567"
_SMALL = "1234"


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands around and between the digits of a number with `scale` decimals."""

    scale: int
    before: str
    after: str
    minus_before: str
    minus_after: str
    group: str
    point: str

    def write(self, value: Decimal) -> str:
        """The number, which has at most `scale` decimals."""
        whole, _dot, decimals = f"{abs(value):,.{self.scale}f}".partition(".")
        body = whole.replace(",", self.group)
        if decimals:
            body = f"{body}{self.point}{decimals}"
        if value < 0:
            return f"{self.minus_before}{body}{self.minus_after}"
        return f"{self.before}{body}{self.after}"


def learn(write: Callable[[Decimal], str], scale: int) -> Shape | None:
    """The shape of what `write` makes of numbers with `scale` decimals; None if it has none."""
    decimals = "1234567890"[:scale]
    sample = Decimal(f"{_SAMPLE}.{decimals}" if scale else _SAMPLE)
    plus, minus = _around(write(sample)), _around(write(-sample))
    if plus is None or minus is None or plus[1] != minus[1]:
        return None
    group, point = _signs(plus[1], decimals)
    shape = Shape(scale, plus[0], plus[2], minus[0], minus[2], group, point)
    tried = (sample, -sample, Decimal(_SMALL), Decimal(-1), Decimal(0))
    same = all(shape.write(one) == write(one) for one in tried)
    return shape if same else None


def _around(text: str) -> tuple[str, str, str] | None:
    """(before, digits and their signs, after) of a number."""
    places = [i for i, char in enumerate(text) if char in "0123456789"]
    if not places:
        return None
    first, last = places[0], places[-1] + 1
    return text[:first], text[first:last], text[last:]


def _signs(body: str, decimals: str) -> tuple[str, str]:
    """(sign between groups of digits, sign before the decimals)."""
    group = body[1 : body.find("2", 1)]
    return group, body.removesuffix(decimals)[-1] if decimals else ""
