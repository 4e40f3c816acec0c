"""Object and field rights of an actor: asked for every field a query names and every save.

What the metadata grants is `metadata/rights`; here is what the runtime asks for. A field that may
not be read is to a query as if it did not exist. Single records are `sharing`'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from ...metadata.grants import FieldRight, ObjectRight
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.rights import rights_of
from ...metadata.snapshot import Snapshot
from ...metadata.system_fields import WRITABLE
from ...platform.errors import Denied
from ...platform.people.actor import Actor
from .standing import standing_of


class Operation(Enum):
    """What can be done with an object's records."""

    READ = "read"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


_NEEDED = {
    Operation.READ: ObjectRight.READ,
    Operation.CREATE: ObjectRight.CREATE,
    Operation.EDIT: ObjectRight.EDIT,
    Operation.DELETE: ObjectRight.DELETE,
}


def may(actor: Actor, operation: Operation, obj: CustomObject, snapshot: Snapshot) -> bool:
    """Says whether the actor may do this with records of the object at all."""
    if obj.storage == "people" and operation is not Operation.READ:
        return False  # users are changed by their own service
    return bool(_NEEDED[operation] & rights_of(actor, snapshot).object(obj))


def require(actor: Actor, operation: Operation, obj: CustomObject, snapshot: Snapshot) -> None:
    """Raises Denied unless the actor may do this with records of the object."""
    if not may(actor, operation, obj, snapshot):
        raise Denied(f"{operation.value} {obj.name}")


def readable(actor: Actor, field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether the actor may see the field, which includes filtering and sorting by it."""
    return bool(rights_of(actor, snapshot).field(field) & FieldRight.READ)


def writable(actor: Actor, field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether the actor may set the field: what the system keeps is nobody's to write."""
    if field.is_system:
        return field.local_name in WRITABLE
    if not field.is_editable:
        return False
    return bool(rights_of(actor, snapshot).field(field) & FieldRight.EDIT)


def holds(actor: Actor, permission: str, snapshot: Snapshot) -> bool:
    """Says whether the actor holds a system permission, by its name."""
    return rights_of(actor, snapshot).holds(permission)


def exceeds(other: Actor, actor: Actor, snapshot: Snapshot) -> bool:
    """Says whether the other may do anything that the actor may not."""
    mine, theirs = rights_of(actor, snapshot), rights_of(other, snapshot)
    if theirs.system - mine.system:
        return True
    if any(theirs.object(obj) & ~mine.object(obj) for obj in snapshot.objects()):
        return True
    if any(theirs.field(f) & ~mine.field(f) for f in snapshot.of_kind("CustomField")):
        return True
    custom = (one.name for one in snapshot.of_kind("CustomPermission"))
    return any(theirs.holds_custom(name) and not mine.holds_custom(name) for name in custom)


def parameters(actor: Actor, snapshot: Snapshot) -> Mapping[str, Any]:
    """What a statement for the actor binds when it runs."""
    return standing_of(actor, snapshot).parameters(actor.user_id)


def may_share_views(actor: Actor) -> bool:
    """Says whether the actor may save list views for everybody, and change and delete those."""
    return actor.is_administrator


def fingerprint(actor: Actor, snapshot: Snapshot) -> str:
    """What of the actor decides on the text of a statement: actors of one fingerprint share it.

    Who they are, their role and their groups are bound when it runs.
    """
    if actor.is_system:
        return "system"
    rights = "|".join((actor.profile, *actor.permission_sets))
    return f"{rights}#{standing_of(actor, snapshot).fingerprint}"
