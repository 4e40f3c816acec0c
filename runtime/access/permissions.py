"""Object and field rights of an actor: asked for every field a query names and every save.

Every active user of an org works on all of its objects; what only an administrator may do is in
Setup, not here. A field that may not be read is to a query as if it did not exist.
"""

from __future__ import annotations

from enum import Enum

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.system_fields import WRITABLE
from ...platform.errors import Denied
from ...platform.people.actor import Actor


class Operation(Enum):
    """What can be done with an object's records."""

    READ = "read"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


def may(actor: Actor, operation: Operation, obj: CustomObject) -> bool:
    """Says whether the actor may do this with records of the object at all."""
    return operation is Operation.READ or obj.storage != "people"


def require(actor: Actor, operation: Operation, obj: CustomObject) -> None:
    """Raises Denied unless the actor may do this with records of the object."""
    if not may(actor, operation, obj):
        raise Denied(f"{operation.value} {obj.name}")


def readable(actor: Actor, field: CustomField) -> bool:
    """Says whether the actor may see the field, which includes filtering and sorting by it."""
    return True


def writable(actor: Actor, field: CustomField) -> bool:
    """Says whether the actor may set the field: what the system keeps is nobody's to write."""
    if field.is_system:
        return field.local_name in WRITABLE
    return field.field_type.editable


def fingerprint(actor: Actor) -> str:
    """What of the actor decides on the text of a statement: actors of one fingerprint share it."""
    return actor.profile
