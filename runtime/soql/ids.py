"""Ids of definitions: what other systems call a record type or a profile by.

One that was made here with a record id has it; of any other the id follows from its uid, so that it
is the same in every version and copy of the org's metadata.
"""

from __future__ import annotations

from ...metadata.definition import Definition
from ...metadata.kinds.record_type import RecordType
from ...metadata.snapshot import Snapshot
from ...platform.ids import derived_id, is_id, parse_id

PREFIXES = {
    "RecordType": "012", "Profile": "00e", "PermissionSet": "0PS", "Role": "00E", "Group": "00G",
    "Queue": "00G", "CustomField": "00N", "CustomObject": "01I",
}  # fmt: skip


def definition_id(definition: Definition, kind: str = "") -> str:
    """The 18 characters that name a definition to other systems."""
    return known_id(PREFIXES[kind or definition.kind], definition.uid)


def known_id(prefix: str, uid: str) -> str:
    """The same, of the uid of a definition whose ids have the prefix."""
    return parse_id(uid) if uid.startswith(prefix) and is_id(uid) else derived_id(prefix, uid)


def record_type_of(snapshot: Snapshot, object_name: str, value: str) -> RecordType | None:
    """The record type that a record's local name, or an id, means."""
    found = snapshot.record_types(object_name)
    bare = value[:15]
    return next(
        (one for one in found if one.local_name == value or definition_id(one)[:15] == bare), None
    )
