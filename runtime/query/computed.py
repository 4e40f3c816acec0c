"""Formula fields of a query: their expressions, and what those ask beside the record.

What statements can work out is a column like any other: shown, filtered, sorted and grouped by. The
rest is worked out of the row that was read, and only shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ...metadata.formulas import Expression, Scene, Type, formula_of
from ...metadata.formulas.evaluation import native_reader
from ...metadata.formulas.results import Runner, value_of
from ...metadata.formulas.sql import is_compilable, is_percent
from ...metadata.formulas.typed import KINDS, Ambient, inputs_by_key, parts
from ...metadata.kinds.custom_field import CustomField
from ...metadata.rights import rights_of
from ...metadata.snapshot import Snapshot, relation_name
from ...platform import clock
from ...platform.db.types import Clock, Day, Flag, Utc, Words
from ...platform.people.actor import Actor

USER = "$User."
_TYPES: Mapping[Type, sa.types.TypeEngine[Any]] = {
    Type.TEXT: Words(), Type.BOOLEAN: Flag(), Type.DATE: Day(), Type.DATETIME: Utc(),
    Type.TIME: Clock(),
}  # fmt: skip


def is_in_statements(field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether a statement has the field's value: it is kept, or can be worked out there."""
    if not field.formula:
        return True
    return snapshot.derived(
        ("compiles", field.uid), lambda: (is_compilable(formula_of(field, snapshot)),)
    )[0]


def runner_of(field: CustomField, snapshot: Snapshot) -> Runner:
    """What works the field out for SQLite, as long as the snapshot lives."""
    return snapshot.derived((Runner, field.uid), lambda: Runner(formula_of(field, snapshot), field))


def is_user_percent(name: str, snapshot: Snapshot) -> bool:
    """Says whether what is asked is a percentage: a field of the user's."""
    if not name.startswith(USER):
        return False
    return is_percent(snapshot.field("User", name.removeprefix(USER)))


# -- what a formula asks beside the record


def parameter(name: str) -> str:
    """What a statement calls the value: "formula_TODAY"."""
    return "formula_" + re.sub(r"\W", "_", name)


def bound(ambient: Ambient) -> sa.ColumnElement[Any]:
    """The value as a column, which is bound when the statement runs."""
    kind = _TYPES[ambient.type]
    return sa.cast(sa.bindparam(parameter(ambient.name), type_=kind, unique=False), kind)


def asked(expression: Expression) -> dict[str, Ambient]:
    """{name: one of its places} of what the expression asks beside the record."""
    return {part.name: part for part in parts(expression) if isinstance(part, Ambient)}


def parameters(actor: Actor, snapshot: Snapshot, names: Iterable[str]) -> dict[str, Any]:
    """What a statement binds that asks for these."""
    wanted = [name for name in names if not name.startswith(USER)]
    if not wanted:
        return {}
    known = ambient_values(actor, snapshot, wanted, clock.now())
    return {parameter(name): known[name] for name in wanted}


def ambient_values(
    actor: Actor, snapshot: Snapshot, names: Iterable[str], now: datetime
) -> dict[str, Any]:
    """{name: value} of what formulas ask beside the record, fields of the user left out."""
    found: dict[str, Any] = {"NOW": now, "TODAY": clock.today(actor.time_zone)}
    found["TIMENOW"] = now.astimezone(UTC).time()
    rights = rights_of(actor, snapshot)
    for name in names:
        home, _dot, rest = name.partition(".")
        if home == "$Permission":
            found[name] = rights.holds_custom(rest)
        elif name == "$Profile.Name":
            found[name] = rights.profile.label or rights.profile.name if rights.profile else ""
        elif name == "$UserRole.Name":
            role = snapshot.find_uid(actor.role) if actor.role else None
            found[name] = role.label or role.name if role else ""
    return found


# -- in memory

Values = Mapping[str, Any]


def worked_out(field: CustomField, snapshot: Snapshot, prefix: str = "") -> Callable[..., Any]:
    """A function of (values by path, ambients by name) that gives the field's value.

    Those of the user's fields are values of records.
    """
    expression = formula_of(field, snapshot)
    work = value_of(expression, field)
    users = {name: _native(name, snapshot) for name in asked(expression) if name.startswith(USER)}

    def run(values: Values, ambients: Values) -> Any:
        if users:
            read = {name: native(ambients.get(name)) for name, native in users.items()}
            ambients = {**ambients, **read}
        inner = values
        if prefix:
            own = ((path, value) for path, value in values.items() if path.startswith(prefix))
            inner = {path[len(prefix) :]: value for path, value in own}
        return work(Scene(inner, None, ambients))

    return run


def _native(name: str, snapshot: Snapshot) -> Callable[[Any], Any]:
    """What makes a formula's value of a field of the user."""
    field = snapshot.field("User", name.removeprefix(USER))
    return native_reader(field, KINDS[field.field_type.formula_kind])


def paths_of(field: CustomField, snapshot: Snapshot) -> tuple[str, ...]:
    """The paths of stored fields that the formula looks at in the end."""
    found = inputs_by_key(formula_of(field, snapshot)).values()
    return tuple(
        dict.fromkeys(
            ".".join((*map(relation_name, one.fields[:-1]), one.field.local_name)) for one in found
        )
    )
