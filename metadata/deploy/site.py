"""The building site of one deployment: allots tables and columns, and writes what is where.

Main tables keep what is indexed, unique or a lookup; plain columns fill the main table up to a
point and then 1:1 slices, because a PostgreSQL row of some 340 filled text columns is full. Retired
columns of the same type are used again, because PostgreSQL counts dropped columns for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ...platform import clock
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.ids import ALPHABET
from ...platform.migrations.tables import sys_counter, sys_storage_column, sys_storage_object
from ..definition import Uid
from ..field_types.base import Part
from ..kinds.custom_field import CustomField
from ..kinds.custom_object import CustomObject
from ..snapshot import Snapshot
from ..storage import PEOPLE_TABLE, SYSTEM_COLUMNS, Storage, StoredColumn, StoredObject
from ..storage_types import storage_type
from ..store import BINNED, LIVE, RETIRED, storage_of
from . import ddl
from .indexes import Index, Purpose, is_stored_apart, wanted_indexes

MAIN_PLAIN = 170  # plain columns of a main table; the rest of its room is for indexed ones
ROOM = 250  # columns of any table
FIRST_CUSTOM_PREFIX = "a00"

_O, _C = sys_storage_object, sys_storage_column


@dataclass(slots=True)
class _Row:
    """One row of sys_storage_column as this deployment has left it."""

    place: StoredColumn
    state: str
    deployment_id: str | None


class Site:
    """Shapes tables within the caller's transaction; `storage` is what is live so far."""

    def __init__(
        self, conn: sa.Connection, old: Snapshot, new: Snapshot, deployment_id: str
    ) -> None:
        self.conn = conn
        self.old = old
        self.new = new
        self.deployment_id = deployment_id
        self._objects = dict(old.storage.objects)
        self._columns = {uid: dict(parts) for uid, parts in old.storage.columns.items()}
        self._places = Storage(self._objects, self._columns)  # as things stand
        self._rows: dict[str, list[_Row]] = {}  # {object uid: every column it ever got}
        self._next: dict[str, int] = {}  # {object uid: number of its next column}
        self._retired: dict[str, bool] = {}  # {object uid: has columns to use again}
        self._used: Counter[str] = Counter()  # {table: columns it has, of whatever state}
        self._wanted: dict[str, dict[tuple[str, str], Purpose]] = {}  # indexes in the end
        self._new_rows: list[StoredColumn] = []  # not written to sys_storage_column yet
        self._unmade: dict[str, list[StoredColumn]] = {}  # {table not created yet: its columns}

    @property
    def storage(self) -> Storage:
        columns = (place for parts in self._columns.values() for place in parts.values())
        return storage_of(iter(self._objects.values()), columns)

    # -- objects

    def add_object(self, obj: CustomObject) -> None:
        """Allots a table and a key prefix; the table itself is made by `finish_tables`."""
        number = self._count("metadata.table")
        stored = StoredObject(obj.uid, f"t{number}", obj.key_prefix or self._prefix(), 0)
        self._objects[obj.uid] = stored
        self._rows[obj.uid], self._next[obj.uid], self._retired[obj.uid] = [], 1, False
        self.conn.execute(
            sa.insert(_O).values(
                uid=obj.uid, table_name=stored.table, key_prefix=stored.prefix, state=LIVE,
                slices=0, next_column=1,
            )
        )  # fmt: skip
        if not obj.storage:
            self._unmade[stored.table] = []

    def bin_object(self, obj: CustomObject) -> None:
        """Keeps the tables as they are, out of sight."""
        self._set_object_state(obj.uid, BINNED)
        self._objects.pop(obj.uid, None)

    def restore_object(self, obj: CustomObject) -> None:
        """Brings a binned object's tables back into sight."""
        self._set_object_state(obj.uid, LIVE)
        row = self.conn.execute(sa.select(_O).where(_O.c.uid == obj.uid)).one()
        self._objects[obj.uid] = StoredObject(
            obj.uid, row.table_name, row.key_prefix or "", row.slices
        )

    def _set_object_state(self, uid: Uid, state: str) -> None:
        self.conn.execute(sa.update(_O).where(_O.c.uid == uid).values(state=state))

    def _prefix(self) -> str:
        """The next free key prefix of a custom object; none is ever given twice."""
        taken = set(self.conn.execute(sa.select(_O.c.key_prefix)).scalars())
        start = sum(ALPHABET.index(c) * 62**i for i, c in enumerate(reversed(FIRST_CUSTOM_PREFIX)))
        while True:
            number = start + self._count("metadata.prefix") - 1
            prefix = "".join(ALPHABET[number // 62**i % 62] for i in (2, 1, 0))
            if prefix not in taken:
                return prefix

    def _count(self, name: str) -> int:
        c = sys_counter
        value = self.conn.scalar(sa.select(c.c.value).where(c.c.name == name))
        if value is None:
            self.conn.execute(sa.insert(c).values(name=name, value=1))
            return 1
        self.conn.execute(sa.update(c).where(c.c.name == name).values(value=value + 1))
        return int(value) + 1

    # -- fields

    def add_field(self, field: CustomField) -> None:
        """Gives the field and its components the columns that they need."""
        obj = self._object_of(field)
        for each in _with_components(field):
            if not is_stored_apart(obj, each):
                self._allot(obj, each)

    def bin_field(self, field: CustomField) -> None:
        """Takes the field's columns out of sight; their values stay."""
        for each in _with_components(field):
            for place in self._columns.pop(each.uid, {}).values():
                self._set_column(place, BINNED)

    def restore_field(self, field: CustomField) -> None:
        """Brings back the columns that were binned last, or gives the field others."""
        obj = self._object_of(field)
        for each in _with_components(field):
            if is_stored_apart(obj, each) or each.uid in self._columns:
                continue  # columns of a binned object's fields were in its tables all the time
            kept = self.kept_columns(each)
            for row in kept.values():
                self._revive(row)
            if not kept:
                self._allot(obj, each)

    def kept_columns(self, field: CustomField) -> dict[str, StoredColumn]:
        """{part: column} of the latest binned columns that the field as it is now could use."""
        needs = {part.name: part.type for part in field.field_type.columns(field)}
        obj = self._object_of(field)
        generations: dict[str | None, dict[str, StoredColumn]] = {}
        for row in self._all_rows(obj.uid):
            if row.place.field_uid == field.uid and row.state == BINNED:
                generations.setdefault(row.deployment_id, {})[row.place.part] = row.place
        for kept in reversed(generations.values()):
            if {part: place.type for part, place in kept.items()} == needs:
                return kept
        return {}

    def replace_columns(self, field: CustomField) -> bool:
        """Bins the field's columns and gives it others; says whether those held values before."""
        before = self._columns.pop(field.uid, {})
        kept = self.kept_columns(field)
        for place in before.values():
            self._set_column(place, BINNED)
        for place in kept.values():
            self._revive(place)
        if not kept:
            self._allot(self._object_of(field), field)
        return bool(kept)

    def move_field(self, field: CustomField) -> None:
        """Gives the field fresh columns where it may now be unique; the old ones are retired."""
        before = self._columns.pop(field.uid, {})
        self._allot(self._object_of(field), field)
        self.finish_tables()
        for place in before.values():
            self._set_column(place, BINNED)

    def adjust_field(self, field: CustomField) -> None:
        """Adds columns that the field or its components lack, bins those they need no more."""
        obj = self._object_of(field)
        for each in _with_components(field):
            if is_stored_apart(obj, each):
                continue
            needs = {part.name for part in each.field_type.columns(each)}
            has = self._columns.get(each.uid, {})
            for part in [part for part in has if part not in needs]:
                self._set_column(has.pop(part), BINNED)
            self._allot(obj, each, besides=frozenset(has))

    def _object_of(self, field: CustomField) -> CustomObject:
        for snapshot in (self.new, self.old):
            if (obj := snapshot.find("CustomObject", field.object_name)) is not None:
                return obj  # type: ignore[no-any-return]
        raise Rejected(Problem("field.no_object", (field.name,), _("There is no object.")))

    # -- columns

    def _allot(
        self, obj: CustomObject, field: CustomField, besides: frozenset[str] = frozenset()
    ) -> None:
        for part in field.field_type.columns(field):
            if part.name not in besides:
                place = self._place(obj, field, part, self._purpose(obj, field, part))
                self._columns.setdefault(field.uid, {})[part.name] = place

    def _purpose(self, obj: CustomObject, field: CustomField, part: Part) -> Purpose | None:
        """What the column will be indexed for, which says which table may keep it."""
        if obj.uid not in self._wanted:
            now = self.new.find_uid(obj.uid)
            indexes = wanted_indexes(self.new, now) if now else ()
            self._wanted[obj.uid] = {
                part: index.purpose
                for index in sorted(indexes, key=lambda index: index.purpose)
                for part in index.columns
            }
        return self._wanted[obj.uid].get((field.uid, part.name))

    def _place(
        self, obj: CustomObject, field: CustomField, part: Part, purpose: Purpose | None
    ) -> StoredColumn:
        rows = self._all_rows(obj.uid)
        for row in rows if self._retired[obj.uid] else ():
            if row.state == RETIRED and row.place.type == part.type and _suits(row.place, purpose):
                return self._reuse(row, field, part)
        table = self._table_with_room(obj, purpose)
        number = self._next[obj.uid]
        self._next[obj.uid] = number + 1
        place = StoredColumn(field.uid, part.name, table, f"f{number}", part.type)
        rows.append(_Row(place, LIVE, None))
        self._used[table] += 1
        self._new_rows.append(place)
        if table in self._unmade:
            self._unmade[table].append(place)
        else:
            ddl.add_columns(self.conn, table, (place,))
        return place

    def _reuse(self, row: _Row, field: CustomField, part: Part) -> StoredColumn:
        row.place = replace(row.place, field_uid=field.uid, part=part.name)
        row.state, row.deployment_id = LIVE, None
        self._write_row(row)
        return row.place

    def _table_with_room(self, obj: CustomObject, purpose: Purpose | None) -> str:
        stored = self._objects[obj.uid]
        main = stored.table
        if not obj.storage and self._used[main] < (ROOM if purpose else MAIN_PLAIN):
            return main
        if purpose is Purpose.UNIQUE and not obj.storage:
            message = _("%(name)s has no room for another unique field.", name=obj.name)
            raise Rejected(Problem("object.unique_fields", (obj.name,), message))
        for n in range(1, stored.slices + 1):
            if self._used[f"{main}_{n}"] < ROOM:
                return f"{main}_{n}"
        return self._add_slice(obj.uid, stored)

    def _add_slice(self, uid: Uid, stored: StoredObject) -> str:
        self._objects[uid] = grown = replace(stored, slices=stored.slices + 1)
        table = f"{grown.table}_{grown.slices}"
        self._unmade[table] = []
        self.conn.execute(sa.update(_O).where(_O.c.uid == uid).values(slices=grown.slices))
        return table

    def _revive(self, place: StoredColumn) -> None:
        self._set_column(place, LIVE)
        self._columns.setdefault(place.field_uid, {})[place.part] = place

    def _set_column(self, place: StoredColumn, state: str) -> None:
        for row in self._rows_of(place):
            row.state = state
            row.deployment_id = self.deployment_id if state == BINNED else None
            self._write_row(row)

    def _rows_of(self, place: StoredColumn) -> Iterator[_Row]:
        uid = self._owner_of(place.table)
        return (row for row in self._all_rows(uid) if row.place == place)

    def _owner_of(self, table: str) -> str:
        main = table.partition("_")[0]
        for uid, stored in self._objects.items():
            if stored.table == main:
                return uid
        return str(self.conn.scalar(sa.select(_O.c.uid).where(_O.c.table_name == main)))

    def _write_row(self, row: _Row) -> None:
        place = row.place
        here = (_C.c.table_name == place.table) & (_C.c.column_name == place.column)
        values = {
            "field_uid": place.field_uid,
            "part": place.part,
            "state": row.state,
            "binned_at": clock.now() if row.state == BINNED else None,
            "deployment_id": row.deployment_id,
        }
        self.conn.execute(sa.update(_C).where(here).values(values))

    def _all_rows(self, uid: str) -> list[_Row]:
        """Every column of the object's tables, whatever became of it; oldest change first."""
        if uid not in self._rows:
            head = self.conn.execute(sa.select(_O).where(_O.c.uid == uid)).one()
            self._next[uid] = head.next_column
            self._rows[uid] = [
                _Row(
                    StoredColumn(r.field_uid, r.part, r.table_name, r.column_name, r.type),
                    r.state,
                    r.deployment_id,
                )
                for r in self.conn.execute(_columns_of(head.table_name, head.slices))
            ]
            self._used.update(row.place.table for row in self._rows[uid])
            self._retired[uid] = any(row.state == RETIRED for row in self._rows[uid])
        return self._rows[uid]

    # -- tables and indexes

    def finish_tables(self) -> None:
        """Creates the tables that were allotted, with all their columns at once, and notes them."""
        for table, columns in self._unmade.items():
            ddl.create_table(self.conn, ddl.table_of(table, columns))
        self._unmade.clear()
        if self._new_rows:
            rows = [_as_row(place) for place in self._new_rows]
            self.conn.execute(sa.insert(_C), rows)
            for uid, number in self._next.items():
                self.conn.execute(sa.update(_O).where(_O.c.uid == uid).values(next_column=number))
            self._new_rows.clear()

    def add_index(self, index: Index) -> None:
        table, columns = where_index(index, self._places)
        ddl.create_index(self.conn, table, columns, index.purpose)

    def drop_index(self, index: Index, storage: Storage) -> None:
        """Drops an index of before; `storage` says where its columns were then."""
        table, columns = where_index(index, storage)
        ddl.drop_index(self.conn, ddl.index_name(table, columns, index.purpose))

    def reconcile_indexes(self, obj: CustomObject) -> None:
        """Gives a restored object exactly the indexes that it wants now."""
        wanted = {}
        for index in wanted_indexes(self.new, obj):
            table, columns = where_index(index, self._places)
            wanted[ddl.index_name(table, columns, index.purpose)] = index
        have: set[str] = set()
        for table in self.tables_of(obj):
            have |= ddl.index_names(self.conn, table)
        for name in sorted(have - set(wanted)):
            ddl.drop_index(self.conn, name)
        for name in sorted(set(wanted) - have):
            self.add_index(wanted[name])

    def tables_of(self, obj: CustomObject) -> tuple[str, ...]:
        """The tables of ours that the object has."""
        stored = self._objects[obj.uid]
        main = () if obj.storage else (stored.table,)
        return (*main, *(f"{stored.table}_{n}" for n in range(1, stored.slices + 1)))

    def main_table(self, obj: CustomObject) -> str:
        """The table that has a row for every record."""
        return PEOPLE_TABLE if obj.storage else self._objects[obj.uid].table

    def columns(self, field_uid: str) -> dict[str, StoredColumn]:
        """{part: column} of a field, as things stand on the site."""
        return self._columns.get(field_uid, {})


def where_index(
    index: Index, storage: Storage
) -> tuple[str, dict[str, sa.types.TypeEngine[object]]]:
    """(table, {column: its type}) of an index, by the storage of a version."""
    table, columns = "", dict[str, sa.types.TypeEngine[object]]()
    for uid, part in index.columns:
        if uid:
            place = storage.of_field(uid)[part]
            table, columns[place.column] = place.table, storage_type(place.type)
        else:
            table, columns[part] = storage.object(index.object_uid).table, SYSTEM_COLUMNS[part][0]
    return table, columns


def _with_components(field: CustomField) -> Iterable[CustomField]:
    return (field, *field.field_type.components(field))


def _suits(place: StoredColumn, purpose: Purpose | None) -> bool:
    return purpose is not Purpose.UNIQUE or "_" not in place.table


def _as_row(place: StoredColumn) -> dict[str, str]:
    return {
        "table_name": place.table, "column_name": place.column, "field_uid": place.field_uid,
        "part": place.part, "type": place.type, "state": LIVE,
    }  # fmt: skip


def _columns_of(table: str, slices: int) -> sa.Select[tuple[object, ...]]:
    tables = [table, *(f"{table}_{n}" for n in range(1, slices + 1))]
    statement = sa.select(_C).where(_C.c.table_name.in_(tables))
    return statement.order_by(_C.c.binned_at.nulls_first(), _C.c.table_name, _C.c.column_name)
