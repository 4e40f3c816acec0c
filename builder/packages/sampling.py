"""Records that travel with a package as samples: chosen ones, and the parents that they need.

Each record has a key, by which others name it, whatever its id will be. Only what the exporter may
read goes along. Refuses what is too much for a sample.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from ...metadata.field_types.record_type import FIELD as RECORD_TYPE
from ...metadata.kinds.custom_field import CustomField
from ...metadata.packages.archive import Files
from ...metadata.packages.people import KEY, USER, table_of
from ...metadata.packages.read import SAMPLES
from ...metadata.snapshot import Snapshot
from ...metadata.system_fields import WRITABLE
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, format_number
from ...platform.migrations.tables import sys_package_sample, sys_user
from ...platform.people.actor import Actor
from ...runtime.access.permissions import Operation, readable, require
from ...runtime.lists.opening import open_list, whole
from ...runtime.lists.state import ListState
from ...runtime.query.record import Record
from ...runtime.query.request import Order, Query
from ...runtime.query.run import get_many, run
from ...runtime.records.rules import rules_for

MOST = 2_000  # records of a package
MOST_OF_OBJECT = 500
LARGEST = 8 * 1024 * 1024  # bytes of all tables


@dataclass(frozen=True, slots=True)
class Wish:
    """Which records of an object: the newest so many, of those in a list view when one is named."""

    object: str
    count: int = MOST_OF_OBJECT
    view: str = ""  # local name of a list view


def samples_of(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    package: str,
    wishes: Iterable[Wish],
) -> Files:
    """{"samples/Account.csv": table}; raises Rejected, NotFound or Denied."""
    picked = _Picked(conn, actor, snapshot)
    for wish in wishes:
        picked.add(wish)
    picked.add_parents()
    picked.require_few()
    writing = _Writing(conn, snapshot, package, picked.records)
    tables = {f"{SAMPLES}{name}.csv": writing.table(name, picked.columns(name))
              for name in sorted(picked.records)}  # fmt: skip
    if sum(map(len, tables.values())) > LARGEST:
        message = _("The sample records have more than 8 MB.")
        raise Rejected(Problem("samples.too_large", (), message, _("Take fewer records.")))
    return tables


def sample_fields(actor: Actor, snapshot: Snapshot, object_name: str) -> tuple[CustomField, ...]:
    """The fields whose values travel: what somebody writes, and the exporter may read."""
    return tuple(
        rule.field
        for rule in rules_for(snapshot, object_name).fields.values()
        if rule.places and _is_written(rule.field) and readable(actor, rule.field, snapshot)
    )


def _is_written(one: CustomField) -> bool:
    if not one.field_type.exports_value:
        return False
    if one.is_system:
        return one.local_name in WRITABLE
    return one.is_editable or one.local_name == RECORD_TYPE


@dataclass(slots=True)
class _Picked:
    """The records so far: {object: {id: record}}."""

    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot
    records: dict[str, dict[str, Record]] = field(default_factory=dict)

    def columns(self, name: str) -> tuple[CustomField, ...]:
        return sample_fields(self.actor, self.snapshot, name)

    def add(self, wish: Wish) -> None:
        obj = self.snapshot.object(wish.object)
        if obj.storage == "people":
            message = _("Users do not travel.")
            hint = _("They are named by their user name; whoever installs says who they are there.")
            raise Rejected(Problem("samples.people", (obj.name,), message, hint))
        if not 0 < wish.count <= MOST_OF_OBJECT:
            most = format_number(MOST_OF_OBJECT)
            message = _("An object gives 1 to %(n)s sample records.", n=most)
            raise Rejected(Problem("samples.count", (obj.name,), message))
        require(self.actor, Operation.READ, obj, self.snapshot)
        ids = self._ids(wish)
        self._fetch(obj.name, ids)

    def _ids(self, wish: Wish) -> list[str]:
        query = Query(wish.object, (), order=(Order("CreatedDate", descending=True),))
        if wish.view:
            obj = self.snapshot.object(wish.object)
            state = ListState(view=wish.view)
            found = open_list(self.conn, self.actor, self.snapshot, obj, state).listing
            query = whole(found.query)
        query = replace(query, fields=(), limit=wish.count)
        return [r.id for r in run(self.conn, self.actor, query, self.snapshot).records]

    def add_parents(self) -> None:
        """Whatever a record must name comes along, and what that must name."""
        while missing := self._missing():
            for name, ids in missing.items():
                self._fetch(name, ids)
                self.records.setdefault(name, {})
                if not set(ids) <= set(self.records[name]):
                    message = _("Some records are needed that you may not see.")
                    raise Rejected(Problem("samples.hidden", (name,), message))
            self.require_few()

    def _missing(self) -> Mapping[str, list[str]]:
        wanted: dict[str, dict[str, None]] = defaultdict(dict)
        for name, records in self.records.items():
            needed = [f for f in self.columns(name) if f.reference_to and _is_needed(f)]
            for one, record in ((f, r) for f in needed for r in records.values()):
                target = record.values[one.local_name]
                if target and (owner := self._object_of(str(target))):
                    wanted[owner][str(target)] = None
        left = {
            n: [i for i in ids if i not in self.records.get(n, {})] for n, ids in wanted.items()
        }
        return {name: ids for name, ids in left.items() if ids}

    def _object_of(self, record_id: str) -> str:
        found = self.snapshot.object_of_id(record_id)
        return "" if found.storage == "people" else str(found.name)

    def _fetch(self, name: str, ids: Sequence[str]) -> None:
        names = [one.local_name for one in self.columns(name)]
        found = get_many(self.conn, self.actor, self.snapshot, name, ids, names)
        self.records.setdefault(name, {}).update(found)

    def require_few(self) -> None:
        count = sum(map(len, self.records.values()))
        if count > MOST:
            n, most = format_number(count), format_number(MOST)
            message = _("%(n)s records would travel; %(most)s are the most.", n=n, most=most)
            raise Rejected(Problem("samples.too_many", (), message, _("Take fewer records.")))


def _is_needed(one: CustomField) -> bool:
    return one.required or one.type == "MasterDetail"


class _Writing:
    """Writes tables: values neutrally, records by key, people by user name."""

    def __init__(
        self,
        conn: sa.Connection,
        snapshot: Snapshot,
        package: str,
        records: Mapping[str, Mapping[str, Record]],
    ) -> None:
        self._snapshot, self._records = snapshot, records
        ids = [record_id for found in records.values() for record_id in found]
        self._keys = {one: one for one in ids} | _keys_before(conn, package, ids)
        named = conn.execute(sa.select(sys_user.c.id, sys_user.c.username))
        self._people = {row.id: row.username for row in named}

    def table(self, name: str, columns: Sequence[CustomField]) -> bytes:
        """The table of an object, in the order of the keys, without columns that nobody filled."""
        rows = sorted((self._keys[one], record) for one, record in self._records[name].items())
        cells = {c.local_name: [self._cell(c, record) for _key, record in rows] for c in columns}
        filled = {heading: texts for heading, texts in cells.items() if any(texts)}
        keys = [key for key, _record in rows]
        head = [KEY, *filled]
        return table_of([head, *map(list, zip(keys, *filled.values(), strict=True))])

    def _cell(self, column: CustomField, record: Record) -> str:
        value = record.values[column.local_name]
        if value is None:
            return ""
        if not column.reference_to:
            return column.field_type.export(value, column)
        if str(value) in self._keys:
            return f"{KEY}{self._keys[str(value)]}"
        username = self._people.get(str(value), "")
        return f"{USER}{username}" if username else ""


def _keys_before(conn: sa.Connection, package: str, ids: Sequence[str]) -> dict[str, str]:
    """{id: key} of records that came with the package: they go again by the same key."""
    s = sys_package_sample.c
    found: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        mine = s.package == package, s.record_id.in_(ids[start : start + 500])
        rows = conn.execute(sa.select(s.record_id, s.sample).where(*mine))
        found |= {row[0]: row[1] for row in rows}
    return found
