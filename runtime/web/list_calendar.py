"""A list as a calendar: its records on the days of one of their dates, moved by drag or sheet.

It shows the days of the address and so many of their records at most; more than that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy import Connection

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import All, Condition, Predicate
from ...platform import clock
from ...platform.errors import NotFound
from ...platform.i18n import _, format_number, to_local
from ...platform.working_time import read_working_time
from ..access.permissions import Operation, may, writable
from ..lists.opening import Opened
from ..lists.state import ListState
from ..query.record import Record
from ..query.request import Order
from ..query.run import find_titles, run
from .calendar_grid import Entry, Frame, Span, month_grid, read_frame
from .calendar_hours import time_grid
from .cells import record_url, tones_of
from .display import Shown, asked_paths, cell_of, nameless_ids, show
from .list_addresses import list_url
from .list_frame import choices_of, dates_of, first_shown
from .lists import look, more_text, total_text
from .moves import move_url
from .records import title_of
from .scope import Here

MOST = 500  # records of the days shown
MORNING = "T09:00"  # of something new on a day


@look("calendar", "runtime/list_calendar.html")
def calendar_of(
    connection: Connection, scope: Here, obj: CustomObject, opened: Opened
) -> Mapping[str, Any]:
    """The days and what is on them."""
    state, moment = opened.state, clock.now()
    today = to_local(moment).date()
    field = date_field(scope, obj, opened)
    frame = read_frame(state.span, state.day, today)
    entries, is_cut = _entries(connection, scope, obj, opened, field, frame)
    working = read_working_time(connection)
    is_month = frame.span is Span.MONTH
    if is_month:  # there is room for titles alone
        entries = tuple(replace(entry, detail="") for entry in entries)
    is_whole = bool(request.args.get("whole"))
    return {
        "frame": frame,
        "field": field,
        "date_choices": _date_choices(scope, obj, state, field),
        "url": _addresses(obj, state),
        "add": _adder(scope, obj, field),
        "month": month_grid(frame, entries, today, working=working) if is_month else None,
        "hours": None
        if is_month
        else time_grid(frame, entries, moment, is_whole=is_whole, working=working),
        "whole_url": _whole_url(obj, state, frame),
        "total": (more_text if is_cut else total_text)(len(entries)),
        "cut_notice": _cut_notice() if is_cut else "",
    }


def date_field(scope: Here, obj: CustomObject, opened: Opened) -> CustomField:
    """The date that places records: the one asked for, else the one shown first."""
    found = dates_of(scope, obj)
    asked = next((f for f in found if f.local_name == opened.listing.now.date_field), None)
    usual = asked or first_shown(opened.listing.now, found)
    if usual is None or (opened.state.date_field and asked is None):
        raise NotFound(opened.state.date_field or "calendar")
    return usual


def _date_choices(
    scope: Here, obj: CustomObject, state: ListState, chosen: CustomField
) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this one) of the dates that can place records."""
    return [
        (
            scope.snapshot.label(field),
            list_url(obj, replace(state.first_page, date_field=field.local_name)),
            field is chosen,
        )
        for field in dates_of(scope, obj)
    ]


def _addresses(obj: CustomObject, state: ListState) -> Callable[[str, object], str]:
    def url(span: str, day: object) -> str:
        """The address of a span around a day; "" is today."""
        return list_url(obj, replace(state.first_page, span=str(span), day=str(day)))

    return url


def _whole_url(obj: CustomObject, state: ListState, frame: Frame) -> str:
    address = list_url(obj, replace(state, span=str(frame.span), day=frame.day.isoformat()))
    return f"{address}&whole=1"


def _adder(scope: Here, obj: CustomObject, field: CustomField) -> Callable[[str], str] | None:
    """Gives the address of a new record on a day; None where the person may make none."""
    is_free = may(scope.actor, Operation.CREATE, obj, scope.snapshot)
    if not is_free or not writable(scope.actor, field, scope.snapshot):
        return None
    at = MORNING if field.value_type == "DateTime" else ""

    def add(day: str) -> str:
        filled: dict[str, Any] = {field.local_name: f"{day}{at}"}
        return url_for("pages.new_record", object_name=obj.name, **filled)

    return add


def _cut_notice() -> str:
    most = format_number(MOST)
    return _("These are the first %(n)s records of these days; narrow the list.", n=most)


# -- entries -------------------------------------------------------------------------------------


def _entries(
    connection: Connection,
    scope: Here,
    obj: CustomObject,
    opened: Opened,
    field: CustomField,
    frame: Frame,
) -> tuple[tuple[Entry, ...], bool]:
    """What is on the days, and whether there is more than is shown."""
    found, path = opened.listing, field.local_name
    detail = _detail_column(scope, opened, field)
    picklist = first_shown(found.now, choices_of(scope, obj))
    columns = [show(obj.name, one, scope.snapshot) for one in _paths(obj, field, picklist)]
    query = replace(
        found.query,
        fields=asked_paths([*columns, *detail]),
        where=All((found.query.where, _within(field, frame))),
        order=(Order(path),),
        limit=MOST,
        after="",
        before="",
    )
    page = run(connection, scope.actor, query, scope.snapshot)
    titles = find_titles(
        connection, scope.actor, scope.snapshot, nameless_ids(detail, page.records)
    )
    tones = tones_of(scope.snapshot, picklist) if picklist else {}
    back = request.full_path.rstrip("?")
    is_free = may(scope.actor, Operation.EDIT, obj, scope.snapshot)
    is_free = is_free and writable(scope.actor, field, scope.snapshot)

    def entry(record: Record) -> Entry:
        choice = record.values.get(picklist.local_name) if picklist else None
        words = [str(cell_of(column, record, scope.snapshot, titles)) for column in detail]
        return Entry(
            record.id,
            title_of(obj, record, scope),
            record[path],
            url=record_url(record.id),
            tone=tones.get(choice or "", 8),
            detail=" ".join(words),
            move_url=move_url(record.id, field, back) if is_free else "",
            version=record.version,
        )

    return tuple(entry(record) for record in page.records), bool(page.more)


def _paths(obj: CustomObject, field: CustomField, picklist: CustomField | None) -> tuple[str, ...]:
    names = (obj.name_field, field.local_name, picklist.local_name if picklist else "")
    return tuple(dict.fromkeys(filter(None, names)))


def _detail_column(scope: Here, opened: Opened, field: CustomField) -> list[Shown]:
    """The first column of the list beside its name and its date, if there is one."""
    others = (
        show(opened.listing.object.name, column.path, scope.snapshot)
        for column in opened.listing.columns
        if not column.is_title and column.path != field.local_name
    )
    return list(others)[:1]


def _within(field: CustomField, frame: Frame) -> Predicate:
    """The records whose date is one of the days."""
    first: Any = frame.begins if field.value_type == "DateTime" else frame.first
    last: Any = frame.ends if field.value_type == "DateTime" else frame.last
    until = "lessThan" if isinstance(last, datetime) else "lessOrEqual"
    path = field.local_name
    return All((Condition(path, "greaterOrEqual", (first,)), Condition(path, until, (last,))))
