"""A list view: columns, filters with their logic, scope, order and look of an object's list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Path, Reference
from ..filter_logic import parse as parse_logic
from ..predicates import All, AnyOf, Condition, Not, Predicate
from .base import (
    ID,
    KINDS,
    NAME,
    SORT,
    TEXT,
    check_ids,
    check_object,
    check_path,
    check_single_default,
    common,
    find_last,
    listed,
    of_object,
    of_path,
    of_record_types,
    schema,
    take_out,
)  # fmt: skip
from .layout import Sort

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

SCOPES = ("Everything", "Mine")
MODES = ("table", "board", "calendar", "split")
DATES = ("Date", "DateTime")
TOTALS = ("sum", "avg", "min", "max", "none")


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
    """A saved list of an object; `boolean_filter` joins the filters by place: "1 AND (2 OR 3)".

    `mode` says how its records are laid out. A board has a column for each value of `group_by`, a
    table its groups; both add up `measure`. A calendar puts records where `date_field` says.
    """

    object: str
    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    boolean_filter: str = ""  # "" = all must hold
    scope: str = "Everything"
    sort: tuple[Sort, ...] = ()
    search: str = ""  # words that must occur in its records
    mode: str = "table"
    group_by: str = ""
    measure: str = ""
    date_field: str = ""
    totals: Mapping[str, str] = field(default_factory=dict)  # {column: one of TOTALS}
    default: bool = False
    rank: int = 100

    @property
    def predicate(self) -> Predicate:
        """The filters as one predicate. Raises Rejected when the logic is not understood."""
        return parse_logic(self.boolean_filter, tuple(row.condition for row in self.filters))


def read_filter(row: Mapping[str, Any]) -> Filter:
    """The row of a document that fits FILTER."""
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
        filters=tuple(map(read_filter, get("filters", ()))),
        boolean_filter=get("booleanFilter", ""),
        scope=get("scope", "Everything"),
        sort=tuple(Sort(s["field"], s.get("descending", False)) for s in get("sort", ())),
        search=get("search", ""),
        mode=get("mode", "table"),
        group_by=get("groupBy", ""),
        measure=get("measure", ""),
        date_field=get("dateField", ""),
        totals={row["field"]: row["function"] for row in get("totals", ())},
        default=get("default", False),
        rank=get("rank", 100),
    )


def path_places(document: Document) -> Iterator[tuple[Path, Path]]:
    """Every place of the document that holds a field path, and what goes when the field does."""
    for i, _column in enumerate(document.get("columns", ())):
        yield ("columns", i), ("columns", i)
    for part in ("filters", "sort", "totals"):
        for i, _row in enumerate(document.get(part, ())):
            yield (part, i, "field"), (part, i)
    for name in ("groupBy", "measure", "dateField"):
        if document.get(name):
            yield (name,), (name,)


def path_at(document: Document, place: Path) -> str:
    """The field path that stands there."""
    found: Any = document
    for step in place:
        found = found[step]
    return str(found)


def _references(view: ListView, snapshot: Snapshot) -> tuple[Reference, ...]:
    found = list(of_object(view.document))
    for place, out in path_places(view.document):
        found += of_path(snapshot, view.object, path_at(view.document, place), place, out)
    for i, row in enumerate(view.document.get("filters", ())):
        field_ = find_last(snapshot, view.object, row["field"])
        found += of_record_types(snapshot, field_, row, ("filters", i))
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
    for place, _out in path_places(view.document):
        if place[0] == "filters":
            found += check_filter(view.object, view.filters[int(place[1])], snapshot, *place[:2])
        else:
            path = path_at(view.document, place)
            found += check_path(snapshot, view.object, path, *place)
    return (*found, *check_logic(view), *_check_look(view, snapshot))


def _check_look(view: ListView, snapshot: Snapshot) -> Iterator[Problem]:
    """Groups, sums and days need fields that can give them."""
    wanted = (
        ("groupBy", view.group_by, "field.not_groupable", _("%(path)s cannot be grouped by.")),
        ("measure", view.measure, "field.not_aggregated", _("%(path)s cannot be added up.")),
        ("dateField", view.date_field, "field.no_date", _("%(path)s is no date.")),
    )
    for key, path, code, message in wanted:
        if not path or check_path(snapshot, view.object, path):
            continue
        if not gives(key, snapshot.resolve(view.object, path)[-1]):
            yield Problem(code, (key,), message % {"path": path})


def gives(key: str, f: CustomField) -> bool:
    """Says whether a view can group by the field, add it up, or lay its records out by it."""
    match key:
        case "groupBy":
            return f.field_type.groupable and bool(f.field_type.columns(f))
        case "measure":
            return "sum" in f.field_type.aggregates
        case _:
            return f.value_type in DATES


def check_filter(
    object_name: str, row: Filter, snapshot: Snapshot, *place: str | int
) -> tuple[Problem, ...]:
    """Problems of a row's field and operator."""
    if problems := check_path(snapshot, object_name, row.field, *place, "field"):
        return problems
    field = snapshot.resolve(object_name, row.field)[-1]
    try:
        field.field_type.operator(row.operator)
    except Rejected as refusal:
        return tuple(
            Problem(p.code, (*place, "operator"), p.message, p.hint) for p in refusal.problems
        )
    return ()


class HasLogic(Protocol):
    """What has filters joined by a boolean filter."""

    @property
    def predicate(self) -> Predicate: ...


def check_logic(filtered: HasLogic) -> tuple[Problem, ...]:
    """A problem when the boolean filter is not understood."""
    try:
        _predicate = filtered.predicate
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


FILTER = {
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

_TOTAL = {
    "type": "object",
    "additionalProperties": False,
    "required": ["field", "function"],
    "properties": {"field": dict(NAME), "function": {"enum": list(TOTALS)}},
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
                "filters": listed(FILTER, 50),
                "booleanFilter": {"type": "string", "maxLength": 1000},
                "scope": {"enum": list(SCOPES)},
                "sort": listed(SORT, 5),
                "search": dict(TEXT),
                "mode": {"enum": list(MODES)},
                "groupBy": dict(NAME),
                "measure": dict(NAME),
                "dateField": dict(NAME),
                "totals": listed(_TOTAL, 50),
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
