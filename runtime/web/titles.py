"""How records are called: the name of one, its page's heading, the names behind lookups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ..layouts.bind import unnamed
from ..layouts.forms import REFERENCE_TYPES


def title(obj: CustomObject, values: Mapping[str, Any], snapshot: Snapshot) -> str:
    """The record's name, or what records of the object are called when they have none."""
    name = values.get(obj.name_field) if obj.name_field else None
    return str(name) if name else unnamed(obj, snapshot)


def referenced_ids(
    object_name: str, paths: Iterable[str], rows: Iterable[Mapping[str, Any]], snapshot: Snapshot
) -> set[str]:
    """The ids of the records that lookups among the paths point at."""
    lookups = [p for p in paths if snapshot.resolve(object_name, p)[-1].type in REFERENCE_TYPES]
    return {row[path] for row in rows for path in lookups if row.get(path)}
