"""Panels: what features add to the page of a record, as tabs or at its side. One registration each.

A panel is drawn with the connection of the page, so that all of a page is of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy import Connection

from ...metadata.kinds.custom_object import CustomObject
from ...platform.registry import Registry
from ..access.levels import Level
from ..query.record import Record
from .scope import Here

Counted = sa.ScalarSelect[int]


class Spot(Enum):
    """Where a panel stands."""

    TAB = "tab"  # a tab of its own, drawn when it is chosen
    SIDE = "side"  # beside the details, drawn with them


@dataclass(frozen=True, slots=True)
class Place:
    """The record that a panel is drawn for; who reads may see it."""

    scope: Here
    connection: Connection
    object: CustomObject
    record: Record
    title: str
    level: Level  # what the reader may do with the record, rights on its object included

    @property
    def may_edit(self) -> bool:
        return self.level >= Level.EDIT


def everywhere(_obj: CustomObject, _scope: Here) -> bool:
    return True


def uncounted(_record_id: str) -> Counted | None:
    return None


def counts_of(
    place: Place, panels: Iterable[Panel], **beside: sa.ColumnElement[bool]
) -> dict[str, int | None]:
    """{name: what the panel counts}, and what else is asked; all in one statement.

    None for what is not there.
    """
    found: dict[str, sa.ColumnElement[int] | sa.ColumnElement[bool] | None] = {
        one.name: one.counted(place.record.id) for one in panels
    }
    found |= beside
    asked = [counted.label(name) for name, counted in found.items() if counted is not None]
    if not asked:
        return dict.fromkeys(found)
    row = place.connection.execute(sa.select(*asked)).one()._mapping
    return {name: row[name] or None if name in row else None for name in found}


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of record pages: `name` is what addresses call it (`?tab=files`), `rank` its order."""

    name: str
    label: str  # lazy
    spot: Spot
    rank: int
    draw: Callable[[Place], Markup | str]
    applies: Callable[[CustomObject, Here], bool] = everywhere
    counted: Callable[[str], Counted | None] = uncounted  # of a record's id, shown on the tab


PANELS: Registry[Panel] = Registry("panel")


def panels_of(obj: CustomObject, scope: Here, spot: Spot) -> tuple[Panel, ...]:
    """The panels that stand there on pages of the object, in order."""
    found = (one for one in PANELS if one.spot is spot and one.applies(obj, scope))
    return tuple(sorted(found, key=lambda one: (one.rank, one.name)))
