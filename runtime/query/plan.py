"""From a request to a plan: every path resolved, every right asked, nothing compiled yet.

Refuses, all at once: unknown objects, fields and relationships, fields that cannot be filtered,
sorted, grouped or aggregated, unknown operators. A field that the actor may not read is refused in
the very words of a field that does not exist, wherever the query names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from ...metadata.definition import Uid
from ...metadata.field_types.base import Operator
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import All, AnyOf, Condition, Not, Predicate, conditions
from ...metadata.snapshot import Snapshot, relation_name
from ...platform.errors import Problem, Rejected, did_you_mean, require
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access import permissions
from .computed import is_in_statements
from .request import Aggregate, Join, Order, Query

MAX_DEPTH = 5  # relationships in one path
MAX_CONDITIONS = 400
MAX_NESTING = 50
MAX_SEARCHED = 60  # fields that a search looks into
FUNCTIONS = ("count", "count_distinct", "sum", "avg", "min", "max")

JOINED = "$"  # between the name of a join and a path from its object

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Down:
    """A step to the children that a join takes in."""

    join: str
    field: CustomField  # the child's lookup
    outer: bool

    @property
    def name(self) -> str:
        return self.join + JOINED

    @property
    def reference_to(self) -> tuple[str, ...]:
        """The object that the step leads to."""
        return (self.field.object_name,)


Step = CustomField | Down  # up to a parent by a lookup, or down to children
Joins = Mapping[str, tuple[Down, ...]]  # {name of a join: the steps to its object}
NO_JOINS: Joins = {}


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path that is understood: the relations walked, and the field at its end."""

    text: str  # as it was asked for
    relations: tuple[Step, ...]
    field: CustomField

    @property
    def name(self) -> str:
        """The path in the spelling of the definitions: "Account.Owner.Name"."""
        downs = [step for step in self.relations if isinstance(step, Down)]
        ups = [relation_name(step) for step in self.relations if not isinstance(step, Down)]
        return (downs[-1].name if downs else "") + ".".join((*ups, self.field.local_name))


@dataclass(frozen=True, slots=True)
class Test:
    """A condition without its operands: what is compared, and how."""

    field: CustomField  # reads the operands
    operator: Operator
    path: FieldPath | None = None
    measure: Measure | None = None  # in a having: the aggregate that is compared


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key; of groups it may be an aggregate."""

    path: FieldPath | None
    descending: bool
    blanks_first: bool
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate; without a path it counts rows."""

    function: str
    path: FieldPath | None
    alias: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a query means to one actor on one snapshot; operands and page are not part of it."""

    object: CustomObject
    fields: tuple[FieldPath, ...]
    tests: tuple[Test, ...]  # one for each condition of `where`, in the order of `conditions`
    order: tuple[Key, ...]
    groups: tuple[FieldPath, ...]
    measures: tuple[Measure, ...]
    having: tuple[Test, ...]
    searched: tuple[FieldPath, ...]
    joins: tuple[tuple[Down, ...], ...] = ()


def resolve(query: Query, actor: Actor, snapshot: Snapshot) -> Plan:
    """The plan of the query; raises Rejected with every problem found."""
    obj = snapshot.object(query.object)
    permissions.require(actor, permissions.Operation.READ, obj, snapshot)
    joins = resolve_joins(query.joins, actor, snapshot, obj)
    reader = _Resolver(snapshot, actor, obj, joins)
    plan = Plan(
        obj,
        reader.each(query.fields, reader.path),
        reader.each(_limited(query.where), reader.test),
        () if query.aggregates or query.group_by else reader.each(query.order, reader.key),
        reader.each(query.group_by, reader.group),
        reader.each(query.aggregates, reader.measure),
        (),
        reader.searched() if query.search else (),
        tuple(joins.values()),
    )
    if query.aggregates or query.group_by:
        plan = reader.grouped(plan, query)
    require(reader.problems)
    return plan


def resolve_joins(
    joins: Iterable[Join], actor: Actor, snapshot: Snapshot, obj: CustomObject
) -> dict[str, tuple[Down, ...]]:
    """The steps of each join; raises Denied or Rejected for what the actor may not join."""
    found: dict[str, tuple[Down, ...]] = {}
    for join in joins:
        above = found.get(join.parent, ())
        parent = above[-1].field.object_name if above else obj.name
        child = snapshot.object(join.object)
        permissions.require(actor, permissions.Operation.READ, child, snapshot)
        field = snapshot.field(child.name, join.field)
        readable = permissions.readable(actor, field, snapshot)
        if parent not in field.reference_to or not readable:
            raise _unknown(join.field, field, snapshot, actor)
        found[join.name] = (*above, Down(join.name, field, join.outer))
    return found


def resolve_path(
    snapshot: Snapshot, actor: Actor, obj: CustomObject, text: str, joins: Joins = NO_JOINS
) -> FieldPath:
    """The path, if it exists and the actor may read all of it; raises Rejected `field.unknown`."""
    name, mark, rest = text.partition(JOINED)
    if mark and name in joins:
        downs = joins[name]
        child = snapshot.object(downs[-1].field.object_name)
        found = resolve_path(snapshot, actor, child, rest)
        return FieldPath(text, (*downs, *found.relations), found.field)
    if text.count(".") > MAX_DEPTH:
        message = _("%(path)s walks more than %(n)s relationships.", path=repr(text), n=MAX_DEPTH)
        raise Rejected(Problem("field.too_deep", (text,), message))
    *relations, field = snapshot.resolve(obj.name, text)
    for step in (*relations, field):
        if not permissions.readable(actor, step, snapshot):
            raise _unknown(text, step, snapshot, actor)
    for step in relations:
        target = snapshot.object(step.reference_to[0])
        if not permissions.may(actor, permissions.Operation.READ, target, snapshot):
            raise _unknown(text, step, snapshot, actor)
    return FieldPath(text, tuple(relations), field)


def _unknown(text: str, field: CustomField, snapshot: Snapshot, actor: Actor) -> Rejected:
    name, home = text.rpartition(".")[2], field.object_name
    known = (
        n for n, f in snapshot.fields(home).items() if permissions.readable(actor, f, snapshot)
    )
    message = _("%(name)s is not a field of %(object)s.", name=repr(name), object=home)
    return Rejected(Problem("field.unknown", (name,), message, did_you_mean(name, known)))


def check_nesting(predicate: Predicate) -> None:
    """Raises Rejected for a filter so deep that reading or running it would exhaust a stack."""
    level: list[Predicate] = [predicate]
    for _depth in range(MAX_NESTING):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return
    message = _("A filter is nested at most %(n)s deep.", n=MAX_NESTING)
    raise Rejected(Problem("filter.too_deep", (), message))


def _parts(predicate: Predicate) -> tuple[Predicate, ...]:
    match predicate:
        case Condition():
            return ()
        case Not(part):
            return (part,)
        case All(parts) | AnyOf(parts):
            return parts


def _limited(where: Predicate) -> tuple[Condition, ...]:
    found = tuple(conditions(where))
    if len(found) > MAX_CONDITIONS:
        message = _("A filter has at most %(n)s conditions.", n=MAX_CONDITIONS)
        raise Rejected(Problem("filter.too_long", (), message))
    return found


class _Resolver:
    """Resolves the parts of one query and keeps the problems."""

    def __init__(self, snapshot: Snapshot, actor: Actor, obj: CustomObject, joins: Joins) -> None:
        self.snapshot, self.actor, self.object, self.joins = snapshot, actor, obj, joins
        self.problems: list[Problem] = []

    def each(self, parts: Iterable[T], read: Callable[[T], R]) -> tuple[R, ...]:
        found: list[R] = []
        for part in parts:
            try:
                found.append(read(part))
            except Rejected as refusal:
                self.problems += (p for p in refusal.problems if p not in self.problems)
        return tuple(found)

    def path(self, text: str) -> FieldPath:
        return resolve_path(self.snapshot, self.actor, self.object, text, self.joins)

    def is_known(self, path: FieldPath) -> bool:
        """Says whether statements have the value; a few formulas are worked out afterwards."""
        return is_in_statements(path.field, self.snapshot)

    def test(self, condition: Condition) -> Test:
        path = self.path(condition.path)
        if not path.field.field_type.filterable or not self.is_known(path):
            message = _("%(path)s cannot be filtered by.", path=path.text)
            raise Rejected(Problem("field.not_filterable", (path.text,), message))
        return _test(path.field, condition, path)

    def key(self, order: Order) -> Key:
        path = self.path(order.path)
        if not path.field.field_type.sortable or not self.is_known(path):
            message = _("%(path)s cannot be sorted by.", path=path.text)
            raise Rejected(Problem("field.not_sortable", (path.text,), message))
        return Key(path, order.descending, order.blanks_first)

    def group(self, text: str) -> FieldPath:
        path = self.path(text)
        if not path.field.field_type.groupable or not self.is_known(path):
            message = _("%(path)s cannot be grouped by.", path=path.text)
            raise Rejected(Problem("field.not_groupable", (path.text,), message))
        return path

    def measure(self, aggregate: Aggregate) -> Measure:
        if aggregate.function not in FUNCTIONS:
            message = _("%(name)s is not an aggregate.", name=repr(aggregate.function))
            hint = did_you_mean(aggregate.function, FUNCTIONS)
            raise Rejected(Problem("aggregate.unknown", (aggregate.alias,), message, hint))
        if not aggregate.path:
            if aggregate.function != "count":
                message = _("Only count works without a field.")
                raise Rejected(Problem("aggregate.no_field", (aggregate.alias,), message))
            return Measure("count", None, aggregate.alias)
        path = self.path(aggregate.path)
        if aggregate.function not in path.field.field_type.aggregates or not self.is_known(path):
            message = _(
                "%(function)s cannot be taken of %(path)s.",
                function=aggregate.function,
                path=path.text,
            )
            raise Rejected(Problem("field.not_aggregated", (path.text,), message))
        return Measure(aggregate.function, path, aggregate.alias)

    def grouped(self, plan: Plan, query: Query) -> Plan:
        """The plan with its having and order, both of which speak of groups and aggregates."""
        by_alias = {m.alias.casefold(): m for m in plan.measures}
        groups = {g.text.casefold(): g for g in plan.groups}

        def key(order: Order) -> Key:
            if (measure := by_alias.get(order.path.casefold())) is not None:
                return Key(None, order.descending, order.blanks_first, measure)
            if (path := groups.get(order.path.casefold())) is None:
                raise self._outside(order.path)
            return Key(path, order.descending, order.blanks_first)

        def test(condition: Condition) -> Test:
            measure = by_alias.get(condition.path.casefold())
            if measure is None and (path := groups.get(condition.path.casefold())) is not None:
                return _test(path.field, condition, path)
            if measure is None:
                raise self._outside(condition.path)
            return _test(measured_field(measure), condition, measure.path, measure)

        for path in plan.fields:
            if path.text.casefold() not in groups:
                self.problems.append(self._outside(path.text).problems[0])
        return Plan(
            plan.object, plan.fields, plan.tests, self.each(query.order, key), plan.groups,
            plan.measures, self.each(_limited(query.having), test), plan.searched, plan.joins,
        )  # fmt: skip

    def _outside(self, text: str) -> Rejected:
        message = _("%(path)s is neither grouped by nor an aggregate.", path=repr(text))
        return Rejected(Problem("aggregate.not_grouped", (text,), message))

    def searched(self) -> tuple[FieldPath, ...]:
        """The fields a search looks into: the name first, then the others in their order."""
        name = self.object.name_field
        found = [
            FieldPath(field.local_name, (), field)
            for field in self.snapshot.fields(self.object.name).values()
            if field.field_type.searchable
            and not field.is_system
            and field.field_type.columns(field)
            and not field.formula
            and permissions.readable(self.actor, field, self.snapshot)
        ]
        found.sort(key=lambda path: path.field.local_name != name)
        return tuple(found[:MAX_SEARCHED])


def _test(
    field: CustomField,
    condition: Condition,
    path: FieldPath | None,
    measure: Measure | None = None,
) -> Test:
    return Test(field, field.field_type.operator(condition.operator), path, measure)


def measured_field(measure: Measure) -> CustomField:
    """A field of the type that the aggregate answers in."""
    if measure.path is not None and measure.function in ("sum", "min", "max"):
        return measure.path.field
    return _average() if measure.function == "avg" else _count()


@cache
def _count() -> CustomField:
    options = {"precision": 18, "scale": 0}
    return CustomField.system(Uid("count"), "Group.count", "", "Number", options)


@cache
def _average() -> CustomField:
    options = {"precision": 18, "scale": 6}
    return CustomField.system(Uid("avg"), "Group.avg", "", "Number", options)


def owner_path(snapshot: Snapshot, obj: CustomObject) -> FieldPath:
    """The path to who a record belongs to: its owner, its master's owner, a user themself."""
    walked: list[CustomField] = []
    while not obj.has_owner and not obj.storage:
        fields = snapshot.fields(obj.name)
        masters = [f for f in fields.values() if f.type == "MasterDetail" and f not in walked]
        if not masters:
            break
        walked.append(min(masters, key=lambda f: int(f.options.get("relationshipOrder", 0))))
        obj = snapshot.object(walked[-1].reference_to[0])
    last = "OwnerId" if obj.has_owner else "Id" if obj.storage else "CreatedById"
    return FieldPath(last, tuple(walked), snapshot.field(obj.name, last))
