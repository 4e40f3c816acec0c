"""A view and what the address adds to it, as one query with its columns.

A view says columns, filters with their logic, scope and order. The address adds words and filters,
or puts its own in place of the view's; what the actor may see at all is the query's affair and not
the view's. Parts of a view that name fields the actor may not read are left out with a notice; in
the address they are refused, as is anything else not understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...metadata.filter_logic import parse as parse_logic
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import Filter, ListView
from ...metadata.predicates import ALWAYS, All, Condition, Not, Predicate, conditions
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access import permissions
from ..query.computed import is_in_statements
from ..query.request import Order, Query, Scope
from ..query.run import title_path
from .changes import in_effect
from .state import ListState, text_of
from .views import find_view


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
    notices: tuple[str, ...]
    now: ListView  # the view as the address has it
    ranked: tuple[str, ...] = ()  # ids in their order, where no field gives it


def listing(
    snapshot: Snapshot, actor: Actor, object_name: str, state: ListState | None = None
) -> Listing:
    """The shared view of the state, narrowed and sorted as the state says, for the actor."""
    state = state or ListState()
    view = find_view(snapshot, object_name, state.view)
    return listing_of(snapshot, actor, view, state)


def listing_of(
    snapshot: Snapshot, actor: Actor, view: ListView, state: ListState | None = None
) -> Listing:
    """As `listing`, of a view that need not be saved: a person's own, or a preview."""
    state = state or ListState()
    obj = snapshot.object(view.object)
    now = in_effect(view, state)
    reader = _Reader(snapshot, actor, obj)
    columns = tuple(reader.columns(now.columns))
    query = Query(
        obj.name,
        tuple(dict.fromkeys(path for column in columns for path in column.paths)),
        reader.where(view, state),
        reader.order(now, state.sort),
        state.limit,
        0,
        state.after,
        state.before,
        Scope(now.scope),
        search=now.search,
    )
    return Listing(obj, view, query, columns, tuple(dict.fromkeys(reader.notices)), now)


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
            sort if self._can_sort(last) else "",
            path.casefold() == self.object.name_field.casefold(),
        )

    def _can_sort(self, field: CustomField) -> bool:
        has_value = field.field_type.sortable and bool(field.field_type.columns(field))
        return has_value and is_in_statements(field, self.snapshot)

    def _label(self, path: str) -> str:
        *relations, field = self.snapshot.resolve(self.object.name, path)
        label = self.snapshot.label(field)
        if not relations:
            return label
        parent = self.snapshot.label(relations[-1])
        is_name = field.local_name == self.snapshot.object(field.object_name).name_field
        return parent if is_name else f"{parent}: {label}"

    def order(self, view: ListView, sort: Sequence[Order]) -> tuple[Order, ...]:
        """The order asked for, else that of the view, else by name."""
        if sort:
            return tuple(self._order(level.path, level.descending) for level in sort)
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

    def where(self, view: ListView, state: ListState) -> Predicate:
        """The filters of the view and those of the address, or those of the address alone."""
        extra = tuple(self.condition(row) for row in state.filters)
        if state.is_instead:
            return parse_logic(state.logic, extra)
        where = self.filters(view)
        return All((where, *extra)) if extra else where

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
        text = "" if value is None else text_of(value)
        operands = field.field_type.operands_of(text) if arity < 0 else (text,)
        return Condition(row.field, row.operator, operands)

    def _field(self, path: str) -> CustomField | None:
        """The field at the end of a path; None, and a notice, when the actor may not read it."""
        chain = self.snapshot.resolve(self.object.name, path)
        if all(permissions.readable(self.actor, step, self.snapshot) for step in chain):
            return chain[-1]
        self.notices.append(_("This list uses fields that you cannot see; they are left out."))
        return None
