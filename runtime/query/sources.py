"""The FROM of a statement: the object, its slices and the relations that the paths walk.

An alias is made when a column of it is first asked for, so a statement joins only what it uses.
Every relation carries the rule of what the actor may see of its object: the rest reads as blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.formulas import formula_of
from ...metadata.formulas.results import column_of
from ...metadata.formulas.typed import Ambient, inputs_by_key
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.db.folding import folded
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..access.people import ACTOR
from ..tables import Home, Tables
from .computed import USER, asked, bound, is_user_percent, runner_of
from .plan import Down, FieldPath, Step

Columns = Mapping[str, sa.ColumnElement[Any]]  # {part: column}
Relations = tuple[Step, ...]
Place = tuple[tuple[str, ...], int, int | None]  # relations walked, slice, from where it is open
# (object, alias of its main table) -> what the actor may see of it, or None for everything
Visible = Callable[[CustomObject, FromClause], sa.ColumnElement[bool] | None]


class Sources:
    """Aliases of one statement, by the relations walked to them."""

    def __init__(self, snapshot: Snapshot, obj: CustomObject, visible: Visible) -> None:
        self._snapshot, self._tables = snapshot, Tables.of(snapshot)
        self._visible = visible
        self._aliases: dict[Place, FromClause] = {}
        self._computed: dict[tuple[tuple[str, ...], str, int | None], Columns] = {}
        self.asked: set[str] = set()  # what formulas ask beside the record
        self.home = self._tables.home(obj.name)
        self.main = self._alias(((), 0, None), self.home.main)
        self.joined: FromClause = self.main

    def columns(self, path: FieldPath, open_from: int | None = None) -> Columns:
        """The columns of the field at the end of the path, by part.

        From the relation `open_from` on, parents are looked at whoever may see them.
        """
        if path.field.formula:
            return self._of_formula(path, open_from)
        home = self._home(path.relations)
        parts = home.parts(path.field)
        if not parts:
            message = _("%(path)s is made of several fields; name one of them.", path=path.text)
            raise Rejected(Problem("field.compound", (path.text,), message))
        found: dict[str, sa.ColumnElement[Any]] = {}
        for part, place in parts.items():
            source = self._source(path.relations, place.slice, open_from)
            column = source.c[place.column]
            found[part] = sa.func.lower(column) if place.folded else column
        return found

    def _home(self, relations: Relations) -> Home:
        if not relations:
            return self.home
        return self._tables.home(self._snapshot.object(relations[-1].reference_to[0]).name)

    # -- formula fields

    def _of_formula(self, path: FieldPath, open_from: int | None) -> Columns:
        """A formula field's value as columns, one and the same whenever it is asked for."""
        key = tuple(step.name for step in path.relations), path.field.uid, open_from
        if (found := self._computed.get(key)) is None:
            expression = formula_of(path.field, self._snapshot)
            inputs = self.inputs(path, open_from)
            columns = {name: self.columns(one, at)[""] for name, (one, at) in inputs.items()}
            ambients = {
                name: (self.ambient(one), is_user_percent(name, self._snapshot))
                for name, one in asked(expression).items()
            }
            runner = runner_of(path.field, self._snapshot)
            value = column_of(expression, path.field, runner, columns, ambients)
            found = {"": value}
            if any(part.name == "key" for part in path.field.field_type.columns(path.field)):
                found["key"] = folded(value)
            self._computed[key] = found
        return found

    def inputs(
        self, path: FieldPath, open_from: int | None = None
    ) -> dict[str, tuple[FieldPath, int | None]]:
        """{key: (path from here, where it is open)} of what the formula at the path looks at."""
        walked, field = path.relations, path.field
        if field.readable_without_inputs:
            open_from = len(walked) if open_from is None else min(open_from, len(walked))
        found: dict[str, tuple[FieldPath, int | None]] = {}
        for key, value in inputs_by_key(formula_of(field, self._snapshot)).items():
            inner = None if value.open_from is None else len(walked) + value.open_from
            at = min((one for one in (open_from, inner) if one is not None), default=None)
            relations = (*walked, *value.fields[:-1])
            found[key] = FieldPath(value.path, relations, value.field), at
        return found

    def ambient(self, ambient: Ambient) -> sa.ColumnElement[Any]:
        """What a formula asks beside the record; a field of the user is looked up."""
        self.asked.add(ambient.name)
        if not ambient.name.startswith(USER):
            return bound(ambient)
        field = self._snapshot.field("User", ambient.name.removeprefix(USER))
        user = Sources(self._snapshot, self._snapshot.object("User"), lambda _o, _a: None)
        column = user.columns(FieldPath(field.local_name, (), field))[""]
        found = sa.select(column).select_from(user.joined).where(user.main.c.id == ACTOR)
        return found.correlate(None).scalar_subquery()

    # -- tables

    def _source(
        self, relations: Relations, slice_number: int, open_from: int | None = None
    ) -> FromClause:
        """The alias of a slice (0: main table) of the object at the end of the relations."""
        walked = tuple(step.name for step in relations)
        if open_from is not None and open_from >= len(relations):
            open_from = None
        if (found := self._aliases.get((walked, slice_number, open_from))) is not None:
            return found
        home = self._home(relations)
        if slice_number:
            main = self._source(relations, 0, open_from)
            alias = self._alias((walked, slice_number, open_from), home.slices[slice_number - 1])
            self.joined = self.joined.outerjoin(alias, alias.c.id == main.c.id)
            return alias
        *before, step = relations
        if isinstance(step, Down):
            return self._children(tuple(before), step, (walked, 0, open_from), home)
        key = self.columns(FieldPath(step.local_name, tuple(before), step), open_from)[""]
        alias = self._alias((walked, 0, open_from), home.main)
        is_there = alias.c.id == key if open_from is not None else self._condition(alias, key, home)
        self.joined = self.joined.outerjoin(alias, is_there)
        return alias

    def joined_ids(self, relations: Relations) -> sa.ColumnElement[Any]:
        """The ids of the children that the last step leads to; joins them in any case."""
        return self._source(relations, 0).c.id

    def _children(self, before: Relations, step: Down, place: Place, home: Home) -> FromClause:
        """Children of the object before, with the rule of what the actor may see of them."""
        parent = self._source(before, 0) if before else self.main
        alias = self._alias(place, home.main)
        key = home.parts(step.field)[""]
        assert not key.slice  # noqa: S101 - lookups are indexed, so they are in the main table
        rule = self._visible(home.object, alias)
        found = [alias.c[key.column] == parent.c.id, alias.c.is_deleted == sa.false()]
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

    def _alias(self, place: Place, table: sa.Table) -> FromClause:
        alias = table.alias(f"t{len(self._aliases)}")
        self._aliases[place] = alias
        return alias
