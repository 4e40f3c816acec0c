"""The filters of a list: in words above it, as rows of the form, as posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from ...metadata.field_types.base import NEUTRAL
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import Filter, ListView
from ...metadata.relative_dates import in_words, is_relative
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.ids import is_id
from ..layouts.forms import REFERENCE_TYPES
from ..lists.changes import without_filter
from ..lists.state import NONE, ListState, joined, text_of
from ..query.run import find_titles
from ..records.lookups import find_by_title
from .filtering import posted_rows
from .list_addresses import list_url
from .scope import Here

ME = "me"
Titles = Mapping[str, str]  # {id: name of a record that a filter names}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in words, and the address without it."""

    label: str
    text: str
    remove_url: str
    icon: str = ""


def chips(
    scope: Here, obj: CustomObject, view: ListView, now: ListView, state: ListState, titles: Titles
) -> list[Chip]:
    """What narrows the list, in words: whose records, the view's words, every filter."""
    found = []
    if now.scope == "Mine":
        everybody = replace(state.first_page, scope="" if view.scope != "Mine" else "Everything")
        found.append(Chip("", _("My records"), list_url(obj, everybody), "user"))
    if view.search and not state.words:
        url = list_url(obj, replace(state.first_page, words=NONE))
        found.append(Chip("", _("“%(words)s”", words=view.search), url, "search"))
    for number, row in enumerate(now.filters):
        url = list_url(obj, without_filter(view, state, number))
        found.append(_chip(scope, obj, row, url, titles))
    return found


def _chip(scope: Here, obj: CustomObject, row: Filter, url: str, titles: Titles) -> Chip:
    """The filter as people say it: "Stage equals Won, Lost"."""
    field = scope.snapshot.resolve(obj.name, row.field)[-1]
    operator = field.field_type.operator(row.operator)
    words = ", ".join(value_words(scope, field, part, titles) for part in parts_of(field, row))
    text = f"{operator.label} {words}".strip()
    return Chip(scope.snapshot.label(field), text, url, field.field_type.icon)


def parts_of(field: CustomField, row: Filter) -> tuple[str, ...]:
    """The operands of a filter as texts."""
    if row.value is None or row.value == "":
        return ()
    if isinstance(row.value, tuple):
        return tuple(map(text_of, row.value))
    try:
        return field.field_type.operands_of(text_of(row.value))
    except Rejected:
        return (text_of(row.value),)


def value_words(scope: Here, field: CustomField, text: str, titles: Titles) -> str:
    """An operand as people say it."""
    if field.value_type in ("Date", "DateTime") and is_relative(text):
        return in_words(text)
    if field.type in REFERENCE_TYPES:
        return _("me") if text == ME else titles.get(text, text)
    try:
        value = field.field_type.accept(text, field, NEUTRAL.for_field(field, scope.snapshot))
    except Rejected:
        return text
    return field.field_type.display_in(value, field, scope.snapshot) or text


# -- records that filters name --------------------------------------------------------------------


def named_titles(
    conn: Connection, scope: Here, obj: CustomObject, rows: Iterable[Filter]
) -> Titles:
    """The names of the records that filters of lookups mean; no statement where there are none."""
    ids = set()
    for row in rows:
        field = scope.snapshot.resolve(obj.name, row.field)[-1]
        if field.type in REFERENCE_TYPES:
            ids |= {part for part in parts_of(field, row) if part != ME and is_id(part)}
    return find_titles(conn, scope.actor, scope.snapshot, ids) if ids else {}


def shown_row(scope: Here, obj: CustomObject, row: Filter, titles: Titles) -> dict[str, Any]:
    """The row as the form shows it: records by their names."""
    field = scope.snapshot.resolve(obj.name, row.field)[-1]
    values = [titles.get(part, part) for part in parts_of(field, row)]
    return {"field": row.field, "operator": row.operator, "value": joined(values) if values else ""}


def posted_filters(
    conn: Connection, scope: Here, obj: CustomObject, form: Any
) -> tuple[Filter, ...]:
    """The rows of the posted form; records named in them become their ids. Raises Rejected."""
    found = []
    problems: list[Problem] = []
    for number, row in enumerate(posted_rows(form), 1):
        try:
            value = _meant(conn, scope, obj, row)
        except Rejected as refusal:
            problems += refusal.problems
            continue
        found.append(Filter(str(number), row["field"], row["operator"], value))
    if problems:
        raise Rejected(*problems)
    return tuple(found)


def _meant(conn: Connection, scope: Here, obj: CustomObject, row: Mapping[str, str]) -> str | None:
    field = scope.snapshot.resolve(obj.name, row["field"])[-1]
    return meant(conn, scope, field, row["value"])


def meant(conn: Connection, scope: Here, field: CustomField, text: str) -> str | None:
    """What a posted value is as the value of a filter: records by their ids. Raises Rejected."""
    if not text or field.type not in REFERENCE_TYPES:
        return text or None
    parts = field.field_type.operands_of(text)
    return joined(_record_of(conn, scope, field, part) for part in parts)


def _record_of(conn: Connection, scope: Here, field: CustomField, text: str) -> str:
    """The id of the record of that name, if there is exactly one."""
    if text.casefold() in (ME, _("me").casefold()):
        return ME
    if is_id(text):
        return text
    found = find_by_title(conn, scope.actor, scope.snapshot, field, text)
    if len(found) == 1:
        return found[0]
    label = scope.snapshot.label(field)
    message = (
        _("%(field)s: no record is called %(name)s.", field=label, name=repr(text))
        if not found
        else _("%(field)s: several records are called %(name)s.", field=label, name=repr(text))
    )
    raise Rejected(Problem("filter.record", (field.local_name,), message))
