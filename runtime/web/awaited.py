"""Roll-ups that are being worked out: a page says so instead of a value that may be wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from ...metadata.rollup_runs import list_due
from ...metadata.rollups import rollups_at
from ...platform.i18n import _
from ..query.record import Record
from .cells import DisplayCell
from .display import Shown, cell_of
from .scope import Here


def awaited_names(connection: Connection, scope: Here, object_name: str) -> frozenset[str]:
    """The local names of the object's roll-ups whose values are not there yet."""
    mine = rollups_at(scope.snapshot, object_name)
    due = list_due(connection) if mine else {}
    return frozenset(one.name for one in mine if one.field.uid in due)


def cell_or_wait(
    column: Shown,
    record: Record,
    scope: Here,
    titles: Mapping[str, str],
    awaited: Collection[str],
) -> DisplayCell:
    """The cell of a column, or that it is being calculated."""
    if column.path in awaited:
        return DisplayCell("text", _("Being calculated"))
    return cell_of(column, record, scope.snapshot, titles)
