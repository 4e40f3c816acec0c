"""Up to 200 records in one request: make, change, delete, read, upsert; each with its own result.

Without `allOrNone` what is good is kept. With it the records are one transaction: when one is
refused, nothing is kept, and the others say that they were rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import NotFound, Problem, Rejected, TrellisError
from ...platform.ids import parse_id
from ...platform.people.api_tokens import Scope
from ..query.run import get_many
from ..records.saving import Outcome
from .blueprint import resource
from .call import Answer, Call
from .faults import ApiError, Refusal, errors_of, fault_of
from .joined import Undone, together
from .parents import is_key
from .records import ID, fields_asked, id_within, read_many, shown
from .values import find_field

MOST, MOST_CHUNKS, MOST_READ = 200, 10, 2000
ROLLED_BACK = ApiError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone",
)
Body = Mapping[str, Any]
Result = dict[str, Any]


def result(record_id: str, errors: Sequence[ApiError] = ()) -> Result:
    """The result of one record."""
    if errors:
        return {"success": False, "errors": [one.of_record() for one in errors]}
    return {"id": record_id, "success": True, "errors": []}


# -- making and changing


@resource("composite/sobjects", "POST")
def create_several(call: Call) -> Answer:
    """New records of one or of several objects."""
    return _each(call, create_rows)


@resource("composite/sobjects", "PATCH")
def update_several(call: Call) -> Answer:
    """Changes of records that the body names by their ids."""
    return _each(call, update_rows)


def _each(call: Call, work: Callable[[Call, CustomObject, Sequence[Body]], list[Result]]) -> Answer:
    records = bodies(call)
    chunks = [list(chunk) for _name, chunk in groupby(records, key=_type_of)]
    if len(chunks) > MOST_CHUNKS:
        message = f"Records of one object stand together, in at most {MOST_CHUNKS} chunks."
        raise Refusal("INVALID_INPUT", message)

    def results(one: Call) -> list[Result]:
        return [found for chunk in chunks for found in _chunk(one, chunk, work)]

    return Answer(_kept(call, results))


def _chunk(
    call: Call,
    chunk: Sequence[Body],
    work: Callable[[Call, CustomObject, Sequence[Body]], list[Result]],
) -> list[Result]:
    """The results of records of one object; what keeps all of them out is each one's error."""
    try:
        name = _type_of(chunk[0])
        if (obj := call.find_object(name)) is None:
            message = f"sObject type '{name[:80]}' is not supported."
            raise Refusal("INVALID_TYPE", message)
        return work(call, obj, chunk)
    except TrellisError as error:
        if error.status >= 500:
            raise
        return [result("", fault_of(error).errors) for _record in chunk]


def _kept(call: Call, work: Callable[[Call], list[Result]]) -> list[Result]:
    """The results, all or none of which are kept if the body or the address says so."""
    said = call.body.get("allOrNone") if isinstance(call.body, Mapping) else None
    if said is True or call.args.get("allOrNone", "").lower() == "true":
        return together(call, lambda one: _all_or_none(work(one)))
    return work(call)


def _all_or_none(results: list[Result]) -> list[Result]:
    if all(one["success"] for one in results):
        return results
    raise Undone([result("", (ROLLED_BACK,)) if one["success"] else one for one in results])


def bodies(call: Call) -> Sequence[Body]:
    """The records of a body; raises Refusal."""
    given = call.mapping().get("records")
    if not isinstance(given, list) or not given or not all(isinstance(r, Mapping) for r in given):
        raise Refusal("JSON_PARSER_ERROR", "The body needs a list of records.")
    if len(given) > MOST:
        raise Refusal("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST}")
    return given


def _type_of(record: Body) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, Mapping) else None
    return name if isinstance(name, str) else ""


def create_rows(call: Call, obj: CustomObject, chunk: Sequence[Body]) -> list[Result]:
    rows, problems = read_many(call, obj, chunk)
    good = [n for n, found in enumerate(problems) if not found]
    made = call.records.create_many(obj.name, [rows[n] for n in good]) if good else ()
    return _results(problems, dict(zip(good, made, strict=True)))


def update_rows(call: Call, obj: CustomObject, chunk: Sequence[Body]) -> list[Result]:
    ids, plain = [], []
    for record in chunk:
        ids.append(next((raw for name, raw in record.items() if name.casefold() == "id"), ""))
        plain.append({name: raw for name, raw in record.items() if name.casefold() != "id"})
    rows, problems = read_many(call, obj, plain)
    changes: dict[str, Any] = {}
    places: dict[int, str] = {}
    for n, raw in enumerate(ids):
        try:
            record_id = id_within(call, obj, raw if isinstance(raw, str) else "")
        except (Rejected, NotFound):
            message = f"{obj.name}: a record needs the id of one that is there."
            problems[n].append(Problem("id.malformed", (ID,), message))
            continue
        if record_id in changes:
            problems[n].append(Problem("upsert.doubled", (ID,), "The id stands twice."))
        if not problems[n]:
            changes[record_id], places[n] = rows[n], record_id
    saved = call.records.update_many(obj.name, changes) if changes else {}
    return _results(problems, {n: saved[record_id] for n, record_id in places.items()})


def _results(
    problems: Sequence[Sequence[Problem]], outcomes: Mapping[int, Outcome]
) -> list[Result]:
    found = []
    for n, wrong in enumerate(problems):
        outcome = outcomes.get(n)
        if outcome is None:
            found.append(result("", errors_of(wrong)))
        else:
            found.append(result(outcome.id, errors_of(outcome.problems)))
    return found


# -- deleting


@resource("composite/sobjects", "DELETE")
def delete_several(call: Call) -> Answer:
    """Moves the records of `ids` to the recycle bin."""
    ids = [one.strip() for one in call.args.get("ids", "").split(",") if one.strip()]
    if not 0 < len(ids) <= MOST:
        raise Refusal("EXCEEDED_ID_LIMIT", f"Name 1 to {MOST} ids.")
    return Answer(_kept(call, lambda one: [_deleted(one, record_id) for record_id in ids]))


def _deleted(call: Call, text: str) -> Result:
    try:
        found = parse_id(text)
        if call.find_object(call.snapshot.object_of_id(found).name) is None:
            raise NotFound(text)
        call.records.delete((found,))
        return result(found)
    except NotFound:
        return result("", (ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),))
    except TrellisError as error:
        if error.status >= 500:
            raise
        return result("", fault_of(error).errors)


# -- reading


@resource("composite/sobjects/<object_name>")
def read_several(call: Call, object_name: str) -> Answer:
    """The records of `ids` with `fields`; null for what is not there."""
    ids = [one for one in call.args.get("ids", "").split(",") if one]
    return _read(call, object_name, ids, call.args.get("fields", ""))


@resource("composite/sobjects/<object_name>", "POST", scope=Scope.READ)
def read_several_by_body(call: Call, object_name: str) -> Answer:
    """The same, with what is asked for in the body."""
    body = call.mapping()
    fields = ",".join(_texts(body.get("fields")))
    return _read(call, object_name, _texts(body.get("ids")), fields)


def _texts(given: Any) -> Sequence[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Refusal("JSON_PARSER_ERROR", "The body needs lists of ids and of fields.")
    return given


def _read(call: Call, object_name: str, ids: Sequence[str], fields: str) -> Answer:
    obj = call.object(object_name)
    if not 0 < len(ids) <= MOST_READ or not fields:
        raise Refusal("EXCEEDED_ID_LIMIT", f"Name fields, and 1 to {MOST_READ} ids.")
    names = fields_asked(call, obj, fields)
    wanted = [parse_id(text) for text in ids]
    with call.scope.read() as conn:
        found = get_many(conn, call.actor, call.snapshot, obj.name, wanted, names)
    return Answer([shown(call, obj, found[one], names) if one in found else None for one in wanted])


# -- upserting


@resource("composite/sobjects/<object_name>/<field_name>", "PATCH")
def upsert_several(call: Call, object_name: str, field_name: str) -> Answer:
    """Makes or changes records by an external id; by Id those without one are made."""
    obj = call.object(object_name)
    field = find_field(call.actor, call.snapshot, obj.name, field_name)
    if field is None or not is_key(field):
        message = f"Provided external ID field does not exist or is not accessible: {field_name}"
        raise Refusal("NOT_FOUND", message[:200], status=404)
    records = bodies(call)
    if field.local_name == ID:
        return Answer(_kept(call, lambda one: upsert_by_id(one, obj, records)))
    return Answer(_kept(call, lambda one: upsert_by_key(one, obj, field.local_name, records)))


def upsert_by_key(call: Call, obj: CustomObject, key: str, records: Sequence[Body]) -> list[Result]:
    rows, problems = read_many(call, obj, records)
    good = [n for n, found in enumerate(problems) if not found]
    saved = call.records.upsert_many(obj.name, key, [rows[n] for n in good]) if good else ()
    outcomes = dict(zip(good, saved, strict=True))
    results = _results(problems, outcomes)
    for n, outcome in outcomes.items():
        results[n]["created"] = outcome.is_new
    return results


def upsert_by_id(call: Call, obj: CustomObject, records: Sequence[Body]) -> list[Result]:
    new = [n for n, record in enumerate(records) if not record.get(ID)]
    old = [n for n in range(len(records)) if n not in set(new)]
    fresh = [{k: v for k, v in records[n].items() if k != ID} for n in new]
    found: dict[int, Result] = {}
    for places, chunk, work in (
        (new, fresh, create_rows),
        (old, [records[n] for n in old], update_rows),
    ):
        for n, one in zip(places, _chunk_of(call, obj, chunk, work), strict=True):
            found[n] = one | {"created": work is create_rows and one["success"]}
    return [found[n] for n in range(len(records))]


def _chunk_of(
    call: Call,
    obj: CustomObject,
    chunk: Sequence[Body],
    work: Callable[[Call, CustomObject, Sequence[Body]], list[Result]],
) -> list[Result]:
    return work(call, obj, chunk) if chunk else []
