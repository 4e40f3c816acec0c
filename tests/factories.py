"""Makes documents, snapshots and orgs for tests, with defaults for whatever a test does not say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import count
from types import MappingProxyType
from typing import Any

from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.field_types import FIELD_TYPES
from trellis.metadata.kinds import KINDS
from trellis.metadata.packages.read import read_package
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.storage import PEOPLE_COLUMNS, Storage, StoredColumn, StoredObject
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.ids import RecordId, new_id
from trellis.platform.people.actor import ADMIN, STANDARD, Actor, system_actor
from trellis.seeds import install

SLICE = 250  # columns of one table


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
    uid = f"d-{kind}-{name}".replace(" ", "_")
    return {"kind": kind, "uid": uid, "name": name, "label": name, **attributes}


@cache
def standard_profiles() -> tuple[Document, ...]:
    """The profiles that every org has; see `administrator` and `make_actor`."""
    return tuple(d for d in read_package(install.STANDARD) if d["kind"] == "Profile")


def make_snapshot(*documents: Document, org: str = "main", version: int = 1) -> Snapshot:
    """A snapshot of the documents with places for every field, as a deployment would give them.

    The profiles that every org has come with them.
    """
    given = {document["uid"] for document in documents}
    whole = (*documents, *(d for d in standard_profiles() if d["uid"] not in given))
    definitions = [KINDS.get(document["kind"]).parse(document) for document in whole]
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
            is_apart = obj.storage and field.local_name in PEOPLE_COLUMNS
            if field.is_system or field.formula or is_apart:
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


# -- orgs ----------------------------------------------------------------------------------------


def deployed(org_db: OrgDatabase, *documents: Document) -> Snapshot:
    """The org's snapshot after the documents were deployed as a person's change set would be.

    The profiles that every org has come with the first of them.
    """
    known = SNAPSHOTS.get(org_db).by_uid
    profiles = (d for d in standard_profiles() if d["uid"] not in known)
    change_set = ChangeSet(put=(*profiles, *documents), summary="A test")
    deploy(org_db, nobody(org_db.key), change_set)
    return SNAPSHOTS.get(org_db)
