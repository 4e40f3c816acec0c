"""The filter of a lookup: which records it may point at.

Each row compares a field of the record that is looked for with a value, with a field of the record
that holds the lookup (`$Source.AccountId`) or with one of who works with it (`$User.Department`).
Rows that know only `$Source` and `$User` are understood as well, and switch others on and off by
the logic. Refuses sides that do not fit each other, and fields of the target on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from ..platform.errors import Problem, Rejected
from ..platform.i18n import _
from .definition import Path, Reference
from .field_types.base import NEUTRAL, Bound, Value
from .filter_logic import parse as parse_logic
from .formulas.typed import KINDS, Type
from .predicates import ALWAYS, NEVER, All, AnyOf, Condition, Not, Predicate

if TYPE_CHECKING:
    from .kinds.custom_field import CustomField
    from .snapshot import Snapshot

T = TypeVar("T")
NAME = "lookupFilter"
SOURCE, USER = "$Source", "$User"
#: what a comparison is, seen from its other side
_TURNED = MappingProxyType(
    {
        "equals": "equals", "notEqual": "notEqual", "lessThan": "greaterThan",
        "greaterThan": "lessThan", "lessOrEqual": "greaterOrEqual",
        "greaterOrEqual": "lessOrEqual",
    }
)  # fmt: skip
_WORDS = frozenset({Type.TEXT, Type.PICKLIST})


@dataclass(frozen=True, slots=True)
class Item:
    """One row; either `value` or `other` is compared with."""

    field: str
    operation: str
    value: Any = None
    other: str = ""  # a path, as `valueField` has it


@dataclass(frozen=True, slots=True)
class LookupFilter:
    """What a lookup's document says of the records it may point at."""

    items: tuple[Item, ...]
    logic: str = ""
    active: bool = True
    is_optional: bool = False  # people may choose other records nevertheless
    error: str = ""
    info: str = ""


def read_lookup_filter(said: Mapping[str, Any] | None) -> LookupFilter | None:
    """The filter of a document that fits LOOKUP_FILTER."""
    if not said:
        return None
    return LookupFilter(
        tuple(_item(row) for row in said.get("filterItems", ())),
        said.get("booleanFilter", ""),
        said.get("active", True),
        said.get("isOptional", False),
        said.get("errorMessage", ""),
        said.get("infoMessage", ""),
    )


def _item(row: Mapping[str, Any]) -> Item:
    value = row.get("value")
    kept = tuple(value) if isinstance(value, list) else value
    return Item(row["field"], row["operation"], kept, row.get("valueField", ""))


# -- sides


@dataclass(frozen=True, slots=True)
class Side:
    """A path and where it begins: at the target (""), $Source or $User."""

    home: str
    path: str
    skipped: int = 0  # parts of the written path that are not of `path`


def side_of(text: str, target: str, snapshot: Snapshot) -> Side:
    """What a written path means; the target's own name in front of it may be left out."""
    first, _dot, rest = text.partition(".")
    if first in (SOURCE, USER) and rest:
        return Side(first, rest, 1)
    is_named = rest and first.casefold() == target.casefold()
    if is_named and snapshot.find_relation(target, first) is None:
        return Side("", rest, 1)
    return Side("", text)


def home_object(side: Side, field: CustomField) -> str:
    """The object that a side's path begins at."""
    if side.home == SOURCE:
        return field.object_name
    return "User" if side.home == USER else field.reference_to[0]


def asked_of(field: CustomField, snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """{home: paths} of all that the field's filter looks at."""
    found: dict[str, dict[str, None]] = {"": {}, SOURCE: {}, USER: {}}
    for item in field.lookup_filter.items if field.lookup_filter else ():
        for text in filter(None, (item.field, item.other)):
            side = side_of(text, field.reference_to[0], snapshot)
            found[side.home][side.path] = None
    return {home: tuple(paths) for home, paths in found.items()}


# -- meaning


def predicate_of(
    field: CustomField, known: Mapping[str, Mapping[str, Value]], snapshot: Snapshot
) -> Predicate:
    """What the target must meet, given {home: {path: value}} of $Source and $User."""
    said = field.lookup_filter
    if said is None:
        return ALWAYS
    rows = [_meaning(item, field, known, snapshot) for item in said.items]
    numbered = tuple(Condition(str(n), "") for n in range(len(rows)))
    return _put_in(parse_logic(said.logic, numbered), rows)


def _put_in(tree: Predicate, rows: list[Predicate]) -> Predicate:
    match tree:
        case Condition(number):
            return rows[int(number)]
        case Not(part):
            return Not(_put_in(part, rows))
        case All(parts):
            return All(tuple(_put_in(part, rows) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_put_in(part, rows) for part in parts))


def _meaning(
    item: Item,
    field: CustomField,
    known: Mapping[str, Mapping[str, Value]],
    snapshot: Snapshot,
) -> Predicate:
    target = field.reference_to[0]
    side = side_of(item.field, target, snapshot)
    other = side_of(item.other, target, snapshot) if item.other else None
    if other and not other.home:
        mine = known[side.home].get(side.path)
        return Condition(other.path, _TURNED[item.operation], (mine,))
    operands = _operands(item, field, side, snapshot)
    if other:
        operands = (known[other.home].get(other.path),)
    if not side.home:
        return Condition(side.path, item.operation, operands)
    mine = known[side.home].get(side.path)
    asked = snapshot.resolve(home_object(side, field), side.path)[-1]
    reading = NEUTRAL.for_field(asked, snapshot)
    holds = asked.field_type.bind(item.operation, operands, asked, reading).matches(mine)
    return ALWAYS if holds else NEVER


def _operands(item: Item, field: CustomField, side: Side, snapshot: Snapshot) -> tuple[Any, ...]:
    """The values of a row: "Hot,Warm" are two, as in a list view."""
    if isinstance(item.value, tuple):
        return item.value
    if not isinstance(item.value, str):
        return () if item.value is None else (item.value,)
    asked = snapshot.resolve(home_object(side, field), side.path)[-1]
    if asked.field_type.operator(item.operation).arity == 0:
        return ()
    return asked.field_type.operands_of(item.value)


# -- references and checks


def references(field: CustomField, snapshot: Snapshot) -> Iterator[Reference]:
    """What the rows name; none of it can go while the filter is there."""
    said = field.lookup_filter
    for i, item in enumerate(said.items if said and field.reference_to else ()):
        for key, text in (("field", item.field), ("valueField", item.other)):
            if text:
                side = side_of(text, field.reference_to[0], snapshot)
                yield from _of_side(side, field, snapshot, (NAME, "filterItems", i, key))


def _of_side(
    side: Side, field: CustomField, snapshot: Snapshot, place: Path
) -> Iterator[Reference]:
    object_name = home_object(side, field)
    parts = side.path.split(".")
    if side.skipped and not side.home:
        yield Reference(place, "CustomObject", object_name, 0)
    for i, part in enumerate(parts):
        is_last = i == len(parts) - 1
        find = snapshot.find_field if is_last else snapshot.find_relation
        if (found := find(object_name, part)) is None:
            return
        if not found.is_system:
            yield Reference(place, "CustomField", found.name, i + side.skipped)
        if not is_last:
            if not found.reference_to:
                return
            object_name = found.reference_to[0]


def check_lookup_filter(field: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
    """What is wrong with a field's filter, at its row."""
    said = field.lookup_filter
    if said is None:
        return ()
    if len(field.reference_to) != 1 or field.every is not None:
        message = _("Only a lookup to one object can have a filter.")
        return (Problem("lookup.filter", (NAME,), message),)
    if said.active and not said.items:
        message = _("The filter has no row.")
        return (Problem("lookup.filter_empty", (NAME, "filterItems"), message),)
    problems: list[Problem] = []
    for i, item in enumerate(said.items):
        found = _check_item(item, field, snapshot)
        problems += (problem.under(NAME, "filterItems", i) for problem in found)
    try:
        parse_logic(said.logic, tuple(Condition(str(n), "") for n in range(len(said.items))))
    except Rejected as refusal:
        place = (NAME, "booleanFilter")
        problems += (Problem(p.code, place, p.message, p.hint) for p in refusal.problems)
    return tuple(problems)


def _check_item(item: Item, field: CustomField, snapshot: Snapshot) -> Iterator[Problem]:
    try:
        side, asked = _sided(item.field, "field", field, snapshot)
        operator = _at("operation", lambda: asked.field_type.operator(item.operation))
        if item.other:
            other, compared = _sided(item.other, "valueField", field, snapshot)
        elif operator.arity != 0:
            _at("value", lambda: _bound(item, side, asked, field, snapshot))
    except Rejected as refusal:
        yield from refusal.problems
        return
    if not side.home and not asked.field_type.filterable:
        message = _("%(path)s cannot be filtered by.", path=item.field)
        yield Problem("field.not_filterable", ("field",), message)
    elif item.other:
        yield from _check_sides(item, (side, asked), (other, compared))


def _at(key: str, read: Callable[[], T]) -> T:
    """What `read` gives; its refusals stand at the key."""
    try:
        return read()
    except Rejected as refusal:
        found = (Problem(p.code, (key,), p.message, p.hint) for p in refusal.problems)
        raise Rejected(*found) from None


def _sided(text: str, key: str, field: CustomField, snapshot: Snapshot) -> tuple[Side, CustomField]:
    """The side of a path and the field at its end."""
    side = side_of(text, field.reference_to[0], snapshot)
    walked = _at(key, lambda: snapshot.resolve(home_object(side, field), side.path))
    return side, walked[-1]


def _check_sides(
    item: Item, left: tuple[Side, CustomField], right: tuple[Side, CustomField]
) -> Iterator[Problem]:
    (side, asked), (other, compared) = left, right
    if not side.home and not other.home:
        message = _("A row compares a field of the target with $Source, $User or a value.")
        yield Problem("lookup.filter_sides", ("valueField",), message)
    elif side.home and not other.home and item.operation not in _TURNED:
        message = _("Write the field of the target on the left.")
        yield Problem("lookup.filter_sides", ("field",), message)
    elif not same_kind(asked, compared):
        message = _("%(one)s and %(other)s cannot be compared.", one=item.field, other=item.other)
        yield Problem("lookup.filter_types", ("valueField",), message)


def same_kind(one: CustomField, other: CustomField) -> bool:
    """Says whether values of the fields can be compared."""
    return _kind(one) is not None and _kind(one) == _kind(other)


def _kind(field: CustomField) -> Type | None:
    kind = KINDS.get(field.field_type.formula_kind)
    return Type.TEXT if kind in _WORDS else kind


def _bound(
    item: Item, side: Side, asked: CustomField, field: CustomField, snapshot: Snapshot
) -> Bound:
    reading = NEUTRAL.for_field(asked, snapshot)
    operands = _operands(item, field, side, snapshot)
    return asked.field_type.bind(item.operation, operands, asked, reading)


_TEXT = {"type": "string", "minLength": 1, "maxLength": 240}
LOOKUP_FILTER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "active": {"type": "boolean"},
        "isOptional": {"type": "boolean"},
        "booleanFilter": {"type": "string", "maxLength": 1000},
        "errorMessage": {"type": "string", "maxLength": 255},
        "infoMessage": {"type": "string", "maxLength": 255},
        "description": {"type": "string", "maxLength": 1000},
        "filterItems": {
            "type": "array",
            "maxItems": 10,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "operation"],
                "properties": {
                    "field": _TEXT,
                    "operation": _TEXT,
                    "valueField": _TEXT,
                    "value": {
                        "anyOf": [
                            {"type": ["string", "number", "boolean", "null"]},
                            {"type": "array", "maxItems": 1000, "items": {"type": "string"}},
                        ]
                    },
                },
            },
        },
    },
}
