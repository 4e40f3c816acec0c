"""What an address changes in a view: the view as it is looked at, and what saving it would save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...metadata.kinds.layout import Sort
from ...metadata.kinds.list_view import Filter, ListView, without_filters
from .state import NONE, ListState, joined, text_of


def in_effect(view: ListView, state: ListState) -> ListView:
    """The view with everything in it that the address says; its document stays the saved one."""
    filters, logic = _filters(view, state)
    words = () if state.words else (view.search,)
    return replace(
        view,
        columns=state.columns or view.columns,
        filters=filters,
        boolean_filter=logic,
        scope=state.scope or view.scope,
        sort=tuple(Sort(o.path, o.descending) for o in state.sort) or view.sort,
        search=" ".join(filter(None, (*words, state.search))),
        mode=state.mode or view.mode,
        group_by=_or(state.group, view.group_by),
        measure=_or(state.measure, view.measure),
        date_field=_or(state.date_field, view.date_field),
    )


def _or(said: str, saved: str) -> str:
    return "" if said == NONE else said or saved


def _filters(view: ListView, state: ListState) -> tuple[tuple[Filter, ...], str]:
    """The filters in effect, numbered from 1, and their logic."""
    if state.is_instead:
        return state.filters, state.logic
    rows = (*view.filters, *state.filters)
    numbered = tuple(replace(row, id=str(n)) for n, row in enumerate(rows, 1))
    logic = view.boolean_filter
    if logic and state.filters:
        more = (str(n) for n in range(len(view.filters) + 1, len(rows) + 1))
        logic = " AND ".join((f"({logic})", *more))
    return numbered, logic


def attributes_of(view: ListView) -> dict[str, Any]:
    """The part of a document that says what a list shows, without what is as usual."""
    found: dict[str, Any] = {
        "columns": list(view.columns),
        "filters": [_row(row, n) for n, row in enumerate(view.filters, 1)],
        "booleanFilter": view.boolean_filter,
        "scope": view.scope,
        "sort": [{"field": s.field, "descending": s.descending} for s in view.sort],
        "search": view.search,
        "mode": view.mode if view.mode != "table" else "",
        "groupBy": view.group_by,
        "measure": view.measure,
        "dateField": view.date_field,
        "totals": [{"field": f, "function": function} for f, function in view.totals.items()],
    }
    return {key: value for key, value in found.items() if value or key in _ALWAYS}


_ALWAYS = ("columns", "filters", "scope", "sort")


def _row(row: Filter, number: int) -> dict[str, Any]:
    value = list(row.value) if isinstance(row.value, tuple) else row.value
    found = {"id": str(number), "field": row.field, "operator": row.operator}
    return found if value is None else found | {"value": value}


def is_changed(view: ListView, state: ListState) -> bool:
    """Says whether the address makes of the view something that is not saved.

    To look at it as a board or a calendar is no change; what a board is made of is.
    """
    now = replace(in_effect(view, state), mode=view.mode)
    return attributes_of(now) != attributes_of(view)


def with_attributes(document: Mapping[str, Any], view: ListView) -> dict[str, Any]:
    """The document saying what the view says, all else as it was."""
    kept = {key: value for key, value in document.items() if key not in _SAID}
    return kept | attributes_of(view)


_SAID = frozenset(
    (
        *("columns", "filters", "booleanFilter", "scope", "sort", "search"),
        *("mode", "groupBy", "measure", "dateField", "totals"),
    )
)


def without_filter(view: ListView, state: ListState, number: int) -> ListState:
    """The address without the filter of that number (from 0) of those in effect."""
    first = state.first_page
    if not state.is_instead and number >= len(view.filters):
        gone = number - len(view.filters)
        kept = tuple(row for n, row in enumerate(state.filters) if n != gone)
        return replace(first, filters=kept)
    now = in_effect(view, state)
    document = without_filters(attributes_of(now), {number})
    rows = tuple(row for n, row in enumerate(now.filters) if n != number)
    logic = str(document.get("booleanFilter", ""))
    return replace(first, filters=rows, is_instead=True, logic=logic)


def with_filters(
    view: ListView, state: ListState, rows: Sequence[Filter], logic: str, scope: str
) -> ListState:
    """The address with these filters in effect: as additions where the view's own still stand."""
    first = replace(state.first_page, scope="" if scope == view.scope else scope)
    own, more = tuple(rows[: len(view.filters)]), tuple(rows[len(view.filters) :])
    added = replace(first, filters=more, is_instead=False, logic="")
    as_logic = in_effect(view, added).boolean_filter
    if [_said(row) for row in own] == [_said(row) for row in view.filters] and logic == as_logic:
        return added
    return replace(first, filters=tuple(rows), is_instead=True, logic=logic)


def _said(row: Filter) -> tuple[str, str, str]:
    value = row.value
    text = joined(value) if isinstance(value, tuple) else "" if value is None else text_of(value)
    return row.field, row.operator, text
