"""Typeahead of lookup fields: a few records by name, and the way to make a new one."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request, url_for
from werkzeug.wrappers import Response

from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.people.api_tokens import Scope
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may
from ..layouts.forms import REFERENCE_TYPES
from ..records.lookups import search_lookup
from .blueprint import pages
from .scope import here

SHOWN = 8


@pages.get("/lookup/<object_name>/<field_name>")
@requires(SIGNED_IN, Scope.READ)
def lookup(object_name: str, field_name: str) -> Response:
    """`{"items": [{id, label, detail, icon, tone}], "create": {label, url}}` for `q`."""
    scope = here()
    obj = scope.object(object_name)
    field = scope.snapshot.find_field(obj.name, field_name)
    if field is None or field.type not in REFERENCE_TYPES:
        raise NotFound(field_name)
    words = request.args.get("q", "").strip()
    with scope.read() as connection:
        found = search_lookup(connection, scope.actor, scope.snapshot, field, words, SHOWN)
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
    target = scope.snapshot.object(field.reference_to[0])
    if words and target.name_field and may(scope.actor, Operation.CREATE, target, scope.snapshot):
        answer["create"] = {
            "label": _("New %(what)s", what=scope.snapshot.label(target)),
            "url": url_for("pages.new_record", object_name=target.name),
        }
    return jsonify(answer)
