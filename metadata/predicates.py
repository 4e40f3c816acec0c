"""Conditions as values: a frozen tree of All, AnyOf, Not and Condition, in and out of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..platform.errors import Problem, Rejected
from ..platform.i18n import _


@dataclass(frozen=True, slots=True)
class Condition:
    """A field path ("Owner.Name"), an operator's name ("equals") and its operands.

    Operands are texts as a person or document wrote them ("50000", "THIS_MONTH", "Hot"), or values
    of the field's type; the query reads texts by the field type's `operand`.
    """

    path: str
    operator: str
    operands: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is; of no parts: true."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when some part is; of no parts: false, so that an empty list never widens."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Predicate


Predicate = Condition | All | AnyOf | Not
ALWAYS = All(())
NEVER = AnyOf(())


def conditions(predicate: Predicate) -> Iterator[Condition]:
    """Every condition in the tree, left to right."""
    match predicate:
        case Condition():
            yield predicate
        case Not(part):
            yield from conditions(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from conditions(part)


def to_json(predicate: Predicate) -> dict[str, Any]:
    """`{"all": […]}`, `{"any": […]}`, `{"not": …}` or `{"field", "operator", "value"}`."""
    match predicate:
        case Condition(path, operator, operands):
            return {"field": path, "operator": operator, "value": list(operands)}
        case Not(part):
            return {"not": to_json(part)}
        case All(parts):
            return {"all": [to_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [to_json(part) for part in parts]}


_SHAPES: dict[frozenset[str], str] = {
    frozenset({"all"}): "all",
    frozenset({"any"}): "any",
    frozenset({"not"}): "not",
    frozenset({"field", "operator", "value"}): "condition",
    frozenset({"field", "operator"}): "condition",
}


def from_json(tree: Any, *path: str | int) -> Predicate:
    """The predicate of a JSON tree; an unknown key is refused, never dropped."""
    shape = _SHAPES.get(frozenset(tree)) if isinstance(tree, Mapping) else None
    if shape is None:
        raise Rejected(Problem("filter.not_understood", path, _("This filter is not understood.")))
    if shape == "not":
        return Not(from_json(tree["not"], *path, "not"))
    if shape == "condition":
        return _condition(tree)
    parts = tuple(from_json(part, *path, shape, i) for i, part in enumerate(tree[shape]))
    return All(parts) if shape == "all" else AnyOf(parts)


def _condition(tree: Mapping[str, Any]) -> Condition:
    value = tree.get("value", ())
    several = isinstance(value, Sequence) and not isinstance(value, str)
    return Condition(
        str(tree["field"]), str(tree["operator"]), tuple(value) if several else (value,)
    )
