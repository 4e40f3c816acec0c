"""Paths of an object as cells of a page: which fields to ask for, and how each answer is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ..layouts.forms import REFERENCE_TYPES
from ..query.record import Record
from ..query.run import title_path
from .cells import DisplayCell, display_cell

NUMERIC = frozenset({"Number", "Currency", "Percent"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One column or field of a page: `path` holds the value, `title` the name behind a lookup."""

    asked: str  # the path as the view or layout says it
    path: str
    title: str  # "" when the value needs no name
    field: CustomField
    label: str

    @property
    def is_numeric(self) -> bool:
        return self.field.value_type in NUMERIC

    @property
    def is_reference(self) -> bool:
        return self.field.type in REFERENCE_TYPES


def show(object_name: str, path: str, snapshot: Snapshot) -> Shown:
    """How a path is shown: the name of a parent ("Account.Name") as the link that its lookup is."""
    asked = path
    chain = snapshot.resolve(object_name, path)
    field = chain[-1]
    label = snapshot.label(field)
    if len(chain) > 1:
        parent = chain[-2].reference_to[0]
        if snapshot.object(parent).name_field == field.local_name:
            field, path = chain[-2], _lookup_path(path, chain[-2])
            label = snapshot.label(field)
        else:
            label = _("%(name)s: %(text)s", name=snapshot.label(chain[-2]), text=label)
    return Shown(asked, path, title_path(snapshot, object_name, path) or "", field, label)


def _lookup_path(path: str, lookup: CustomField) -> str:
    before = path.split(".")[:-2]
    return ".".join([*before, lookup.local_name])


def asked_paths(columns: Iterable[Shown]) -> tuple[str, ...]:
    """What a query must select for the columns."""
    paths = [path for column in columns for path in (column.path, column.title) if path]
    return tuple(dict.fromkeys(paths))


def nameless_ids(columns: Iterable[Shown], records: Iterable[Record]) -> set[str]:
    """The ids behind lookups whose names did not come with the rows."""
    lookups = [c for c in columns if c.is_reference and not c.title]
    return {id_ for r in records for c in lookups if (id_ := r.values.get(c.path))}


def cell_of(
    column: Shown, record: Record, snapshot: Snapshot, titles: Mapping[str, str]
) -> DisplayCell:
    """The cell of one column in one record."""
    value = record.values.get(column.path)
    if column.title and value:
        titles = {value: record.values.get(column.title) or ""}
    return display_cell(column.field, value, snapshot, titles)


def figure_text(snapshot: Snapshot, field: CustomField, value: Value) -> str:
    """A figure as the reader writes it; a dash where there is nothing to add up."""
    return "–" if value is None else field.field_type.display_in(value, field, snapshot)
