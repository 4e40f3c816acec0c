"""What is known of the columns of a query before it runs."""

from __future__ import annotations

from ...metadata.kinds.custom_object import CustomObject
from ..query.request import Rows
from .answer import Column
from .beyond import TYPE, Far, field_for, readable_targets
from .grouping import columns_of, is_count, is_grouped
from .parser import parse
from .running import Prepared, names_of, prepare, understood
from .scope import Scope
from .selection import Brood, Leaf, Shape
from .virtual import Virtual, find_virtual, virtual_columns


def object_of(scope: Scope, text: str) -> CustomObject | Virtual:
    """The object that a query is about; raises SoqlError as `run` does."""
    with understood():
        select = parse(text)
        one = find_virtual(scope, select.source.text)
        return one or names_of(scope, text, select).object


def columns(scope: Scope, text: str) -> list[Column]:
    """The columns of a query, in its order; raises SoqlError as `run` does."""
    with understood():
        select = parse(text)
        if (one := find_virtual(scope, select.source.text)) is not None:
            return virtual_columns(text, select, one)
        names = names_of(scope, text, select)
        if is_count(select):
            return []
        if not is_grouped(select):
            prepared = prepare(names, select, Rows.LIVE)
            return _columns(scope, prepared, prepared.shape)
        return [
            Column(
                one.name, one.name, one.field.value_type, isinstance(one.made_of, str), one.field
            )
            for one in columns_of(names, select)
        ]


def _columns(scope: Scope, prepared: Prepared, shape: Shape) -> list[Column]:
    found: list[Column] = []
    for name, part in shape.parts.items():
        match part:
            case Leaf():
                label = scope.snapshot.label(part.field)
                found.append(Column(name, label, part.field.value_type, field=part.field))
            case Shape():
                found.append(Column(name, name, joins=tuple(_columns(scope, prepared, part))))
            case Far():
                found.append(Column(name, name, joins=tuple(_far(scope, part))))
            case Brood():
                inner = prepared.children[part.number]
                joins = tuple(_columns(scope, inner, inner.shape))
                found.append(Column(name, name, aggregate=True, joins=joins))
    return found


def _far(scope: Scope, part: Far) -> list[Column]:
    """Columns of a record of one of several objects: as the first that has each."""
    found: list[Column] = []
    for name in part.attributes:
        targets = () if name == TYPE else readable_targets(scope, part.path.targets)
        fields = (field_for(scope, target, name) for target in targets)
        field = next((one for one in fields if one is not None), None)
        found.append(Column(name, name, field.value_type if field else "Text", field=field))
    return found
