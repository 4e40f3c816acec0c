"""The rows of a part become saves: columns become fields and parents, cells become values.

An empty cell says nothing, #N/A empties the field. `Account.Key__c` names a parent by its external
id, `Owner:User.Username` one of several kinds. Nothing is read here: rows go the way of records
that a program sends by the hundred (`many`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ....metadata.kinds.custom_object import CustomObject
from ....platform.errors import NotFound, Rejected, TrellisError
from ...access.permissions import readable
from .. import many
from ..call import Call
from ..faults import ApiError, Refusal, fault_of
from ..many import Result
from ..records import ID, id_within
from ..values import find_field
from .kept import Job

BLANK = "#N/A"
INSERT, UPDATE, UPSERT, DELETE = OPERATIONS = ("insert", "update", "upsert", "delete")
Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Column:
    """Where the cells of a column go: into a field, or to the parent that has them."""

    name: str
    relation: str = ""  # the parent's name, for a column that names one
    target: str = ""  # the parent's object, where several are possible
    key: str = ""  # the parent's field


def columns_of(call: Call, obj: CustomObject, job: Job) -> tuple[Column, ...]:
    """The columns of a job; raises Refusal for one that no field stands behind."""
    headings = job.headings or []
    folded = [heading.casefold() for heading in headings]
    if doubled := next((h for h in headings if folded.count(h.casefold()) > 1), None):
        raise _invalid(f"Duplicate field name found : {doubled[:80]}")
    needed = {UPDATE: ID, DELETE: ID, UPSERT: job.external_id}.get(job.operation)
    if needed and needed.casefold() not in folded:
        raise _invalid(f"Field name not found : {needed}")
    if job.operation == DELETE and len(headings) > 1:
        raise _invalid("A delete has the column Id and no other.")
    return tuple(_column(call, obj, heading) for heading in headings)


def _column(call: Call, obj: CustomObject, heading: str) -> Column:
    before, dot, key = heading.partition(".")
    if not dot:
        field = find_field(call.actor, call.snapshot, obj.name, heading)
        if field is None:
            raise _invalid(f"Field name not found : {heading[:80]}")
        return Column(field.local_name)
    relation, _colon, target = before.partition(":")
    lookup = call.snapshot.find_relation(obj.name, relation)
    if lookup is None or not key or not readable(call.actor, lookup, call.snapshot):
        raise _invalid(f"Field name not found : {heading[:80]}")
    return Column(lookup.local_name, relation, target, key)


def _invalid(said: str) -> Refusal:
    return Refusal("INVALIDBATCH", f"InvalidBatch : {said}")


def body_of(columns: Sequence[Column], cells: Cells) -> dict[str, Any]:
    """A record as a program would send it alone."""
    body: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if cell == BLANK:
            body[column.name] = None
        elif cell and column.relation:
            said = {"attributes": {"type": column.target}} if column.target else {}
            body[column.relation] = {**said, column.key: cell}
        elif cell:
            body[column.name] = cell
    return body


def save(call: Call, conn: sa.Connection, job: Job, rows: Sequence[Cells]) -> list[list[Any]]:
    """[record id, whether it is new, error] of each row; a rival's save is met once more.

    Raises Refusal for what no row can be saved by: an object or a column that is not there.
    """
    if (obj := call.find_object(job.object or "")) is None:
        raise _invalid(f"Unable to find object: {job.object}")
    columns = columns_of(call, obj, job)
    bodies = [body_of(columns, cells) for cells in rows]
    for is_last in (False, True):
        try:
            with conn.begin_nested():
                found = _saved(call, conn, obj, job, bodies)
            return [_told(job, one) for one in found]
        except Rejected as refused:
            is_race = any(problem.code == "record.race" for problem in refused.problems)
            if is_last or not is_race:
                return _all_refused(refused, rows)
        except TrellisError as error:
            if error.status >= 500:
                raise
            return _all_refused(error, rows)
    raise AssertionError


def _all_refused(error: TrellisError, rows: Sequence[Cells]) -> list[list[Any]]:
    said = sentence(fault_of(error).errors)
    return [["", False, said] for _row in rows]


def _saved(
    call: Call,
    conn: sa.Connection,
    obj: CustomObject,
    job: Job,
    bodies: Sequence[Mapping[str, Any]],
) -> list[Result]:
    key = job.external_id or ID
    if job.operation == INSERT:
        return many.create_rows(call, obj, bodies)
    if job.operation == UPDATE:
        return many.update_rows(call, obj, bodies)
    if job.operation == DELETE:
        return [_deleted(call, conn, obj, str(body.get(ID) or "")) for body in bodies]
    if key == ID:
        return many.upsert_by_id(call, obj, bodies)
    return many.upsert_by_key(call, obj, key, bodies)


def _deleted(call: Call, conn: sa.Connection, obj: CustomObject, text: str) -> Result:
    try:
        found = id_within(call, obj, text)
        with conn.begin_nested():
            call.records.delete((found,))
        return many.result(found)
    except NotFound:
        absent = ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        return many.result("", (absent,))
    except TrellisError as error:
        if error.status >= 500:
            raise
        return many.result("", fault_of(error).errors)


def _told(job: Job, found: Result) -> list[Any]:
    if not found["success"]:
        errors = [
            ApiError(one["statusCode"], one["message"], tuple(one["fields"]))
            for one in found["errors"]
        ]
        return [found.get("id", ""), False, sentence(errors)]
    is_new = found.get("created", job.operation == INSERT)
    return [found["id"], is_new, ""]


def sentence(errors: Sequence[ApiError]) -> str:
    """CODE:message:fields -- of each error, as programs take it apart."""
    return ";".join(f"{one.code}:{one.message}:{','.join(one.fields)} --" for one in errors)
