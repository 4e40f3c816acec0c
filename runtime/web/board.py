"""A list as a board: a column for each value of a picklist, a card for each record.

The cards of all columns are one statement. How many records a column has, and what they add up to,
comes after the page, in one statement for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from sqlalchemy import Connection

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import Filter
from ...metadata.record_types import open_to
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Unavailable
from ...platform.i18n import _, format_compact_currency, format_number
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may, writable
from ..lists.groups import NOBODY, Figure, Lane, group_figures, lanes_of
from ..lists.opening import Opened, open_list
from ..lists.state import EACH, MAX_EACH, NONE, ListState
from ..lists.totals import SECONDS
from ..query.record import Record
from ..query.run import find_titles
from .blueprint import pages
from .cells import record_url, tones_of
from .display import Shown, asked_paths, cell_of, figure_text, nameless_ids, show
from .list_addresses import list_url, state_here
from .list_frame import choices_of, first_shown, measures_of
from .lists import look, total_text
from .moves import asked_beside, move_url
from .records import title_of
from .scope import Here, here

ON_CARD = 5  # values beside the name


@look("board", "runtime/list_board.html")
def board_of(
    connection: Connection, scope: Here, obj: CustomObject, opened: Opened
) -> Mapping[str, Any]:
    """The columns with their first cards."""
    found, state = opened.listing, opened.state
    field, measure = board_field(scope, obj, opened), board_measure(scope, obj, opened)
    columns = _card_columns(scope, opened, field)
    name = [obj.name_field] if obj.name_field else []
    query = replace(found.query, fields=(*asked_paths(columns), *name, *asked_beside(scope, field)))
    lanes = lanes_of(connection, scope.actor, scope.snapshot, query, field, state.each)
    records = [record for lane in lanes for record in lane.page.records]
    titles = find_titles(connection, scope.actor, scope.snapshot, nameless_ids(columns, records))
    draw = _Draw(scope, obj, opened, field, measure, columns, titles)
    return {
        "lanes": [draw.lane(lane) for lane in lanes],
        "figures_url": _figures_url(obj, state, lanes),
        "total": "",
        "field": field,
        "measure": measure,
        "group_choices": _group_choices(scope, obj, state, field),
        "measure_choices": measure_choices(scope, obj, state, measure),
    }


def _figures_url(obj: CustomObject, state: ListState, lanes: Sequence[Lane]) -> str:
    address = list_url(obj, state, "pages.board_figures")
    values = urlencode([("lane", lane.value) for lane in lanes])
    return f"{address}{'&' if '?' in address else '?'}{values}"


def board_field(scope: Here, obj: CustomObject, opened: Opened) -> CustomField:
    """The picklist whose values are the columns: the one asked for, else the one shown first."""
    found = choices_of(scope, obj)
    asked = next((f for f in found if f.local_name == opened.listing.now.group_by), None)
    usual = asked or first_shown(opened.listing.now, found)
    if usual is None:
        raise NotFound("board")
    return usual


def board_measure(scope: Here, obj: CustomObject, opened: Opened) -> CustomField | None:
    """What columns add up: what was asked for, else the money that is shown first."""
    found, now = measures_of(scope, obj), opened.listing.now
    if opened.state.measure == NONE:
        return None
    asked = next((f for f in found if f.local_name == now.measure), None)
    return asked or first_shown(now, [f for f in found if f.value_type == "Currency"])


def _group_choices(
    scope: Here, obj: CustomObject, state: ListState, chosen: CustomField
) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this one) of the picklists a board can have columns of."""
    return [
        (
            scope.snapshot.label(field),
            list_url(obj, replace(state.first_page, group=field.local_name)),
            field is chosen,
        )
        for field in choices_of(scope, obj)
    ]


def measure_choices(
    scope: Here, obj: CustomObject, state: ListState, chosen: CustomField | None
) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this one) of what can be added up, and of nothing."""
    found = [
        (
            scope.snapshot.label(field),
            list_url(obj, replace(state.first_page, measure=field.local_name)),
            field is chosen,
        )
        for field in measures_of(scope, obj)
    ]
    nothing = list_url(obj, replace(state.first_page, measure=NONE))
    return [*found, (_("Nothing"), nothing, chosen is None)]


def _card_columns(scope: Here, opened: Opened, field: CustomField) -> tuple[Shown, ...]:
    """What a card shows: the columns of the list, without its name and what the column says."""
    listed = (
        show(opened.listing.object.name, column.path, scope.snapshot)
        for column in opened.listing.columns
        if not column.is_title and column.path != field.local_name
    )
    return tuple(listed)[:ON_CARD]


class _Draw:
    """Columns and cards as the component takes them."""

    def __init__(
        self,
        scope: Here,
        obj: CustomObject,
        opened: Opened,
        field: CustomField,
        measure: CustomField | None,
        columns: tuple[Shown, ...],
        titles: dict[str, str],
    ) -> None:
        self.scope, self.obj, self.opened, self.field = scope, obj, opened, field
        self.measure, self.columns, self.titles = measure, columns, titles
        self.tones = tones_of(scope.snapshot, field)
        actor, snapshot = scope.actor, scope.snapshot
        self.may_move = may(actor, Operation.EDIT, obj, snapshot) and writable(
            actor, field, snapshot
        )
        self.may_add = may(actor, Operation.CREATE, obj, snapshot)
        self.back = list_url(obj, opened.state)

    def lane(self, lane: Lane) -> dict[str, Any]:
        state, value = self.opened.state, lane.value
        is_blank = value == ""
        more = replace(state, each=min(state.each + EACH, MAX_EACH))
        if state.each >= MAX_EACH:
            more = table_of_value(state, self.field, value)
        filled: dict[str, Any] = {self.field.local_name: value}
        add = url_for("pages.new_record", object_name=self.obj.name, **filled)
        return {
            "value": value,
            "label": lane_label(self.scope.snapshot, self.field, lane),
            "tone": self.tones.get(value, 8),
            "is_target": lane.is_active or (is_blank and not self.field.required),
            "count": None,
            "total": "",
            "cards": [self.card(record) for record in lane.page.records],
            "more": list_url(self.obj, more) if lane.page.more else "",
            "add": add if self.may_add and lane.is_active else "",
        }

    def card(self, record: Record) -> dict[str, Any]:
        amount = self.measure.local_name if self.measure else ""
        cells = [
            (cell_of(column, record, self.scope.snapshot, self.titles), column.path == amount)
            for column in self.columns
        ]
        return {
            "id": record.id,
            "title": title_of(self.obj, record, self.scope),
            "url": record_url(record.id),
            "cells": cells,
            "version": record.version,
            "move_url": move_url(record.id, self.field, self.back) if self.may_move else "",
            "zones": self._zones(record),
        }

    def _zones(self, record: Record) -> list[str] | None:
        """The columns that the card can go to, None for all of them."""
        found = open_to(self.scope.snapshot, self.field, record.values)
        return None if found is None or not self.may_move else [*sorted(found), ""]


def lane_label(snapshot: Snapshot, field: CustomField, lane: Lane) -> str:
    """What a column is called."""
    if lane.is_known:
        return snapshot.value_label(field, lane.value)
    return _("Other values") if lane.value else _("No value")


def table_of_value(state: ListState, field: CustomField, value: str) -> ListState:
    """The table of the records that have a value; of those without one for ""."""
    operator = "equals" if value else "isBlank"
    row = Filter("1", field.local_name, operator, value or None)
    return replace(
        state.first_page, mode="table", group=NONE, each=EACH, filters=(*state.filters, row)
    )


# -- figures, after the page ---------------------------------------------------------------------


@pages.get("/o/<object_name>/board-figures")
@requires(SIGNED_IN)
def board_figures(object_name: str) -> str:
    """The heads of the columns with how many records they have and what these add up to.

    They come in the order of the columns; `lane` are the values of those that the page shows.
    """
    scope = here()
    obj, state = scope.object(object_name), state_here()
    try:
        total, lanes = _figures(scope, obj, state, request.args.getlist("lane"))
    except Unavailable:
        total, lanes = "", []
    return render_template("runtime/list_board_figures.html", lanes=lanes, total=total)


def _figures(
    scope: Here, obj: CustomObject, state: ListState, values: Sequence[str]
) -> tuple[str, list[dict[str, str]]]:
    """How many records the board has, in words, and the head of each column."""
    with scope.org_db.read(seconds=SECONDS) as connection:
        opened = open_list(connection, scope.actor, scope.snapshot, obj, state)
        field = board_field(scope, obj, opened)
        measure = board_measure(scope, obj, opened)
        found = group_figures(
            connection,
            scope.actor,
            scope.snapshot,
            opened.listing.query,
            field.local_name,
            measure.local_name if measure else "",
        )
    known = {value.name for value in scope.snapshot.values(field)}
    lost = [figure for value, figure in found.items() if value is not None and value not in known]
    by_value = found | {"": found.get(None, NOBODY), "?": added_up(lost)}
    heads = [_head(scope, measure, by_value.get(value, NOBODY)) for value in values]
    return total_text(added_up(tuple(found.values())).count), heads


def added_up(figures: Sequence[Figure]) -> Figure:
    """Several groups as one."""
    totals = [figure.total for figure in figures if figure.total is not None]
    return Figure(sum(figure.count for figure in figures), sum(totals) if totals else None)


def _head(scope: Here, measure: CustomField | None, figure: Figure) -> dict[str, str]:
    count = format_number(figure.count)
    if measure is None or not figure.total:
        return {"count": count, "total": "", "full": ""}
    full = figure_text(scope.snapshot, measure, figure.total)
    short = format_compact_currency(figure.total) if measure.value_type == "Currency" else full
    return {"count": count, "total": short, "full": full}
