"""How the values of a query are shown: a secret by its mask, whichever way leads to it."""

from __future__ import annotations

from collections.abc import Callable

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import RECORD_TYPE, Snapshot
from .ids import definition_id, record_type_of


def presented(one: CustomField, snapshot: Snapshot) -> Callable[[Value], Value]:
    """The value itself; of a secret its mask, of a compound what JSON says of it."""
    field_type = one.field_type
    if one.type == RECORD_TYPE:
        return lambda value: _record_type_id(snapshot, one, value)
    if field_type.exports_value and field_type.columns(one):
        return _itself
    return lambda value: field_type.json(value, one)


def labelled(one: CustomField, snapshot: Snapshot) -> Callable[[Value], Value]:
    """The value as a person reads it."""
    field_type = one.field_type
    return lambda value: None if value is None else field_type.display_in(value, one, snapshot)


def _itself(value: Value) -> Value:
    return value


def _record_type_id(snapshot: Snapshot, one: CustomField, value: Value) -> Value:
    found = record_type_of(snapshot, one.object_name, value) if value else None
    return definition_id(found) if found else None
