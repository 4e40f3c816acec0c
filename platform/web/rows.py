"""The body of a table of records, as markup.

A list draws hundreds of cells, so this is Python and not a template (see ADR 007). Everything that
is not markup already is escaped here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from ..i18n import _

Column = Mapping[str, Any]  # as `data_table` takes it
Row = Mapping[str, Any]
PLACES = (1, 3, 4, 2, 5, 6)  # on a phone's card, in the order in which columns take them


def places_of(columns: Sequence[Column]) -> list[int]:
    """Each column's place on a card, 1–6; 0 = not on it. See `data_table`."""
    taken = {column["card"] for column in columns if "card" in column}
    free = (place for place in PLACES if place not in taken)
    return [column["card"] if "card" in column else next(free, 0) for column in columns]


def table_rows(columns: Sequence[Column], rows: Sequence[Row], form: str = "") -> Markup:
    """The `<tr>`s of the rows; with a form each can be chosen for it."""
    classes = [_classes(c, place) for c, place in zip(columns, places_of(columns), strict=True)]
    way = next((n for n, column in enumerate(columns) if column.get("strong")), 0)
    return Markup("\n").join(_row(row, classes, form, way) for row in rows)


def _classes(column: Column, place: int) -> str:
    parts = ("n" if column.get("end") else "", "b" if column.get("strong") else "")
    return " ".join(filter(None, (*parts, f"c-{place}" if place else "")))


def _row(row: Row, classes: Sequence[str], form: str, way: int) -> Markup:
    """One row; `way` is the cell that leads to the record, unless it leads elsewhere already."""
    drawn = [str(escape(cell)) for cell in row["cells"]]
    row_id = escape(row.get("id") or "")
    box = _box(row, row_id, drawn, form) if form else ""
    if drawn and row.get("url"):
        at = next((n for n in (way, *range(len(drawn))) if "<a " not in drawn[n]), None)
        if at is not None:
            text = drawn[at] or escape(row.get("label") or "")
            drawn[at] = f'<a class="row-t" href="{escape(row["url"])}">{text}</a>'
    cells = "".join(f'<td class="{c}">{text}</td>' for c, text in zip(classes, drawn, strict=True))
    menu = f'<td class="act">{escape(row["menu"])}</td>' if row.get("menu") else ""
    return Markup(f'<tr data-row="{row_id}">{box}{cells}{menu}</tr>')


def _box(row: Row, row_id: Markup, drawn: Sequence[str], form: str) -> str:
    label = row.get("label") or Markup(drawn[0] if drawn else "").striptags()
    checked = " checked" if row.get("selected") else ""
    said = escape(_("Select %(what)s", what=label))
    return (
        f'<td class="sel"><input type="checkbox" name="ids" value="{row_id}" form="{form}"'
        f'{checked} aria-label="{said}"></td>'
    )
