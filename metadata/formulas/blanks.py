"""NULL written out: it gets the type of its place, so that a statement knows what it compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .functions.base import Function
from .typed import Constant, Expression, Type

_LISTS = frozenset({Type.PICKLIST, Type.MULTIPICKLIST})


def with_typed_blanks(
    function: Function, args: Sequence[Expression], kind: Type
) -> tuple[Expression, ...]:
    """The arguments of a call that gives `kind`, NULL among texts being the empty text."""
    return tuple(
        _typed(function, args, place, kind)
        if isinstance(arg, Constant) and arg.type is Type.BLANK
        else arg
        for place, arg in enumerate(args)
    )


def _typed(function: Function, args: Sequence[Expression], place: int, kind: Type) -> Expression:
    arg, types = args[place], [one.type for one in args]
    for found in _candidates(function, types, place):
        if _gives(function, [*types[:place], found, *types[place + 1 :]], kind):
            value = "" if found is Type.TEXT else None
            return Constant(value, found, arg.start, arg.end)
    return arg


def _candidates(function: Function, types: Sequence[Type], place: int) -> Iterator[Type]:
    """The types that the place can be of: that of all the others first."""
    wanted = function.types_at(place) - _LISTS
    others = set(types) - {Type.BLANK}
    if len(others) == 1:
        yield from others & wanted
    is_decided = not isinstance(function.returns, Type)  # only what gives the same is taken
    if is_decided or Type.TEXT not in wanted or len(wanted) == 1:
        yield from (one for one in Type if one in wanted)


def _gives(function: Function, types: Sequence[Type], kind: Type) -> bool:
    """Says whether the call of these types gives the kind, as it did with NULL."""
    returns = function.returns
    return (returns if isinstance(returns, Type) else returns(types)) is kind
