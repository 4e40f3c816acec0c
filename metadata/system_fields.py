"""The fields every object has without a document: identity, owner, stamps, deletion."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from ..platform.i18n import mark
from .definition import Uid
from .kinds.custom_field import CustomField
from .kinds.custom_object import CustomObject

# local name -> (label, type, fixed column, options)
_ROWS: tuple[tuple[str, str, str, str, dict[str, object]], ...] = (
    ("Id", mark("Record ID"), "Id", "id", {}),
    ("OwnerId", mark("Owner"), "Lookup", "owner_id", {"referenceTo": ["User"]}),
    ("CreatedDate", mark("Created"), "DateTime", "created_at", {}),
    ("CreatedById", mark("Created by"), "Lookup", "created_by", {"referenceTo": ["User"]}),
    ("LastModifiedDate", mark("Last modified"), "DateTime", "modified_at", {}),
    (
        "LastModifiedById",
        mark("Last modified by"),
        "Lookup",
        "modified_by",
        {"referenceTo": ["User"]},
    ),
    ("SystemModstamp", mark("System stamp"), "DateTime", "modified_at", {}),
    ("IsDeleted", mark("Deleted"), "Checkbox", "is_deleted", {}),
)
COLUMNS = MappingProxyType({row[0]: row[3] for row in _ROWS})
WRITABLE = frozenset({"OwnerId"})


def system_fields(owner: CustomObject) -> tuple[CustomField, ...]:
    """The system fields of one object, in their fixed order; a detail has no owner of its own."""
    return _system_fields(owner.uid, owner.name, owner.has_owner)


@lru_cache(maxsize=4096)
def _system_fields(uid: str, object_name: str, has_owner: bool) -> tuple[CustomField, ...]:
    return tuple(
        CustomField.system(Uid(f"{uid}:{name}"), f"{object_name}.{name}", label, kind, options)
        for name, label, kind, _column, options in _ROWS
        if name != "OwnerId" or has_owner
    )
