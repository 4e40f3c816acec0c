"""The filter of a lookup as a change set: rows of the editor become those of the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_field import CustomField
from ...metadata.lookup_filters import NAME, SOURCE, USER
from ...platform.i18n import _
from .documents import draft


@dataclass(frozen=True, slots=True)
class SaidFilter:
    """What the editor says; a value that begins with $Source. or $User. is another field."""

    rows: tuple[Mapping[str, str], ...] = ()
    logic: str = ""
    active: bool = True
    is_optional: bool = False
    error: str = ""
    info: str = ""


def said_filter(field: CustomField, error: str, info: str) -> SaidFilter:
    """What the editor of a field starts with, the messages in the reader's language."""
    said = field.lookup_filter
    if said is None:
        return SaidFilter()
    rows = tuple(
        {"field": one.field, "operator": one.operation, "value": one.other or _text(one.value)}
        for one in said.items
    )
    return SaidFilter(rows, said.logic, said.active, said.is_optional, error, info)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def edited_lookup_filter(field: CustomField, said: SaidFilter) -> ChangeSet:
    """The change set of a lookup's filter."""
    words = {"booleanFilter": said.logic, "errorMessage": said.error, "infoMessage": said.info}
    document = draft(field) | {
        NAME: {
            "active": said.active,
            "isOptional": said.is_optional,
            "filterItems": [_item(row) for row in said.rows],
            **{key: text for key, text in words.items() if text},
        }
    }
    summary = _("Lookup filter of %(name)s changed", name=field.name)
    return ChangeSet((document,), (), summary)


def removed_lookup_filter(field: CustomField) -> ChangeSet:
    """The change set of a lookup without its filter."""
    document = {key: value for key, value in draft(field).items() if key != NAME}
    return ChangeSet((document,), (), _("Lookup filter of %(name)s removed", name=field.name))


def _item(row: Mapping[str, str]) -> dict[str, Any]:
    item = {"field": row["field"], "operation": row["operator"]}
    text = row["value"]
    if text.startswith((f"{SOURCE}.", f"{USER}.")):
        return item | {"valueField": text}
    return item | ({"value": text} if text else {})
