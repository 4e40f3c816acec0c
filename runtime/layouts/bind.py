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
from ...metadata.kinds.layout import Cell, Layout, RelatedList, Section
from ...metadata.snapshot import Snapshot
from ...metadata.system_fields import WRITABLE
from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access.permissions import may_edit, may_read


class Mode(Enum):
    """What the page is for; a created record shows no stamps."""

    READ = "read"
    CREATE = "create"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class BoundCell:
    """One field in its place. `parts` are the fields that a form asks for: a compound's components."""

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
    """A heading and its cells by column; a None is a gap that keeps the row."""

    id: str
    label: str
    collapsed: bool
    columns: tuple[tuple[BoundCell | None, ...], ...]

    @property
    def cells(self) -> Iterator[BoundCell]:
        return (cell for column in self.columns for cell in column if cell)


@dataclass(frozen=True, slots=True)
class BoundRelatedList:
    """Children of the record: the lookup that points here, and the columns to show."""

    id: str
    label: str
    object: CustomObject
    lookup: CustomField
    columns: tuple[str, ...]  # paths on the child
    sort: tuple[str, bool] | None  # (path, descending)
    may_create: bool


@dataclass(frozen=True, slots=True)
class BoundLayout:
    """A page of one object for one actor."""

    object: CustomObject
    layout: Layout
    mode: Mode
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
            if part.field_type.editable
        )


def layout_of(object_name: str, snapshot: Snapshot) -> Layout:
    """The layout of an object: the default one, else the first by name; raises NotFound."""
    layouts = [found for found in snapshot.of_kind("Layout") if found.object == object_name]
    for layout in sorted(layouts, key=lambda one: not one.is_default):
        return layout  # type: ignore[no-any-return]
    raise NotFound(f"layout of {object_name}")


def compact_layout_of(object_name: str, snapshot: Snapshot) -> CompactLayout | None:
    """What the highlights of an object show, if somebody said so."""
    found = [c for c in snapshot.of_kind("CompactLayout") if c.object == object_name]
    return min(found, key=lambda one: not one.is_default, default=None)


def bind(layout: Layout, snapshot: Snapshot, actor: Actor, mode: Mode) -> BoundLayout:
    """The layout as this actor gets it."""
    obj = snapshot.object(layout.object)
    sections = (_section(section, layout, obj, snapshot, actor, mode) for section in layout.sections)
    return BoundLayout(
        object=obj,
        layout=layout,
        mode=mode,
        sections=tuple(section for section in sections if section),
        related=tuple(_related(layout, snapshot, actor)) if mode is Mode.READ else (),
        highlights=tuple(_highlights(obj, snapshot, actor)) if mode is Mode.READ else (),
    )


def _section(
    section: Section, layout: Layout, obj: CustomObject, snapshot: Snapshot, actor: Actor, mode: Mode
) -> BoundSection | None:
    columns: list[list[BoundCell | None]] = [[] for _column in range(section.columns)]
    for cell in section.cells:
        bound = _cell(cell, obj, snapshot, actor, mode)
        if bound or cell.blank:
            columns[min(cell.column, section.columns) - 1].append(bound)
    if not any(cell for column in columns for cell in column):
        return None
    label = snapshot.text("Layout", layout.name, f"sections.{section.id}", section.label)
    return BoundSection(section.id, label, section.collapsed, tuple(map(tuple, columns)))


def _cell(
    cell: Cell, obj: CustomObject, snapshot: Snapshot, actor: Actor, mode: Mode
) -> BoundCell | None:
    field = snapshot.find_field(obj.name, cell.field) if cell.field else None
    if field is None or not may_read(actor, field, snapshot):
        return None
    if mode is Mode.CREATE and field.is_system and field.local_name not in WRITABLE:
        return None
    components = tuple(snapshot.fields(obj.name)[c.local_name] for c in field.field_type.components(field))
    writable = may_edit(actor, field, snapshot) and field.field_type.editable
    return BoundCell(
        id=cell.id,
        field=field,
        label=snapshot.label(field),
        help=snapshot.label(field, "inlineHelpText"),
        required=cell.behavior == "Required" or field.required,
        readonly=cell.behavior == "Readonly" or not writable,
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
    if child is None or lookup is None or not may_read(actor, lookup, snapshot):
        return None
    label = snapshot.text("Layout", layout.name, f"relatedLists.{related.id}", related.label)
    return BoundRelatedList(
        id=related.id,
        label=label or snapshot.label(child, "pluralLabel"),
        object=child,
        lookup=lookup,
        columns=tuple(path for path in related.columns if _readable(path, child, snapshot, actor)),
        sort=related.sort,
        may_create="New" in related.actions,
    )


def _readable(path: str, child: CustomObject, snapshot: Snapshot, actor: Actor) -> bool:
    return all(may_read(actor, step, snapshot) for step in snapshot.resolve(child.name, path))


def _highlights(obj: CustomObject, snapshot: Snapshot, actor: Actor) -> Iterator[CustomField]:
    compact = compact_layout_of(obj.name, snapshot)
    for name in compact.fields if compact else ():
        field = snapshot.find_field(obj.name, name)
        if field and name != obj.name_field and may_read(actor, field, snapshot):
            yield field


def unnamed(obj: CustomObject, snapshot: Snapshot) -> str:
    """How a record without a name is called: "Contact role"."""
    return snapshot.label(obj) or _("Record")
