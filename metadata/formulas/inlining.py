"""Formulas within formulas: the expression of a formula field as another formula sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .tree import Name
from .typed import Apply, Expression, FieldValue

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


def moved(
    expression: Expression,
    prefix: str,
    walked: tuple[CustomField, ...],
    node: Name,
    is_open: bool,
) -> Expression:
    """The expression as it is from `walked` away, all of it standing where the name stands."""

    def at(part: Expression) -> Expression:
        match part:
            case FieldValue():
                return replace(
                    part, path=prefix + part.path, fields=(*walked, *part.fields),
                    open_from=_open_from(part, len(walked), is_open),
                    start=node.start, end=node.end,
                )  # fmt: skip
            case Apply():
                return replace(part, args=tuple(map(at, part.args)), start=node.start, end=node.end)
        return replace(part, start=node.start, end=node.end)

    return at(expression)


def _open_from(part: FieldValue, walked: int, is_open: bool) -> int | None:
    if is_open:
        return walked
    return None if part.open_from is None else walked + part.open_from


def extents(expression: Expression) -> tuple[int, int]:
    """(how many parts it has, how deep they are nested)."""
    if not isinstance(expression, Apply):
        return 1, 1
    inner = [extents(arg) for arg in expression.args]
    deepest = max((deep for _size, deep in inner), default=0)
    return 1 + sum(size for size, _deep in inner), 1 + deepest
