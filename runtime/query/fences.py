"""How a statement is held to the rows that the actor may see, by the walk that it takes."""

from __future__ import annotations

from enum import Enum

from .strategy import Walk


class Fence(Enum):
    """How a statement is held to the rows that the actor may see."""

    FIND = "find"  # by one condition, which may find them
    TEST = "test"  # by one condition, asked of each row
    APART = "apart"  # by its sources, each on its own


SORTING = (Walk.FILTER, Walk.SOURCES)  # walks at whose end the rows are sorted
_FENCES = {
    Walk.ORDER: Fence.TEST, Walk.FILTER: Fence.TEST, Walk.ROWS: Fence.TEST,
    Walk.SOURCES: Fence.APART,
}  # fmt: skip


def fence_of(walk: Walk | None) -> Fence:
    """The fence that goes with a walk."""
    return _FENCES[walk] if walk else Fence.FIND
