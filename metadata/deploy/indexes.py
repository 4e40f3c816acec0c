"""Which indexes an org's tables have: derived from the metadata alone, so there is nothing to tend.

Lookups, unique fields, external ids, record names, what list views filter and sort
by, the criteria of sharing rules, and unique combinations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from ..kinds.custom_field import CustomField
from ..kinds.custom_object import CustomObject
from ..kinds.unique_combination import combinations_of
from ..snapshot import Snapshot
from ..storage import PEOPLE_COLUMNS
from ..system_fields import COLUMNS

LONGEST = 600  # characters; PostgreSQL cannot index a text of more than 2,704 bytes


class Purpose(IntEnum):
    """What an index is for; a stronger one serves the weaker ones too."""

    FIND = 1  # the column alone
    SORT = 2  # the column, then the id
    UNIQUE = 3  # one live record per value


Part = tuple[str, str]  # (field uid, part), or ("", fixed column)


@dataclass(frozen=True, slots=True, order=True)
class Index:
    """An index on one part of a field, or on a fixed column of the object (`field_uid` "").

    Of a unique combination, `beside` are the further columns.
    """

    object_uid: str
    field_uid: str
    part: str  # the part's name, or the fixed column
    purpose: Purpose
    beside: tuple[Part, ...] = ()

    @property
    def columns(self) -> tuple[Part, ...]:
        """All that it is on, in order."""
        return ((self.field_uid, self.part), *self.beside)


def wanted_indexes(snapshot: Snapshot, obj: CustomObject) -> frozenset[Index]:
    """Every index that the object has at this version, one per column or combination at most."""
    found: dict[Part, Purpose] = {}
    for field_uid, part, purpose in _wishes(snapshot, obj):
        key = (field_uid, part)
        found[key] = max(purpose, found.get(key, purpose))
    single = (Index(obj.uid, uid, part, purpose) for (uid, part), purpose in found.items())
    return frozenset((*single, *_of_combinations(snapshot, obj)))


def _of_combinations(snapshot: Snapshot, obj: CustomObject) -> Iterator[Index]:
    for one in combinations_of(snapshot, obj.name):
        fields = [snapshot.find_field(obj.name, name) for name in one.fields]
        if all(fields):
            (uid, part), *more = (_unique_part(field) for field in fields if field)
            yield Index(obj.uid, uid, part, Purpose.UNIQUE, tuple(more))


def _unique_part(field: CustomField) -> Part:
    if field.is_system:
        return "", COLUMNS[field.local_name]
    return field.uid, field.field_type.unique_part(field)


def is_stored_apart(obj: CustomObject, field: CustomField) -> bool:
    """Says whether the field has no columns of ours.

    The platform keeps it in a table of its own (standard fields of User), or it is computed.
    """
    if field.formula:
        return True
    return obj.storage == "people" and field.local_name in PEOPLE_COLUMNS


def stored_fields(snapshot: Snapshot, obj: CustomObject) -> Iterator[CustomField]:
    """The object's fields, components included, that have columns of ours."""
    for field in snapshot.fields(obj.name).values():
        if not field.is_system and not is_stored_apart(obj, field):
            yield field


_Wish = tuple[str, str, Purpose]


def _wishes(snapshot: Snapshot, obj: CustomObject) -> Iterator[_Wish]:
    if not obj.storage:
        yield "", "created_at", Purpose.SORT
        if obj.has_owner:
            yield "", "owner_id", Purpose.FIND
    for field in stored_fields(snapshot, obj):
        yield from _of_field(field)
    if (name := snapshot.name_field(obj.name)) is not None:
        yield from _of_path(snapshot, obj, name.local_name, Purpose.SORT)
    for view in snapshot.of_kind("ListView"):
        if view.object == obj.name:
            for sort in view.sort:
                yield from _of_path(snapshot, obj, sort.field, Purpose.SORT)
            for row in view.filters:
                yield from _of_path(snapshot, obj, row.field, Purpose.FIND)
    for rule in snapshot.of_kind("SharingRule"):
        if rule.object == obj.name:
            for row in rule.filters:
                yield from _of_path(snapshot, obj, row.field, Purpose.FIND)


def _of_field(field: CustomField) -> Iterator[_Wish]:
    if field.unique:
        yield field.uid, field.field_type.unique_part(field), Purpose.UNIQUE
    elif field.external_id:
        yield field.uid, field.field_type.unique_part(field), Purpose.FIND
    for part in field.field_type.columns(field):
        if part.indexed or (field.reference_to and part.name == ""):
            yield field.uid, part.name, Purpose.FIND


def _of_path(snapshot: Snapshot, obj: CustomObject, path: str, purpose: Purpose) -> Iterator[_Wish]:
    """Paths over a relationship are served by the other object's indexes, not by ours."""
    if "." in path or (field := snapshot.find_field(obj.name, path)) is None:
        return
    if field.is_system:
        if not obj.storage and (column := COLUMNS[field.local_name]) not in ("id", "is_deleted"):
            yield "", column, purpose
    elif not is_stored_apart(obj, field) and _may_be_indexed(field):
        yield field.uid, field.field_type.sort_part, purpose


def _may_be_indexed(field: CustomField) -> bool:
    kind = field.field_type
    parts = {part.name: part.type for part in kind.columns(field)}
    length = int(field.options.get("length") or getattr(kind, "default_length", 0) or 0)
    is_short = parts.get(kind.sort_part) != "text" or 0 < length <= LONGEST
    return kind.sortable and kind.sort_part in parts and is_short
