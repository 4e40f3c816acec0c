"""One field of one record set from where the record is shown: a card to another column, an entry to
another day. A script posts what was dropped where; a person without one chooses in a sheet.

It is a save like any other: checked, with the version that was seen, and offered to be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.record_types import narrowed_by, open_to
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _, local_moment, to_local
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.redirects import safe_next
from ..access.permissions import Operation, readable, writable
from ..access.permissions import require as require_right
from ..layouts.forms import person_reading
from ..query.record import Record
from ..query.run import get
from ..records.conflicts import RecordConflict
from .blueprint import pages
from .feedback import say
from .records import find_object, title_of
from .scope import Here, here
from .shell import trail
from .undoing import say_saved

TYPES = ("Picklist", "Date", "DateTime")
_NOTHING: Mapping[str, Value] = MappingProxyType({})
MORNING = time(9)  # of a moment that had no time of day before


def move_url(record_id: str, field: CustomField, back: str) -> str:
    """The address that moves a record by a field, and then leads back."""
    return url_for("pages.move_record", record_id=record_id, field=field.local_name, back=back)


@pages.get("/r/<record_id>/move")
@requires(SIGNED_IN)
def choose_move(record_id: str) -> str:
    """The sheet in which one chooses where a record goes."""
    scope = here()
    obj, field, found = _asked(scope, record_id)
    value = found.values.get(field.local_name)
    title = title_of(obj, found, scope)
    trail((title, ""), active=obj)
    return render_template(
        "runtime/move.html",
        object=obj,
        record=found,
        title=title,
        field=field,
        choices=_choices(scope, field, value, found.values),
        text=field.field_type.form_text(value, field),
        back=_back(obj),
    )


@pages.post("/r/<record_id>/move")
@requires(SIGNED_IN)
def move_record(record_id: str) -> Response:
    """Sets the field to what `to` says, a value or a day, and leads back."""
    scope = here()
    obj, field, found = _asked(scope, record_id)
    require_right(scope.actor, Operation.EDIT, obj, scope.snapshot)
    if not writable(scope.actor, field, scope.snapshot):
        raise Denied(field.name)
    back = redirect(_back(obj))
    before, name = found.values.get(field.local_name), title_of(obj, found, scope)
    try:
        value = _meant(scope, field, before, request.values.get("to", ""))
        version = _version(found)
        scope.records.update(found.id, {field.local_name: value}, version=version)
    except Rejected as refusal:
        say(_refused(name, refusal), kind="bad")
        return back
    except RecordConflict as conflict:
        who = conflict.by_name
        say(
            _("%(person)s has changed %(name)s in the meantime.", person=who, name=name), kind="bad"
        )
        return back
    if value != before:
        text = _("%(name)s: %(field)s is now %(value)s.")
        label = scope.snapshot.label(field)
        text %= {"name": name, "field": label, "value": _shown(scope, field, value)}
        say_saved(text, found.id, request.values.get("back", ""))
    return back


def _asked(scope: Here, record_id: str) -> tuple[CustomObject, CustomField, Record]:
    """The object, the field and the record that the address names; raises NotFound."""
    obj, found_id = find_object(record_id, scope)
    field = scope.field(obj.name, request.args.get("field", ""))
    if field.type not in TYPES:
        raise NotFound(field.name)
    name = (obj.name_field,) if obj.name_field else ()
    names = (field.local_name, *asked_beside(scope, field), *name)
    with scope.read() as connection:
        found = get(connection, scope.actor, scope.snapshot, found_id, names)
    return obj, field, found


def asked_beside(scope: Here, field: CustomField) -> tuple[str, ...]:
    """The fields that narrow where a record can go, as far as the reader may see them."""
    fields = scope.snapshot.fields(field.object_name)
    return tuple(
        name
        for name in narrowed_by(scope.snapshot, field)
        if name in fields and readable(scope.actor, fields[name], scope.snapshot)
    )


def _back(obj: CustomObject) -> str:
    usual = url_for("pages.list_records", object_name=obj.name)
    return safe_next(request.values.get("back"), usual)


def _version(found: Record) -> int:
    """The version that the page showed, else the present one."""
    said = request.values.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else found.version


def _choices(
    scope: Here, field: CustomField, value: Value, record: Mapping[str, Value] = _NOTHING
) -> list[tuple[str, str, bool]]:
    """(value, label, whether it is the present one) of a picklist; none of a date."""
    if field.type != "Picklist":
        return []
    mine = open_to(scope.snapshot, field, record)
    found = [
        (one.name, scope.snapshot.value_label(field, one.name), one.name == value)
        for one in scope.snapshot.values(field)
        if (one.active and (mine is None or one.name in mine)) or one.name == value
    ]
    return found if field.required else [*found, ("", _("No value"), value is None)]


def _meant(scope: Here, field: CustomField, before: Value, to: str) -> Value:
    """The value for a place; raises Rejected for a place that is none."""
    to = to.strip()
    if field.type == "Picklist":
        return _value(scope, field, before, to)
    if field.type == "DateTime" and len(to) == len("2026-11-05"):
        return _same_time(field, before, to)
    return field.field_type.accept(to, field, person_reading(scope.actor))


def _value(scope: Here, field: CustomField, before: Value, to: str) -> Value:
    if all(to != value for value, _name, _now in _choices(scope, field, before)):
        label = scope.snapshot.label(field)
        message = _("%(text)s is not a value of %(field)s.", text=repr(to), field=label)
        raise Rejected(Problem("move.value", (field.local_name,), message))
    return to or None


def _same_time(field: CustomField, before: Value, to: str) -> datetime:
    """The moment of that day at the time of day that the moment had before."""
    try:
        day = date.fromisoformat(to)
    except ValueError as error:
        message = _("%(text)s is no day.", text=repr(to))
        raise Rejected(Problem("move.day", (field.local_name,), message)) from error
    at = to_local(before).time() if isinstance(before, datetime) else MORNING
    return local_moment(day, at)


def _refused(name: str, refusal: Rejected) -> str:
    why = " ".join(problem.sentence for problem in refusal.problems)
    return _("%(name)s stays where it is: %(why)s", name=name, why=why)


def _shown(scope: Here, field: CustomField, value: Value) -> str:
    if value is None:
        return _("empty")
    if field.type == "Picklist":
        return scope.snapshot.value_label(field, value)
    return field.field_type.display(value, field)
