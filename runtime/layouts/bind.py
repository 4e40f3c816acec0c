"""A layout meets a snapshot and an actor: names become fields, what may not be read is gone.

What is not bound is neither shown nor read from a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ...metadata.kinds.compact_layout import CompactLayout
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.layout import Cell, Layout, RelatedList, Section, Sort
from ...metadata.record_types import find_type
from ...metadata.rights import rights_of
from ...metadata.snapshot import RECORD_TYPE, Snapshot
from ...metadata.system_fields import WRITABLE
from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may, readable, writable


class Mode(Enum):
    """What the page is for; a created record shows no stamps."""

    READ = "read"
    CREATE = "create"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class BoundCell:
    """One field in its place. `parts` are what a form asks for: a compound's components."""

    id: str
    field: CustomField
    label: str
    help: str
    required: bool
    readonly: bool
    wide: bool
    parts: tuple[CustomField, ...]


@dataclass(frozen=True, slots=True)
class BoundSection:
    """A heading and its cells, row by row; a None is a gap that keeps the place."""

    id: str
    label: str
    collapsed: bool
    columns: int
    flow: tuple[BoundCell | None, ...]

    @property
    def cells(self) -> Iterator[BoundCell]:
        return (cell for cell in self.flow if cell)


@dataclass(frozen=True, slots=True)
class BoundRelatedList:
    """Children of the record: the lookup that points here, and the columns to show."""

    id: str
    label: str
    object: CustomObject
    lookup: CustomField
    columns: tuple[str, ...]  # paths on the child
    sort: Sort | None
    may_create: bool


@dataclass(frozen=True, slots=True)
class BoundLayout:
    """A page of one object for one actor, of records of one record type ("" = of none)."""

    object: CustomObject
    layout: Layout
    mode: Mode
    record_type: str
    sections: tuple[BoundSection, ...]
    related: tuple[BoundRelatedList, ...]
    highlights: tuple[CustomField, ...]

    @property
    def cells(self) -> Iterator[BoundCell]:
        return (cell for section in self.sections for cell in section.cells)

    @property
    def shown(self) -> tuple[CustomField, ...]:
        """Every field whose value the page needs, components of compounds instead of these."""
        fields = [part for cell in self.cells for part in cell.parts] + [
            part for field in self.highlights for part in (field,)
        ]
        return tuple({field.uid: field for field in fields}.values())

    @property
    def editable(self) -> tuple[tuple[BoundCell, CustomField], ...]:
        """(cell, field) of everything that a form of this layout may write."""
        return tuple(
            (cell, part)
            for cell in self.cells
            if not cell.readonly
            for part in cell.parts
            if part.is_editable
        )


def layout_of(
    object_name: str, snapshot: Snapshot, actor: Actor | None = None, record_type: str = ""
) -> Layout:
    """The layout of an object: what the actor's profile says, else the default one, else the first.

    Raises NotFound.
    """
    if actor is not None:
        name = rights_of(actor, snapshot).layout_of(object_name, record_type)
        if name and (assigned := snapshot.find("Layout", name)) is not None:
            return assigned  # type: ignore[no-any-return]
    layouts = [found for found in snapshot.of_kind("Layout") if found.object == object_name]
    for layout in sorted(layouts, key=lambda one: not one.default):
        return layout  # type: ignore[no-any-return]
    raise NotFound(f"layout of {object_name}")


def compact_layout_of(
    object_name: str, snapshot: Snapshot, record_type: str = ""
) -> CompactLayout | None:
    """What the highlights of an object's records of the type show, if somebody said so."""
    one = find_type(snapshot, object_name, record_type)
    if one is not None and one.compact_layout:
        return snapshot.find("CompactLayout", one.compact_layout)
    found = [c for c in snapshot.of_kind("CompactLayout") if c.object == object_name]
    return min(found, key=lambda one: not one.default, default=None)


def bind(
    layout: Layout, snapshot: Snapshot, actor: Actor, mode: Mode, record_type: str = ""
) -> BoundLayout:
    """The layout as this actor gets it."""
    obj = snapshot.object(layout.object)
    sections = (
        _section(section, layout, obj, snapshot, actor, mode) for section in layout.sections
    )
    return BoundLayout(
        object=obj,
        layout=layout,
        mode=mode,
        record_type=record_type,
        sections=tuple(section for section in sections if section),
        related=tuple(_related(layout, snapshot, actor)) if mode is Mode.READ else (),
        highlights=(
            tuple(_highlights(obj, snapshot, actor, record_type)) if mode is Mode.READ else ()
        ),
    )


def _section(
    section: Section,
    layout: Layout,
    obj: CustomObject,
    snapshot: Snapshot,
    actor: Actor,
    mode: Mode,
) -> BoundSection | None:
    columns: list[list[BoundCell | None]] = []
    for number in range(1, section.columns + 1):
        bound = ((cell, _cell(cell, obj, snapshot, actor, mode)) for cell in section.column(number))
        columns.append([found for cell, found in bound if found or cell.blank])
    flow = tuple(_by_rows(columns))
    if not any(flow):
        return None
    label = snapshot.text("Layout", layout.name, f"sections.{section.id}", section.label)
    return BoundSection(section.id, label, section.collapsed, section.columns, flow)


def _by_rows(columns: list[list[BoundCell | None]]) -> Iterator[BoundCell | None]:
    """The cells in reading order; a wide one of the first column has its row to itself."""
    queues = [list(reversed(column)) for column in columns]
    while any(queues):
        first = queues[0][-1] if queues[0] else None
        if first and first.wide:
            yield queues[0].pop()
            continue
        for queue in queues:
            yield queue.pop() if queue else None


def _cell(
    cell: Cell, obj: CustomObject, snapshot: Snapshot, actor: Actor, mode: Mode
) -> BoundCell | None:
    field = snapshot.find_field(obj.name, cell.field) if cell.field else None
    if field is None or not readable(actor, field, snapshot):
        return None
    if mode is Mode.CREATE and field.is_system and field.local_name not in WRITABLE:
        return None
    components = tuple(
        snapshot.fields(obj.name)[c.local_name] for c in field.field_type.components(field)
    )
    return BoundCell(
        id=cell.id,
        field=field,
        label=snapshot.label(field),
        help=snapshot.label(field, "inlineHelpText"),
        required=cell.behavior == "Required" or field.required,
        readonly=cell.behavior == "Readonly"
        or field.type == RECORD_TYPE  # a page of its own changes it
        or not writable(actor, field, snapshot),
        wide=cell.wide,
        parts=components or (field,),
    )


def _related(layout: Layout, snapshot: Snapshot, actor: Actor) -> Iterator[BoundRelatedList]:
    for related in layout.related_lists:
        bound = _related_list(related, layout, snapshot, actor)
        if bound:
            yield bound


def _related_list(
    related: RelatedList, layout: Layout, snapshot: Snapshot, actor: Actor
) -> BoundRelatedList | None:
    child_name, _dot, lookup_name = related.field.rpartition(".")
    child = snapshot.find_object(child_name)
    lookup = snapshot.find_field(child_name, lookup_name) if child else None
    if child is None or lookup is None or not readable(actor, lookup, snapshot):
        return None
    label = snapshot.text("Layout", layout.name, f"relatedLists.{related.id}", related.label)
    return BoundRelatedList(
        id=related.id,
        label=label or snapshot.label(child, "pluralLabel"),
        object=child,
        lookup=lookup,
        columns=tuple(path for path in related.columns if _readable(path, child, snapshot, actor)),
        sort=related.sort,
        may_create="New" in related.actions and may(actor, Operation.CREATE, child, snapshot),
    )


def _readable(path: str, child: CustomObject, snapshot: Snapshot, actor: Actor) -> bool:
    return all(readable(actor, step, snapshot) for step in snapshot.resolve(child.name, path))


def _highlights(
    obj: CustomObject, snapshot: Snapshot, actor: Actor, record_type: str
) -> Iterator[CustomField]:
    compact = compact_layout_of(obj.name, snapshot, record_type)
    for name in compact.fields if compact else ():
        field = snapshot.find_field(obj.name, name)
        if field and name != obj.name_field and readable(actor, field, snapshot):
            yield field


def unnamed(obj: CustomObject, snapshot: Snapshot) -> str:
    """How a record without a name is called: "Contact role"."""
    return snapshot.label(obj) or _("Record")
