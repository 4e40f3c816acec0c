"""List views and what the address adds to them, as one query with its columns.

A view says columns, filters with their logic, scope and order. The address may narrow it by words
and further filters and sort it anew; it never widens what the view shows. Parts that name fields
the actor may not read are left out with a notice; anything else not understood is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...metadata.definition import Uid
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import Filter, ListView
from ...metadata.predicates import ALWAYS, All, Condition, Not, Predicate, conditions
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _, mark
from ...platform.people.actor import Actor
from ..access import permissions
from ..query.request import Order, Query, Scope
from ..query.run import title_path

PAGE = 50
MAX_PAGE = 200
MAX_EXTRA = 20  # filters in the address


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address says beside the view: see `read_state` for its words."""

    view: str = ""  # local name of the view, "" = the default one
    search: str = ""
    sort: Order | None = None
    filters: tuple[Filter, ...] = ()
    after: str = ""
    before: str = ""
    limit: int = PAGE

    def parameters(self) -> list[tuple[str, str]]:
        """The state as parameters of an address, without the place in the list."""
        found = [("view", self.view), ("q", self.search), ("sort", _sort_text(self.sort))]
        found += (("filter", _filter_text(row)) for row in self.filters)
        if self.limit != PAGE:
            found.append(("limit", str(self.limit)))
        return [(name, text) for name, text in found if text]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `path` as the view says it, `paths` what a query selects to show it."""

    path: str
    paths: tuple[str, ...]  # the value, then the name behind a lookup
    field: CustomField
    label: str
    sort: str  # the path that sorts by it, "" where nothing does
    is_title: bool = False  # names the record


@dataclass(frozen=True, slots=True)
class Listing:
    """A view for an actor: ready to run, to be exported, to be counted."""

    object: CustomObject
    view: ListView
    query: Query
    columns: tuple[Column, ...]
    notices: tuple[str, ...] = ()


# -- which views there are -----------------------------------------------------------------------


def views_of(snapshot: Snapshot, object_name: str) -> tuple[ListView, ...]:
    """The views of an object in the order of pickers; a plain one when nobody made any."""
    found = [view for view in snapshot.of_kind("ListView") if view.object == object_name]
    ranked = sorted(found, key=lambda view: (view.rank, view.label.casefold()))
    return tuple(ranked) or (plain_view(snapshot, object_name),)


def find_view(snapshot: Snapshot, object_name: str, name: str = "") -> ListView:
    """A view by its local name, or the default one; raises NotFound."""
    views = views_of(snapshot, object_name)
    if not name:
        return next((view for view in views if view.default), views[0])
    for view in views:
        if view.local_name.casefold() == name.casefold():
            return view
    raise NotFound(name)


def plain_view(snapshot: Snapshot, object_name: str) -> ListView:
    """All records of an object, with its name and its first few fields."""
    obj = snapshot.object(object_name)
    own = [f.local_name for f in snapshot.fields(obj.name).values() if _is_shown(f)]
    name = [obj.name_field] if obj.name_field else []
    columns = list(dict.fromkeys([*name, *own]))[:5] or ["Id"]
    document = {"kind": "ListView", "name": f"{obj.name}.All", "label": mark("All"), "system": True}
    return ListView(
        uid=Uid(f"{obj.uid}:All"), name=f"{obj.name}.All", label="All", document=document,
        object=obj.name, columns=tuple(columns), default=True,
    )  # fmt: skip


def _is_shown(field: CustomField) -> bool:
    has_value = bool(field.field_type.columns(field)) and not field.component_of
    return has_value and not field.is_system and field.field_type.sortable


# -- the address ---------------------------------------------------------------------------------


def read_state(parameters: Mapping[str, Sequence[str]]) -> ListState:
    """The state of an address: {name: values} with view, q, sort, filter, after, before, limit.

    `sort` is a path, with "-" before it for descending. Each `filter` is "path:operator:value".
    Raises Rejected for what is not understood.
    """

    def one(name: str) -> str:
        return (parameters.get(name) or [""])[0].strip()

    rows = tuple(_read_filter(i, text) for i, text in enumerate(parameters.get("filter") or ()))
    if len(rows) > MAX_EXTRA:
        message = _("A list takes at most %(n)s filters.", n=MAX_EXTRA)
        raise Rejected(Problem("list.filters", ("filter",), message))
    sort = one("sort")
    return ListState(
        one("view"),
        one("q"),
        Order(sort.removeprefix("-"), sort.startswith("-")) if sort else None,
        rows,
        one("after"),
        one("before"),
        _read_limit(one("limit")),
    )


def _read_filter(number: int, text: str) -> Filter:
    path, first, rest = text.partition(":")
    operator, second, value = rest.partition(":")
    if not path or not first or not operator:
        message = _("This filter is not understood.")
        raise Rejected(Problem("filter.not_understood", ("filter", number), message))
    return Filter(str(number + 1), path, operator, value if second else None)


def _read_limit(text: str) -> int:
    if not text:
        return PAGE
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MAX_PAGE:
        message = _("A page has 1 to %(n)s records.", n=MAX_PAGE)
        raise Rejected(Problem("list.limit", ("limit",), message))
    return int(text)


def _sort_text(sort: Order | None) -> str:
    return "" if sort is None else f"-{sort.path}" if sort.descending else sort.path


def _filter_text(row: Filter) -> str:
    if row.value is None:
        return f"{row.field}:{row.operator}"
    value = ",".join(row.value) if isinstance(row.value, tuple) else str(row.value)
    return f"{row.field}:{row.operator}:{value}"


# -- the query -----------------------------------------------------------------------------------


def listing(
    snapshot: Snapshot, actor: Actor, object_name: str, state: ListState | None = None
) -> Listing:
    """The view of the state, narrowed and sorted as the state says, for the actor."""
    state = state or ListState()
    view = find_view(snapshot, object_name, state.view)
    return listing_of(snapshot, actor, view, state)


def listing_of(
    snapshot: Snapshot, actor: Actor, view: ListView, state: ListState | None = None
) -> Listing:
    """As `listing`, of a view that need not be saved: a preview."""
    state = state or ListState()
    obj = snapshot.object(view.object)
    reader = _Reader(snapshot, actor, obj)
    columns = tuple(reader.columns(view.columns))
    extra = tuple(reader.condition(row) for row in state.filters)
    where = reader.filters(view)
    query = Query(
        obj.name,
        tuple(dict.fromkeys(path for column in columns for path in column.paths)),
        All((where, *extra)) if extra else where,
        reader.order(view, state.sort),
        state.limit,
        0,
        state.after,
        state.before,
        Scope(view.scope),
        search=state.search,
    )
    return Listing(obj, view, query, columns, tuple(dict.fromkeys(reader.notices)))


def sort_path(snapshot: Snapshot, object_name: str, path: str) -> str:
    """The path that sorts as people expect: a lookup sorts by the name behind it."""
    return title_path(snapshot, object_name, path) or path


class _Reader:
    """Reads the parts of a view for one actor; what they may not see goes into the notices."""

    def __init__(self, snapshot: Snapshot, actor: Actor, obj: CustomObject) -> None:
        self.snapshot, self.actor, self.object = snapshot, actor, obj
        self.notices: list[str] = []

    def columns(self, paths: Sequence[str]) -> Iterator[Column]:
        for path in paths:
            if (field := self._field(path)) is not None:
                yield self._column(path, field)

    def _column(self, path: str, field: CustomField) -> Column:
        title = title_path(self.snapshot, self.object.name, path)
        sort = title or path
        last = self.snapshot.resolve(self.object.name, sort)[-1]
        return Column(
            path,
            (path, title) if title else (path,),
            field,
            self._label(path),
            sort if last.field_type.sortable and last.field_type.columns(last) else "",
            path.casefold() == self.object.name_field.casefold(),
        )

    def _label(self, path: str) -> str:
        *relations, field = self.snapshot.resolve(self.object.name, path)
        label = self.snapshot.label(field)
        if not relations:
            return label
        parent = self.snapshot.label(relations[-1])
        is_name = field.local_name == self.snapshot.object(field.object_name).name_field
        return parent if is_name else f"{parent}: {label}"

    def order(self, view: ListView, sort: Order | None) -> tuple[Order, ...]:
        """The order asked for, else the view's, else by name."""
        if sort is not None:
            self.snapshot.resolve(self.object.name, sort.path)  # unknown paths are refused
            return (self._order(sort.path, sort.descending),)
        wanted = [
            self._order(row.field, row.descending)
            for row in view.sort
            if self._field(row.field) is not None
        ]
        name = self.snapshot.name_field(self.object.name)
        if not wanted and name is not None and name.field_type.sortable:
            wanted.append(Order(name.local_name))
        return tuple(wanted)

    def _order(self, path: str, descending: bool) -> Order:
        return Order(sort_path(self.snapshot, self.object.name, path), descending)

    def filters(self, view: ListView) -> Predicate:
        """The view's filters with their logic; those that may not be read hold for every record."""
        if not view.filters:
            return ALWAYS
        by_condition = {row.condition: row for row in view.filters}

        def read(predicate: Predicate) -> Predicate:
            match predicate:
                case Condition():
                    row = by_condition[predicate]
                    return ALWAYS if self._field(row.field) is None else self.condition(row)
                case Not(part):
                    hidden = any(self._field(c.path) is None for c in conditions(part))
                    return ALWAYS if hidden else Not(read(part))
                case _:
                    return type(predicate)(tuple(map(read, predicate.parts)))

        return read(view.predicate)

    def condition(self, row: Filter) -> Condition:
        """A filter row with its value taken apart: "Hot, Warm" are two operands."""
        field = self.snapshot.resolve(self.object.name, row.field)[-1]
        arity = field.field_type.operator(row.operator).arity
        value = row.value
        if arity == 0:
            return Condition(row.field, row.operator)
        if isinstance(value, tuple):
            return Condition(row.field, row.operator, value)
        text = "" if value is None else _text(value)
        operands = field.field_type.operands_of(text) if arity < 0 else (text,)
        return Condition(row.field, row.operator, operands)

    def _field(self, path: str) -> CustomField | None:
        """The field at the end of a path; None, and a notice, when the actor may not read it."""
        chain = self.snapshot.resolve(self.object.name, path)
        if all(permissions.readable(self.actor, step) for step in chain):
            return chain[-1]
        self.notices.append(_("This list uses fields that you cannot see; they are left out."))
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
