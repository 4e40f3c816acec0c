"""What was changed in a record, by whom and when."""

from __future__ import annotations

from flask import render_template, url_for

from ...platform.i18n import _, format_datetime
from ...platform.web.access import SIGNED_IN, requires
from ..records.history import history_of
from .blueprint import pages
from .records import find_object, get_record, object_crumb, title_of
from .scope import here
from .shell import trail


@pages.get("/r/<record_id>/history")
@requires(SIGNED_IN)
def record_history(record_id: str) -> str:
    """The kept changes of a record, latest first."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    with scope.read() as connection:
        found = get_record(connection, scope, obj, found_id, [])
        changes = history_of(connection, scope.actor, scope.snapshot, found_id)
    title = title_of(obj, found, scope)
    url = url_for("pages.record", record_id=found_id)
    trail(object_crumb(obj, scope), (title, url), (_("History"), ""), active=obj)
    rows = [
        {
            "id": "",
            "cells": [
                format_datetime(change.at),
                change.actor_name,
                scope.snapshot.label(change.field),
                change.old,
                change.new,
            ],
        }
        for change in changes
    ]
    return render_template("runtime/history.html", rows=rows, title=title, url=url)
