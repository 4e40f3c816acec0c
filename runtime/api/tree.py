"""Trees: records with their children and theirs, made together or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import TrellisError
from .blueprint import resource
from .call import Answer, Call
from .describe import children_of
from .faults import ApiError, Refusal, errors_of, fault_of
from .joined import Undone, together
from .records import read_many

MOST, DEEPEST = 200, 5


@dataclass(slots=True)
class Node:
    """One record of a tree."""

    object: CustomObject
    reference: str
    body: Mapping[str, Any]
    parent: Node | None = None
    lookup: CustomField | None = None  # to the parent
    id: str = ""
    errors: tuple[ApiError, ...] = field(default=())


@resource("composite/tree/<object_name>", "POST")
def create_tree(call: Call, object_name: str) -> Answer:
    """New records of an object with what hangs on them."""
    obj = call.object(object_name)
    levels = list(_levels(call, obj, call.mapping()))
    nodes = [node for level in levels for node in level]
    if len({node.reference for node in nodes}) != len(nodes):
        raise Refusal("INVALID_INPUT", "Each referenceId may stand once.")
    return together(call, lambda one: _made(one, levels))


def _levels(call: Call, obj: CustomObject, body: Mapping[str, Any]) -> Iterator[list[Node]]:
    """The records level by level; raises Refusal for too many and for what is no tree."""
    level, depth, count = _nodes(call, obj, body, None, None), 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > DEEPEST or count > MOST:
            message = f"A tree has at most {MOST} records on {DEEPEST} levels."
            raise Refusal("INVALID_INPUT", message)
        yield level
        level = [child for node in level for child in _children(call, node)]


def _nodes(
    call: Call, obj: CustomObject, body: Any, parent: Node | None, lookup: CustomField | None
) -> list[Node]:
    records = body.get("records") if isinstance(body, Mapping) else None
    if not isinstance(records, list) or not all(isinstance(one, Mapping) for one in records):
        raise Refusal("JSON_PARSER_ERROR", "A tree needs lists of records.")
    return [_node(call, obj, record, parent, lookup) for record in records]


def _node(
    call: Call,
    obj: CustomObject,
    record: Mapping[str, Any],
    parent: Node | None,
    lookup: CustomField | None,
) -> Node:
    attributes = record.get("attributes")
    said = attributes if isinstance(attributes, Mapping) else {}
    reference = said.get("referenceId")
    if not isinstance(reference, str) or not reference:
        raise Refusal("INVALID_INPUT", "Each record needs a referenceId in its attributes.")
    if str(said.get("type", obj.name)).casefold() != obj.name.casefold():
        message = f"{reference[:80]}: the records of this list are of {obj.name}."
        raise Refusal("INVALID_INPUT", message)
    return Node(obj, reference, record, parent, lookup)


def _children(call: Call, node: Node) -> Iterator[Node]:
    """The records that hang on a record; its body keeps the rest."""
    relations = {
        one.child_relationship.casefold(): one
        for one in children_of(call, node.object)
        if one.child_relationship
    }
    plain: dict[str, Any] = {}
    for name, part in node.body.items():
        lookup = relations.get(name.casefold().removesuffix("__r")) or relations.get(
            name.casefold()
        )
        if lookup is None or not isinstance(part, Mapping) or "records" not in part:
            plain[name] = part
            continue
        child = call.object(lookup.object_name)
        yield from _nodes(call, child, part, node, lookup)
    node.body = plain


def _made(call: Call, levels: Sequence[Sequence[Node]]) -> Answer:
    """The answer with the new ids; raises Undone with the errors of those that were refused."""
    for level in levels:
        by_object: dict[str, list[Node]] = defaultdict(list)
        for node in level:
            by_object[node.object.name].append(node)
        for nodes in by_object.values():
            _make(call, nodes)
        if wrong := [node for node in level if node.errors]:
            raise Undone(Answer({"hasErrors": True, "results": [_refused(n) for n in wrong]}, 400))
    made = [{"referenceId": n.reference, "id": n.id} for level in levels for n in level]
    return Answer({"hasErrors": False, "results": made}, 201)


def _refused(node: Node) -> dict[str, Any]:
    errors = [one.of_record() for one in node.errors]
    return {"referenceId": node.reference, "errors": errors}


def _make(call: Call, nodes: Sequence[Node]) -> None:
    """Makes records of one object whose parents are made."""
    obj = nodes[0].object
    try:
        rows, problems = read_many(call, obj, [node.body for node in nodes])
        for node, row in zip(nodes, rows, strict=True):
            if node.parent is not None and node.lookup is not None:
                row[node.lookup.local_name] = node.parent.id
        if any(problems):
            for node, wrong in zip(nodes, problems, strict=True):
                node.errors = errors_of(wrong)
            return
        outcomes = call.records.create_many(obj.name, rows)
    except TrellisError as error:
        if error.status >= 500:
            raise
        for node in nodes:
            node.errors = fault_of(error).errors
        return
    for node, outcome in zip(nodes, outcomes, strict=True):
        node.id, node.errors = outcome.id, errors_of(outcome.problems)
