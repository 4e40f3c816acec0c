"""A page layout: the fields a record page and its forms show, in sections, and related lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Path, Reference, WhenGone
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
    listed,
    of_object,
    of_path,
    schema,
)  # fmt: skip
from .conditions import (
    READONLY,
    REQUIRED,
    VISIBLE,
    WHEN,
    When,
    check_when,
    read_when,
    when_references,
)

if TYPE_CHECKING:
    from ..snapshot import Snapshot

BEHAVIORS = ("Edit", "Required", "Readonly")


@dataclass(frozen=True, slots=True)
class Cell:
    """A field's place in a section, or an empty place."""

    id: str
    field: str = ""  # local name
    behavior: str = "Edit"
    column: int = 1
    wide: bool = False  # over all columns
    blank: bool = False
    visible_when: When | None = None  # None: always
    required_when: When | None = None  # None: as `behavior` says
    readonly_when: When | None = None

    @property
    def is_required(self) -> bool:
        return self.behavior == "Required"

    @property
    def is_readonly(self) -> bool:
        return self.behavior == "Readonly"


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of cells in one to three columns; cells are in the order of their column."""

    id: str
    label: str
    columns: int = 2
    collapsed: bool = False
    cells: tuple[Cell, ...] = ()
    visible_when: When | None = None
    readonly_when: When | None = None

    def column(self, number: int) -> tuple[Cell, ...]:
        """The cells of one column (1 …), from top to bottom; wide ones stand in the first."""
        return tuple(c for c in self.cells if (1 if c.wide else c.column) == number)


@dataclass(frozen=True, slots=True)
class Sort:
    """A field path to order by."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RelatedList:
    """Records of another object that point here through `field` ("Contact.AccountId")."""

    id: str
    field: str
    label: str = ""  # "" = the child's plural label
    columns: tuple[str, ...] = ()
    sort: Sort | None = None
    actions: tuple[str, ...] = ()

    @property
    def object_name(self) -> str:
        return self.field.rpartition(".")[0]

    @property
    def lookup(self) -> str:
        """The local name of the child's field."""
        return self.field.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Definition):
    """The page layout of an object."""

    object: str
    sections: tuple[Section, ...] = ()
    related_lists: tuple[RelatedList, ...] = ()
    default: bool = False

    def conditions(self) -> Iterator[tuple[When, Path]]:
        """Every condition of the layout and its place in the document."""
        for i, section in enumerate(self.sections):
            yield from _placed((VISIBLE, READONLY), section, ("sections", i))
            for j, cell in enumerate(section.cells):
                place = ("sections", i, "cells", j)
                yield from _placed((VISIBLE, REQUIRED, READONLY), cell, place)

    def cells(self) -> Iterator[Cell]:
        """Every cell that shows a field."""
        for section in self.sections:
            yield from (cell for cell in section.cells if not cell.blank)


_ATTRIBUTES = {VISIBLE: "visible_when", REQUIRED: "required_when", READONLY: "readonly_when"}


def _placed(
    keys: tuple[str, ...], part: Cell | Section, place: Path
) -> Iterator[tuple[When, Path]]:
    for key in keys:
        if (when := getattr(part, _ATTRIBUTES[key])) is not None:
            yield when, (*place, key)


def read_sort(row: Mapping[str, Any] | None) -> Sort | None:
    """The sort of a document's `{"field", "descending"}`; None for none."""
    return Sort(row["field"], row.get("descending", False)) if row else None


def _cell(row: Mapping[str, Any]) -> Cell:
    get = row.get
    return Cell(
        row["id"], get("field", ""), get("behavior", "Edit"), get("column", 1),
        get("wide", False), get("blank", False),
        *(read_when(get(key)) for key in (VISIBLE, REQUIRED, READONLY)),
    )  # fmt: skip


def _section(row: Mapping[str, Any]) -> Section:
    cells = tuple(map(_cell, row.get("cells", ())))
    get = row.get
    return Section(
        row["id"], get("label", ""), get("columns", 2), get("collapsed", False), cells,
        read_when(get(VISIBLE)), read_when(get(READONLY)),
    )  # fmt: skip


def _related(row: Mapping[str, Any]) -> RelatedList:
    return RelatedList(
        row["id"],
        row["field"],
        row.get("label", ""),
        tuple(row.get("columns", ())),
        read_sort(row.get("sort")),
        tuple(row.get("actions", ())),
    )


def _parse(document: Document) -> Layout:
    return Layout(
        **common(document),
        object=document["object"],
        sections=tuple(map(_section, document.get("sections", ()))),
        related_lists=tuple(map(_related, document.get("relatedLists", ()))),
        default=document.get("default", False),
    )


def _references(layout: Layout, snapshot: Snapshot) -> tuple[Reference, ...]:
    found = list(of_object(layout.document))
    for i, section in enumerate(layout.sections):
        for j, cell in enumerate(section.cells):
            place = ("sections", i, "cells", j)
            if not cell.blank:
                found += of_path(snapshot, layout.object, cell.field, (*place, "field"), place)
    for when, path in layout.conditions():
        found += when_references(snapshot, layout.object, when, path)
    for i, related in enumerate(layout.related_lists):
        found += _related_references(related, ("relatedLists", i), snapshot)
    return tuple(found)


def _related_references(
    related: RelatedList, place: tuple[str | int, ...], snapshot: Snapshot
) -> Iterator[Reference]:
    yield Reference(
        (*place, "field"), "CustomField", related.field, when_gone=WhenGone.TAKE_OUT, out=place
    )
    for i, column in enumerate(related.columns):
        yield from of_path(snapshot, related.object_name, column, (*place, "columns", i))
    if related.sort:
        path, out = (*place, "sort", "field"), (*place, "sort")
        yield from of_path(snapshot, related.object_name, related.sort.field, path, out)


def _check(layout: Layout, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, layout.object):
        return problems
    rivals = (other for other in snapshot.of_kind("Layout") if other.object == layout.object)
    return (
        *check_single_default(layout, snapshot, rivals),
        *check_ids((s.id for s in layout.sections), "sections"),
        *check_ids((r.id for r in layout.related_lists), "relatedLists"),
        *_check_cells(layout, snapshot),
        *_check_conditions(layout, snapshot),
        *_check_related(layout, snapshot),
    )


def _check_cells(layout: Layout, snapshot: Snapshot) -> Iterator[Problem]:
    seen_ids: set[str] = set()
    seen_fields: set[str] = set()
    for i, section in enumerate(layout.sections):
        for j, cell in enumerate(section.cells):
            place = ("sections", i, "cells", j)
            if cell.id in seen_ids:
                message = _("%(name)s is there twice.", name=repr(cell.id))
                yield Problem("list.doubled", (*place, "id"), message)
            seen_ids.add(cell.id)
            if cell.column > section.columns:
                message = _("This section has %(n)s columns.", n=section.columns)
                yield Problem("layout.column", (*place, "column"), message)
            if cell.blank:
                continue
            if cell.field in seen_fields:
                message = _("%(name)s is already on this layout.", name=repr(cell.field))
                yield Problem("layout.doubled_field", (*place, "field"), message)
            seen_fields.add(cell.field)
            yield from check_path(snapshot, layout.object, cell.field, *place, "field")


def _check_conditions(layout: Layout, snapshot: Snapshot) -> Iterator[Problem]:
    for when, place in layout.conditions():
        yield from check_when(snapshot, layout.object, when, *place)


def _check_related(layout: Layout, snapshot: Snapshot) -> Iterator[Problem]:
    for i, related in enumerate(layout.related_lists):
        place = ("relatedLists", i)
        lookup = snapshot.find_field(related.object_name, related.lookup)
        if lookup is None or layout.object not in lookup.reference_to:
            message = _(
                "%(name)s is not a lookup to %(object)s.",
                name=repr(related.field),
                object=layout.object,
            )
            yield Problem("layout.related_list", (*place, "field"), message)
            continue
        for j, column in enumerate(related.columns):
            yield from check_path(snapshot, related.object_name, column, *place, "columns", j)
        if related.sort:
            yield from check_path(
                snapshot, related.object_name, related.sort.field, *place, "sort", "field"
            )


_CELL = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "oneOf": [{"required": ["field"]}, {"required": ["blank"]}],
    "properties": {
        "id": dict(ID),
        "field": dict(NAME),
        "behavior": {"enum": list(BEHAVIORS)},
        "column": {"type": "integer", "minimum": 1, "maximum": 3},
        "wide": {"type": "boolean"},
        "blank": {"const": True},
        **dict.fromkeys((VISIBLE, REQUIRED, READONLY), WHEN),
    },
}
_SECTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": dict(ID),
        "label": dict(TEXT),
        "columns": {"type": "integer", "minimum": 1, "maximum": 3},
        "collapsed": {"type": "boolean"},
        "cells": listed(_CELL, 1000),
        VISIBLE: WHEN,
        READONLY: WHEN,
    },
}
_RELATED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "field"],
    "properties": {
        "id": dict(ID),
        "field": dict(NAME),
        "label": dict(TEXT),
        "columns": listed(NAME, 50),
        "sort": dict(SORT),
        "actions": listed(TEXT, 20),
    },
}

KINDS.register(
    Kind(
        name="Layout",
        label=lazy("Page layout"),
        schema=schema(
            "Layout",
            {
                "object": dict(NAME),
                "default": {"type": "boolean"},
                "sections": listed(_SECTION, 100),
                "relatedLists": listed(_RELATED, 100),
            },
            ("object",),
        ),
        rank=40,
        folder="layouts",
        suffix="layout",
        parse=_parse,
        references=_references,
        check=_check,
        icon="layout-panel-top",
    )
)
