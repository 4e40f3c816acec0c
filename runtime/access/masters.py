"""Access to details: what a person has on the master, or on the one record that controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ..tables import Tables
from .branch import Branch, Reason, Scene
from .direct import owned
from .levels import Level
from .people import Clause
from .teams import is_team_of

#: the condition of an object: `sharing.clause`
Clausing = Callable[[Scene, CustomObject, FromClause, Level], Clause | None]


def controlling(obj: CustomObject, snapshot: Snapshot) -> tuple[CustomField, ...]:
    """The fields whose records decide on access: masters, the first one first, or one lookup."""
    if obj.controlled_by:
        return (snapshot.field(obj.name, obj.controlled_by),)
    masters = [f for f in snapshot.fields(obj.name).values() if f.type == "MasterDetail"]
    return tuple(sorted(masters, key=lambda f: int(f.options.get("relationshipOrder", 0))))


def level_on_master(field: CustomField, level: Level) -> Level:
    """What a person needs on the master to have the level on its detail."""
    if level > Level.READ and is_team_of(field):
        return Level.FULL
    if level <= Level.READ or field.options.get("writeRequiresMasterRead", False):
        return Level.READ
    return Level.EDIT


def by_masters(
    scene: Scene, obj: CustomObject, alias: FromClause, level: Level, clause: Clausing
) -> Iterator[Branch]:
    """Details of masters on which the actor has what it takes; every master counts."""
    fields = controlling(obj, scene.snapshot)
    found = [_by_master(scene, field, alias, level, clause) for field in fields]
    needed = [one for one in found if one is not None]
    if not obj.controlled_by:
        yield Branch(Reason.MASTER, Level.FULL, sa.and_(sa.true(), *needed))
        return
    # A record without the one that controls belongs to its owner alone, and to those above.
    key = _key(scene, fields[0], alias)
    yield Branch(Reason.MASTER, Level.FULL, sa.and_(key.is_not(None), *needed))
    yield from owned(scene, obj, alias.c.owner_id)


def _by_master(
    scene: Scene, field: CustomField, alias: FromClause, level: Level, clause: Clausing
) -> Clause | None:
    """True where the master gives what is needed; None: everywhere."""
    target = scene.snapshot.object(field.reference_to[0])
    master = Tables.of(scene.snapshot).home(target.name).main.alias()
    found = clause(scene, target, master, level_on_master(field, level))
    if found is None:
        return None
    return _key(scene, field, alias).in_(sa.select(master.c.id).where(found))


def _key(scene: Scene, field: CustomField, alias: FromClause) -> sa.ColumnElement[str]:
    home = Tables.of(scene.snapshot).home(field.object_name)
    return alias.c[home.parts(field)[""].column]
