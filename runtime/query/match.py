"""Predicates on values in memory: the twin of the compiled filter, and it must agree with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...metadata.field_types.base import Bound, Reading, Value
from ...metadata.formulas import formula_of
from ...metadata.predicates import All, AnyOf, Condition, Not, Predicate
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.people.actor import Actor
from .computed import ambient_values, asked, worked_out
from .plan import FieldPath, Test, resolve_path
from .reading import bind_operands, reading_for

Values = Mapping[str, Value]  # {path: value}, with every path that the predicate names
Matcher = Callable[[Values], bool]


def matcher(
    predicate: Predicate,
    object_name: str,
    actor: Actor,
    snapshot: Snapshot,
    reading: Reading | None = None,
) -> Matcher:
    """A function that says whether a record's values fulfil the predicate.

    Paths are looked up as the predicate writes them, else as the definitions spell them; a path
    that the values lack is blank, a formula field that they lack is worked out of them. Operands
    are read as the actor's, where nothing else is said. Raises Rejected for what the query would
    refuse.
    """
    reader = _Reader(object_name, actor, snapshot, reading or reading_for(actor))
    return reader.read(predicate)


def matches(
    predicate: Predicate, values: Values, object_name: str, actor: Actor, snapshot: Snapshot
) -> bool:
    """Says whether one record's values fulfil the predicate; see `matcher`."""
    return matcher(predicate, object_name, actor, snapshot)(values)


class _Reader:
    def __init__(
        self, object_name: str, actor: Actor, snapshot: Snapshot, reading: Reading
    ) -> None:
        self.object = snapshot.object(object_name)
        self.actor, self.snapshot, self.reading = actor, snapshot, reading

    def read(self, predicate: Predicate) -> Matcher:
        match predicate:
            case Condition():
                return self.condition(predicate)
            case Not(part):
                denied = self.read(part)
                return lambda values: not denied(values)
            case All(parts):
                every = [self.read(part) for part in parts]
                return lambda values: all(holds(values) for holds in every)
            case AnyOf(parts):
                some = [self.read(part) for part in parts]
                return lambda values: any(holds(values) for holds in some)

    def condition(self, condition: Condition) -> Matcher:
        path = resolve_path(self.snapshot, self.actor, self.object, condition.path)
        test = Test(path.field, path.field.field_type.operator(condition.operator), path)
        bound = bind_operands(test, condition.operands, self.reading, self.snapshot)
        written, spelled = condition.path, path.name
        if path.field.formula:
            return self.of_formula(path, written, bound)
        return lambda values: bound.matches(
            values[written] if written in values else values.get(spelled)
        )

    def of_formula(self, path: FieldPath, written: str, bound: Bound) -> Matcher:
        """A formula field is worked out of what it looks at, where the values do not have it."""
        prefix = path.name[: -len(path.field.local_name)]
        work = worked_out(path.field, self.snapshot, prefix)
        names = frozenset(asked(formula_of(path.field, self.snapshot)))
        known = ambient_values(self.actor, self.snapshot, names, clock.now())

        def holds(values: Values) -> bool:
            for name in (written, path.name):
                if name in values:
                    return bound.matches(values[name])
            users = {name: values[name] for name in names if name in values}
            return bound.matches(work(values, known | users))

        return holds
