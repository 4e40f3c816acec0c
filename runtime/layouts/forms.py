"""WTForms classes generated from bound layouts; cached by (org, version, language, mode,
record type).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import wtforms
from werkzeug.datastructures import MultiDict

from ...metadata.field_types.base import Reading, reading_of
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.dependency import CHECKED, UNCHECKED
from ...metadata.kinds.record_type import RecordType
from ...metadata.record_types import find_type, values_for
from ...metadata.snapshot import RECORD_TYPE, Snapshot
from ...platform.clock import today
from ...platform.i18n import _, current
from ...platform.people.actor import Actor
from ..access.permissions import fingerprint
from .bind import BoundCell, BoundLayout, Mode, bind, layout_of

REFERENCE_TYPES = frozenset({"Lookup", "MasterDetail", "Hierarchy"})
LABEL_SUFFIX = ".label"  # beside a lookup's id: the text a person typed
SENT_SUFFIX = ".sent"  # beside a checkbox or a list of choices: it was on the page


def bound_layout(
    object_name: str, snapshot: Snapshot, actor: Actor, mode: Mode, record_type: str = ""
) -> BoundLayout:
    """The layout of the object bound for the actor, in the current language.

    The record type is the local name of one; what is none, or gone, is as good as "".
    """
    known = find_type(snapshot, object_name, record_type)
    return _bound(_Key(snapshot, actor), object_name, mode, known.local_name if known else "")


def form_class(bound: BoundLayout, snapshot: Snapshot, actor: Actor) -> type[wtforms.Form]:
    """The form of a bound layout: one WTForms field for every part that may be written."""
    return _form_class(_Key(snapshot, actor), bound.object.name, bound.mode, bound.record_type)


class _Key:
    """A snapshot and an actor as a cache key: by version, rights and language, not by identity."""

    __slots__ = ("actor", "key", "snapshot")

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self.snapshot = snapshot
        self.actor = actor
        language = current().language
        self.key = (
            snapshot.org,
            snapshot.version,
            fingerprint(actor, snapshot),
            language,
            id(snapshot),
        )

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.key == other.key


@lru_cache(maxsize=512)
def _bound(key: _Key, object_name: str, mode: Mode, record_type: str) -> BoundLayout:
    layout = layout_of(object_name, key.snapshot, key.actor, record_type)
    return bind(layout, key.snapshot, key.actor, mode, record_type)


@lru_cache(maxsize=512)
def _form_class(key: _Key, object_name: str, mode: Mode, record_type: str) -> type[wtforms.Form]:
    bound = _bound(key, object_name, mode, record_type)
    one = find_type(key.snapshot, object_name, record_type)
    members = {
        part.local_name: form_field(part, cell, key.snapshot, one) for cell, part in bound.editable
    }
    return type(f"{object_name}Form", (wtforms.Form,), members)


def form_field(
    field: CustomField,
    cell: BoundCell | None,
    snapshot: Snapshot,
    record_type: RecordType | None = None,
) -> wtforms.Field:
    """The unbound control of one field, labelled in the current language."""
    required = is_required(cell, field)
    kwargs: dict[str, Any] = {
        "label": snapshot.label(field),
        "description": snapshot.label(field, "inlineHelpText"),
        "render_kw": {"kind": field.field_type.control}
        | ({"required": True} if required and field.type != "Checkbox" else {})
        | ({} if field.field_type.exports_value else {"data-no-draft": True}),
    }
    if snapshot.values(field) or field.type in ("Picklist", "MultiselectPicklist"):
        is_single = field.type in ("Picklist", RECORD_TYPE)
        kwargs["choices"] = choices(field, snapshot, record_type, blank=is_single)
        if field.controlled_by:
            kwargs["groups"] = groups(field, snapshot)
    made: wtforms.Field = field.field_type.form_field(field, **kwargs)
    return made


def is_required(cell: BoundCell | None, field: CustomField) -> bool:
    """Says whether a form of the layout must have the field; a component only by itself."""
    return field.required or bool(cell and cell.required and len(cell.parts) == 1)


def choices(
    field: CustomField, snapshot: Snapshot, record_type: RecordType | None = None, *, blank: bool
) -> list[tuple[str, str]]:
    """(value, label) of the active values; a blank one first where nothing may be chosen.

    Of a record type: of those that its records may have.
    """
    rows = [
        (v.name, snapshot.value_label(field, v.name))
        for v in values_for(snapshot, record_type, field)
        if v.active
    ]
    return [("", _("--None--")), *rows] if blank else rows


def groups(field: CustomField, snapshot: Snapshot) -> dict[str, str]:
    """{value: the controlling values that it goes with, in words} of a dependent picklist."""
    above = snapshot.fields(field.object_name)[field.controlled_by]
    words: dict[str, list[str]] = {v.name: [] for v in snapshot.values(field)}
    for key, label in controlling_labels(above, snapshot):
        for name in field.allowed.get(key, ()):
            words.setdefault(name, []).append(label)
    return {name: ", ".join(labels) or _("Never") for name, labels in words.items()}


def controlling_labels(above: CustomField, snapshot: Snapshot) -> list[tuple[str, str]]:
    """(key, label) of every value of a field that controls others."""
    if above.type == "Checkbox":
        return [(CHECKED, _("Checked")), (UNCHECKED, _("Not checked"))]
    return [(v.name, snapshot.value_label(above, v.name)) for v in snapshot.values(above)]


def person_reading(actor: Actor) -> Reading:
    """How a text typed by this actor is to be read: the separators and day order of the locale."""
    return reading_of(current(), today=today(actor.time_zone), user_id=actor.user_id)


def texts_of(bound: BoundLayout, posted: MultiDict[str, str]) -> dict[str, Any]:
    """{local name: what was posted} for the fields that the layout lets the actor write.

    A browser does not send a checkbox that is off: the page sends "<name>.sent" beside it. A field
    that was not on the posted page stays untouched.
    """
    texts: dict[str, Any] = {}
    for _cell, part in bound.editable:
        name = part.local_name
        if name + SENT_SUFFIX in posted:
            chosen = [text for text in posted.getlist(name) if text]
            texts[name] = ";".join(chosen) if part.type != "Checkbox" else str(bool(chosen)).lower()
        elif name in posted or name + LABEL_SUFFIX in posted:
            texts[name] = posted.get(name, "")
    return texts
