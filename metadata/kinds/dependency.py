"""Dependent picklists: which values of a field go with which value of another one.

The other field is a picklist or a checkbox of the same object; a blank one allows no value. Fields
may depend on each other in chains, never in circles. Values that a list has no more are passed
over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _
from ..definition import Reference, WhenGone

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

CHECKED, UNCHECKED = "checked", "unchecked"  # how documents call the values of a checkbox
CONTROLLING, SETTINGS = "controllingField", "valueSettings"
DEPENDENT_TYPES = ("Picklist", "MultiselectPicklist")
CONTROLLING_TYPES = ("Picklist", "Checkbox")

_VALUE = {"type": "string", "minLength": 1, "maxLength": 255}
#: what a document's valueSet says of its dependency
DEPENDENCY: Mapping[str, Any] = {
    CONTROLLING: {"type": "string", "minLength": 1, "maxLength": 240},
    SETTINGS: {
        "type": "array",
        "maxItems": 10000,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["valueName", "controllingFieldValue"],
            "properties": {
                "valueName": _VALUE,
                "controllingFieldValue": {"type": "array", "maxItems": 10000, "items": _VALUE},
            },
        },
    },
}


def read_allowed(value_set: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """{controlling value: values that go with it} of a document's valueSet."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in value_set.get(SETTINGS, ()):
        for controlling in row["controllingFieldValue"]:
            found[controlling].add(row["valueName"])
    return MappingProxyType({key: frozenset(names) for key, names in found.items()})


def controlling_key(value: Any) -> str:
    """How a dependency calls a record's value of the controlling field; "" for none."""
    if isinstance(value, bool):
        return CHECKED if value else UNCHECKED
    return "" if value is None else str(value)


def dependency_references(field: CustomField) -> Iterator[Reference]:
    """The controlling field; when it goes, the dependency goes with it."""
    if not field.controlled_by:
        return
    value_set = field.document["valueSet"]
    path, target = ("valueSet", CONTROLLING), f"{field.object_name}.{field.controlled_by}"
    for key in (CONTROLLING, SETTINGS):
        if key in value_set:
            yield Reference(
                path, "CustomField", target, 0,
                when_gone=WhenGone.TAKE_OUT, out=("valueSet", key),
            )  # fmt: skip


def check_dependency(field: CustomField, snapshot: Snapshot) -> Iterator[Problem]:
    """A controlling field that is none, and circles of fields that control each other."""
    place = ("valueSet", CONTROLLING)
    if not field.controlled_by:
        if field.allowed:
            message = _("Say which field controls the values.")
            yield Problem("picklist.no_controlling", place, message)
        return
    if field.type not in DEPENDENT_TYPES:
        message = _("Only picklists depend on another field.")
        yield Problem("picklist.dependent", place, message)
        return
    controlling = snapshot.fields(field.object_name).get(field.controlled_by)
    if controlling is None or controlling.type not in CONTROLLING_TYPES:
        message = _("%(name)s is no picklist or checkbox of this object.",
                    name=repr(field.controlled_by))  # fmt: skip
        yield Problem("picklist.controlling", place, message)
    elif is_in_circle(field, snapshot):
        message = _("%(name)s depends on this field itself.", name=repr(field.controlled_by))
        hint = _("Fields can depend on each other in chains, not in circles.")
        yield Problem("picklist.circle", place, message, hint)


def is_in_circle(field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether the field controls itself, over whatever stands between."""
    seen = {field.local_name}
    above = snapshot.find_field(field.object_name, field.controlled_by)
    while above is not None:
        if above.local_name in seen:
            return True
        seen.add(above.local_name)
        name = above.controlled_by
        above = snapshot.find_field(field.object_name, name) if name else None
    return False
