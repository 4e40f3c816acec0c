"""What an object needs to be looked at and no file says: a page of all its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....platform.i18n import _
from ...kinds.custom_field import CustomField
from ...kinds.custom_object import CustomObject
from ...snapshot import Snapshot
from .translator import Draft, uid_of


def generated_layout(obj: CustomObject, snapshot: Snapshot) -> Draft:
    """A layout of all fields that have a value of their own; what names a record comes first."""
    fields = [f for f in snapshot.documented_fields(obj.name) if f.type not in ("RecordType", "Id")]
    fields.sort(key=lambda f: (f.local_name != obj.name_field, bool(f.formula), f.label))
    return {
        "kind": "Layout",
        "uid": uid_of("sf.Layout", f"{obj.name}-generated"),
        "name": f"{obj.name}-All fields",
        "label": obj.label,
        "object": obj.name,
        "default": True,
        "sections": [
            {"id": "s1", "label": _("Information"), "columns": 2, "cells": list(_cells(fields))}
        ],
    }


def _cells(fields: list[CustomField]) -> Iterator[dict[str, Any]]:
    """One cell for each field, from left to right."""
    for i, field in enumerate(fields):
        cell = {"id": f"c{i + 1}", "field": field.local_name, "column": i % 2 + 1}
        yield cell if field.is_editable else {**cell, "behavior": "Readonly"}
