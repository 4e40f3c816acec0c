"""Several requests in one: composite, with references between them; batch; graphs.

Each part is answered by the resource at its address, with the rights and limits of the whole. With
`allOrNone` the parts are one transaction. What a part refers to is taken from answers before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from werkzeug.datastructures import Headers, MultiDict

from ...platform.errors import TrellisError
from ...platform.people.api_tokens import Scope
from .blueprint import ROOT, perform, resource, version_of
from .call import Answer, Call
from .faults import ApiError, Refusal, fault_of
from .joined import Undone, together

MOST_PARTS, MOST_QUERIES, MOST_NODES, MOST_GRAPHS = 25, 5, 500, 75
METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD")
HALTED = "PROCESSING_HALTED"
ROLLED_BACK = (
    "The transaction was rolled back since another operation in the same transaction failed."
)
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_NAME = re.compile(r"[A-Za-z0-9_]{1,80}")
_QUERIES = re.compile(r"/(query|queryAll|composite/sobjects)\b")
_NESTED = re.compile(r"/composite(/batch|/graph|/tree\b.*)?/?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One request within another."""

    method: str
    url: str
    reference: str
    body: Any
    headers: Mapping[str, str]


# -- composite


@resource("composite", "POST", scope=Scope.READ)
def composite(call: Call) -> Answer:
    """Up to 25 requests, each of which may use what those before it answered."""
    body = call.mapping()
    parts = _parts(body.get("compositeRequest"), MOST_PARTS)
    if body.get("allOrNone") is True:
        found = together(call, lambda one: _all_or_none(one, parts))
    else:
        found, _failed = _answers(call, parts, halts=False)
    return Answer({"compositeResponse": found})


@resource("composite")
def composite_resources(call: Call) -> Answer:
    """What stands below."""
    names = ("tree", "batch", "sobjects", "graph")
    return Answer({name: f"{call.root}/composite/{name}" for name in names})


@resource("composite/graph", "POST", scope=Scope.READ)
def graphs(call: Call) -> Answer:
    """Several composites, each of which is a transaction of its own."""
    given = call.mapping().get("graphs")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_GRAPHS:
        raise Refusal("INVALID_INPUT", f"Give 1 to {MOST_GRAPHS} graphs.")
    read = [_graph(one) for one in given]
    if sum(len(parts) for _name, parts in read) > MOST_NODES:
        raise Refusal("LIMIT_EXCEEDED", f"All graphs together have at most {MOST_NODES} nodes.")
    return Answer({"graphs": [_graph_answer(call, name, parts) for name, parts in read]})


def _graph(given: Any) -> tuple[str, Sequence[Part]]:
    name = given.get("graphId") if isinstance(given, Mapping) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Refusal("INVALID_INPUT", "A graph needs a graphId of letters, digits and _.")
    return name, _parts(given.get("compositeRequest"), MOST_NODES)


def _graph_answer(call: Call, name: str, parts: Sequence[Part]) -> dict[str, Any]:
    found = together(call, lambda one: _all_or_none(one, parts))
    return {
        "graphId": name,
        "graphResponse": {"compositeResponse": found},
        "isSuccessful": all(one["httpStatusCode"] < 400 for one in found),
    }


def _parts(given: Any, most: int) -> Sequence[Part]:
    """The parts of a body; raises Refusal."""
    if not isinstance(given, list) or not 0 < len(given) <= most:
        raise Refusal("INVALID_INPUT", f"Give 1 to {most} requests in compositeRequest.")
    parts = [_part(one) for one in given]
    if len({part.reference for part in parts}) != len(parts):
        raise Refusal("INVALID_INPUT", "Each referenceId may stand once.")
    if sum(bool(_QUERIES.search(part.url)) for part in parts) > max(MOST_QUERIES, most // 25 * 5):
        raise Refusal("LIMIT_EXCEEDED", f"At most {MOST_QUERIES} queries and collections.")
    return parts


def _part(given: Any) -> Part:
    if not isinstance(given, Mapping):
        raise Refusal("JSON_PARSER_ERROR", "Each request must be a JSON object.")
    method, url, name = (given.get(key) for key in ("method", "url", "referenceId"))
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise Refusal("INVALID_INPUT", "A request needs a method: GET, POST, PATCH or DELETE.")
    if not isinstance(url, str) or not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Refusal("INVALID_INPUT", "A request needs a url, and a referenceId of letters.")
    headers = given.get("httpHeaders") or {}
    if not isinstance(headers, Mapping):
        raise Refusal("INVALID_INPUT", "httpHeaders must be an object.")
    said = {str(key): str(value) for key, value in headers.items()}
    return Part(method.upper(), url, name, given.get("body"), said)


def _all_or_none(call: Call, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The answers of the parts; raises Undone when any failed, with the others halted."""
    found, failed = _answers(call, parts, halts=True)
    if failed is not None:
        halted = [ApiError(HALTED, ROLLED_BACK).rest()]
        raise Undone(
            [
                one if n == failed else _said(part, Answer(halted, 400))
                for n, (part, one) in enumerate(zip(parts, found, strict=True))
            ]
        )
    return found


def _answers(
    call: Call, parts: Sequence[Part], *, halts: bool
) -> tuple[list[dict[str, Any]], int | None]:
    """(answers, place of the first that failed); the rest is not asked for then if it `halts`."""
    found: list[dict[str, Any]] = []
    answers: dict[str, Answer] = {}
    failed: int | None = None
    for n, part in enumerate(parts):
        is_over = halts and failed is not None
        answer = Answer(None, 400) if is_over else _answer(call, part, answers)
        answers[part.reference] = answer
        failed = n if failed is None and not answer.is_good else failed
        found.append(_said(part, answer))
    return found, failed


def _said(part: Part, answer: Answer) -> dict[str, Any]:
    return {
        "body": answer.body,
        "httpHeaders": dict(answer.headers),
        "httpStatusCode": answer.status,
        "referenceId": part.reference,
    }


def _answer(call: Call, part: Part, before: Mapping[str, Answer]) -> Answer:
    """What the resource of a part says, its references filled in; an error is an answer, too."""
    try:
        url = _filled_text(part.url, before)
        body = _filled(part.body, before)
        return ask(call, part.method, url, body, part.headers)
    except TrellisError as error:
        return refused(error)


def refused(error: TrellisError) -> Answer:
    """The error as an answer; raises what is a fault, or another's turn with the database."""
    if error.status >= 500:
        raise error
    fault = fault_of(error)
    return Answer([one.rest() for one in fault.errors], fault.status)


def ask(call: Call, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
    """What the resource at an address says, in place of a request of its own."""
    split = urlsplit(url)
    path = unquote(split.path).removeprefix(ROOT).lstrip("/")
    version, _slash, address = path.partition("/")
    if not split.path.lstrip("/").startswith(("v", ROOT.lstrip("/"))):
        raise Refusal("NOT_FOUND", "The requested resource does not exist", status=404)
    if _NESTED.search("/" + address):
        message = "A composite request may not hold another one."
        raise Refusal("INVALID_INPUT", message)
    asked = replace(
        call,
        version=version_of(version),
        args=_arguments(split.query),
        body=body if method in ("POST", "PATCH", "PUT") else None,
        headers=Headers(dict(headers)),  # type: ignore[arg-type]  # names in any case
    )
    answer = perform(asked, "GET" if method == "HEAD" else method, "/" + address)
    if answer.csv is not None:
        raise Refusal("INVALID_INPUT", "A composite request holds no tables.")
    if answer.ready is not None:
        answer = Answer(json.loads(answer.ready), answer.status)
    return answer


def _arguments(query: str) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(query, keep_blank_values=True))


# -- what a part takes from answers before it


def _filled(tree: Any, before: Mapping[str, Answer]) -> Any:
    """The body with what it refers to; a text that is one reference becomes what that is."""
    match tree:
        case str() if found := _REFERENCE.fullmatch(tree):
            return _value(found, before)
        case str():
            return _REFERENCE.sub(lambda found: str(_value(found, before)), tree)
        case Mapping():
            return {name: _filled(part, before) for name, part in tree.items()}
        case list():
            return [_filled(part, before) for part in tree]
        case _:
            return tree


def _filled_text(url: str, before: Mapping[str, Answer]) -> str:
    return _REFERENCE.sub(lambda found: quote(str(_value(found, before)), safe=""), url)


def _value(found: re.Match[str], before: Mapping[str, Answer]) -> Any:
    """What a reference leads to in the answer it names; raises Refusal."""
    answer = before.get(found[1])
    value = answer.body if answer is not None and answer.is_good else None
    for step in _STEP.finditer(found[2]):
        match value:
            case Mapping() if step[1] and step[1] in value:
                value = value[step[1]]
            case list() if step[2] and int(step[2]) < len(value):
                value = value[int(step[2])]
            case _:
                value = None
    if value is None or isinstance(value, Mapping | list):
        message = f"Invalid reference specified. No value for {found[0][2:-1]} found."
        raise Refusal(HALTED, message)
    return value


# -- batch


@resource("composite/batch", "POST", scope=Scope.READ)
def batch(call: Call) -> Answer:
    """Up to 25 requests that know nothing of each other."""
    body = call.mapping()
    given = body.get("batchRequests")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_PARTS:
        raise Refusal("INVALID_INPUT", f"Give 1 to {MOST_PARTS} requests in batchRequests.")
    results: list[dict[str, Any]] = []
    for one in given:
        is_halted = body.get("haltOnError") is True and any(r["statusCode"] >= 400 for r in results)
        answer = _HALTED if is_halted else _batched(call, one)
        results.append({"statusCode": answer.status, "result": answer.body})
    failed = any(result["statusCode"] >= 400 for result in results)
    return Answer({"hasErrors": failed, "results": results})


_HALTED = Answer([ApiError("BATCH_PROCESSING_HALTED", "Batch processing halted.").rest()], 412)


def _batched(call: Call, given: Any) -> Answer:
    try:
        said = {"referenceId": "one", **given} if isinstance(given, Mapping) else given
        part = _part(said)
        return ask(call, part.method, part.url, said.get("richInput"), part.headers)
    except TrellisError as error:
        return refused(error)
