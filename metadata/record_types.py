"""Which values a record may have: by its record type, and by the fields that control a picklist.

Pure questions to a snapshot; `runtime/records/choices` asks them of saves, forms ask them of pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .field_types.record_type import FIELD
from .kinds.business_process import PROCESS_FIELDS, Subset
from .kinds.dependency import controlling_key

if TYPE_CHECKING:
    from .kinds.custom_field import CustomField
    from .kinds.record_type import RecordType
    from .kinds.value_set import PicklistValue
    from .snapshot import Snapshot


def field_of(snapshot: Snapshot, object_name: str) -> CustomField | None:
    """The field that says which record type a record has, where the object has any."""
    return snapshot.fields(object_name).get(FIELD)


def find_type(snapshot: Snapshot, object_name: str, local_name: Any) -> RecordType | None:
    """The record type that a record's value names; None for blank and for what is gone."""
    if not local_name:
        return None
    found: RecordType | None = snapshot.find("RecordType", f"{object_name}.{local_name}")
    return found


def subset_of(snapshot: Snapshot, one: RecordType | None, field: CustomField) -> Subset | None:
    """The values that records of the type may take in a field; None: all of its list.

    The status or stage of a type with a process has those of the process.
    """
    if one is None:
        return None
    if one.process and field.local_name == PROCESS_FIELDS.get(one.object):
        process = snapshot.find("BusinessProcess", one.process)
        return process.subset if process else None
    return one.subsets.get(field.local_name)


def subset_names(one: RecordType) -> tuple[str, ...]:
    """The local names of the picklists of which records of the type have only some values."""
    process = PROCESS_FIELDS.get(one.object, "") if one.process else ""
    return (*one.subsets, *((process,) if process and process not in one.subsets else ()))


def values_for(
    snapshot: Snapshot, one: RecordType | None, field: CustomField
) -> tuple[PicklistValue, ...]:
    """The field's values that records of the type may take, in the order of the list."""
    values = snapshot.values(field)
    if (subset := subset_of(snapshot, one, field)) is None:
        return values
    names = set(subset.values)
    return tuple(value for value in values if value.name in names)


def default_for(snapshot: Snapshot, one: RecordType | None, field: CustomField, plain: Any) -> Any:
    """What a new record of the type gets where `plain` is the field's own default.

    A default outside the type's values is none.
    """
    if (subset := subset_of(snapshot, one, field)) is None:
        return plain
    if subset.default:
        return (subset.default,) if field.type == "MultiselectPicklist" else subset.default
    if isinstance(plain, tuple):
        return tuple(value for value in plain if value in subset.values) or None
    return plain if plain in subset.values else None


def allowed_by(snapshot: Snapshot, field: CustomField, controlling: Any) -> frozenset[str]:
    """The values of a dependent picklist that go with a value of its controlling field."""
    above = snapshot.fields(field.object_name)[field.controlled_by]
    value = bool(controlling) if above.type == "Checkbox" else controlling
    return field.allowed.get(controlling_key(value), frozenset())


def dependents(snapshot: Snapshot, object_name: str) -> Mapping[str, CustomField]:
    """{local name: field} of the object's dependent picklists, each after what controls it."""
    return snapshot.derived(
        ("dependents", object_name), lambda: _dependents(snapshot.fields(object_name))
    )


def _dependents(fields: Mapping[str, CustomField]) -> Mapping[str, CustomField]:
    def depth(field: CustomField) -> int:
        above = fields.get(field.controlled_by)
        return 1 + depth(above) if above is not None else 0

    found = [field for field in fields.values() if field.controlled_by]
    return {field.local_name: field for field in sorted(found, key=depth)}


def narrowed_by(snapshot: Snapshot, field: CustomField) -> tuple[str, ...]:
    """The fields of a record that say which values of the list it may take in this one."""
    typed = (FIELD,) if field_of(snapshot, field.object_name) is not None else ()
    return (*typed, field.controlled_by) if field.controlled_by else typed


def open_to(
    snapshot: Snapshot, field: CustomField, record: Mapping[str, Any]
) -> frozenset[str] | None:
    """The values that a record may take in a picklist, None for all of its list.

    `record` has what is known of it; what is not among `narrowed_by` there does not narrow.
    """
    found: frozenset[str] | None = None
    one = find_type(snapshot, field.object_name, record.get(FIELD))
    if (subset := subset_of(snapshot, one, field)) is not None:
        found = frozenset(subset.values)
    if field.controlled_by and field.controlled_by in record:
        fitting = allowed_by(snapshot, field, record[field.controlled_by])
        found = fitting if found is None else found & fitting
    return found


__all__ = [
    "FIELD", "allowed_by", "default_for", "dependents", "field_of", "find_type",
    "narrowed_by", "open_to",
    "subset_names", "subset_of", "values_for",
]  # fmt: skip
