"""Fields of every type for the contract tests, each with the options of its examples."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import pytest

from trellis.metadata.field_types import FIELD_TYPES
from trellis.metadata.field_types.base import Example, FieldType
from trellis.metadata.kinds.base import KINDS
from trellis.metadata.kinds.custom_field import CustomField

NEEDED: dict[str, dict[str, Any]] = {
    "Lookup": {"referenceTo": ["Account"]},
    "MasterDetail": {"referenceTo": ["Account"]},
    "Hierarchy": {"referenceTo": ["Thing__c"]},
}
EVERY_TYPE = FIELD_TYPES.all()


def make_field(type_name: str, name: str = "Thing__c.Field__c", **options: Any) -> CustomField:
    """A field of that type as its document would say it."""
    document = {
        "kind": "CustomField", "uid": f"uid.{name}", "name": name, "label": "Field",
        "type": type_name, **NEEDED.get(type_name, {}), **options,
    }  # fmt: skip
    field: CustomField = KINDS.get("CustomField").parse(document)
    return field


def field_of(field_type: FieldType, example: Example) -> CustomField:
    return make_field(field_type.name, **example.options)


def shapes(field_type: FieldType) -> list[tuple[CustomField, list[Any]]]:
    """(field, values of its examples) for each set of options among the examples."""
    found: dict[str, tuple[CustomField, list[Any]]] = {}
    for example in field_type.examples:
        key = repr(sorted(example.options.items()))
        values = found.setdefault(key, (field_of(field_type, example), []))[1]
        if example.value not in values:
            values.append(example.value)
    return list(found.values())


each_type = pytest.mark.parametrize("field_type", EVERY_TYPE, ids=attrgetter("name"))
each_example = pytest.mark.parametrize(
    ("field_type", "example"),
    [pytest.param(t, e, id=f"{t.name}-{i}") for t in EVERY_TYPE for i, e in enumerate(t.examples)],
)
each_refused = pytest.mark.parametrize(
    ("field_type", "text"),
    [
        pytest.param(t, text, id=f"{t.name}-{i}")
        for t in EVERY_TYPE
        for i, text in enumerate(t.refused)
    ],
)
each_column = pytest.mark.parametrize(
    ("field", "values"),
    [
        pytest.param(field, values, id=f"{t.name}-{i}")
        for t in EVERY_TYPE
        for i, (field, values) in enumerate(shapes(t))
        if t.columns(field)
    ],
)
