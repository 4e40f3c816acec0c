"""A list for paper: its columns as they are shown, its totals, without the frame around.

It holds so many rows at most; more than that is said on it, for an export has all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ...metadata.kinds.custom_object import CustomObject
from ...platform import clock
from ...platform.i18n import _, format_datetime, format_number
from ..lists.opening import Opened, in_rank
from ..lists.totals import figures_of, total_labels, wanted_totals
from ..query.run import find_titles, run
from .display import asked_paths, cell_of, figure_text, nameless_ids
from .lists import PRINT, look, shown_columns, total_text
from .scope import Here

MOST = 1000  # rows


@look(PRINT, "runtime/list_print.html")
def printed(
    connection: Connection, scope: Here, obj: CustomObject, opened: Opened
) -> Mapping[str, Any]:
    """The first rows of the list in one table, and what the whole list adds up to."""
    actor, snapshot, found = scope.actor, scope.snapshot, opened.listing
    columns = shown_columns(scope, found)
    query = replace(found.query, fields=asked_paths(columns), limit=MOST, after="", before="")
    page = run(connection, actor, query, snapshot)
    records = in_rank(found, page.records)
    titles = find_titles(connection, actor, snapshot, nameless_ids(columns, records))
    figures = figures_of(connection, actor, snapshot, found, wanted_totals(opened))
    labels = total_labels()
    totals = {
        one.path: (labels[one.function], figure_text(snapshot, one.field, one.value))
        for one in figures.totals
    }
    return {
        "columns": [(column.label, column.is_numeric) for column in columns],
        "rows": [[cell_of(one, record, snapshot, titles) for one in columns] for record in records],
        "totals": [totals.get(column.path) for column in found.columns] if totals else [],
        "total": total_text(figures.count),
        "at": format_datetime(clock.now()),
        "cut_notice": _cut_notice() if page.more else "",
    }


def _cut_notice() -> str:
    most = format_number(MOST)
    return _("These are the first %(n)s records; an export has all of them.", n=most)
