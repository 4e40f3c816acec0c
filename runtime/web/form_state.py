"""The conditions of a layout while its form is filled: what is hidden, required, read only now.

The page asks after each pause; without a script the server says the same when the form is saved. A
place that is hidden or read only is not sent, and what is sent of it all the same is not taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import jsonify, request
from werkzeug.wrappers import Response

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.record_types import FIELD
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation
from ..access.permissions import require as require_right
from ..layouts.bind import BoundCell, BoundLayout, Mode
from ..layouts.conditions import PLAIN, Asked, State, changed, conditions_of, state_of
from ..layouts.forms import bound_layout, is_required, person_reading, texts_of
from ..query.run import get
from .blueprint import pages
from .record_types import type_within
from .scope import Here, here

ROUNDS = 5  # conditions on conditions: after so many the last state stands


@pages.post("/o/<object_name>/form-state")
@requires(SIGNED_IN)
def form_state(object_name: str) -> Response:
    """Takes a form and `record`; `{hidden, required, readonly, closed}`: ids of its places."""
    scope = here()
    obj = scope.object(object_name)
    record_id = request.args.get("record", "")
    mode = Mode.EDIT if record_id else Mode.CREATE
    right = Operation.EDIT if record_id else Operation.CREATE
    require_right(scope.actor, right, obj, scope.snapshot)
    record_type = request.form.get(FIELD, "")
    if record_id:
        with scope.read() as connection:
            get(connection, scope.actor, scope.snapshot, record_id, ("Id",))
            if scope.snapshot.object_of_id(record_id).name != obj.name:
                raise NotFound(record_id)
            record_type = type_within(connection, scope, obj, record_id)
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, mode, record_type)
    values = values_of(scope, obj, texts_of(bound, request.form))
    state = settled(scope, bound, record_id, values)
    required = [cell.id for cell in bound.cells if changed(cell, state).required]
    return jsonify(
        {
            "hidden": sorted(state.hidden),
            "closed": sorted(state.closed),
            "readonly": sorted(state.readonly),
            "required": required,
        }
    )


def has_conditions(scope: Here, bound: BoundLayout) -> bool:
    return conditions_of(bound.layout, scope.snapshot) is not None


def values_of(scope: Here, obj: CustomObject, texts: Mapping[str, Any]) -> dict[str, Value]:
    """{local name: value} of texts; what cannot be read yet is blank."""
    reading = person_reading(scope.actor)
    values: dict[str, Value] = {}
    for name, raw in texts.items():
        field = scope.snapshot.find_field(obj.name, name)
        if field is None:
            continue
        try:
            own = reading.for_field(field, scope.snapshot)
            values[field.local_name] = field.field_type.read_form(raw, None, field, own)
        except Rejected:
            values[field.local_name] = None
    return values


def settled(scope: Here, bound: BoundLayout, record_id: str, values: Mapping[str, Value]) -> State:
    """The state that the values make: those of hidden or read-only places do not count."""
    if not has_conditions(scope, bound):
        return PLAIN
    state, taken = PLAIN, dict(values)
    with scope.read() as connection:
        for _round in range(ROUNDS):
            asked = Asked(record_id, taken)
            found = state_of(connection, scope.actor, scope.snapshot, bound.layout, asked)
            if found == state:
                break
            state = found
            fixed = names_fixed(bound, state)
            taken = {name: value for name, value in values.items() if name not in fixed}
    return state


def names_fixed(bound: BoundLayout, state: State) -> set[str]:
    """The fields that a form in this state does not take."""
    ids = state.hidden | state.readonly
    return {part.local_name for cell in bound.cells if cell.id in ids for part in cell.parts}


def missing(
    scope: Here,
    bound: BoundLayout,
    state: State,
    values: Mapping[str, Value],
    kept: Mapping[str, Value],
) -> Iterator[Problem]:
    """What the layout requires in this state and the form left empty."""
    fixed = names_fixed(bound, state)
    for cell, field in bound.editable:
        name = field.local_name
        if name in fixed or not is_required(changed(cell, state), field):
            continue
        is_asked = name in values or cell.id in state.required
        if is_asked and values.get(name, kept.get(name)) is None:
            message = _("%(name)s is required.", name=scope.snapshot.label(field))
            yield Problem("field.required", (name,), message)


def is_conditional(bound: BoundLayout) -> set[str]:
    """Ids of the cells that have a condition of their own, or whose section has one."""
    return {
        cell.id
        for section in bound.layout.sections
        for cell in section.cells
        if section.visible_when or section.readonly_when
        or cell.visible_when or cell.required_when or cell.readonly_when
    }  # fmt: skip


def as_it_is(cell: BoundCell, state: State) -> tuple[bool, bool, bool]:
    """(hidden, locked, required) of a cell of the form."""
    now = changed(cell, state)
    return cell.id in state.hidden, now.readonly, now.required
