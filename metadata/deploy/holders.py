"""What people have against a removal: a profile, role or permission set that somebody has.

Refuses to remove such a component, and a queue that owns records, and names some of its users.
Groups are free to go: who was in one by themselves loses what it gave, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from ...platform.db.types import Words
from ...platform.errors import Problem
from ...platform.i18n import _, ngettext
from ...platform.people.assignments import Relation, count_holders, list_holders
from ..definition import Definition
from ..rights import SHIPPED
from ..snapshot import Snapshot
from .diff import Diff

SHOWN = 3  # users whose names a problem says
_RELATIONS: Mapping[str, Relation] = {
    "Profile": Relation.PROFILE,
    "Role": Relation.ROLE,
    "PermissionSet": Relation.PERMISSION,
    "PermissionSetGroup": Relation.PERMISSION,
}


def problems(conn: sa.Connection, old: Snapshot, diff: Diff) -> Iterator[Problem]:
    """Everything that the difference removes and somebody has."""
    for gone in diff.removed:
        if (relation := _RELATIONS.get(gone.kind)) is not None:
            yield from _held(conn, relation, gone)
        elif gone.kind == "Queue":
            yield from _owning(conn, old, gone)


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
