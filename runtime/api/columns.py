"""What the columns of a query are, for programs that lay out a table before they ask for rows."""

from __future__ import annotations

from typing import Any

from ...metadata.kinds.custom_object import CustomObject
from .. import soql
from ..access.permissions import writable
from ..soql import Column, Scope
from .call import Call
from .described import NUMBERS, TYPES

OTHERS = frozenset({"Checkbox", "Date", "DateTime", "Time"})


def columns_body(call: Call, scope: Scope, text: str) -> dict[str, Any]:
    """The columns of a query in their order, those of a parent within one of its name."""
    columns = soql.columns(scope, text)
    obj = soql.object_of(scope, text)
    return {
        "columnMetadata": [_column(call, column) for column in columns],
        "entityName": obj.name,
        "groupBy": any(column.aggregate and not column.joins for column in columns),
        "idSelected": any(column.name == "Id" for column in columns),
        "keyPrefix": _prefix(call, obj),
    }


def _prefix(call: Call, obj: CustomObject | soql.Virtual) -> str | None:
    if isinstance(obj, soql.Virtual):
        return obj.prefix
    return call.snapshot.storage.prefix(obj.uid) or None


def _column(call: Call, column: Column) -> dict[str, Any]:
    kind, field = column.type, column.field
    may_set = field is not None and writable(call.actor, field, call.snapshot)
    return {
        "aggregate": column.aggregate,
        "apexType": TYPES[kind][0] if kind in TYPES else "",
        "booleanType": kind == "Checkbox",
        "columnName": column.name,
        "custom": bool(field and field.is_custom),
        "displayName": column.name,
        "foreignKeyName": None,
        "insertable": may_set,
        "joinColumns": [_column(call, inner) for inner in column.joins],
        "numberType": kind in NUMBERS,
        "textType": bool(kind) and kind not in NUMBERS | OTHERS,
        "updatable": may_set,
    }
