"""What the conditions of a layout say of one record: which places are hidden, required, read only.

Conditions are for everybody, so they look at the whole record and its parents, also where the
reader may not. One that cannot be worked out hides nothing and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.formulas import Evaluator, Scene, Subject, Type, check, evaluator
from ...metadata.formulas.functions.base import FormulaError
from ...metadata.formulas.typed import ambients_of, fields_of
from ...metadata.kinds.conditions import When
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.layout import Layout
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.errors import NotFound
from ...platform.people.actor import Actor, system_actor
from ..query import run
from ..query.match import matcher
from ..query.reading import reading_for
from ..records.validation import Looks, ambients, looks_along, parent_values
from .bind import BoundCell, BoundLayout, BoundSection

WHY = "conditions of layouts look at the whole record"

Ask = Callable[[When | None], bool | None]  # None: there is no condition, or no answer


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a layout, understood: what they look at, and the formulas."""

    looks: Looks
    formulas: Mapping[str, Evaluator]


@dataclass(frozen=True, slots=True)
class State:
    """Ids of places, as one record makes them."""

    hidden: frozenset[str] = frozenset()  # cells, those of hidden sections too
    required: frozenset[str] = frozenset()
    readonly: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()  # cells whose condition does not hold now
    closed: frozenset[str] = frozenset()  # hidden sections


PLAIN = State()


def conditions_of(layout: Layout, snapshot: Snapshot) -> Conditions | None:
    """The conditions of a layout, made once for a snapshot; None for one that has none."""
    whens = tuple(when for when, _place in layout.conditions())
    if not whens:
        return None
    return snapshot.derived((Conditions, layout.uid), lambda: _made(layout, whens, snapshot))


def _made(layout: Layout, whens: tuple[When, ...], snapshot: Snapshot) -> Conditions:
    walked: dict[str, tuple[CustomField, ...]] = {}
    asked: set[str] = set()
    formulas: dict[str, Evaluator] = {}
    for when in whens:
        if when.formula:
            expression = check(when.formula, Subject(snapshot, layout.object), Type.BOOLEAN)
            formulas[when.formula] = evaluator(expression)
            asked |= ambients_of(expression)
            walked |= {path: one.fields for path, one in fields_of(expression).items()}
        for row in when.rows:
            walked[row.path] = snapshot.resolve(layout.object, row.path)
    return Conditions(looks_along(walked, frozenset(asked)), formulas)


# -- one record


@dataclass(frozen=True, slots=True)
class Asked:
    """The record that conditions are asked about: its id, and what a form says of it."""

    id: str = ""  # "" = it is new
    said: Mapping[str, Value] | None = None  # {local name: value} over what is kept


def state_of(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, layout: Layout, asked: Asked
) -> State:
    """What the layout's conditions say of a record."""
    ready = conditions_of(layout, snapshot)
    if ready is None:
        return PLAIN
    scene = _scene(conn, actor, snapshot, layout, ready, asked)
    return _state(layout, _asking(actor, snapshot, layout, ready, scene))


def _scene(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    layout: Layout,
    ready: Conditions,
    asked: Asked,
) -> Scene:
    system = system_actor(snapshot.org, WHY, actor.localization)
    kept: dict[str, Value] = {}
    if asked.id:
        names = sorted(ready.looks.own) or ["Id"]
        try:
            found = run.get(conn, system, snapshot, asked.id, names)
            kept = {**found.values, "Id": asked.id}
        except NotFound:
            kept = {}
    said = asked.said or {}
    own = {name: said[name] if name in said else kept.get(name) for name in ready.looks.own}
    (above,) = parent_values(conn, actor, snapshot, ready.looks, [own])
    known = ambients(conn, actor, snapshot, ready.looks, clock.now())
    known |= {"ISNEW": not asked.id, "ISCLONE": False}
    return Scene({**own, **above}, kept if asked.id else None, known)


def _asking(
    actor: Actor, snapshot: Snapshot, layout: Layout, ready: Conditions, scene: Scene
) -> Ask:
    system = system_actor(snapshot.org, WHY, actor.localization)
    reading = reading_for(actor)

    def ask(when: When | None) -> bool | None:
        if when is None:
            return None
        if when.formula:
            try:
                return ready.formulas[when.formula](scene) is True
            except FormulaError:
                return None
        predicate = when.predicate(snapshot, layout.object)
        meets = matcher(predicate, layout.object, system, snapshot, reading)
        return meets(scene.values)

    return ask


def _state(layout: Layout, ask: Ask) -> State:
    hidden: set[str] = set()
    required: set[str] = set()
    readonly: set[str] = set()
    optional: set[str] = set()
    closed: set[str] = set()
    for section in layout.sections:
        if ask(section.visible_when) is False:
            closed.add(section.id)
        is_fixed = ask(section.readonly_when) is True
        for cell in section.cells:
            if section.id in closed or ask(cell.visible_when) is False:
                hidden.add(cell.id)
            if is_fixed or ask(cell.readonly_when) is True:
                readonly.add(cell.id)
            if cell.required_when is not None:
                (required if ask(cell.required_when) is True else optional).add(cell.id)
    return State(*map(frozenset, (hidden, required, readonly, optional, closed)))


# -- the layout in that state


def arranged(bound: BoundLayout, state: State) -> BoundLayout:
    """The layout as the record makes it: hidden places are gone, others stricter or laxer."""
    if state == PLAIN:
        return bound
    sections = (_arranged(section, state) for section in bound.sections)
    return replace(bound, sections=tuple(one for one in sections if one is not None))


def _arranged(section: BoundSection, state: State) -> BoundSection | None:
    flow = tuple(
        None if cell is None or cell.id in state.hidden else changed(cell, state)
        for cell in section.flow
    )
    if section.id in state.closed or not any(flow):
        return None
    return replace(section, flow=_without_gaps(section, flow))


def _without_gaps(
    section: BoundSection, flow: tuple[BoundCell | None, ...]
) -> tuple[BoundCell | None, ...]:
    """Where something was hidden the others move up; gaps that were there stay."""
    kept = zip(section.flow, flow, strict=True)
    return tuple(now for before, now in kept if now is not None or before is None)


def changed(cell: BoundCell, state: State) -> BoundCell:
    """The cell with what its conditions say of being required and read only."""
    required = cell.field.required or (
        cell.id in state.required or (cell.required and cell.id not in state.optional)
    )
    readonly = cell.readonly or cell.id in state.readonly
    return replace(cell, required=required, readonly=readonly)
