"""What was changed in a record, by whom and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import render_template, request, url_for

from ...metadata.kinds.custom_field import CustomField
from ...platform.i18n import _, format_datetime
from ...platform.web.access import SIGNED_IN, requires
from ..layouts.forms import REFERENCE_TYPES
from ..query.run import find_titles
from ..records import history
from .blueprint import pages
from .records import find_object, get_record, object_crumb, title_of
from .scope import Here, here
from .shell import trail


@pages.get("/r/<record_id>/history")
@requires(SIGNED_IN)
def record_history(record_id: str) -> str:
    """The kept changes of a record, latest first, page by page."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    with scope.read() as connection:
        found = get_record(connection, scope, obj, found_id, [])
        page = history.read_page(
            connection,
            scope.actor,
            scope.snapshot,
            found_id,
            older_than=_number("before"),
            newer_than=_number("after"),
        )
        changes = page.entries
        ids = {one.actor_id for one in changes} | _referenced(changes)
        titles = find_titles(connection, scope.actor, scope.snapshot, ids)
    title = title_of(obj, found, scope)
    url = url_for("pages.record", record_id=found_id)
    trail(object_crumb(obj, scope), (title, url), (_("History"), ""), active=obj)
    rows = [
        {
            "id": "",
            "cells": [
                format_datetime(change.at),
                titles.get(change.actor_id, ""),
                scope.snapshot.label(change.field),
                _words(change.field, change.old, titles, scope),
                _words(change.field, change.new, titles, scope),
            ],
        }
        for change in changes
    ]
    own = url_for("pages.record_history", record_id=found_id)
    return render_template(
        "runtime/history.html",
        rows=rows,
        title=title,
        url=url,
        newer=f"{own}?after={page.newer}" if page.newer else "",
        older=f"{own}?before={page.older}" if page.older else "",
    )


def _number(name: str) -> int:
    """Where a page begins, as the address says it; 0 for anything that is no number."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _referenced(changes: Iterable[history.Entry]) -> set[str]:
    """The ids in changed lookups."""
    return {
        value
        for change in changes
        if change.field.type in REFERENCE_TYPES
        for value in (change.old, change.new)
        if value
    }


def _words(field: CustomField, value: Any, titles: Mapping[str, str], scope: Here) -> str:
    if field.type in REFERENCE_TYPES:
        return titles.get(value, "") if value else ""
    return field.field_type.display_in(value, field, scope.snapshot)
