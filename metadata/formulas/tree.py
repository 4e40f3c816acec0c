"""What a formula says, before anything is known of what its names mean."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, TRUE, FALSE or NULL."""

    value: Decimal | str | bool | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A field path or global: "Account.Industry", "$User.Id"."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator with its arguments; `start` to `end` is the name or the sign."""

    name: str
    args: tuple[Node, ...]
    start: int
    end: int


Node = Literal | Name | Call


def extent(node: Node) -> tuple[int, int]:
    """From where to where all of it stands."""
    if not isinstance(node, Call) or not node.args:
        return node.start, node.end
    first = extent(node.args[0])
    last = first if len(node.args) == 1 else extent(node.args[-1])  # or it takes 2^depth steps
    return min(node.start, first[0]), max(node.end, last[1])
