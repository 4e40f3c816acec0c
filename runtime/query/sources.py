"""The FROM of a statement: the object, its slices and the relations that the paths walk.

An alias is made when a column of it is first asked for, so a statement joins only what it uses.
Every relation carries the rule of what the actor may see of its object: the rest reads as blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..tables import Home, Tables
from .plan import Down, FieldPath, Step

Columns = Mapping[str, sa.ColumnElement[Any]]  # {part: column}
Relations = tuple[Step, ...]
# (object, alias of its main table) -> what the actor may see of it, or None for everything
Visible = Callable[[CustomObject, FromClause], sa.ColumnElement[bool] | None]


class Sources:
    """Aliases of one statement, by the relations walked to them."""

    def __init__(self, snapshot: Snapshot, obj: CustomObject, visible: Visible) -> None:
        self._snapshot, self._tables = snapshot, Tables.of(snapshot)
        self._visible = visible
        self._aliases: dict[tuple[tuple[str, ...], int], FromClause] = {}
        self.home = self._tables.home(obj.name)
        self.main = self._alias((), 0, self.home.main)
        self.joined: FromClause = self.main

    def columns(self, path: FieldPath) -> Columns:
        """The columns of the field at the end of the path, by part."""
        home = self._home(path.relations)
        parts = home.parts(path.field)
        if not parts:
            message = _("%(path)s is made of several fields; name one of them.", path=path.text)
            raise Rejected(Problem("field.compound", (path.text,), message))
        found: dict[str, sa.ColumnElement[Any]] = {}
        for part, place in parts.items():
            source = self._source(path.relations, place.slice)
            column = source.c[place.column]
            found[part] = sa.func.lower(column) if place.folded else column
        return found

    def _home(self, relations: Relations) -> Home:
        if not relations:
            return self.home
        return self._tables.home(self._snapshot.object(relations[-1].reference_to[0]).name)

    def _source(self, relations: Relations, slice_number: int) -> FromClause:
        """The alias of a slice (0: main table) of the object at the end of the relations."""
        walked = tuple(step.name for step in relations)
        if (found := self._aliases.get((walked, slice_number))) is not None:
            return found
        home = self._home(relations)
        if slice_number:
            main = self._source(relations, 0)
            alias = self._alias(walked, slice_number, home.slices[slice_number - 1])
            self.joined = self.joined.outerjoin(alias, alias.c.id == main.c.id)
            return alias
        *before, step = relations
        if isinstance(step, Down):
            return self._children(tuple(before), step, walked, home)
        key = self.columns(FieldPath(step.local_name, tuple(before), step))[""]
        alias = self._alias(walked, 0, home.main)
        self.joined = self.joined.outerjoin(alias, self._condition(alias, key, home))
        return alias

    def joined_ids(self, relations: Relations) -> sa.ColumnElement[Any]:
        """The ids of the children that the last step leads to; joins them in any case."""
        return self._source(relations, 0).c.id

    def _children(
        self, before: Relations, step: Down, walked: tuple[str, ...], home: Home
    ) -> FromClause:
        """Children of the object before, with the rule of what the actor may see of them."""
        parent = self._source(before, 0) if before else self.main
        alias = self._alias(walked, 0, home.main)
        place = home.parts(step.field)[""]
        assert not place.slice  # noqa: S101 - lookups are indexed, so they are in the main table
        rule = self._visible(home.object, alias)
        found = [alias.c[place.column] == parent.c.id, alias.c.is_deleted == sa.false()]
        condition = sa.and_(*found) if rule is None else sa.and_(*found, rule)
        self.joined = self.joined.join(alias, condition, isouter=step.outer)
        return alias

    def _condition(
        self, alias: FromClause, key: sa.ColumnElement[Any], home: Home
    ) -> sa.ColumnElement[bool]:
        # No live record points at a deleted one (I2), so none is asked whether it is live: SQLite
        # would go through the whole table for a filter of those that are.
        rule = self._visible(home.object, alias)
        found = alias.c.id == key
        return found if rule is None else sa.and_(found, rule)

    def _alias(self, walked: tuple[str, ...], slice_number: int, table: sa.Table) -> FromClause:
        alias = table.alias(f"t{len(self._aliases)}")
        self._aliases[walked, slice_number] = alias
        return alias
