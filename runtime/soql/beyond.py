"""Paths that lead out of the tables: to a record of one of several objects, a record type, a role.

"What.Name" is the name of whatever a task is about. Its records are looked up for a whole batch,
in a statement for each object; conditions on it become sub-selects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ...metadata.field_types.base import Value
from ...metadata.field_types.record_type import FIELD as RECORD_TYPE_ID
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.record_type import RecordType
from ...metadata.predicates import AnyOf, Condition, Not, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound
from ..access import permissions
from ..query import run as door
from ..query.record import Record
from ..query.request import Among, Rows
from .answer import Row
from .errors import INVALID_QUERY_FILTER_OPERATOR
from .ids import definition_id, record_type_of
from .naming import Found, Names
from .scope import Scope
from .showing import presented
from .syntax import Compare, Literal, Path
from .tokens import cooked
from .values import operand

NAME, TYPE = "Name", "Type"
_TEXTS = {"profile": "Profile", "userrole": "UserRole"}  # of users: kept as the name of it
_OF_RECORD_TYPES = ("Id", "Name", "DeveloperName", "SobjectType", "IsActive", "Description")


@dataclass(frozen=True, slots=True)
class Beyond:
    """A path with what lies beyond its last field: "What" and "Name" of What.Name."""

    found: Found
    relation: str  # as the answer calls it
    attribute: str
    kind: str  # named, typed or text

    @property
    def targets(self) -> tuple[str, ...]:
        return self.found.field.reference_to


def beyond(names: Names, path: Path) -> Beyond | None:
    """What the path leads to beyond the tables; None where it ends in one of them."""
    *relations, last = names.bare(path)
    home, walked, snapshot = names.object, list[CustomField](), names.scope.snapshot
    for n, name in enumerate(relations):
        is_last = n == len(relations) - 1
        if is_last and name.casefold() == "recordtype":
            own = snapshot.find_field(home.name, RECORD_TYPE_ID)
            if own is not None and own.type == "RecordType" and names.is_readable(own):
                attribute = _spelled(names, path, last, _OF_RECORD_TYPES, "RecordType")
                return Beyond(Found(tuple(walked), own), "RecordType", attribute, "typed")
        text = _TEXTS.get(name.casefold())
        if is_last and text and home.storage and snapshot.find_relation(home.name, name) is None:
            own = names.field_of(home, text, path)
            return Beyond(Found(tuple(walked), own), text, _name_only(names, path, last), "text")
        step = names.relation(home, name, path)
        if len(step.reference_to) > 1:
            if not is_last:
                raise names.unknown_relation(path, relations[n + 1])
            relation = step.relationship or step.local_name.removesuffix("Id")
            if step.is_custom:
                relation = step.local_name.removesuffix("__c") + "__r"
            attribute = _attribute(names, path, last, step)
            return Beyond(Found(tuple(walked), step), relation, attribute, "named")
        walked.append(step)
        home = snapshot.object(step.reference_to[0])
    return None


def _name_only(names: Names, path: Path, last: str) -> str:
    return _spelled(names, path, last, (NAME,), NAME)


def _spelled(names: Names, path: Path, last: str, known: Iterable[str], entity: str) -> str:
    for one in known:
        if one.casefold() == last.casefold():
            return one
    raise names.unknown_column(path, last, entity)


def _attribute(names: Names, path: Path, last: str, step: CustomField) -> str:
    """What records of several objects have in common: a name, a type, fields called alike."""
    fields = [
        one.local_name
        for target in readable_targets(names.scope, step.reference_to)
        for one in names.scope.snapshot.fields(target.name).values()
        if names.is_readable(one) and one.field_type.columns(one)
    ]
    return _spelled(names, path, last, (NAME, TYPE, "Id", *fields), NAME)


def readable_targets(scope: Scope, targets: Iterable[str]) -> Iterator[CustomObject]:
    """Those of the objects that the actor may know of."""
    for name in targets:
        found = scope.snapshot.object(name)
        if permissions.may(scope.actor, permissions.Operation.READ, found, scope.snapshot):
            yield found


def field_for(scope: Scope, target: CustomObject, attribute: str) -> CustomField | None:
    """The field of an object that has the attribute, if the actor may read it."""
    name = target.name_field if attribute == NAME else attribute
    found = scope.snapshot.find_field(target.name, name) if name else None
    if found is None or not permissions.readable(scope.actor, found, scope.snapshot):
        return None
    return found


# -- conditions ----------------------------------------------------------------------------------

_DENIED = {"notEqual": "equals", "notIn": "in"}


def condition(names: Names, test: Compare, path: Beyond, operator: str) -> Predicate:
    """The predicate of a comparison with what lies beyond."""
    assert isinstance(test.right, tuple)  # noqa: S101 - a sub-select is of ids
    if path.kind == "text":
        return Condition(path.found.text, operator, _texts(names, test, path.found.field))
    if path.kind == "typed":
        return _of_record_types(names, test, path, operator)
    if operator in _DENIED:
        return Not(_some(names, test, path, _DENIED[operator]))
    return _some(names, test, path, operator)


def _texts(names: Names, test: Compare, one: CustomField) -> tuple[Value, ...]:
    assert isinstance(test.right, tuple)  # noqa: S101
    is_pattern = test.operator == "LIKE"
    return tuple(operand(names, literal, one, is_pattern=is_pattern) for literal in test.right)


def _some(names: Names, test: Compare, path: Beyond, operator: str) -> Predicate:
    """Records whose parent, of whichever object, fulfils the comparison."""
    right = [literal for literal in _literals(test) if literal.kind != "null"]
    found: list[Predicate] = []
    if right:
        found += _fulfilling(names, test, path, operator, right)
    if len(right) < len(_literals(test)):
        there = _fulfilling(names, test, path, "isNotBlank", [])
        found.append(Not(AnyOf(tuple(there))))
    return AnyOf(tuple(found))


def _literals(test: Compare) -> tuple[Literal, ...]:
    assert isinstance(test.right, tuple)  # noqa: S101
    return test.right


def _fulfilling(
    names: Names, test: Compare, path: Beyond, operator: str, right: list[Literal]
) -> list[Predicate]:
    lookup, found = path.found.text, list[Predicate]()
    is_pattern = operator == "like"
    for target in readable_targets(names.scope, path.targets):
        if path.attribute == TYPE:
            wanted = {cooked(one.text).casefold() for one in right if one.kind == "string"}
            if operator == "isNotBlank" or target.name.casefold() in wanted:
                found.append(Condition(lookup, "in", (Among(target.name),)))
            continue
        if (one := field_for(names.scope, target, path.attribute)) is None:
            continue
        if all(known.name != operator for known in one.field_type.operators):
            sentence = f"field '{path.attribute}' has no filter operator {test.operator}"
            raise names.refused(test.left.at, sentence, INVALID_QUERY_FILTER_OPERATOR)
        raw = tuple(operand(names, literal, one, is_pattern=is_pattern) for literal in right)
        where = Condition(one.local_name, operator, raw)
        found.append(Condition(lookup, "in", (Among(target.name, "Id", where),)))
    return found


def _of_record_types(names: Names, test: Compare, path: Beyond, operator: str) -> Predicate:
    """Conditions on record types choose among these, which are few, and name those chosen."""
    types, one = names.scope.snapshot.record_types(path.found.field.object_name), _TEXT
    bound = one.field_type.bind(operator, _texts(names, test, one), one)
    chosen = [t.local_name for t in types if bound.matches(_of_type(t, path.attribute))]
    known: list[Predicate] = [Condition(path.found.text, "in", tuple(chosen))] if chosen else []
    if bound.matches(None):
        known.append(Condition(path.found.text, "isBlank"))
    return AnyOf(tuple(known))


_TEXT = CustomField.of_document(
    {"kind": "CustomField", "uid": "text", "name": "Any.Text", "type": "Text", "label": "Text"}
)


def _of_type(one: RecordType, attribute: str) -> Value:
    match attribute:
        case "Id":
            return definition_id(one)
        case "DeveloperName":
            return one.local_name
        case "SobjectType":
            return one.object
        case "Description":
            return one.description or None
        case "IsActive":
            return one.active
        case _:
            return one.label


# -- what is selected ----------------------------------------------------------------------------


@dataclass(slots=True)
class Beside:
    """What a batch brings beside its records."""

    children: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    named: dict[str, Record] = field(default_factory=dict)  # by id


@dataclass(slots=True)
class Far:
    """Values of what lies beyond a field; `attributes` in the order of the query."""

    scope: Scope
    path: Beyond
    attributes: list[str] = field(default_factory=list)

    def paths(self) -> Iterator[str]:
        yield self.path.found.text

    def read(self, record: Record, beside: Beside) -> Row | None:
        value = record.values[self.path.found.text]
        if value is None:
            return None
        if self.path.kind == "text":
            return Row(self.path.relation, "", {NAME: value})
        if self.path.kind == "typed":
            return self._type(value)
        return self._named(beside.named.get(value))

    def _type(self, value: str) -> Row | None:
        home = self.path.found.field.object_name
        found = record_type_of(self.scope.snapshot, home, value)
        if found is None:
            return None
        values = {name: _of_type(found, name) for name in self.attributes}
        return Row("RecordType", definition_id(found), values)

    def _named(self, found: Record | None) -> Row | None:
        if found is None:
            return None
        target = self.scope.snapshot.object(found.object)
        values = {name: self._value(found, target, name) for name in self.attributes}
        return Row(found.object, found.id, values)

    def _value(self, found: Record, target: CustomObject, attribute: str) -> Value:
        if attribute == TYPE:
            return target.name
        one = field_for(self.scope, target, attribute)
        if one is None:
            return None
        return presented(one, self.scope.snapshot)(found.values.get(one.local_name))


def look_up(scope: Scope, parts: Iterable[Far], records: Iterable[Record], rows: Rows) -> Beside:
    """The records that the batch names, in a statement for each object (and 500 of them)."""
    wanted: dict[str, dict[str, None]] = defaultdict(dict)
    attributes: dict[str, None] = {}
    records = tuple(records)
    for part in parts:
        if part.path.kind != "named":
            continue
        attributes |= dict.fromkeys(part.attributes)
        for record in records:
            if value := record.values[part.path.found.text]:
                _sort_in(scope.snapshot, wanted, value)
    beside = Beside()
    for target in readable_targets(scope, wanted):
        fields = (field_for(scope, target, name) for name in attributes)
        paths = [one.local_name for one in fields if one is not None]
        beside.named |= door.get_many(
            scope.conn, scope.actor, scope.snapshot, target.name, wanted[target.name], paths, rows
        )
    return beside


def _sort_in(snapshot: Snapshot, wanted: dict[str, dict[str, None]], record_id: str) -> None:
    try:
        wanted[snapshot.object_of_id(record_id).name][record_id] = None
    except NotFound:
        return
