"""Parents named by their external ids: {"Account": {"Ext__c": "x"}} becomes the lookup's id.

Each pair of object and field is asked for once, however many records name parents by it. A parent
that the actor cannot see is refused exactly as one that is not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Condition
from ...platform.errors import Problem, Rejected
from ..access.permissions import readable
from ..query.request import Query
from ..query.run import run
from .call import Call
from .values import find_field, read_value

Row = Mapping[str, Any]
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Named:
    """A parent as a record names it."""

    lookup: CustomField
    object: CustomObject
    field: CustomField
    value: Value


def with_parents(
    call: Call, obj: CustomObject, rows: Sequence[Row]
) -> tuple[list[dict[str, Any]], list[list[Problem]]]:
    """(rows with ids in place of named parents, problems of each row)."""
    found: list[dict[str, Any]] = []
    problems: list[list[Problem]] = [[] for _row in rows]
    asked: dict[tuple[int, str], Named] = {}
    for n, row in enumerate(rows):
        plain: dict[str, Any] = {}
        for name, raw in row.items():
            lookup = _lookup(call, obj, name) if isinstance(raw, Mapping) else None
            if lookup is None:
                plain[name] = raw
                continue
            try:
                asked[n, lookup.local_name] = _named(call, obj, lookup, name, raw)
            except Rejected as refused:
                problems[n] += refused.problems
        found.append(plain)
    if asked:
        with call.scope.read() as conn:
            ids = _ids(conn, call, asked.values())
        for (n, name), named in asked.items():
            matches = ids.get(_key(named), ())
            if len(matches) == 1:
                found[n][name] = matches[0]
            else:
                problems[n].append(_unclear(named, len(matches)))
    return found, problems


def _lookup(call: Call, obj: CustomObject, name: str) -> CustomField | None:
    """The lookup that a relation's name means; None for fields whose values are objects."""
    if name == "attributes":
        return None
    lookup = call.snapshot.find_relation(obj.name, name)
    if lookup is None or not readable(call.actor, lookup, call.snapshot):
        return None
    return lookup


def _named(
    call: Call, obj: CustomObject, lookup: CustomField, name: str, raw: Mapping[str, Any]
) -> Named:
    target = _target(call, lookup, raw)
    keys = [key for key in raw if key not in ("attributes", "type")]
    field = (
        find_field(call.actor, call.snapshot, target.name, keys[0])
        if target is not None and len(keys) == 1
        else None
    )
    if target is None or field is None or not is_key(field):
        message = f"{name}: name one external ID field of the parent."
        raise Rejected(Problem("field.unknown", (name,), message))
    value = read_value(field, raw[keys[0]], call.snapshot)
    if value is None:
        message = f"{name}: the external ID of the parent is blank."
        raise Rejected(Problem("upsert.no_key", (lookup.local_name,), message))
    return Named(lookup, target, field, value)


def _target(call: Call, lookup: CustomField, raw: Mapping[str, Any]) -> CustomObject | None:
    """The object of the parent: the lookup's only one, or the one that its attributes name."""
    names = lookup.reference_to
    if len(names) > 1:
        attributes = raw.get("attributes")
        said = attributes.get("type") if isinstance(attributes, Mapping) else raw.get("type")
        names = tuple(one for one in names if one.casefold() == str(said).casefold())
    return call.find_object(names[0]) if names else None


def is_key(field: CustomField) -> bool:
    """Says whether records can be named by the field."""
    return field.external_id or field.unique or field.local_name in ("Id", "Username")


def _key(named: Named) -> tuple[str, str, Any]:
    value = named.value
    if isinstance(value, str) and not named.field.case_sensitive and named.field.type != "Id":
        value = value.casefold()
    return named.object.name, named.field.local_name, value


def _ids(
    conn: sa.Connection, call: Call, asked: Any
) -> Mapping[tuple[str, str, Any], Sequence[str]]:
    """{(object, field, value): ids of live records that the actor may see}"""
    wanted: dict[tuple[str, str], list[Named]] = defaultdict(list)
    for named in asked:
        wanted[named.object.name, named.field.local_name].append(named)
    found: dict[tuple[str, str, Any], list[str]] = defaultdict(list)
    for (object_name, name), several in wanted.items():
        field = several[0].field
        values = list(dict.fromkeys(one.value for one in several))
        for start in range(0, len(values), CHUNK):
            where = in_values(field, values[start : start + CHUNK])
            query = Query(object_name, (name,), where)
            for record in run(conn, call.actor, query, call.snapshot).records:
                seen = Named(field, several[0].object, field, record[name])
                found[_key(seen)].append(record.id)
    return found


def in_values(field: CustomField, values: Sequence[Value]) -> Condition:
    """The field has one of the values."""
    names = {operator.name for operator in field.field_type.operators}
    return Condition(field.local_name, "in" if "in" in names else "equals", tuple(values))


def _unclear(named: Named, matches: int) -> Problem:
    what = f"{named.field.local_name} {str(named.value)[:60]!r} of {named.object.name}"
    if matches:
        message = f"{matches} records have the external ID {what}."
        return Problem("lookup.several", (named.lookup.local_name,), message)
    message = f"Foreign key external ID: {what} was not found."
    return Problem("lookup.by_external_id", (named.lookup.local_name,), message)
