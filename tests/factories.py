"""Makes documents, snapshots and orgs for tests, with defaults for whatever a test does not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from trellis.metadata.definition import Document
from trellis.metadata.field_types import FIELD_TYPES
from trellis.metadata.kinds import KINDS
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.kinds.custom_object import CustomObject
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.storage import PEOPLE_COLUMNS, Storage, StoredColumn, StoredObject
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.ids import RecordId, new_id
from trellis.platform.people.actor import ADMIN, STANDARD, Actor, system_actor
from trellis.runtime.tables import Tables

SLICE = 250  # columns of one table
_UID = count(1)


def make_object(name: str, **attributes: Any) -> Document:
    """An object's document: `make_object("Account", keyPrefix="001")`."""
    label = attributes.pop("label", name.removesuffix("__c").replace("_", " "))
    return {
        "kind": "CustomObject", "uid": attributes.pop("uid", f"o-{name}"), "name": name,
        "label": label, "pluralLabel": f"{label}s", **attributes,
    }  # fmt: skip


def make_field(name: str, type_name: str = "Text", **attributes: Any) -> Document:
    """A field's document: `make_field("Account.Rating", "Picklist", values=["Hot", "Cold"])`.

    `values` are short for an inline value set, `to` for referenceTo, other words are attributes.
    """
    if (values := attributes.pop("values", None)) is not None:
        attributes["valueSet"] = {"restricted": True, "values": [{"name": v} for v in values]}
    if (target := attributes.pop("to", None)) is not None:
        attributes["referenceTo"] = [target] if isinstance(target, str) else list(target)
    defaults = FIELD_TYPES.get(type_name).default_options()
    label = name.rpartition(".")[2].removesuffix("__c").replace("_", " ")
    return {
        "kind": "CustomField", "uid": f"f-{name}", "name": name, "label": label,
        "type": type_name, **defaults, **attributes,
    }  # fmt: skip


def make_document(kind: str, name: str, **attributes: Any) -> Document:
    """A document of any kind."""
    return {"kind": kind, "uid": f"d-{kind}-{name}", "name": name, "label": name, **attributes}


def make_snapshot(*documents: Document, org: str = "main", version: int = 1) -> Snapshot:
    """A snapshot of the documents with places for every field, as a deployment would give them."""
    definitions = [KINDS.get(document["kind"]).parse(document) for document in documents]
    bare = Snapshot(org, version, definitions)
    return Snapshot(org, version, definitions, make_storage(bare))


def make_storage(snapshot: Snapshot) -> Storage:
    """Tables t1, t2 … and columns f1, f2 … for all that the snapshot holds."""
    objects: dict[str, StoredObject] = {}
    columns: dict[str, Mapping[str, StoredColumn]] = {}
    number = count(1)
    for n, obj in enumerate(snapshot.objects(), 1):
        table = "sys_user" if obj.storage else f"t{n}"
        used = 250 if obj.storage else 8
        for field in snapshot.fields(obj.name).values():
            if field.is_system or (obj.storage and field.local_name in PEOPLE_COLUMNS):
                continue
            parts: dict[str, StoredColumn] = {}
            for part in field.field_type.columns(field):
                at = used // SLICE
                used += 1
                home = f"{table}_{at}" if at else table
                parts[part.name] = StoredColumn(
                    field.uid, part.name, home, f"f{next(number)}", part.type
                )
            columns[field.uid] = MappingProxyType(parts)
        prefix = obj.key_prefix or f"a{n:02d}"
        objects[obj.uid] = StoredObject(obj.uid, table, prefix, used // SLICE)
    return Storage(MappingProxyType(objects), MappingProxyType(columns))


def create_tables(org_db: OrgDatabase, snapshot: Snapshot) -> None:
    """Creates the tables of a made-up snapshot, with the unique indexes that a deployment makes."""
    defaults = _defaults(snapshot)
    with org_db.write() as conn:
        for obj in snapshot.objects():
            home = Tables.of(snapshot).home(obj.name)
            for table in (home.main, *home.slices):
                if table.name != "sys_user":
                    _created(table, defaults).create(conn)
            for field in snapshot.fields(obj.name).values():
                if (field.unique or field.external_id) and not obj.storage:
                    _index(conn, home, field)


def _defaults(snapshot: Snapshot) -> dict[tuple[str, str], Any]:
    """{(table, column): default} of the columns that are never NULL."""
    found: dict[tuple[str, str], Any] = {}
    for obj in snapshot.objects():
        for field in snapshot.fields(obj.name).values():
            stored = snapshot.storage.of_field(field.uid)
            for part in field.field_type.columns(field):
                if part.default is not None and part.name in stored:
                    place = stored[part.name]
                    found[place.table, place.column] = part.default
    return found


def _created(table: sa.Table, defaults: Mapping[tuple[str, str], Any]) -> sa.Table:
    columns = []
    for column in table.columns:
        default = defaults.get((table.name, column.name))
        literal = None
        if default is not None:
            literal = sa.text(str(default).lower() if isinstance(default, bool) else repr(default))
        columns.append(
            sa.Column(
                column.name, column.type, primary_key=column.name == "id",
                nullable=default is None and column.name != "id", server_default=literal,
            )
        )  # fmt: skip
    return sa.Table(table.name, sa.MetaData(), *columns, sqlite_strict=True)


def _index(conn: sa.Connection, home: Any, field: CustomField) -> None:
    place = home.parts(field)[field.field_type.unique_part(field)]
    table = home.table(place)
    column = table.c[place.column]
    live = None if place.slice else table.c.is_deleted == sa.false()
    where = {"sqlite_where": live, "postgresql_where": live} if live is not None else {}
    index = sa.Index(f"u_{table.name}_{place.column}", column, unique=field.unique, **where)
    index.create(conn)
    table.indexes.discard(index)


# -- actors --------------------------------------------------------------------------------------


def make_actor(profile: str = STANDARD, org: str = "main", **attributes: Any) -> Actor:
    """A person at work; give `user_id` for a certain one."""
    values: dict[str, Any] = {
        "user_id": RecordId(new_id("005")), "name": "Ada Lovelace", "org": org,
        "profile": profile, "language": "en", "locale": "en_US", "time_zone": "UTC",
        "currency": "USD",
    } | attributes  # fmt: skip
    return Actor(**values)


def administrator(org: str = "main") -> Actor:
    return make_actor(ADMIN, org, name="Grace Hopper")


def nobody(org: str = "main") -> Actor:
    """The system, for a test."""
    return system_actor(org, "a test")


def objects_of(snapshot: Snapshot) -> Iterable[CustomObject]:
    return snapshot.objects()
