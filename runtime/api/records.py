"""Records one by one: create, read, update, delete, by id and by external id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import NotFound, Problem, Rejected, require
from ...platform.ids import RecordId, key_prefix, parse_id
from .. import soql
from ..query import run
from ..query.record import Record
from ..query.request import Query, Rows
from ..records.recent import recent
from .blueprint import resource
from .call import NOTHING, Answer, Call
from .describe import summary
from .faults import Refusal
from .parents import in_values, is_key, with_parents
from .values import (
    find_field,
    no_column,
    read_value,
    read_values,
    readable_fields,
    writers,
    written,
)

ID = "Id"
STAMP = "LastModifiedDate"


@resource("sobjects/<object_name>")
def show_object(call: Call, object_name: str) -> Answer:
    """An object in short, and its records that the person looked at last."""
    obj = call.object(object_name)
    with call.scope.read() as conn:
        seen = recent(conn, call.actor, call.snapshot, 20, obj.name)
    items = [
        {"attributes": attributes(call, obj, one.id), ID: one.id, "Name": one.title} for one in seen
    ]
    return Answer({"objectDescribe": summary(call, obj), "recentItems": items})


@resource("sobjects/<object_name>", "POST")
def create_record(call: Call, object_name: str) -> Answer:
    """A new record."""
    obj = call.object(object_name)
    values = read_one(call, obj, call.mapping())
    made = call.records.create(obj.name, values)
    location = {"Location": address(call, obj, made)}
    return Answer({"id": made, "success": True, "errors": []}, 201, location)


@resource("sobjects/<object_name>/<record_id>")
def read_record(call: Call, object_name: str, record_id: str) -> Answer:
    """A record with the fields asked for, else with all that the person may read."""
    if (definition := _definition(call, object_name, record_id)) is not None:
        return definition
    obj = call.object(object_name)
    return _shown(call, obj, id_within(call, obj, record_id))


def _definition(call: Call, object_name: str, text: str) -> Answer | None:
    """One of an object that is no table, with the fields asked for; None of other objects."""
    with call.scope.read() as conn:
        scope = soql.Scope(conn, call.actor, call.snapshot)
        if (one := soql.find_virtual(scope, object_name)) is None:
            return None
        wanted = parse_id(text)
        row = next((row for row in one.rows(scope) if row[ID] == wanted), None)
    if row is None:
        raise NotFound(text)
    asked = [name for name in call.args.get("fields", "").split(",") if name.strip()]
    known = {name.casefold(): name for name in one.fields}
    for name in asked:
        if name.strip().casefold() not in known:
            message = f"No such column '{name.strip()[:80]}' on sobject of type {one.name}"
            raise Refusal("INVALID_FIELD", message)
    names = [known[name.strip().casefold()] for name in asked] or list(one.fields)
    said = {"type": one.name, "url": f"{call.root}/sobjects/{one.name}/{row[ID]}"}
    return Answer({"attributes": said} | {name: row[name] for name in names})


@resource("sobjects/<object_name>/<record_id>", "PATCH")
def update_record(call: Call, object_name: str, record_id: str) -> Answer:
    """Changes the fields that the body names."""
    obj = call.object(object_name)
    found = id_within(call, obj, record_id)
    _update(call, obj, found, call.mapping())
    return NOTHING


def _update(call: Call, obj: CustomObject, record_id: str, body: Mapping[str, Any]) -> None:
    values = read_one(call, obj, body)
    try:
        call.records.update(record_id, values)
    except NotFound:
        _say_deleted(call, record_id)
        raise


@resource("sobjects/<object_name>/<record_id>", "DELETE")
def delete_record(call: Call, object_name: str, record_id: str) -> Answer:
    """Moves a record to the recycle bin."""
    obj = call.object(object_name)
    _delete(call, id_within(call, obj, record_id))
    return NOTHING


def _delete(call: Call, record_id: str) -> None:
    try:
        call.records.delete((record_id,))
    except NotFound:
        _say_deleted(call, record_id)
        raise


# -- by external id


@resource("sobjects/<object_name>/<field_name>/<path:value>")
def read_by_external_id(call: Call, object_name: str, field_name: str, value: str) -> Answer:
    """The record that has the value; 300 with their addresses where several have it."""
    obj, field = _keyed(call, object_name, field_name)
    found = _having(call, obj, field, value)
    if len(found) > 1:
        return several(call, obj, found)
    return _shown(call, obj, found[0])


@resource("sobjects/<object_name>/<field_name>/<path:value>", "PATCH")
def upsert_record(call: Call, object_name: str, field_name: str, value: str) -> Answer:
    """Makes the record that has the value, or changes it."""
    obj, field = _keyed(call, object_name, field_name)
    body = call.mapping()
    if field.local_name == ID:
        found = id_within(call, obj, value)
        _update(call, obj, found, body)
        return Answer({"id": found, "success": True, "errors": [], "created": False})
    values = read_one(call, obj, {k: v for k, v in body.items() if not _is(field, k)})
    values[field.local_name] = _read_key(call, field, value)
    try:
        made, is_new = call.records.upsert(obj.name, field.local_name, values)
    except Rejected as refused:
        if any(problem.code == "upsert.several" for problem in refused.problems):
            return several(call, obj, _having(call, obj, field, value))
        raise
    said = {"id": made, "success": True, "errors": [], "created": is_new}
    return Answer(said, 201 if is_new else 200)


@resource("sobjects/<object_name>/<field_name>/<path:value>", "DELETE")
def delete_by_external_id(call: Call, object_name: str, field_name: str, value: str) -> Answer:
    """Moves the record that has the value to the recycle bin."""
    obj, field = _keyed(call, object_name, field_name)
    found = _having(call, obj, field, value)
    if len(found) > 1:
        return several(call, obj, found)
    _delete(call, found[0])
    return NOTHING


def _is(field: CustomField, name: str) -> bool:
    return name.casefold() == field.local_name.casefold()


def _keyed(call: Call, object_name: str, field_name: str) -> tuple[CustomObject, CustomField]:
    """The object, and its field that records can be named by; raises Refusal."""
    obj = call.object(object_name)
    field = find_field(call.actor, call.snapshot, obj.name, field_name)
    if field is None or not is_key(field):
        message = (
            f"Provided external ID field does not exist or is not accessible: {field_name[:80]}"
        )
        raise Refusal("NOT_FOUND", message, status=404)
    return obj, field


def _read_key(call: Call, field: CustomField, text: str) -> Value:
    if (value := read_value(field, text, call.snapshot)) is None:
        message = "The external ID is blank."
        raise Rejected(Problem("upsert.no_key", (field.local_name,), message))
    return value


def _having(call: Call, obj: CustomObject, field: CustomField, text: str) -> Sequence[str]:
    """The ids of the records that have the value, one at least; raises NotFound."""
    if field.local_name == ID:
        return (id_within(call, obj, text),)
    where = in_values(field, (_read_key(call, field, text),))
    with call.scope.read() as conn:
        page = run.run(conn, call.actor, Query(obj.name, (), where, limit=200), call.snapshot)
    if not page.records:
        raise NotFound(text)
    return [record.id for record in page.records]


def several(call: Call, obj: CustomObject, ids: Sequence[str]) -> Answer:
    """The answer where an external id is that of several records: their addresses."""
    return Answer([address(call, obj, one) for one in ids], 300)


# -- what the resources share


def address(call: Call, obj: CustomObject, record_id: str) -> str:
    """Where a record is."""
    return f"{call.root}/sobjects/{obj.name}/{quote(record_id)}"


def attributes(call: Call, obj: CustomObject, record_id: str) -> dict[str, str]:
    """What every record begins with: its object and its address."""
    return {"type": obj.name, "url": address(call, obj, record_id)}


def id_within(call: Call, obj: CustomObject, text: str) -> RecordId:
    """The id that an address names, of the object; raises Rejected and NotFound."""
    found = parse_id(text)
    if key_prefix(found) != call.snapshot.storage.prefix(obj.uid):
        raise NotFound(text)
    return found


def read_one(call: Call, obj: CustomObject, body: Mapping[str, Any]) -> dict[str, Value]:
    """The values of a record's body; raises Rejected with every problem."""
    (values,), (problems,) = read_many(call, obj, (body,))
    require(problems)
    return values


def read_many(
    call: Call, obj: CustomObject, bodies: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Value]], list[list[Problem]]]:
    """(values of each record, problems of each record) of bodies."""
    rows, problems = with_parents(call, obj, bodies)
    values = []
    for row, found in zip(rows, problems, strict=True):
        read, wrong = read_values(call.actor, call.snapshot, obj, row)
        values.append(read)
        found += wrong
    return values, problems


def fields_asked(call: Call, obj: CustomObject, text: str | None) -> tuple[str, ...]:
    """The local names of the fields that a list of names means; of none: all. Raises Rejected."""
    if not text:
        return tuple(readable_fields(call.actor, call.snapshot, obj.name))
    names = [name.strip() for name in text.split(",") if name.strip()]
    found = [find_field(call.actor, call.snapshot, obj.name, name) for name in names]
    require(no_column(obj, name) for name, one in zip(names, found, strict=True) if one is None)
    return tuple(dict.fromkeys(one.local_name for one in found if one is not None))


def shown(call: Call, obj: CustomObject, record: Record, names: Sequence[str]) -> dict[str, Any]:
    """The JSON of a record with these fields."""
    values = written(record.values, writers(call.snapshot, obj.name, names))
    return {"attributes": attributes(call, obj, record.id), **values}


def _shown(call: Call, obj: CustomObject, record_id: str) -> Answer:
    names = fields_asked(call, obj, call.args.get("fields"))
    names = names if ID in names else (*names, ID)
    asked = names if STAMP in names else (*names, STAMP)
    try:
        record = call.records.get(record_id, asked)
    except NotFound:
        _say_deleted(call, record_id)
        raise
    if _is_unchanged(call, record.values[STAMP]):
        return Answer(None, 304)
    return Answer(shown(call, obj, record, names))


def _is_unchanged(call: Call, changed: datetime) -> bool:
    """Says whether nothing was saved since the moment that the caller names."""
    if not (text := call.headers.get("If-Modified-Since", "")):
        return False
    try:
        since = parsedate_to_datetime(text)
    except ValueError:
        return False
    return since.tzinfo is not None and changed.replace(microsecond=0) <= since


def _say_deleted(call: Call, record_id: str) -> None:
    """Raises Refusal where the record lies in the recycle bin, as far as the actor may know."""
    with call.scope.read() as conn:
        try:
            run.get(conn, call.actor, call.snapshot, record_id, (), Rows.DELETED)
        except NotFound:
            return
    raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
