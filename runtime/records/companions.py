"""Companions of saves: what the records of one object bring along, in the transaction of the save.

A companion names the fields it looks at, so that they are there whatever was asked for. `before`
may set further values and note problems; `after` sees rows that are written. Saves by pages,
imports and jobs all have the same companions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .draft import Draft

if TYPE_CHECKING:
    from .save import Save


def _nothing(_save: Save) -> None:
    pass


def _nothing_more(_save: Save, _drafts: Sequence[Draft]) -> None:
    pass


EVERY = "*"


@dataclass(frozen=True, slots=True)
class Companion:
    """What goes along with saves of an object, or of every one (EVERY)."""

    object: str  # API name
    fields: tuple[str, ...]  # local names; those the object does not have are passed over
    before: Callable[[Save], None] = _nothing
    after: Callable[[Save, Sequence[Draft]], None] = _nothing_more


_BY_OBJECT: defaultdict[str, list[Companion]] = defaultdict(list)


def accompany(companion: Companion) -> Companion:
    """Has the companion go along from now on; adding it twice changes nothing."""
    if companion not in _BY_OBJECT[companion.object]:
        _BY_OBJECT[companion.object].append(companion)
    return companion


def companions_of(object_name: str) -> Sequence[Companion]:
    return (*_BY_OBJECT.get(object_name, ()), *_BY_OBJECT.get(EVERY, ()))


def looked_at(object_name: str) -> set[str]:
    """The fields that the companions of the object want to know."""
    return {name for one in companions_of(object_name) for name in one.fields}


def before(save: Save) -> None:
    for companion in companions_of(save.rules.object.name):
        companion.before(save)


def after(save: Save, drafts: Sequence[Draft]) -> None:
    for companion in companions_of(save.rules.object.name):
        companion.after(save, drafts)
