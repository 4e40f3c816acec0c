"""The form of a copy: filled in from a record, with the choice of related lists to copy along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Condition
from ...metadata.record_types import FIELD
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation
from ..access.permissions import require as require_right
from ..layouts.bind import BoundRelatedList, Mode
from ..layouts.forms import bound_layout
from ..query.request import Query
from ..query.run import count
from ..records.cloning import MOST, may_copy
from .blueprint import pages
from .edit import form_texts, form_values, posted_texts
from .feedback import say
from .form_page import Copies, form_page
from .once import NAME as ONCE
from .once import read_promise
from .record_types import type_of
from .records import find_object, get_record, title_of
from .scope import Here, here

ALONG = ".along"  # related lists to copy along


@pages.route("/r/<record_id>/clone", methods=["GET", "POST"])
@requires(SIGNED_IN)
def clone_record(record_id: str) -> str | Response | tuple[str, int]:
    """The form of a new record with the values of another; posting it makes the copy."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    require_right(scope.actor, Operation.CREATE, obj, scope.snapshot)
    if request.method == "GET":
        values = scope.records.clone_values(found_id)
        owner = {"OwnerId": scope.actor.user_id} if obj.has_owner else {}
        texts = form_texts(scope, obj, values | owner)
        return _page(scope, obj, found_id, texts, record_type=values.get(FIELD) or "")
    return _clone(scope, obj, found_id)


def _clone(scope: Here, obj: CustomObject, source_id: str) -> str | Response | tuple[str, int]:
    with scope.read() as connection:
        get_record(connection, scope, obj, source_id, [])  # NotFound unless they may see it
    record_type = request.form.get(FIELD, "")
    texts = posted_texts(scope, obj, Mode.CREATE, record_type)
    chosen = set(request.form.getlist(ALONG))
    lookups = [one.lookup for one in _lists(scope, obj, source_id) if one.id in chosen]
    try:
        hidden = scope.records.clone_values(source_id)
        values = form_values(scope, obj, texts, {}, Mode.CREATE, record_type, hidden=hidden)
        values |= {FIELD: record_type} if record_type else {}
        promised = read_promise(scope, obj, request.form.get(ONCE, ""))
        made = scope.records.clone(source_id, values, lookups, record_id=promised)
    except Rejected as refused:
        return _page(scope, obj, source_id, texts, refused.problems, record_type=record_type), 422
    say(_("%(what)s created.", what=scope.snapshot.label(obj)))
    if request.form.get("then") == "new":
        return redirect(url_for("pages.new_record", object_name=obj.name))
    return redirect(url_for("pages.record", record_id=made))


def _page(
    scope: Here,
    obj: CustomObject,
    source_id: str,
    texts: Mapping[str, Any],
    problems: tuple[Problem, ...] = (),
    *,
    record_type: str = "",
) -> str:
    with scope.read() as connection:
        found = get_record(connection, scope, obj, source_id, [])
        lists = _offered(connection, scope, obj, source_id)
    copies = Copies(source_id, title_of(obj, found, scope), ALONG, MOST, lists)
    return form_page(
        scope, obj, Mode.CREATE, texts, problems=problems, copies=copies, record_type=record_type
    )


def _lists(scope: Here, obj: CustomObject, source_id: str) -> list[BoundRelatedList]:
    """The related lists whose records the person may make."""
    record_type = type_of(scope, obj, source_id)
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.READ, record_type)
    return [one for one in bound.related if may_copy(scope.actor, scope.snapshot, one.lookup)]


def _offered(
    connection: Connection, scope: Here, obj: CustomObject, source_id: str
) -> tuple[tuple[str, str, str, bool, bool], ...]:
    """(id, label, how many, is it ticked, may it be) of the lists that have something to copy."""
    ticked = set(request.form.getlist(ALONG))
    found = []
    for one in _lists(scope, obj, source_id):
        where = Condition(one.lookup.local_name, "equals", (source_id,))
        query = Query(one.object.name, where=where)
        n = count(connection, scope.actor, query, scope.snapshot, cap=MOST + 1)
        if n:
            shown = str(n) if n <= MOST else f"{MOST}+"
            found.append((one.id, one.label, shown, one.id in ticked, n <= MOST))
    return tuple(found)
