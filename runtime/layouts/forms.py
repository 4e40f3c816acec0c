"""WTForms classes generated from bound layouts; cached by (org, version, language, mode)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import wtforms
from werkzeug.datastructures import MultiDict

from ...metadata.field_types.base import Reading, reading_of
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.clock import today
from ...platform.i18n import _, current
from ...platform.people.actor import Actor
from ..access.permissions import fingerprint
from .bind import BoundCell, BoundLayout, Mode, bind, layout_of

REFERENCE_TYPES = frozenset({"Lookup", "MasterDetail", "Hierarchy"})
LABEL_SUFFIX = ".label"  # beside a lookup's id: the text a person typed
SENT_SUFFIX = ".sent"  # beside a checkbox or a list of choices: it was on the page


def bound_layout(object_name: str, snapshot: Snapshot, actor: Actor, mode: Mode) -> BoundLayout:
    """The layout of the object bound for the actor, in the current language."""
    return _bound(_Key(snapshot, actor), object_name, mode)


def form_class(bound: BoundLayout, snapshot: Snapshot, actor: Actor) -> type[wtforms.Form]:
    """The form of a bound layout: one WTForms field for every part that may be written."""
    return _form_class(_Key(snapshot, actor), bound.object.name, bound.mode)


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
def _bound(key: _Key, object_name: str, mode: Mode) -> BoundLayout:
    return bind(layout_of(object_name, key.snapshot), key.snapshot, key.actor, mode)


@lru_cache(maxsize=512)
def _form_class(key: _Key, object_name: str, mode: Mode) -> type[wtforms.Form]:
    bound = _bound(key, object_name, mode)
    members = {
        part.local_name: form_field(part, cell, key.snapshot) for cell, part in bound.editable
    }
    return type(f"{object_name}Form", (wtforms.Form,), members)


def form_field(field: CustomField, cell: BoundCell | None, snapshot: Snapshot) -> wtforms.Field:
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
        kwargs["choices"] = choices(field, snapshot, blank=field.type == "Picklist")
    made: wtforms.Field = field.field_type.form_field(field, **kwargs)
    return made


def is_required(cell: BoundCell | None, field: CustomField) -> bool:
    """Says whether a form of the layout must have the field; a component only by itself."""
    return field.required or bool(cell and cell.required and len(cell.parts) == 1)


def choices(field: CustomField, snapshot: Snapshot, *, blank: bool) -> list[tuple[str, str]]:
    """(value, label) of the active values; a blank one first where nothing may be chosen."""
    rows = [
        (v.name, snapshot.value_label(field, v.name)) for v in snapshot.values(field) if v.active
    ]
    return [("", _("--None--")), *rows] if blank else rows


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
