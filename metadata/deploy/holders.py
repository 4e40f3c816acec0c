"""What people have against a removal: a profile, role or permission set that somebody has.

Refuses to remove such a component, and a queue that owns records, and names some of its users.
Groups are free to go: who was in one by themselves loses what it gave, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import sqlalchemy as sa

from ...platform.db.types import Words
from ...platform.errors import Problem
from ...platform.i18n import _, ngettext
from ...platform.people.assignments import Relation, count_holders, list_holders
from ..definition import Definition
from ..kinds.record_type import RecordType
from ..record_types import field_of, find_type
from ..rights import SHIPPED
from ..snapshot import Snapshot
from ..storage_types import storage_type
from .diff import Diff

_NOTHING: Mapping[str, str] = MappingProxyType({})
SHOWN = 3  # users whose names a problem says
_RELATIONS: Mapping[str, Relation] = {
    "Profile": Relation.PROFILE,
    "Role": Relation.ROLE,
    "PermissionSet": Relation.PERMISSION,
    "PermissionSetGroup": Relation.PERMISSION,
}


def problems(
    conn: sa.Connection, old: Snapshot, diff: Diff, becomes: Mapping[str, str] = _NOTHING
) -> Iterator[Problem]:
    """Everything that the difference removes and somebody has; see ChangeSet for `becomes`."""
    leaving = {gone.name for gone in diff.removed if gone.kind == "CustomObject"}
    for gone in diff.removed:
        if (relation := _RELATIONS.get(gone.kind)) is not None:
            yield from _held(conn, relation, gone)
        elif gone.kind == "Queue":
            yield from _owning(conn, old, gone)
        elif isinstance(gone, RecordType) and gone.object not in leaving:
            yield from _typed(conn, old, diff, gone, becomes)


def _held(conn: sa.Connection, relation: Relation, gone: Definition) -> Iterator[Problem]:
    key = gone.uid.removeprefix(SHIPPED)
    if not (some := list_holders(conn, relation, key, SHOWN)):
        return
    count = count_holders(conn, relation)[key]
    names = ", ".join(one.name for one in some) + (" …" if count > len(some) else "")
    message = ngettext(
        "%(n)s user has it: %(names)s.", "%(n)s users have it: %(names)s.", count, names=names
    )
    hint = _("Take it from them first.")
    if relation in (Relation.PROFILE, Relation.ROLE):
        hint = _("Give them another one first.")
    yield Problem("component.held", (gone.kind, gone.name), message, hint)


def _typed(
    conn: sa.Connection,
    old: Snapshot,
    diff: Diff,
    gone: RecordType,
    becomes: Mapping[str, str],
) -> Iterator[Problem]:
    """Records of a type that goes have to get another one, which stays."""
    if heir := becomes.get(gone.uid):
        is_going = any(f"{gone.object}.{heir}" == one.name for one in diff.removed)
        if is_going or find_type(old, gone.object, heir) is None:
            message = _("There is no record type %(name)s.", name=repr(heir))
            yield Problem("record_type.heir", (gone.kind, gone.name), message)
        return
    if gone.uid in becomes or not (count := count_of_type(conn, old, gone)):
        return
    message = ngettext(
        "%(n)s record has this record type.", "%(n)s records have this record type.", count
    )
    hint = _("Say which record type they shall have.")
    yield Problem("record_type.held", (gone.kind, gone.name), message, hint)


def count_of_type(conn: sa.Connection, snapshot: Snapshot, one: RecordType) -> int:
    """How many records have the record type, those in the recycle bin included."""
    field = field_of(snapshot, one.object)
    place = snapshot.storage.of_field(field.uid).get("") if field else None
    if place is None:
        return 0
    value: sa.Column[str] = sa.Column(place.column, storage_type(place.type))
    table = sa.Table(place.table, sa.MetaData(), value)
    where = table.c[place.column] == one.local_name
    return conn.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0


def _owning(conn: sa.Connection, old: Snapshot, gone: Definition) -> Iterator[Problem]:
    for obj in old.objects():
        if obj.storage or not obj.has_owner or obj.uid not in old.storage.objects:
            continue
        owner: sa.Column[str] = sa.Column("owner_id", Words())
        table = sa.Table(old.storage.object(obj.uid).table, sa.MetaData(), owner)
        owned = sa.select(table.c.owner_id).where(table.c.owner_id == gone.uid).limit(1)
        if conn.execute(owned).first() is not None:
            message = _("It owns records of %(name)s.", name=old.label(obj, "pluralLabel"))
            hint = _("Give them another owner first.")
            yield Problem("queue.owns", (gone.kind, gone.name), message, hint)
