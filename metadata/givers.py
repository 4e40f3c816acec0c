"""Which profile and permission sets give somebody a right, of all that `rights` adds up."""

from __future__ import annotations

from collections.abc import Callable

from .definition import Definition
from .grants import FieldRight, ObjectRight
from .kinds.custom_field import CustomField
from .kinds.custom_object import CustomObject
from .rights import Rights, Source
from .snapshot import Snapshot

Givers = tuple[Definition, ...]
_VIEWING = ObjectRight.READ | ObjectRight.VIEW_ALL


def givers_of_object(rights: Rights, obj: CustomObject, right: ObjectRight) -> Givers:
    """Who gives the right on the object: by naming it, or by a permission over all data."""
    over_all = "ViewAllData" if right in _VIEWING else "ModifyAllData"
    return _givers(rights, lambda s: bool(right & s.object(obj.name)) or over_all in s.system)


def givers_of_field(
    rights: Rights, field: CustomField, right: FieldRight, snapshot: Snapshot
) -> Givers:
    """Who gives the right on the field, or on the compound that it is part of."""
    fields = snapshot.fields(field.object_name)
    asked = fields.get(field.component_of, field) if field.component_of else field
    return _givers(rights, lambda source: bool(right & source.field(asked.name)))


def givers_of_permission(rights: Rights, permission: str) -> Givers:
    """Who gives the system permission."""
    return _givers(rights, lambda source: permission in source.system)


def _givers(rights: Rights, gives: Callable[[Source], bool]) -> Givers:
    return tuple(source.giver for source in rights.sources if gives(source))
