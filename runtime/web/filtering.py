"""Filters as pages show them: the fields that can be asked, and the rows a form posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.relative_dates import TOKENS, in_words
from ...platform.i18n import _
from ..access.permissions import readable
from ..query.computed import is_in_statements
from .scope import Here

SHOWN_OPERATORS = (
    "equals", "notEqual", "contains", "notContain", "startsWith", "lessThan", "greaterThan",
    "lessOrEqual", "greaterOrEqual", "includes", "excludes", "isBlank", "isNotBlank",
)  # fmt: skip


def filter_fields(
    scope: Here, obj: CustomObject, *, may: Callable[[CustomField], bool] = lambda _field: True
) -> list[dict[str, Any]]:
    """The fields of the filter rows: name, label, operators, choices of picklists, usual values."""
    fields = [
        _field(scope, field)
        for field in scope.snapshot.fields(obj.name).values()
        if may(field)
        and field.field_type.filterable
        and field.field_type.operators
        and is_in_statements(field, scope.snapshot)
        and readable(scope.actor, field, scope.snapshot)
        and field.local_name not in ("Id", "IsDeleted", "SystemModstamp")
    ]
    return sorted(fields, key=lambda field: str(field["label"]).casefold())


def filter_field(scope: Here, field: CustomField, path: str, label: str) -> dict[str, Any]:
    """A field of the filter rows under a path and a label of the page's own."""
    return {**_field(scope, field), "name": path, "label": label}


def _field(scope: Here, field: CustomField) -> dict[str, Any]:
    operators = [o for o in field.field_type.operators if o.name in SHOWN_OPERATORS]
    return {
        "name": field.local_name,
        "label": scope.snapshot.label(field),
        "operators": [(o.name, str(o.label)) for o in operators],
        "bare": [o.name for o in operators if o.arity == 0],
        "choices": [
            (value.name, scope.snapshot.value_label(field, value.name))
            for value in scope.snapshot.values(field)
        ]
        or _yes_no(field),
        "suggestions": _suggestions(field),
    }


def _yes_no(field: CustomField) -> list[tuple[str, str]]:
    return [("true", _("Yes")), ("false", _("No"))] if field.type == "Checkbox" else []


def _suggestions(field: CustomField) -> list[tuple[str, str]]:
    if field.value_type in ("Date", "DateTime"):
        names = [f"{token.name}:3" if token.counted else token.name for token in TOKENS]
        return [(name, in_words(name)) for name in names]
    if field.reference_to == ("User",):
        return [("me", _("me"))]
    return []


def posted_rows(form: Any) -> Iterator[dict[str, str]]:
    """{field, operator, value} of the rows of a form; a row without a field is left out."""
    rows = zip(
        form.getlist("filter_field"),
        form.getlist("filter_operator"),
        form.getlist("filter_value"),
        strict=False,
    )
    for field, operator, value in rows:
        if field:
            yield {"field": field, "operator": operator or "equals", "value": value.strip()}
