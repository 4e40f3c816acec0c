"""A parent made from a lookup field without leaving the form, where its name is enough."""

from __future__ import annotations

from flask import jsonify, request
from werkzeug.wrappers import Response

from ...platform.errors import Rejected
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation
from ..access.permissions import require as require_right
from ..layouts.forms import person_reading
from ..records import draft
from ..records.names import split_name
from .blueprint import pages
from .scope import Here, here


@pages.post("/quick-create/<object_name>")
@requires(SIGNED_IN)
def quick_create(object_name: str) -> tuple[Response, int]:
    """Makes a record of the posted `name`: 201 `{id, label}`, or 422 `{problems: […]}`."""
    scope = here()
    obj = scope.snapshot.object(object_name)
    require_right(scope.actor, Operation.CREATE, obj)
    texts = _named(obj.name, request.form.get("name", "").strip(), scope)
    values, problems = draft.read(scope.snapshot, obj.name, texts, person_reading(scope.actor))
    try:
        if problems:
            raise Rejected(*problems)
        record_id = scope.records.create(obj.name, values)
    except Rejected as rejected:
        found = [{"field": str((p.path or ("",))[0]), "message": str(p.message)} for p in rejected.problems]
        return jsonify({"problems": found}), 422
    return jsonify({"id": record_id, "label": request.form.get("name", "").strip()}), 201


def _named(object_name: str, name: str, scope: Here) -> dict[str, str]:
    """The texts of a record called so: a person's name is taken apart."""
    field = scope.snapshot.name_field(object_name)
    if field is None:
        return {}
    parts = {p.local_name for p in field.field_type.components(field)}
    if "LastName" not in parts:
        return {field.local_name: name}
    first, last = split_name(name)
    return {"FirstName": first, "LastName": last}
