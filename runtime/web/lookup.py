"""Typeahead of lookup fields: a few records by name, and the way to make a new one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import jsonify, request, url_for
from werkzeug.wrappers import Response

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import ALWAYS, Predicate
from ...platform.errors import NotFound, Rejected
from ...platform.i18n import _
from ...platform.people.api_tokens import Scope
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may
from ..layouts.forms import REFERENCE_TYPES, person_reading
from ..records.lookup_filters import filter_for, has_filter
from ..records.lookups import search_lookup
from .blueprint import pages
from .scope import Here, here

SHOWN = 8
WITH = "with."


@pages.get("/lookup/<object_name>/<field_name>")
@requires(SIGNED_IN, Scope.READ)
def lookup(object_name: str, field_name: str) -> Response:
    """`{"items": [{id, label, detail, icon, tone}], "create", "note", "lift"}` for `q`.

    What the form holds comes as `with.NAME`, the record it edits as `record`; `all` lifts a filter
    that is optional.
    """
    scope = here()
    obj = scope.object(object_name)
    field = scope.snapshot.find_field(obj.name, field_name)
    if field is None or field.type not in REFERENCE_TYPES:
        raise NotFound(field_name)
    words = request.args.get("q", "").strip()
    said = field.lookup_filter if has_filter(field) else None
    is_lifted = bool(said and said.is_optional and "all" in request.args)
    with scope.read() as connection:
        where = ALWAYS if is_lifted or not said else _filter(connection, scope, field)
        found = search_lookup(connection, scope.actor, scope.snapshot, field, words, SHOWN, where)
    items = []
    for hit in found:
        target = scope.snapshot.object_of_id(hit.id)
        items.append(
            {
                "id": hit.id,
                "label": hit.title,
                "detail": hit.detail or scope.snapshot.label(target),
                "icon": target.icon,
                "tone": target.tone,
            }
        )
    answer: dict[str, Any] = {"items": items}
    if said and not items and not is_lifted:
        answer["note"] = _("Nothing fits the filter of this lookup.")
    if said and said.is_optional:
        answer["lift"] = _("Filter again") if is_lifted else _("Show all, without the filter")
    target = scope.snapshot.object(field.reference_to[0])
    if words and target.name_field and may(scope.actor, Operation.CREATE, target, scope.snapshot):
        answer["create"] = {
            "label": _("New %(what)s", what=scope.snapshot.label(target)),
            "url": url_for("pages.new_record", object_name=target.name),
        }
    return jsonify(answer)


def _filter(connection: sa.Connection, scope: Here, field: CustomField) -> Predicate:
    given = _held(scope, field.object_name)
    record_id = request.args.get("record", "")
    return filter_for(connection, scope.actor, scope.snapshot, field, given, record_id)


def _held(scope: Here, object_name: str) -> dict[str, Value]:
    """{local name: value} of what the form holds; what cannot be read is blank."""
    reading = person_reading(scope.actor)
    values: dict[str, Value] = {}
    for key, text in request.args.items():
        field = scope.snapshot.find_field(object_name, key.removeprefix(WITH))
        if not key.startswith(WITH) or field is None:
            continue
        own = reading.for_field(field, scope.snapshot)
        try:
            values[field.local_name] = field.field_type.accept(text, field, own)
        except Rejected:
            values[field.local_name] = None
    return values
