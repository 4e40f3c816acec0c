"""Forms of records: new and edit. They work without scripts; a conflict shows both values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.record_types import FIELD
from ...platform.errors import Denied, Problem, Rejected, require
from ...platform.i18n import _, format_datetime
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.redirects import safe_next
from ..access.levels import Level
from ..access.permissions import Operation
from ..access.permissions import require as require_right
from ..layouts.bind import BoundLayout, Mode
from ..layouts.forms import (
    LABEL_SUFFIX,
    REFERENCE_TYPES,
    bound_layout,
    person_reading,
    texts_of,
)
from ..query.held import held
from ..query.run import find_titles
from ..records.conflicts import RecordConflict, Seen
from ..records.draft import at_field
from ..records.lookups import find_by_title
from .blueprint import pages
from .display import show
from .feedback import say
from .form_page import BACK, TAKE, Clash, Stored, form_page
from .form_state import missing, names_fixed, settled, values_of
from .once import NAME as ONCE
from .once import read_promise
from .record_types import asked_type, chooser_page, type_within
from .records import find_object, get_record, title_of
from .repeats import begin_series, read_repeat, repeat_anew
from .scope import Here, here
from .undoing import say_saved


@pages.route("/o/<object_name>/new", methods=["GET", "POST"])
@requires(SIGNED_IN)
def new_record(object_name: str) -> str | Response | tuple[str, int]:
    """The form of a new record; query parameters fill fields in."""
    scope = here()
    obj = scope.object(object_name)
    require_right(scope.actor, Operation.CREATE, obj, scope.snapshot)
    record_type = asked_type(scope, obj)
    if record_type is None:
        return chooser_page(scope, obj, _back())
    if request.method == "POST":
        return _create(scope, obj, record_type)
    texts = _defaults(scope, obj, record_type) | _filled_in(obj)
    return form_page(scope, obj, Mode.CREATE, texts, back=_back(), record_type=record_type)


def _back() -> str:
    """The page that asked for the form and wants its reader again; "" for none."""
    return safe_next(request.values.get(BACK), "")


def _filled_in(obj: CustomObject) -> dict[str, str]:
    """What the address fills in; "name" is the name, as a lookup's "New" sends it."""
    texts = request.args.to_dict()
    if "name" in texts and obj.name_field:
        texts.setdefault(obj.name_field, texts["name"])
    return texts


@pages.route("/r/<record_id>/edit", methods=["GET", "POST"])
@requires(SIGNED_IN)
def edit_record(record_id: str) -> str | Response | tuple[str, int]:
    """The form of a record that is there."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    require_right(scope.actor, Operation.EDIT, obj, scope.snapshot)
    if request.method == "POST":
        return _update(scope, obj, found_id)
    stored = _stored(scope, obj, found_id, Level.EDIT)
    return form_page(scope, obj, Mode.EDIT, stored.texts, stored=stored)


def _create(scope: Here, obj: CustomObject, record_type: str) -> str | Response | tuple[str, int]:
    texts = posted_texts(scope, obj, Mode.CREATE, record_type)
    try:
        values = form_values(scope, obj, texts, {}, Mode.CREATE, record_type)
        values |= {FIELD: record_type} if record_type else {}
        rule, values = read_repeat(scope, obj, values)
        promised = read_promise(scope, obj, request.form.get(ONCE, ""))
        record_id = scope.records.create(obj.name, values, record_id=promised)
        begin_series(scope, record_id, rule)
    except Rejected as rejected:
        page = form_page(
            scope, obj, Mode.CREATE, texts, problems=rejected.problems, back=_back(),
            record_type=record_type,
        )  # fmt: skip
        return page, 422
    say(_("%(what)s created.", what=scope.snapshot.label(obj)))
    if request.form.get("then") == "new":
        return redirect(url_for("pages.new_record", object_name=obj.name))
    return redirect(_back() or url_for("pages.record", record_id=record_id))


def _update(scope: Here, obj: CustomObject, record_id: str) -> str | Response | tuple[str, int]:
    stored = _stored(scope, obj, record_id)
    texts = posted_texts(scope, obj, Mode.EDIT, stored.record_type)
    for name in [n for n in texts if request.form.get(n + TAKE) == "theirs"]:
        del texts[name]
    version, seen = _looked_at(stored)
    try:
        values = form_values(
            scope, obj, texts, stored.values, Mode.EDIT, stored.record_type, record_id=record_id
        )
        anew, rule, values = repeat_anew(scope, obj, record_id, stored.values, values)
        saved = scope.records.update(record_id, values, version=version, seen=Seen.parse(seen))
    except Rejected as rejected:
        shown = replace(stored, version=version, seen=seen)
        page = form_page(scope, obj, Mode.EDIT, texts, stored=shown, problems=rejected.problems)
        return page, 422
    except RecordConflict as conflict:
        return _conflict(scope, obj, texts, conflict, _stored(scope, obj, record_id)), 409
    if anew:
        begin_series(scope, record_id, rule, anew=True)
    if saved > stored.version:
        say_saved(_("Saved."), record_id)
    else:
        say(_("Nothing was changed."))
    return redirect(url_for("pages.record", record_id=record_id))


def _looked_at(stored: Stored) -> tuple[int, str]:
    """The version and marks of the page that was posted; one without them saw the present."""
    version = request.form.get("version", "")
    return (int(version) if version.isdigit() else stored.version), request.form.get("seen", "")


def posted_texts(
    scope: Here, obj: CustomObject, mode: Mode, record_type: str = ""
) -> dict[str, Any]:
    """{local name: text} of what was posted, typed names of lookups as ids."""
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, mode, record_type)
    texts = texts_of(bound, request.form)
    return _resolved(scope, bound, texts, request.form)


def _resolved(
    scope: Here, bound: BoundLayout, texts: dict[str, Any], posted: MultiDict[str, str]
) -> dict[str, Any]:
    """Lookups that a person typed by name become ids where it is clear which is meant."""
    for _cell, field in bound.editable:
        name = field.local_name
        typed = posted.get(name + LABEL_SUFFIX, "").strip()
        if field.type in REFERENCE_TYPES and name in texts and typed and not texts[name]:
            with scope.read() as connection:
                found = find_by_title(connection, scope.actor, scope.snapshot, field, typed)
            texts[name] = found[0] if len(found) == 1 else typed
    return texts


def form_values(
    scope: Here,
    obj: CustomObject,
    texts: Mapping[str, Any],
    now: Mapping[str, Any],
    mode: Mode,
    record_type: str = "",
    *,
    record_id: str = "",
    hidden: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The values of the texts, all problems at once; `now` is what the form came from.

    What the layout hides or locks is not taken: it stays as it is, or gets what `hidden` has.
    """
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, mode, record_type)
    state = settled(scope, bound, record_id, values_of(scope, obj, texts))
    fixed = names_fixed(bound, state)
    taken = {name: text for name, text in texts.items() if name not in fixed}
    values = read_texts(
        scope, obj, taken, now, lambda read: missing(scope, bound, state, read, now)
    )
    return values | {name: one for name, one in (hidden or {}).items() if name in fixed}


def read_texts(
    scope: Here,
    obj: CustomObject,
    texts: Mapping[str, Any],
    now: Mapping[str, Any],
    more: Callable[[Mapping[str, Any]], Iterable[Problem]] = lambda _read: (),
) -> dict[str, Any]:
    """{local name: value} of posted texts; raises Rejected with all problems, `more` included."""
    reading = person_reading(scope.actor)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, raw in texts.items():
        field = scope.snapshot.field(obj.name, name)
        own = reading.for_field(field, scope.snapshot)
        try:
            values[name] = field.field_type.read_form(raw, now.get(name), field, own)
        except Rejected as rejected:
            problems += (at_field(problem, name) for problem in rejected.problems)
    problems += more(values)
    require(problems)
    return values


def _defaults(scope: Here, obj: CustomObject, record_type: str) -> dict[str, Any]:
    """The texts of a new record's defaults."""
    return form_texts(scope, obj, scope.records.defaults(obj.name, record_type))


def _stored(scope: Here, obj: CustomObject, record_id: str, level: Level = Level.READ) -> Stored:
    """The record as its form shows it; raises Denied for whoever has less than the level."""
    with scope.read() as connection:
        record_type = type_within(connection, scope, obj, record_id)
        bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.EDIT, record_type)
        names = [part.local_name for _cell, part in bound.editable]
        columns = [show(obj.name, name, scope.snapshot) for name in names]
        found = get_record(connection, scope, obj, record_id, columns)
        if level > Level.READ and not held(
            connection, scope.actor, scope.snapshot, obj.name, (found.id,), level
        ):
            raise Denied(_("You may read this record, but not edit it."))
    values = {name: found.values.get(name) for name in names}
    return Stored(
        record_id,
        title_of(obj, found, scope),
        found.version,
        str(scope.records.seen(found, names)),
        values,
        form_texts(scope, obj, values),
        record_type,
    )


def form_texts(scope: Here, obj: CustomObject, values: Mapping[str, Any]) -> dict[str, Any]:
    """{local name: what a form shows} of values."""
    fields = scope.snapshot.fields(obj.name)
    return {
        name: fields[name].field_type.form_text(value, fields[name])
        for name, value in values.items()
        if name in fields
    }


def _conflict(
    scope: Here, obj: CustomObject, texts: dict[str, Any], conflict: RecordConflict, now: Stored
) -> str:
    """The form again, with what the other person wrote beside what this one did."""
    fields = scope.snapshot.fields(obj.name)
    clashes = [
        Clash(
            name,
            scope.snapshot.label(fields[name]),
            _shown(scope, fields[name], mine),
            _shown(scope, fields[name], theirs),
        )
        for name, (mine, theirs) in conflict.fields.items()
    ]
    when = format_datetime(conflict.at) if conflict.at else ""
    who = _("%(name)s changed this record on %(when)s.", name=conflict.by_name, when=when)
    mine = (*conflict.fields, *conflict.own)
    kept = {name: texts[name] for name in mine if name in texts}
    return form_page(
        scope, obj, Mode.EDIT, now.texts | kept, stored=now, clashes=clashes, changed=who
    )


def _shown(scope: Here, field: CustomField, value: Any) -> str:
    if field.type in REFERENCE_TYPES and value:
        with scope.read() as connection:
            found = find_titles(connection, scope.actor, scope.snapshot, {value})
        return found.get(value, "")
    return field.field_type.display_in(value, field, scope.snapshot)
