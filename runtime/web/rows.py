"""Records as rows of a table."""

from __future__ import annotations

from typing import Any

from ...metadata.kinds.custom_object import CustomObject
from ..layouts.bind import unnamed
from ..query.record import Page, Record
from .cells import record_url
from .display import Shown, cell_of
from .scope import Here


def table_rows(
    obj: CustomObject, columns: tuple[Shown, ...], page: Page, scope: Here, titles: dict[str, str]
) -> list[dict[str, Any]]:
    """Rows as `data_table` takes them; the first cell is the way to the record."""
    return [
        {
            "id": found.id,
            "url": record_url(found.id),
            "cells": [cell_of(column, found, scope.snapshot, titles) for column in columns],
            "label": _label(columns, found, obj, scope),
        }
        for found in page.records
    ]


def _label(columns: tuple[Shown, ...], found: Record, obj: CustomObject, scope: Here) -> str:
    name = found.values.get(obj.name_field) if obj.name_field else None
    return str(name) if name else unnamed(obj, scope.snapshot)
