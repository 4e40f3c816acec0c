"""Queries: SOQL and the batches that follow, a plan; and searches for words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...metadata.kinds.custom_object import CustomObject
from ...platform.people.api_tokens import Scope as TokenScope
from ..query.request import Query
from ..query.run import count, get_many
from ..search import search as find_words
from ..soql import Answer as Found
from ..soql import Scope, find, more, run
from ..soql.parser import parse
from .blueprint import resource
from .call import Answer, Call
from .columns import columns_body
from .faults import Refusal
from .paging import whole_number
from .records import ID, fields_asked, shown
from .rows import found_body, row_body

LEAST, MOST = 200, 2000  # rows of a batch
LONGEST = 100_000  # characters of a query
_SIZE = re.compile(r"batchSize\s*=\s*(\d{1,6})", re.IGNORECASE | re.ASCII)


@resource("query")
def query(call: Call) -> Answer:
    """The first batch of a query; with `explain` a plan, with `columns` what it would answer."""
    if (text := call.args.get("explain")) is not None:
        return Answer({"plans": [_plan(call, text)]})
    return _query(call, "query", all_rows=False)


@resource("queryAll")
def query_all(call: Call) -> Answer:
    """The same, of deleted records, too."""
    return _query(call, "queryAll", all_rows=True)


@resource("query/<locator>")
def query_more(call: Call, locator: str) -> Answer:
    """The batch that follows another."""
    return _more(call, "query", locator)


@resource("queryAll/<locator>")
def query_all_more(call: Call, locator: str) -> Answer:
    """The batch that follows another."""
    return _more(call, "queryAll", locator)


def _query(call: Call, name: str, *, all_rows: bool) -> Answer:
    text = _text(call, "q", "MALFORMED_QUERY")
    with call.scope.read() as conn:
        scope = Scope(conn, call.actor, call.snapshot)
        if call.args.get("columns", "").lower() == "true":
            return Answer(columns_body(call, scope, text))
        found = run(scope, text, size=_size(call), all_rows=all_rows)
    return Answer(found_body(call, found, name))


def _more(call: Call, name: str, locator: str) -> Answer:
    with call.scope.read() as conn:
        found: Found = more(Scope(conn, call.actor, call.snapshot), locator)
    return Answer(found_body(call, found, name))


def _text(call: Call, name: str, code: str) -> str:
    text = call.args.get(name, "").strip()
    if not text or len(text) > LONGEST:
        raise Refusal(code, f"Say in {name} what you ask for, in at most {LONGEST} characters.")
    return text


def _size(call: Call) -> int:
    """The rows of a batch that the header asks for, within what is offered."""
    found = _SIZE.search(call.headers.get("Sforce-Query-Options", ""))
    return max(LEAST, min(int(found[1]), MOST)) if found else MOST


def _plan(call: Call, text: str) -> dict[str, Any]:
    """How many rows a query finds of how many: the database itself chooses its ways."""
    with call.scope.read() as conn:
        found = run(Scope(conn, call.actor, call.snapshot), text, size=1)
        name = parse(text).source.text
        if (obj := call.find_object(name)) is None:
            raise Refusal("INVALID_TYPE", f"{name[:80]} is not planned: it is no table.")
        every = count(conn, call.actor, Query(obj.name), call.snapshot)
    return {
        "cardinality": found.total,
        "fields": [],
        "leadingOperationType": "Other",
        "notes": [],
        "relativeCost": round(found.total / every, 3) if every else 0.0,
        "sobjectCardinality": every,
        "sobjectType": obj.name,
    }


# -- searches


@resource("search")
def search_by_text(call: Call) -> Answer:
    """The records that a search in SOSL finds."""
    text = _text(call, "q", "MALFORMED_SEARCH")
    with call.scope.read() as conn:
        rows = find(Scope(conn, call.actor, call.snapshot), text)
    return Answer({"searchRecords": [row_body(call, row) for row in rows]})


@resource("parameterizedSearch")
def search_by_address(call: Call) -> Answer:
    """The records that have the words of `q`, of the objects of `sobject`."""
    asked = [
        {
            "name": name,
            "fields": call.args.get(f"{name}.fields", call.args.get("fields", "")).split(","),
            "limit": whole_number(call, f"{name}.limit", 200, 1, 2000),
        }
        for name in call.args.getlist("sobject")
    ]
    limit = whole_number(call, "overallLimit", 2000, 1, 2000)
    return _found_words(call, call.args.get("q", ""), asked, limit)


@resource("parameterizedSearch", "POST", scope=TokenScope.READ)
def search_by_body(call: Call) -> Answer:
    """The same, with what is asked for in the body."""
    body = call.mapping()
    objects = body.get("sobjects") or []
    limit = body.get("overallLimit", 2000)
    if not isinstance(objects, list) or not all(isinstance(one, Mapping) for one in objects):
        raise Refusal("JSON_PARSER_ERROR", "sobjects must be a list of objects.")
    usual = {"fields": body.get("fields") or [], "limit": body.get("defaultLimit", 200)}
    asked = [usual | dict(one) for one in objects]
    return _found_words(call, body.get("q", ""), asked, limit if isinstance(limit, int) else 2000)


def _found_words(call: Call, text: Any, asked: Sequence[Mapping[str, Any]], limit: int) -> Answer:
    if not isinstance(text, str) or not text.strip():
        raise Refusal("MALFORMED_SEARCH", "Say in q which words to look for.")
    names = {str(one.get("name", "")): one for one in asked}
    objects = {name: _searched(call, name) for name in names}
    with call.scope.read() as conn:
        wanted = [obj.name for obj in objects.values()] or None
        most = min(max(limit, 1), 2000)
        hits = find_words(conn, call.actor, call.snapshot, text, wanted, most)
        found: list[dict[str, Any]] = []
        for name in dict.fromkeys(hit.object for hit in hits):
            said = next((one for key, one in names.items() if objects[key].name == name), {})
            ids = [hit.id for hit in hits if hit.object == name][: _limit(said)]
            obj = call.object(name)
            fields = fields_asked(call, obj, ",".join(map(str, said.get("fields") or ())) or ID)
            records = get_many(conn, call.actor, call.snapshot, name, ids, fields)
            found += [shown(call, obj, records[one], fields) for one in ids if one in records]
    return Answer({"searchRecords": found})


def _limit(said: Mapping[str, Any]) -> int:
    limit = said.get("limit", 200)
    return limit if isinstance(limit, int) and 0 < limit <= 2000 else 200


def _searched(call: Call, name: str) -> CustomObject:
    if (obj := call.find_object(name)) is None:
        raise Refusal("INVALID_TYPE", f"sObject type '{name[:80]}' is not supported.")
    return obj
