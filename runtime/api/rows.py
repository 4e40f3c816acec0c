"""Rows of queries in JSON: records with parents and children within, groups with their figures."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from ...metadata.field_types.address import AddressValue
from ...metadata.field_types.record_type import FIELD as RECORD_TYPE_FIELD
from ...metadata.kinds.custom_field import CustomField
from ..soql import Answer as Found
from ..soql import Row
from .call import Call
from .records import attributes
from .values import address_body, is_whole, moment, record_type_id, writer_of

GROUP = "AggregateResult"


def found_body(call: Call, found: Found, resource: str = "query") -> dict[str, Any]:
    """A batch of rows, and where the next one is."""
    body: dict[str, Any] = {"totalSize": found.total, "done": found.done}
    if found.locator:
        body["nextRecordsUrl"] = f"{call.root}/{resource}/{found.locator}"
    return body | {"records": [row_body(call, row) for row in found.records]}


def row_body(call: Call, row: Row) -> dict[str, Any]:
    """One row; a group has no address."""
    if row.object == GROUP:
        said: dict[str, Any] = {"type": GROUP}
        return {"attributes": said} | {n: plain(v) for n, v in row.values.items()}
    obj = call.snapshot.find_object(row.object)
    if obj is None:
        return _of_definition(call, row)
    body: dict[str, Any] = {"attributes": attributes(call, obj, row.id)}
    fields = call.snapshot.fields(obj.name)
    for name, value in row.values.items():
        if isinstance(value, Row):
            body[name] = row_body(call, value)
        elif isinstance(value, Found):
            body[name] = found_body(call, value)
        else:
            body[name] = json_of(call, value, fields.get(name))
    return body


def _of_definition(call: Call, row: Row) -> dict[str, Any]:
    """A row of an object that is no table: a record type, a profile, a queue that owns."""
    said = {"type": row.object}
    if row.id:
        said["url"] = f"{call.root}/sobjects/{row.object}/{row.id}"
    return {"attributes": said} | {name: plain(value) for name, value in row.values.items()}


def json_of(call: Call, value: Any, field: CustomField | None) -> Any:
    """The JSON of a value, as its field has it."""
    if value is None or field is None:
        return plain(value)
    if isinstance(value, Decimal):
        return int(value) if is_whole(field) else float(value)
    if field.local_name == RECORD_TYPE_FIELD and isinstance(value, str):
        types = call.snapshot.record_types(field.object_name)
        return next((record_type_id(t.uid) for t in types if t.local_name == value), value)
    if field.type in ("Address", "Location") and not isinstance(value, dict):
        write = writer_of(field, call.snapshot)
        return write(value) if write else value
    if field.type == "Address":
        return _address(value)
    return plain(value)


def _address(value: dict[str, Any]) -> dict[str, Any]:
    parts = {name: value.get(name) for name in ("street", "city", "state", "country")}
    return address_body(AddressValue(**parts, postal_code=value.get("postalCode")))


def plain(value: Any) -> Any:
    """The JSON of a value whose field does not matter."""
    match value:
        case datetime():
            return moment(value)
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="milliseconds") + "Z"
        case Decimal():
            return float(value)
        case tuple() | list():
            return ";".join(map(str, value)) or None
        case dict():
            return {name: plain(part) for name, part in value.items()}
        case _:
            return value
