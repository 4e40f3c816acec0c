"""The field that says which record type a record has: it comes with the first of its object's.

Refuses to take it away while the object has record types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...platform.errors import Problem
from ...platform.i18n import _, mark
from ..definition import Definition, Uid
from ..field_types.record_type import FIELD
from ..kinds import KINDS
from ..kinds.custom_field import CustomField
from ..kinds.record_type import RecordType
from ..snapshot import RECORD_TYPE, Snapshot
from .diff import Diff

LABEL = mark("Record type")


def follow_record_types(old: Snapshot, put: Mapping[Uid, Definition]) -> Mapping[Uid, Definition]:
    """What is put, with the field of every object that gets its first record type."""
    owners = {one.object: None for one in put.values() if isinstance(one, RecordType)}
    if not owners:
        return put
    new = old.with_changes(put.values())
    made = (_field(new, name) for name in owners if FIELD not in new.fields(name))
    return {**put, **{field.uid: field for field in made if field is not None}}


def _field(new: Snapshot, object_name: str) -> CustomField | None:
    obj = new.find("CustomObject", object_name)
    if obj is None or obj.storage:
        return None  # the checks say so
    field: CustomField = KINDS.get("CustomField").parse(
        {
            "kind": "CustomField",
            "uid": f"{obj.uid}:{FIELD}",
            "name": f"{object_name}.{FIELD}",
            "label": LABEL,
            "type": RECORD_TYPE,
            "trackHistory": True,
        }
    )
    return field


def check_needed(new: Snapshot, diff: Diff) -> Iterator[Problem]:
    """A problem for each such field that goes while its object keeps record types."""
    for gone in diff.removed:
        if not isinstance(gone, CustomField) or gone.type != RECORD_TYPE:
            continue
        if new.record_types(gone.object_name):
            message = _("The object has record types, which need this field.")
            hint = _("Delete the record types first.")
            yield Problem("record_type.needed", (gone.kind, gone.name), message, hint)
