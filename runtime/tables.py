"""The tables of a snapshot: which table and column keeps each part of each field.

Made once for a snapshot and kept as long as it lives. Physical names are generated, none is a
user's. Users are the platform's own table; only fields added to them have a slice of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary, ref

import sqlalchemy as sa

from ..metadata.kinds.custom_field import CustomField
from ..metadata.kinds.custom_object import CustomObject
from ..metadata.snapshot import Snapshot
from ..metadata.storage import PEOPLE_COLUMNS, PEOPLE_TABLE, SYSTEM_COLUMNS
from ..metadata.storage_types import storage_type
from ..metadata.system_fields import COLUMNS
from ..platform.db.types import Flag, Utc, Whole, Words

# what every object has of the platform's own table, whatever its fields are called
_PEOPLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {name: (column, "") for name, column in COLUMNS.items() if name != "OwnerId"}
    | dict(PEOPLE_COLUMNS)
)
_PEOPLE_FLAGS = frozenset({"is_active", "is_deleted"})
_PEOPLE_MOMENTS = frozenset({"created_at", "modified_at", "last_login_at"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where one part of a field is: slice 0 is the main table."""

    slice: int
    column: str
    folded: bool = False  # the folded twin of `column` is computed, not kept


@dataclass(frozen=True, slots=True)
class Home:
    """The tables of one object."""

    object: CustomObject
    main: sa.Table
    slices: tuple[sa.Table, ...]  # slice n is slices[n - 1]; its `id` is the record's
    places: Mapping[str, Mapping[str, Place]]  # {local name of field: {part: place}}

    def table(self, place: Place) -> sa.Table:
        return self.slices[place.slice - 1] if place.slice else self.main

    def parts(self, field: CustomField) -> Mapping[str, Place]:
        """{part: place}; empty for a compound that consists of its components."""
        return self.places.get(field.local_name, _NOWHERE)


_NOWHERE: Mapping[str, Place] = MappingProxyType({})
_Stored = tuple[str, str, str, sa.Column[Any]]  # local name, part, table, column


class Tables:
    """The tables of every object of a snapshot, each made when it is first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = ref(snapshot)  # kept by the snapshot's own life, see `of`
        self._homes: dict[str, Home] = {}
        self.frames: dict[Any, Any] = {}  # what the query compiled, by its shape

    @classmethod
    def of(cls, snapshot: Snapshot) -> Tables:
        """The tables of this snapshot, one set for all who ask."""
        if (found := _made.get(snapshot)) is None:
            found = _made.setdefault(snapshot, cls(snapshot))
        return found

    @property
    def snapshot(self) -> Snapshot:
        if (snapshot := self._snapshot()) is None:
            raise ReferenceError("the snapshot of these tables is gone")
        return snapshot

    def home(self, object_name: str) -> Home:
        """The tables of an object, by its exact name."""
        if (found := self._homes.get(object_name)) is None:
            found = self._homes.setdefault(object_name, self._build(object_name))
        return found

    def _build(self, object_name: str) -> Home:
        snapshot = self.snapshot
        obj = snapshot.object(object_name)
        fields = snapshot.fields(object_name)
        stored = [
            (name, part, place.table, sa.Column(place.column, storage_type(place.type)))
            for name, f in fields.items()
            if not f.is_system
            for part, place in snapshot.storage.of_field(f.uid).items()
        ]
        if obj.storage == "people":
            return _people_home(obj, stored)
        columns = tuple(sa.Column(name, type_) for name, (type_, _filled) in SYSTEM_COLUMNS.items())
        places = {name: {"": Place(0, COLUMNS[name])} for name in fields if name in COLUMNS}
        return _home(obj, snapshot.storage.object(obj.uid).table, columns, places, stored)


_made: WeakKeyDictionary[Snapshot, Tables] = WeakKeyDictionary()


def _home(
    obj: CustomObject,
    main: str,
    columns: tuple[sa.Column[Any], ...],
    places: Mapping[str, Mapping[str, Place]],
    stored: list[_Stored],
) -> Home:
    names = [main, *sorted({table for _n, _p, table, _c in stored} - {main}, key=_slice_number)]
    found: dict[str, dict[str, Place]] = {}
    by_table: dict[str, list[sa.Column[Any]]] = {name: [] for name in names}
    for name, part, table, column in stored:
        by_table[table].append(column)
        found.setdefault(name, {})[part] = Place(names.index(table), column.name)
    metadata = sa.MetaData()
    return Home(
        obj,
        sa.Table(main, metadata, *columns, *by_table[main]),
        tuple(
            sa.Table(name, metadata, sa.Column("id", Words()), *by_table[name])
            for name in names[1:]
        ),
        MappingProxyType({**places, **found}),
    )


def _slice_number(table: str) -> int:
    return int(table.rpartition("_")[2])


def _people_home(obj: CustomObject, stored: list[_Stored]) -> Home:
    names = {column: None for pair in _PEOPLE.values() for column in pair if column}
    columns = tuple(sa.Column(name, _people_type(name)) for name in names)
    places = {name: _people_parts(*pair) for name, pair in _PEOPLE.items()}
    return _home(obj, PEOPLE_TABLE, (*columns, sa.Column("version", Whole())), places, stored)


def _people_parts(column: str, twin: str) -> Mapping[str, Place]:
    key = Place(0, twin) if twin else Place(0, column, folded=True)
    return {"": Place(0, column), "key": key}


def _people_type(column: str) -> sa.types.TypeEngine[Any]:
    if column in _PEOPLE_FLAGS:
        return Flag()
    return Utc() if column in _PEOPLE_MOMENTS else Words()
