"""A list view: columns, filters with their logic, scope and order of an object's list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import lazy
from ..definition import Definition, Document, Kind, Path, Reference
from ..filter_logic import parse as parse_logic
from ..predicates import All, AnyOf, Condition, Not, Predicate
from .base import (
    ID,
    KINDS,
    NAME,
    SORT,
    check_ids,
    check_object,
    check_path,
    check_single_default,
    common,
    listed,
    of_object,
    of_path,
    schema,
    take_out,
)  # fmt: skip
from .layout import Sort

if TYPE_CHECKING:
    from ..snapshot import Snapshot

SCOPES = ("Everything", "Mine")


@dataclass(frozen=True, slots=True)
class Filter:
    """One row of a view's filters: a field path, an operator's name and what it compares with."""

    id: str
    field: str
    operator: str
    value: Any = None  # text, a list of texts, or None for operators without operands

    @property
    def condition(self) -> Condition:
        """The row as a predicate."""
        if isinstance(self.value, tuple):
            return Condition(self.field, self.operator, self.value)
        return Condition(self.field, self.operator, () if self.value is None else (self.value,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView(Definition):
    """A saved list of an object; `boolean_filter` joins the filters by place: "1 AND (2 OR 3)"."""

    object: str
    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    boolean_filter: str = ""  # "" = all must hold
    scope: str = "Everything"
    sort: tuple[Sort, ...] = ()
    default: bool = False
    rank: int = 100

    @property
    def predicate(self) -> Predicate:
        """The filters as one predicate. Raises Rejected when the logic is not understood."""
        return parse_logic(self.boolean_filter, tuple(row.condition for row in self.filters))


def _filter(row: Mapping[str, Any]) -> Filter:
    value = row.get("value")
    return Filter(
        row["id"], row["field"], row["operator"], tuple(value) if isinstance(value, list) else value
    )


def _parse(document: Document) -> ListView:
    get = document.get
    return ListView(
        **common(document),
        object=document["object"],
        columns=tuple(get("columns", ())),
        filters=tuple(map(_filter, get("filters", ()))),
        boolean_filter=get("booleanFilter", ""),
        scope=get("scope", "Everything"),
        sort=tuple(Sort(s["field"], s.get("descending", False)) for s in get("sort", ())),
        default=get("default", False),
        rank=get("rank", 100),
    )


def _references(view: ListView, snapshot: Snapshot) -> tuple[Reference, ...]:
    found = list(of_object(view.document))
    for i, column in enumerate(view.columns):
        found += of_path(snapshot, view.object, column, ("columns", i))
    for i, row in enumerate(view.filters):
        found += of_path(snapshot, view.object, row.field, ("filters", i, "field"), ("filters", i))
    for i, sort in enumerate(view.sort):
        found += of_path(snapshot, view.object, sort.field, ("sort", i, "field"), ("sort", i))
    return tuple(found)


def _check(view: ListView, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, view.object):
        return problems
    rivals = (other for other in snapshot.of_kind("ListView") if other.object == view.object)
    found = [
        *check_single_default(view, snapshot, rivals),
        *check_ids(view.columns, "columns"),
        *check_ids((row.id for row in view.filters), "filters"),
    ]
    for i, column in enumerate(view.columns):
        found += check_path(snapshot, view.object, column, "columns", i)
    for i, row in enumerate(view.filters):
        found += _check_filter(view, row, snapshot, "filters", i)
    for i, sort in enumerate(view.sort):
        found += check_path(snapshot, view.object, sort.field, "sort", i, "field")
    return (*found, *_check_logic(view))


def _check_filter(
    view: ListView, row: Filter, snapshot: Snapshot, *place: str | int
) -> tuple[Problem, ...]:
    if problems := check_path(snapshot, view.object, row.field, *place, "field"):
        return problems
    field = snapshot.resolve(view.object, row.field)[-1]
    try:
        field.field_type.operator(row.operator)
    except Rejected as refusal:
        return tuple(
            Problem(p.code, (*place, "operator"), p.message, p.hint) for p in refusal.problems
        )
    return ()


def _check_logic(view: ListView) -> tuple[Problem, ...]:
    try:
        _predicate = view.predicate
    except Rejected as refusal:
        return tuple(
            Problem(p.code, ("booleanFilter",), p.message, p.hint) for p in refusal.problems
        )
    return ()


def without_filters(document: Document, gone: set[int]) -> Document:
    """The view without the filters at these places (0 …); its logic follows."""
    changed = dict(take_out(document, (("filters", i) for i in gone)))
    logic = changed.pop("booleanFilter", "")
    if not logic:
        return changed
    count = len(document["filters"])
    tree = parse_logic(logic, tuple(Condition(str(i), "") for i in range(count)))
    kept = _pruned(tree, {str(i) for i in gone})
    numbers = {str(i): str(n + 1) for n, i in enumerate(i for i in range(count) if i not in gone)}
    if kept is not None and not isinstance(kept, Condition):
        changed["booleanFilter"] = _written(kept, numbers)
    return changed


def _pruned(tree: Predicate, gone: set[str]) -> Predicate | None:
    match tree:
        case Condition(path):
            return None if path in gone else tree
        case Not(part):
            kept = _pruned(part, gone)
            return None if kept is None else Not(kept)
        case All(parts) | AnyOf(parts):
            kept_parts = tuple(k for k in (_pruned(p, gone) for p in parts) if k is not None)
            if len(kept_parts) < 2:
                return kept_parts[0] if kept_parts else None
            return type(tree)(kept_parts)


def _written(tree: Predicate, numbers: Mapping[str, str], inside: bool = False) -> str:
    match tree:
        case Condition(path):
            return numbers[path]
        case Not(part):
            return f"NOT {_written(part, numbers, True)}"
        case All(parts) | AnyOf(parts):
            word = " AND " if isinstance(tree, All) else " OR "
            text = word.join(_written(part, numbers, True) for part in parts)
            return f"({text})" if inside else text


def _take_out(document: Document, places: tuple[Path, ...]) -> Document:
    filters = {int(place[1]) for place in places if place[0] == "filters" and len(place) == 2}
    others = [place for place in places if place[0] != "filters"]
    return take_out(without_filters(document, filters) if filters else document, others)


_FILTER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "field", "operator"],
    "properties": {
        "id": dict(ID),
        "field": dict(NAME),
        "operator": dict(NAME),
        "value": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "maxItems": 1000, "items": {"type": ["string", "number"]}},
            ]
        },
    },
}

KINDS.register(
    Kind(
        name="ListView",
        label=lazy("List view"),
        schema=schema(
            "ListView",
            {
                "object": dict(NAME),
                "columns": listed(NAME, 50),
                "filters": listed(_FILTER, 50),
                "booleanFilter": {"type": "string", "maxLength": 1000},
                "scope": {"enum": list(SCOPES)},
                "sort": listed(SORT, 5),
                "default": {"type": "boolean"},
                "rank": {"type": "integer", "minimum": 0, "maximum": 100000},
            },
            ("object",),
        ),
        rank=42,
        folder="objects/{object}/listViews",
        suffix="listView",
        parse=_parse,
        references=_references,
        check=_check,
        icon="list-filter",
        take_out=_take_out,
    )
)
