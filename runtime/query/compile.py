"""From a plan to a statement: `select_for` is the only way to a record.

The text of a statement depends on the shape of the query alone: it is made once for a snapshot,
shape and fingerprint of actors, and kept as a frame. Operands, words and cursors are bound for each
request. What the actor may see is in the statement, on the object and on every relation it joins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.circles import ROLE_AND_BELOW, Circle
from ...metadata.field_types.base import FieldType
from ...metadata.formulas import formula_of
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import ALWAYS, All, AnyOf, Condition, Not, Predicate
from ...metadata.snapshot import Snapshot
from ...metadata.system_fields import COLUMNS
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access import permissions, sharing
from ..access.levels import Level
from ..access.people import subordinates, users_of
from ..tables import Tables
from ..unindexed import unindexed
from .aggregates import Measured, measured
from .binding import BoundTest, bind, scene_of
from .computed import asked, is_in_statements, parameters, worked_out
from .fences import SORTING, Fence, fence_of
from .page import SortKey, beyond, in_phases, read_cursor
from .plan import FieldPath, Key, Plan, Test, check_nesting, owner_path, resolve
from .readers import (
    Reader,
    compound_reader,
    measure_reader,
    parts_reader,
    value_at,
    working_reader,
)
from .reading import reading_for
from .request import Among, Crossing, Query, Rows, Scope
from .search import every_indexed, every_word, indexed_fields
from .sources import Columns, Sources
from .strategy import Walk

MAX_OFFSET = 2000
MAX_FRAMES = 300  # of one snapshot; a frame takes some 50 kB
_FILLED = frozenset({"id", "created_at", "modified_at", "is_deleted", "version"})


@dataclass(frozen=True, slots=True)
class Frame:
    """All of a statement that does not change between requests of one shape."""

    plan: Plan
    statement: sa.Select[Any]  # columns, joins, visibility; no filter, order or limit yet
    readers: tuple[tuple[str, Reader], ...]  # (path or alias, reader of a row)
    plain: tuple[tuple[str, int], ...]  # (path, position) of values that need no reader
    tests: tuple[BoundTest, ...]
    having: tuple[BoundTest, ...]
    keys: tuple[SortKey, ...]
    key_positions: tuple[int, ...]  # where a row has the sort values; empty for groups
    main: FromClause  # the alias of the main table
    owner: sa.ColumnElement[Any] | None
    searched: tuple[sa.ColumnElement[Any], ...]
    binding: str  # what cursors are bound to
    columns: Mapping[str, Columns]  # {path of a field asked for: {part: column}}
    asked: frozenset[str]  # what formulas ask beside the record
    sources: tuple[sa.ColumnElement[bool], ...] = ()  # of rows that the statement does not fence

    def parameters(self, actor: Actor, snapshot: Snapshot) -> Mapping[str, Any]:
        """What the statement binds when it runs: who asks, and what formulas ask."""
        known = permissions.parameters(actor, snapshot)
        return {**known, **parameters(actor, snapshot, self.asked)} if self.asked else known


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement ready to run, and how to read its rows."""

    statement: sa.Select[Any]
    frame: Frame
    limit: int | None
    backward: bool = False  # the rows come last to first
    parts: tuple[sa.Select[Any], ...] = ()  # the same rows in parts that an index orders, if any
    parameters: Mapping[str, Any] = field(default_factory=dict)  # who asks, see `people`


def select_for(
    actor: Actor,
    query: Query,
    snapshot: Snapshot,
    walk: Walk | None = None,
    level: Level = Level.READ,
) -> Compiled:
    """The statement of a query for an actor; raises Rejected for what is not understood.

    Only records are found on which the actor has the level. `walk` tells SQLite what to follow; the
    rows are the same.
    """
    frame = frame_for(actor, query, snapshot, level, fence_of(walk))
    bare = filtered(frame, actor, query, snapshot, walk)
    backward = bool(query.before)
    keys = tuple(key.reverse for key in frame.keys) if backward else frame.keys
    keys = tuple(key.unindexed for key in keys) if walk in SORTING else keys
    values = _place(frame, query.before or query.after)
    if frame.sources:
        bare = _from_sources(frame, bare, query, keys, values)
    statement = bare.order_by(*(key.ordering for key in keys))
    if values is not None:
        statement = statement.where(beyond(keys, values))
    known = frame.parameters(actor, snapshot)
    if query.limit is None:
        return Compiled(_skipping(statement, query), frame, None, backward, (), known)
    # one more than asked for tells whether there is more
    limit = max(query.limit, 0)
    rows = limit + bool(frame.key_positions)
    parts: tuple[sa.Select[Any], ...] = ()
    is_plain = not query.offset and not frame.sources
    if frame.key_positions and is_plain and not keys[0].filled:
        parts = tuple(
            bare.where(*conditions).order_by(*ordering).limit(rows)
            for conditions, ordering in in_phases(keys, values)
        )
    limited = _skipping(statement, query).limit(rows)
    return Compiled(limited, frame, limit, backward, parts, known)


def _from_sources(
    frame: Frame,
    bare: sa.Select[Any],
    query: Query,
    keys: tuple[SortKey, ...],
    values: tuple[Any, ...] | None,
) -> sa.Select[Any]:
    """The first rows of each source by an index of its own, and of those the rows wanted."""
    ids = bare.with_only_columns(frame.main.c.id, maintain_column_froms=True)
    if values is not None:
        ids = ids.where(beyond(keys, values))
    if query.limit is not None:
        most = max(query.limit, 0) + query.offset + 1
        ids = ids.order_by(*(key.ordering for key in keys)).limit(most)
    parts = [sa.select(ids.where(one).subquery().c.id) for one in frame.sources]
    return frame.statement.where(frame.main.c.id.in_(sa.union_all(*parts)))


def counting(
    frame: Frame, statement: sa.Select[Any], cap: int | None, *, by_source: bool
) -> sa.Select[Any]:
    """How many rows the filtered statement has, at most the cap; `by_source` each once."""
    if not by_source:
        one: sa.ColumnElement[Any] = sa.literal(1)
        if cap is None:
            return statement.with_only_columns(sa.func.count(), maintain_column_froms=True)
        some = statement.with_only_columns(one, maintain_column_froms=True).limit(cap)
        return sa.select(sa.func.count()).select_from(some.subquery())
    ids = statement.with_only_columns(frame.main.c.id, maintain_column_froms=True)
    parts = [sa.select(ids.where(one).limit(cap).subquery().c.id) for one in frame.sources]
    found = sa.union(*parts).limit(cap) if len(parts) > 1 else parts[0]
    return sa.select(sa.func.count()).select_from(found.subquery())


def _place(frame: Frame, cursor: str) -> tuple[Any, ...] | None:
    """The sort values of the row that a page begins beyond; None for the first page."""
    if not cursor:
        return None
    if not frame.key_positions:
        raise _refused("query.cursor", _("Groups have no pages."))
    return read_cursor(frame.binding, cursor, len(frame.keys))


def _skipping(statement: sa.Select[Any], query: Query) -> sa.Select[Any]:
    if not query.offset:
        return statement
    if not 0 <= query.offset <= MAX_OFFSET:
        message = _("At most %(n)s records can be skipped.", n=MAX_OFFSET)
        raise _refused("query.offset", message)
    return statement.offset(query.offset)


def filtered(
    frame: Frame, actor: Actor, query: Query, snapshot: Snapshot, walk: Walk | None = None
) -> sa.Select[Any]:
    """The frame's statement with the operands, words and scope of this request."""
    statement = frame.statement
    reading = reading_for(actor)
    if frame.tests:
        ids = partial(_ids, actor=actor, snapshot=snapshot)
        bound = bind(query.where, iter(frame.tests), reading, snapshot, ids)
        statement = statement.where(unindexed(bound) if walk is Walk.ORDER else bound)
    elif query.where != ALWAYS:
        statement = statement.where(bind(query.where, iter(()), reading, snapshot))
    if query.having != ALWAYS:
        statement = statement.having(bind(query.having, iter(frame.having), reading, snapshot))
    if frame.owner is not None:
        statement = statement.where(*_owned(frame.owner, actor, query, snapshot))
    for crossing in query.crossing:
        statement = statement.where(_crossed(frame, crossing, actor, snapshot))
    if query.search:
        statement = statement.where(every_word(frame.searched, query.search))
    if query.words:
        fields = indexed_fields(actor, snapshot, frame.plan.object.name)
        prefix = snapshot.storage.prefix(frame.plan.object.uid)
        found = every_indexed(frame.main, prefix, fields, query.words)
        statement = statement.where(found)
    return statement


def _owned(
    owner: sa.ColumnElement[Any], actor: Actor, query: Query, snapshot: Snapshot
) -> Iterator[sa.ColumnElement[bool]]:
    """Whose records: the actor's, their team's, those of a role and all below it."""
    mine = owner == actor.user_id
    if query.scope is not Scope.EVERYTHING:
        team = owner.in_(subordinates()) if query.scope is Scope.TEAM else sa.false()
        yield sa.or_(mine, team)
    if query.role:
        users = users_of(Circle(ROLE_AND_BELOW, query.role), snapshot)
        yield owner.in_(users) if users is not None else sa.true()


def _crossed(
    frame: Frame, crossing: Crossing, actor: Actor, snapshot: Snapshot
) -> sa.ColumnElement[bool]:
    """True of records with, or without, such records of the other object as the actor may see."""
    among = Among(crossing.object, crossing.field, crossing.where)
    pointing, record = _ids(among, actor, snapshot), frame.main.c.id
    if not crossing.is_without:
        return record.in_(pointing)
    parents = pointing.subquery()
    return sa.not_(sa.exists().where(parents.c.id == record))


def _ids(among: Among, actor: Actor, snapshot: Snapshot) -> sa.Select[Any]:
    """The ids at the path of such records as the actor may see; blank ones are left out."""
    query = Query(among.object, (among.path,), among.where)
    inner = frame_for(actor, query, snapshot)
    found = inner.columns[among.path][""].label("id")
    rows = filtered(inner, actor, query, snapshot)
    ids = rows.with_only_columns(found, maintain_column_froms=True).cte()  # nests less in SQLite
    known = inner.parameters(actor, snapshot)
    return sa.select(ids.c.id).where(ids.c.id.is_not(None)).params(known)


def frame_for(
    actor: Actor,
    query: Query,
    snapshot: Snapshot,
    level: Level = Level.READ,
    fence: Fence = Fence.FIND,
) -> Frame:
    """The frame of the query's shape, made once for the snapshot and the actor's fingerprint."""
    check_nesting(query.where)
    check_nesting(query.having)
    frames = Tables.of(snapshot).frames
    asked = _shape(query), permissions.fingerprint(actor, snapshot), level
    shape = *asked, fence
    if (found := frames.get(shape)) is None:
        binding = blake2b(f"{snapshot.org}:{asked!r}".encode(), digest_size=16).hexdigest()
        found = _Builder(actor, query, snapshot, level, fence).frame(binding)
        if len(frames) >= MAX_FRAMES:
            frames.clear()
        frames[shape] = found
    return found


def _shape(query: Query) -> Query:
    return replace(
        query,
        where=_without_operands(query.where),
        having=_without_operands(query.having),
        search=query.search and "?",
        words="",
        crossing=(),
        role=query.role and "?",
        limit=None,
        offset=0,
        after="",
        before="",
    )


def _without_operands(predicate: Predicate) -> Predicate:
    match predicate:
        case Condition(path, operator):
            return Condition(path, operator)
        case Not(part):
            return Not(_without_operands(part))
        case All(parts):
            return All(tuple(_without_operands(part) for part in parts)) if parts else predicate
        case AnyOf(parts):
            return AnyOf(tuple(_without_operands(part) for part in parts)) if parts else predicate


# -- frames --------------------------------------------------------------------------------------


class _Builder:
    """Builds one frame: columns are numbered c1, c2, … in the order they are first needed."""

    def __init__(
        self, actor: Actor, query: Query, snapshot: Snapshot, level: Level, fence: Fence
    ) -> None:
        self.query, self.plan = query, resolve(query, actor, snapshot)
        self.actor, self.snapshot, self.level = actor, snapshot, level
        self.fence = fence
        self.scene = scene_of(actor, snapshot, is_test=fence is Fence.TEST)
        self.beside = scene_of(actor, snapshot, is_test=True)  # of the relations joined
        self.sources = Sources(snapshot, self.plan.object, self._visible)
        self.joined = [(steps[-1], self.sources.joined_ids(steps)) for steps in self.plan.joins]
        self.columns: list[sa.ColumnElement[Any]] = []
        self._positions: dict[int, int] = {}
        self.readers: list[tuple[str, Reader]] = []
        self.plain: list[tuple[str, int]] = []

    def frame(self, binding: str) -> Frame:
        grouped = bool(self.plan.groups or self.plan.measures)
        if grouped:
            keys, by_measure = self._groups()
        else:
            keys, by_measure = self._rows(), {}
        positions = () if grouped else tuple(self._select(key.expression) for key in keys)
        tests = tuple(self._bound(test, by_measure) for test in self.plan.tests)
        having = tuple(self._bound(test, by_measure) for test in self.plan.having)
        searched = tuple(self._searched(path) for path in self.plan.searched)
        is_owned = self.query.scope is not Scope.EVERYTHING or bool(self.query.role)
        owner = self._owner() if is_owned else None
        statement = sa.select(*(c.label(f"c{i}") for i, c in enumerate(self.columns, 1)))
        apart = self._apart() if self.fence is Fence.APART else ()
        statement = self._within(statement) if apart else self._fenced(statement)
        if grouped and self.plan.groups:
            # a folded twin follows its value, so grouping by it too makes no further groups
            by = [c for g in self.plan.groups for c in self.sources.columns(g).values()]
            statement = statement.group_by(*by)
        return Frame(
            self.plan, statement, tuple(self.readers), tuple(self.plain), tests, having, keys,
            positions, self.sources.main, owner, searched, binding, self._columns(),
            frozenset(self.sources.asked),
            apart,
        )  # fmt: skip

    def _columns(self) -> dict[str, Columns]:
        return {
            path.text: self.sources.columns(path)
            for path in self.plan.fields
            if path.field.field_type.columns(path.field)
            and is_in_statements(path.field, self.snapshot)
        }

    def _fenced(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        """The statement over its tables, held to the rows the actor may see."""
        rule = sharing.clause(self.scene, self.plan.object, self.sources.main, self.level)
        statement = self._within(statement)
        return statement if rule is None else statement.where(rule)

    def _within(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        """The statement over its tables, whoever may see the rows."""
        statement = statement.select_from(self.sources.joined)
        if self.query.rows is Rows.ALL:
            return statement
        is_deleted = _flag(self.query.rows is Rows.DELETED)
        return statement.where(self.sources.main.c.is_deleted == is_deleted)

    def _apart(self) -> tuple[sa.ColumnElement[bool], ...]:
        found = sharing.sources(self.scene, self.plan.object, self.sources.main, self.level)
        return found or ()

    def _rows(self) -> tuple[SortKey, ...]:
        main = self.sources.main
        self._select(main.c.id)
        self._select(main.c.version)
        for path in self.plan.fields:
            self._field(path.text, path)
        keys = [self._key(key) for key in self.plan.order]
        descending = keys[0].descending if keys else False
        ids = (SortKey(ids, descending, filled=not step.outer) for step, ids in self.joined)
        return (*keys, SortKey(main.c.id, descending, filled=True), *ids)

    def _key(self, key: Key) -> SortKey:
        assert key.path is not None  # noqa: S101 - rows are sorted by fields only
        filled = not key.path.relations and COLUMNS.get(key.path.field.local_name) in _FILLED
        return SortKey(self._sorted(key.path), key.descending, key.blanks_first, filled)

    def _sorted(self, path: FieldPath) -> sa.ColumnElement[Any]:
        columns = self.sources.columns(path)
        return columns.get(path.field.field_type.sort_part, columns[""])

    def _groups(self) -> tuple[tuple[SortKey, ...], dict[str, Measured]]:
        for path in self.plan.groups:
            self._field(path.text, path)
        by_measure: dict[str, Measured] = {}
        for measure in self.plan.measures:
            columns = self.sources.columns(measure.path) if measure.path else {}
            by_measure[measure.alias] = found = measured(measure, columns)
            at = [self._select(column) for column in found.selected]
            self.readers.append((measure.alias, measure_reader(found, at)))
        keys = tuple(self._group_key(key, by_measure) for key in self.plan.order)
        return keys or tuple(SortKey(self._sorted(g)) for g in self.plan.groups), by_measure

    def _group_key(self, key: Key, by_measure: Mapping[str, Measured]) -> SortKey:
        if key.measure is not None:
            expression = by_measure[key.measure.alias].compared
        else:
            assert key.path is not None  # noqa: S101 - a key is a path or a measure
            expression = self._sorted(key.path)
        return SortKey(expression, key.descending, key.blanks_first)

    def _bound(self, test: Test, by_measure: Mapping[str, Measured]) -> BoundTest:
        if test.measure is not None:
            compared = by_measure[test.measure.alias].compared
            return BoundTest(test, {"": compared, "key": compared})
        assert test.path is not None  # noqa: S101 - a test is of a path or a measure
        return BoundTest(test, self.sources.columns(test.path))

    def _searched(self, path: FieldPath) -> sa.ColumnElement[Any]:
        columns = self.sources.columns(path)
        return columns.get("key", columns[""])

    def _owner(self) -> sa.ColumnElement[Any]:
        return self.sources.columns(owner_path(self.snapshot, self.plan.object))[""]

    # -- what is read of a row

    def _field(self, label: str, path: FieldPath, open_from: int | None = None) -> None:
        f, field_type = path.field, path.field.field_type
        if not is_in_statements(f, self.snapshot):
            self._worked_out(label, path)
            return
        parts = field_type.read_parts(f)
        if not parts:
            self._compound(label, path)
            return
        at = [self._select(column) for column in self._read(path, open_from)]
        if parts == ("",) and type(field_type).from_columns is FieldType.from_columns:
            self.plain.append((label, at[0]))
        else:
            self.readers.append((label, parts_reader(f, dict(zip(parts, at, strict=True)))))

    def _read(self, path: FieldPath, open_from: int | None) -> list[sa.ColumnElement[Any]]:
        columns = self.sources.columns(path, open_from)
        return [columns[part] for part in path.field.field_type.read_parts(path.field)]

    def _compound(self, label: str, path: FieldPath) -> None:
        """A compound is read from its components, which nobody asked for by themselves."""
        f, inner = path.field, self._inner()
        for part in f.field_type.components(f):
            if permissions.readable(self.actor, part, self.snapshot):
                inner._field(part.local_name, FieldPath(part.local_name, path.relations, part))
        self.readers.append((label, compound_reader(f, inner._all_readers())))

    def _worked_out(self, label: str, path: FieldPath) -> None:
        """A formula that statements cannot work out is worked out of what it looks at."""
        inner, expression = self._inner(), formula_of(path.field, self.snapshot)
        for key, (one, at) in self.sources.inputs(path).items():
            inner._field(key, one, at)
        beside = {
            name: self._select(self.sources.ambient(one)) for name, one in asked(expression).items()
        }
        work = worked_out(path.field, self.snapshot)
        self.readers.append((label, working_reader(work, inner._all_readers(), beside)))

    def _inner(self) -> _Builder:
        """A builder that selects into the same row, with readers of its own."""
        inner = _Builder.__new__(_Builder)
        inner.actor, inner.snapshot = self.actor, self.snapshot
        inner.sources, inner.columns, inner._positions = self.sources, self.columns, self._positions
        inner.readers, inner.plain = [], []
        return inner

    def _all_readers(self) -> tuple[tuple[str, Reader], ...]:
        return (*self.readers, *((name, value_at(i)) for name, i in self.plain))

    def _select(self, column: sa.ColumnElement[Any]) -> int:
        """The position of the column in a row; one and the same column is selected once."""
        if (found := self._positions.get(id(column))) is None:
            found = self._positions[id(column)] = len(self.columns)
            self.columns.append(column)
        return found

    # -- who may see what

    def _visible(self, obj: CustomObject, alias: FromClause) -> sa.ColumnElement[bool] | None:
        return sharing.clause(self.beside, obj, alias, Level.READ)


def _flag(value: bool) -> sa.ColumnElement[bool]:
    return sa.true() if value else sa.false()


def _refused(code: str, message: str) -> Rejected:
    return Rejected(Problem(code, (), message))
