"""Record types on pages: the choice before a new record, the change of a record's type.

Refuses a type that the reader may not give; what a record has stays as long as nobody changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.record_type import RecordType
from ...metadata.record_types import (
    FIELD,
    default_for,
    field_of,
    find_type,
    subset_names,
    subset_of,
    values_for,
)
from ...metadata.rights import rights_of
from ...metadata.snapshot import Snapshot
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..access.levels import Level
from ..access.permissions import readable, writable
from ..query.held import level_on
from ..query.record import Record
from ..query.run import get
from ..records.conflicts import RecordConflict
from .blueprint import pages
from .display import show
from .records import find_object, get_record, object_crumb, title_of
from .scope import Here, here
from .shell import trail
from .undoing import say_saved

VALUE = "value."  # before the names of the controls that say what becomes of a value


@dataclass(frozen=True, slots=True)
class Card:
    """A record type to choose."""

    name: str
    label: str
    description: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that the new type does not have, and those it has."""

    field: CustomField
    label: str
    now: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


def available(scope: Here, obj: CustomObject) -> tuple[RecordType, ...]:
    """The record types that the reader may give to new records."""
    return rights_of(scope.actor, scope.snapshot).record_types(obj.name)


def asked_type(scope: Here, obj: CustomObject) -> str | None:
    """The record type of a new record: as the page says, else the only one; None: still to ask."""
    if field_of(scope.snapshot, obj.name) is None:
        return ""
    if said := request.values.get(FIELD, ""):
        return said
    mine = available(scope, obj)
    if len(mine) > 1:
        return None
    return mine[0].local_name if mine else ""


def type_of(scope: Here, obj: CustomObject, record_id: str) -> str:
    """The local name of a record's type, "" where it has none; raises NotFound."""
    if field_of(scope.snapshot, obj.name) is None:
        return ""
    with scope.read() as connection:
        return type_within(connection, scope, obj, record_id)


def type_within(connection: Connection, scope: Here, obj: CustomObject, record_id: str) -> str:
    """As `type_of`, on a connection that is there."""
    if field_of(scope.snapshot, obj.name) is None:
        return ""
    found = get(connection, scope.actor, scope.snapshot, record_id, (FIELD,))
    return found.values.get(FIELD) or ""


def type_label(snapshot: Snapshot, object_name: str, record_type: str) -> str:
    """What a record's type is called; "" for none."""
    one = find_type(snapshot, object_name, record_type)
    return snapshot.label(one) if one else ""


def _cards(scope: Here, types: tuple[RecordType, ...], chosen: str) -> list[Card]:
    label = scope.snapshot.label
    return [
        Card(one.local_name, label(one), label(one, "description"), one.local_name == chosen)
        for one in types
    ]


# -- a new record


def chooser_page(scope: Here, obj: CustomObject, back: str) -> str:
    """The cards of the record types; what the address fills in goes along."""
    usual = rights_of(scope.actor, scope.snapshot).default_record_type(obj.name)
    heading = _("New %(what)s", what=scope.snapshot.label(obj))
    trail(object_crumb(obj, scope), (heading, ""), active=obj)
    return render_template(
        "runtime/choose_type.html",
        object=obj,
        heading=heading,
        name=FIELD,
        cards=_cards(scope, available(scope, obj), usual.local_name if usual else ""),
        carried=[(k, v) for k, v in request.args.items(multi=True) if k != FIELD],
        action=url_for("pages.new_record", object_name=obj.name),
        back=back or url_for("pages.list_records", object_name=obj.name),
    )


# -- another type for a record


@dataclass(frozen=True, slots=True)
class Asked:
    """The record whose type is to change."""

    scope: Here
    object: CustomObject
    record: Record
    title: str

    @property
    def now(self) -> str:
        return self.record.values.get(FIELD) or ""

    @property
    def to(self) -> RecordType | None:
        """The type that the page names, if it may be given."""
        said = request.values.get("to", "")
        found = find_type(self.scope.snapshot, self.object.name, said)
        rights = rights_of(self.scope.actor, self.scope.snapshot)
        return found if found is not None and rights.may_have(found) else None


def may_change_type(scope: Here, obj: CustomObject, level: Level, now: str) -> bool:
    """Says whether the reader, with the level on a record, could give it another type."""
    if level < Level.EDIT:
        return False
    return any(one.local_name != now for one in available(scope, obj))


@pages.route("/r/<record_id>/record-type", methods=["GET", "POST"])
@requires(SIGNED_IN)
def change_record_type(record_id: str) -> str | Response | tuple[str, int]:
    """The types to choose from; with `to` what does not fit; posting it saves."""
    asked = _asked(record_id)
    if request.method == "GET" or asked.to is None:
        return _page(asked)
    problems = _save(asked, asked.to)
    if problems:
        return _page(asked, problems), 422
    text = _("The record type is now %(name)s.", name=asked.scope.snapshot.label(asked.to))
    say_saved(text, asked.record.id)
    return redirect(url_for("pages.record", record_id=asked.record.id))


def _asked(record_id: str) -> Asked:
    """Raises NotFound for what is not to be seen, Denied for what may not be changed."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    if field_of(scope.snapshot, obj.name) is None:
        raise NotFound(record_id)
    fields = scope.snapshot.fields(obj.name)
    names = {name for one in scope.snapshot.record_types(obj.name) for name in subset_names(one)}
    seen = [n for n in sorted(names) if n in fields and _is_mine(scope, fields[n])]
    with scope.read() as connection:
        columns = [show(obj.name, name, scope.snapshot) for name in (FIELD, *seen)]
        found = get_record(connection, scope, obj, found_id, columns)
        level = level_on(connection, scope.actor, scope.snapshot, found_id)
    if level < Level.EDIT:
        raise Denied(_("You may read this record, but not edit it."))
    return Asked(scope, obj, found, title_of(obj, found, scope))


def _is_mine(scope: Here, field: CustomField) -> bool:
    """What cannot be seen or set keeps its value."""
    return readable(scope.actor, field, scope.snapshot) and writable(
        scope.actor, field, scope.snapshot
    )


def _save(asked: Asked, to: RecordType) -> tuple[Problem, ...]:
    values: dict[str, Any] = {FIELD: to.local_name}
    for misfit in _misfits(asked, to):
        name = misfit.field.local_name
        kept = _fitting(asked, to, misfit.field)
        said = request.form.get(VALUE + name, "")
        chosen = dict.fromkeys((*kept, said) if said else kept)
        is_single = misfit.field.type == "Picklist"
        values[name] = (said or None) if is_single else (tuple(chosen) or None)
    version = request.form.get("version", "")
    try:
        asked.scope.records.update(
            asked.record.id, values, version=int(version) if version.isdigit() else None
        )
    except Rejected as refused:
        return refused.problems
    except RecordConflict:
        message = _("Somebody else has changed the record meanwhile.")
        return (Problem("record.conflict", (), message, _("Look at it again, then decide.")),)
    return ()


def _misfits(asked: Asked, to: RecordType) -> list[Misfit]:
    """The record's values that the type does not have, with what could stand for each."""
    snapshot, found = asked.scope.snapshot, []
    for name in subset_names(to):
        field = snapshot.fields(asked.object.name).get(name)
        value = asked.record.values.get(name)
        if field is None or not value or not _is_mine(asked.scope, field):
            continue
        subset = subset_of(snapshot, to, field)
        here_now = (value,) if isinstance(value, str) else tuple(value)
        if subset is None or all(one in subset.values for one in here_now):
            continue
        found.append(_misfit(asked, to, field, value))
    return found


def _misfit(asked: Asked, to: RecordType, field: CustomField, value: Any) -> Misfit:
    snapshot = asked.scope.snapshot
    values = [
        (one.name, snapshot.value_label(field, one.name))
        for one in values_for(snapshot, to, field)
        if one.active
    ]
    usual = default_for(snapshot, to, field, None)
    usual = usual[0] if isinstance(usual, tuple) else usual
    blank = [] if field.required else [("", _("--None--"))]
    said = request.form.get(VALUE + field.local_name)
    return Misfit(
        field,
        snapshot.label(field),
        field.field_type.display_in(value, field, snapshot),
        (*blank, *values),
        said if said is not None else usual or "",
    )


def _fitting(asked: Asked, to: RecordType, field: CustomField) -> tuple[str, ...]:
    """Of several values those that the type has as well."""
    subset = subset_of(asked.scope.snapshot, to, field)
    value = asked.record.values.get(field.local_name) or ()
    if isinstance(value, str) or subset is None:
        return ()
    return tuple(one for one in value if one in subset.values)


def _page(asked: Asked, problems: tuple[Problem, ...] = ()) -> str:
    scope, back = asked.scope, url_for("pages.record", record_id=asked.record.id)
    trail(object_crumb(asked.object, scope), (asked.title, back), (_("Change record type"), ""),
          active=asked.object)  # fmt: skip
    to = asked.to
    others = tuple(one for one in available(scope, asked.object) if one.local_name != asked.now)
    chosen = to.local_name if to else (others[0].local_name if len(others) == 1 else "")
    errors: Mapping[str, list[str]] = {}
    misfits = _misfits(asked, to) if to else []
    names = {misfit.field.local_name for misfit in misfits}
    errors = {name: [p.sentence for p in problems if p.path[:1] == (name,)] for name in names}
    return render_template(
        "runtime/change_type.html",
        object=asked.object,
        title=asked.title,
        now=type_label(scope.snapshot, asked.object.name, asked.now),
        cards=_cards(scope, others, chosen),
        to=to,
        to_label=scope.snapshot.label(to) if to else "",
        misfits=misfits,
        value_name=VALUE,
        version=asked.record.version,
        action=url_for("pages.change_record_type", record_id=asked.record.id),
        back=back,
        errors=errors,
        problems=[p.sentence for p in problems if not p.path or p.path[0] not in names],
    )
