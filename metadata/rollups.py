"""What a roll-up reads: the lookup that leads up, the field that is worked out, the filters.

A roll-up is a field of type Summary. Refused: what is not kept in a column of the child, filters
that depend on the day or on who asks, more than three levels, and circles. The type of its values
is that of what it works out; `settled` writes it into the documents of a change.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..platform.errors import Problem, Rejected, did_you_mean
from ..platform.i18n import _
from .definition import Document, Reference
from .field_types.base import NEUTRAL
from .field_types.summary import SUMMARY
from .predicates import Condition
from .relative_dates import is_relative

if TYPE_CHECKING:
    from .definition import Definition, Uid
    from .kinds.custom_field import CustomField
    from .kinds.custom_object import CustomObject
    from .snapshot import Snapshot

LEVELS = 3
FOREIGN_KEY, SUMMARIZED, FILTERS = "summaryForeignKey", "summarizedField", "summaryFilterItems"
OPERATION = "summaryOperation"
ADDED_UP = ("Number", "Currency", "Percent")
COMPARED = (*ADDED_UP, "Date", "DateTime")
#: system fields that a record keeps as it got them, or that saves of it change
STEADY = frozenset({"OwnerId", "CreatedDate", "CreatedById"})
_DIGITS = {"precision": 18}


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """One roll-up, read: what it works out of which records. Each is made once for a snapshot."""

    field: CustomField  # at the parent
    lookup: CustomField  # of the children
    operation: str
    summarized: CustomField | None  # None: records are counted
    filters: tuple[Condition, ...]

    @property
    def parent(self) -> str:
        return self.field.object_name

    @property
    def child(self) -> str:
        return self.lookup.object_name

    @property
    def name(self) -> str:
        return self.field.local_name

    @property
    def reads(self) -> frozenset[str]:
        """The local names of the children's fields it depends on, without the lookup."""
        names = {condition.path for condition in self.filters}
        return frozenset(names | ({self.summarized.local_name} if self.summarized else set()))

    @property
    def is_never_blank(self) -> bool:
        """Counts and sums of nothing are 0; the least and the greatest of nothing are blank."""
        return self.operation in ("count", "sum")


class _All:
    """Every roll-up of a snapshot, by the object it is kept at and by the one it reads."""

    def __init__(self, snapshot: Snapshot) -> None:
        at: defaultdict[str, list[Rollup]] = defaultdict(list)
        over: defaultdict[str, list[Rollup]] = defaultdict(list)
        for field in snapshot.of_kind("CustomField"):
            if field.type == SUMMARY and (found := find_rollup(field, snapshot)) is not None:
                at[found.parent].append(found)
                over[found.child].append(found)
        self.at = {name: tuple(rollups) for name, rollups in at.items()}
        self.over = {name: tuple(rollups) for name, rollups in over.items()}


def rollups_at(snapshot: Snapshot, object_name: str) -> tuple[Rollup, ...]:
    """The roll-ups that records of the object have."""
    return snapshot.derived(_All, lambda: _All(snapshot)).at.get(object_name, ())


def rollups_over(snapshot: Snapshot, object_name: str) -> tuple[Rollup, ...]:
    """The roll-ups that read records of the object."""
    return snapshot.derived(_All, lambda: _All(snapshot)).over.get(object_name, ())


def every_rollup(snapshot: Snapshot) -> tuple[Rollup, ...]:
    """All roll-ups of the org."""
    found = snapshot.derived(_All, lambda: _All(snapshot)).at
    return tuple(one for name in sorted(found) for one in found[name])


def find_rollup(field: CustomField, snapshot: Snapshot) -> Rollup | None:
    """The roll-up that a field is; None while its definition cannot be read."""
    try:
        return read_rollup(field, snapshot)
    except Rejected:
        return None


# -- reading a definition


def read_rollup(field: CustomField, snapshot: Snapshot) -> Rollup:
    """The roll-up that the field's options describe; raises Rejected with all that is wrong."""
    options = field.options
    parent = snapshot.object(field.object_name)
    operation = str(options.get(OPERATION, ""))
    if not operation:
        message = _("Say what is to be worked out.")
        raise Rejected(Problem("rollup.operation", (OPERATION,), message))
    lookup = _lookup(str(options.get(FOREIGN_KEY, "")), parent, snapshot)
    problems: list[Problem] = []
    summarized = _kept(problems, _summarized, operation, options, lookup, snapshot)
    filters = tuple(
        found
        for i, row in enumerate(options.get(FILTERS, ()))
        if (found := _kept(problems, _condition, i, row, lookup, snapshot)) is not None
    )
    if problems:
        raise Rejected(*problems)
    return Rollup(field, lookup, operation, summarized, filters)


def _kept(problems: list[Problem], read: Any, *given: Any) -> Any:
    try:
        return read(*given)
    except Rejected as refusal:
        problems += refusal.problems
        return None


def _lookup(path: str, parent: CustomObject, snapshot: Snapshot) -> CustomField:
    """The lookup "Child.Lookup" that leads to the parent."""
    field = _field(path, "", snapshot, FOREIGN_KEY)
    if parent.storage or snapshot.object(field.object_name).storage:
        message = _("Users are not kept as records, so nothing is rolled up to them.")
        raise Rejected(Problem("rollup.people", (FOREIGN_KEY,), message))
    if field.is_system or parent.name not in field.reference_to:
        message = _("%(field)s does not lead to %(object)s.", field=path, object=parent.name)
        names = sorted(f.name for f in snapshot.children(parent.name) if not f.is_system)
        hint = _("Use one of: %(names)s.", names=", ".join(names)) if names else ""
        raise Rejected(Problem("rollup.lookup", (FOREIGN_KEY,), message, hint))
    return field


def _field(path: str, child: str, snapshot: Snapshot, *place: str | int) -> CustomField:
    """The field of a full name "Child.Field"; of the child, where one is given."""
    object_name, _dot, local = path.rpartition(".")
    obj = snapshot.find_object(object_name)
    if obj is None or (child and obj.name != child):
        message = _("Choose a field of the records below.")
        hint = did_you_mean(object_name, [child] if child else [o.name for o in snapshot.objects()])
        raise Rejected(Problem("rollup.object", place, message, hint))
    try:
        return snapshot.field(obj.name, local)
    except Rejected as refusal:
        raise Rejected(
            *(Problem(p.code, place, p.message, p.hint) for p in refusal.problems)
        ) from None


def _summarized(
    operation: str, options: Mapping[str, Any], lookup: CustomField, snapshot: Snapshot
) -> CustomField | None:
    path = str(options.get(SUMMARIZED, ""))
    if operation == "count":
        if path:
            message = _("A count is of records, not of a field.")
            raise Rejected(Problem("rollup.count", (SUMMARIZED,), message))
        return None
    if not path:
        message = _("Choose the field that is worked out.")
        raise Rejected(Problem("rollup.no_field", (SUMMARIZED,), message))
    field = _field(path, lookup.object_name, snapshot, SUMMARIZED)
    if not may_summarize(operation, field):
        if operation == "sum":
            message = _("%(name)s is no number, so it has no sum.", name=path)
        else:
            message = _("%(name)s has neither a least nor a greatest value.", name=path)
        raise Rejected(Problem("rollup.type", (SUMMARIZED,), message))
    return field


def may_summarize(operation: str, field: CustomField) -> bool:
    """Says whether a roll-up can work the field out so."""
    wanted = ADDED_UP if operation == "sum" else COMPARED
    return field.value_type in wanted and is_steady(field)


def is_steady(field: CustomField) -> bool:
    """Says whether the field is kept in a column, and changes by saves of its record alone."""
    if field.is_system:
        return field.local_name in STEADY
    return bool(field.field_type.columns(field)) and field.field_type.exports_value


def may_filter(field: CustomField) -> bool:
    """Says whether a roll-up can choose records by the field."""
    return is_steady(field) and field.field_type.filterable and bool(field.field_type.operators)


def _condition(
    i: int, row: Mapping[str, Any], lookup: CustomField, snapshot: Snapshot
) -> Condition:
    """A row of the filters with its operands read, once and for all."""
    place = (FILTERS, i)
    field = _field(row["field"], lookup.object_name, snapshot, *place, "field")
    if not may_filter(field):
        message = _("A roll-up cannot choose records by %(name)s.", name=row["field"])
        raise Rejected(Problem("rollup.filter", (*place, "field"), message))
    text = str(row.get("value", ""))
    try:
        operator = field.field_type.operator(row["operation"])
        given: tuple[str, ...] = () if operator.arity == 0 else (text,)
        if operator.arity < 0:
            given = field.field_type.operands_of(text)
        _refuse_relative(field, given, *place)
        reading = NEUTRAL.for_field(field, snapshot)
        bound = field.field_type.bind(operator.name, given, field, reading)
    except Rejected as refusal:
        raise Rejected(
            *(Problem(p.code, (*place, "value"), p.message, p.hint) for p in refusal.problems)
        ) from None
    return Condition(field.local_name, operator.name, bound.operands)


def _refuse_relative(field: CustomField, given: tuple[str, ...], *place: str | int) -> None:
    """What is true today and false tomorrow cannot be kept: nothing would be saved in between."""
    if field.value_type in ("Date", "DateTime") and any(map(is_relative, given)):
        message = _("A roll-up cannot depend on the day it is looked at.")
        hint = _("Compare with a fixed date, or use a list or report.")
        raise Rejected(Problem("rollup.relative", (*place, "value"), message, hint))


# -- what can be wrong


def problems_of(field: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
    """Everything that keeps the field from being a roll-up."""
    try:
        rollup = read_rollup(field, snapshot)
    except Rejected as refusal:
        return refusal.problems
    return (*_claims(field), *_levels(rollup, snapshot))


def _claims(field: CustomField) -> Iterator[Problem]:
    """Attributes that a value which is worked out cannot have."""
    claims = {
        "required": field.required,
        "defaultValue": field.default is not None,
        "trackHistory": field.track_history,
    }
    for name, claim in claims.items():
        if claim:
            message = _("A roll-up is worked out, so this cannot be said of it.")
            yield Problem("rollup.attribute", (name,), message)


def _levels(rollup: Rollup, snapshot: Snapshot) -> Iterator[Problem]:
    """Roll-ups of roll-ups: no circle, and not too many levels."""
    every = {
        str(one.field.uid): one
        for field in snapshot.of_kind("CustomField")
        if field.type == SUMMARY and (one := find_rollup(field, snapshot)) is not None
    }
    below = {uid: _read_by(one, snapshot) & every.keys() for uid, one in every.items()}
    above: defaultdict[str, set[str]] = defaultdict(set)
    for upper, read in below.items():
        for lower in read:
            above[lower].add(upper)
    uid = str(rollup.field.uid)
    down, up = _height(uid, below, (uid,)), _height(uid, above, (uid,))
    if down is None or up is None:
        message = _("%(name)s would depend on itself.", name=rollup.field.name)
        yield Problem("rollup.circle", (FOREIGN_KEY,), message)
    elif down + up + 1 > LEVELS:
        message = _("Roll-ups of roll-ups have at most %(n)s levels.", n=LEVELS)
        yield Problem("rollup.levels", (SUMMARIZED,), message)


def _read_by(rollup: Rollup, snapshot: Snapshot) -> set[str]:
    fields = snapshot.fields(rollup.child)
    return {str(fields[name].uid) for name in rollup.reads if name in fields}


def _height(uid: str, graph: Mapping[str, set[str]], on_way: tuple[str, ...]) -> int | None:
    """How many levels there are that way; None for a circle."""
    most = 0
    for one in graph.get(uid, ()):
        if one in on_way or (rest := _height(one, graph, (*on_way, one))) is None:
            return None
        most = max(most, rest + 1)
    return most


# -- documents


def references(document: Document) -> Iterator[Reference]:
    """The places that name fields of the children; none of these can go before the roll-up."""
    for name in (FOREIGN_KEY, SUMMARIZED):
        if document.get(name):
            yield Reference((name,), "CustomField", document[name])
    for i, row in enumerate(document.get(FILTERS, ())):
        yield Reference((FILTERS, i, "field"), "CustomField", row["field"])


def result_of(rollup: Rollup) -> Mapping[str, Any]:
    """The options that say of which type the values are."""
    field = rollup.summarized
    if field is None:
        return {"resultType": "Number", **_DIGITS, "scale": 0}
    if field.value_type not in ADDED_UP:
        return {"resultType": field.value_type}
    scale = int(field.options.get("scale", getattr(field.field_type, "default_scale", 0)))
    return {"resultType": field.value_type, **_DIGITS, "scale": scale}


def settled(old: Snapshot, put: Mapping[Uid, Definition]) -> Mapping[Uid, Definition]:
    """What is put, with the type of its values in every roll-up that it says or decides on."""
    if not any(getattr(d, "type", "") for d in put.values()):
        return put
    found = dict(put)
    for _level in range(LEVELS + 1):
        new = old.with_changes(found.values())
        summaries = [f for f in new.of_kind("CustomField") if f.type == SUMMARY]
        changed = {f.uid: again for f in summaries if (again := _typed(f, new)) is not None}
        if not changed:
            break
        found |= changed
    return found


def _typed(field: CustomField, snapshot: Snapshot) -> CustomField | None:
    """The field with the type of its values; None where it says that already."""
    if (rollup := find_rollup(field, snapshot)) is None:
        return None
    wanted = result_of(rollup)
    said = {key: field.document.get(key) for key in ("resultType", "precision", "scale")}
    if said == {"resultType": None, "precision": None, "scale": None} | dict(wanted):
        return None
    bare = {key: value for key, value in field.document.items() if key not in said}
    return type(field).of_document({**bare, **wanted})


def signature(field: CustomField, snapshot: Snapshot) -> str:
    """What the values follow from: while it stays the same, so do they."""
    if (rollup := find_rollup(field, snapshot)) is None:
        return ""
    fields = snapshot.fields(rollup.child)
    read = sorted((str(fields[name].uid), fields[name].type) for name in rollup.reads)
    filters = [(str(fields[c.path].uid), c.operator, str(c.operands)) for c in rollup.filters]
    summarized = str(rollup.summarized.uid) if rollup.summarized else ""
    said = [rollup.operation, str(rollup.lookup.uid), summarized, filters, read]
    return json.dumps([*said, dict(result_of(rollup))])
