"""The values of records in JSON, as programs of the ecosystem expect them, out and in.

Out: moments in UTC with +0000, blanks as null, several choices as "a;b", addresses and places as
objects. In: what a field's type reads, of a JSON type that makes sense for it; fields that the
actor may not read are refused exactly as fields that do not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ...metadata.field_types.address import AddressValue
from ...metadata.field_types.base import NEUTRAL, Value
from ...metadata.field_types.record_type import FIELD as RECORD_TYPE_FIELD
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import RECORD_TYPE, Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.ids import parse_id
from ...platform.people.actor import Actor
from ..access.permissions import fingerprint, readable
from ..records.draft import at_field
from ..soql.ids import known_id

RECORD_TYPE_PREFIX = "012"
MASTER = "012000000000000AAA"  # the record type of records without one
Write = Callable[[Value], Any]


# -- out


def record_type_id(uid: str) -> str:
    """The id by which programs know a record type."""
    return known_id(RECORD_TYPE_PREFIX, uid)


def moment(value: datetime) -> str:
    """2026-01-31T09:30:00.000+0000"""
    plain = value.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="milliseconds") + "+0000"


def is_whole(field: CustomField) -> bool:
    """Says whether programs know a number as an integer: shipped ones without decimals."""
    return (
        field.value_type == "Number" and not field.is_custom and not field.options.get("scale", 0)
    )


def writer_of(field: CustomField, snapshot: Snapshot) -> Write | None:
    """What makes JSON of the field's values; None where they are JSON already."""
    match field.value_type:
        case "DateTime":
            return moment
        case "Number" | "Currency" | "Percent":
            return int if is_whole(field) else float
        case "Address":
            return address_body
        case "Location":
            return _location
        case "RecordType":
            ids = {
                one.local_name: record_type_id(one.uid)
                for one in snapshot.record_types(field.object_name)
            }
            return ids.get
        case "Text" | "Id" | "Lookup" | "MasterDetail" | "Hierarchy" | "Picklist" | "Checkbox":
            return None
        case _:
            kind = field.field_type
            return lambda value: kind.json(value, field)


def address_body(value: AddressValue) -> dict[str, Any]:
    """An address with the keys that programs know."""
    return {
        "city": value.city,
        "country": value.country,
        "geocodeAccuracy": None,
        "latitude": None,
        "longitude": None,
        "postalCode": value.postal_code,
        "state": value.state,
        "street": value.street,
    }


def _location(value: Any) -> dict[str, Any]:
    return {
        "latitude": _float(value.latitude),
        "longitude": _float(value.longitude),
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def readable_fields(
    actor: Actor, snapshot: Snapshot, object_name: str
) -> Mapping[str, CustomField]:
    """{local name: field} of an object that the actor may read, in a fixed order."""
    key = ("api fields", object_name, fingerprint(actor, snapshot))
    return snapshot.derived(
        key,
        lambda: {
            name: field
            for name, field in snapshot.fields(object_name).items()
            if readable(actor, field, snapshot)
        },
    )


def writers(
    snapshot: Snapshot, object_name: str, names: Iterable[str]
) -> tuple[tuple[str, Write | None], ...]:
    """(local name, what writes its value) of these fields."""
    names = tuple(names)
    fields = snapshot.fields(object_name)
    return snapshot.derived(
        ("api writers", object_name, names),
        lambda: tuple((name, writer_of(fields[name], snapshot)) for name in names),
    )


def written(
    values: Mapping[str, Value], parts: Iterable[tuple[str, Write | None]]
) -> dict[str, Any]:
    """{name: JSON} of a record's values."""
    found: dict[str, Any] = {}
    for name, write in parts:
        value = values[name]
        found[name] = value if value is None or write is None else write(value)
    return found


# -- in


def find_field(actor: Actor, snapshot: Snapshot, object_name: str, name: str) -> CustomField | None:
    """A field that the actor may read, by its name in any case."""
    found = snapshot.find_field(object_name, name)
    return found if found is not None and readable(actor, found, snapshot) else None


def no_column(obj: CustomObject, name: str) -> Problem:
    """The refusal of a field that does not exist, or not for the actor."""
    message = f"No such column '{name[:80]}' on sobject of type {obj.name}"
    return Problem("field.unknown", (name[:80],), message)


def read_values(
    actor: Actor, snapshot: Snapshot, obj: CustomObject, body: Mapping[str, Any]
) -> tuple[dict[str, Value], tuple[Problem, ...]]:
    """({local name: value}, problems) of a record's JSON; "attributes" is passed over."""
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, raw in body.items():
        if name == "attributes":
            continue
        field = find_field(actor, snapshot, obj.name, name)
        if field is None or field.local_name in values:
            problems.append(no_column(obj, name))
            continue
        try:
            values[field.local_name] = read_value(field, raw, snapshot)
        except Rejected as refused:
            problems += (at_field(problem, field.local_name) for problem in refused.problems)
    return values, tuple(problems)


def read_value(field: CustomField, raw: Any, snapshot: Snapshot) -> Value:
    """The value of what JSON has for a field; raises Rejected."""
    if raw is None or raw == "":
        return None
    if field.type == RECORD_TYPE:
        return _record_type(field, raw, snapshot)
    types = (*field.field_type.json_types, str)
    if not isinstance(raw, types) or (isinstance(raw, bool) and bool not in types):
        name = field.local_name
        message = f"{name}: value not of required type: {str(raw)[:60]}"
        raise Rejected(Problem("field.json", (name,), message))
    return field.field_type.accept(raw, field, NEUTRAL.for_field(field, snapshot))


def _record_type(field: CustomField, raw: Any, snapshot: Snapshot) -> str | None:
    """The local name of the record type with the id, or of that name."""
    types = snapshot.record_types(field.object_name)
    text = raw if isinstance(raw, str) else ""
    try:
        wanted = parse_id(text)
    except Rejected:
        wanted = None
    if wanted == MASTER:
        return None
    for one in types:
        if wanted == record_type_id(one.uid) or text == one.local_name:
            return one.local_name
    message = f"Record Type ID: this ID value isn't valid for the user: {text[:40]}"
    raise Rejected(Problem("record_type.unavailable", (RECORD_TYPE_FIELD,), message))
