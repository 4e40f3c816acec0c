"""Which records of an object an actor may see, edit or wholly dispose of, as a condition of SQL.

The org-wide default gives everybody a level; branches add to it, and can be told apart. Nothing is
kept of what rules and roles give: a change of theirs holds from the next statement on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.kinds.custom_object import CustomObject
from .branch import Branch, Scene
from .direct import direct
from .implicit import to_account, to_children
from .levels import Level
from .masters import by_masters
from .people import Clause
from .privacy import private_rule


@dataclass(frozen=True, slots=True)
class Parts:
    """What the condition of a level is made of; `explain` asks for each part alone."""

    is_everybodys: bool  # rights or the org-wide default give the level on every record
    branches: tuple[Branch, ...]  # any one of them is enough; none where all have it
    secret: Clause | None  # true of what is nobody else's secret, which counts beside the rest


def parts(scene: Scene, obj: CustomObject, alias: FromClause, level: Level) -> Parts:
    """The parts of the condition under which the actor has at least the level."""
    secret = private_rule(scene.actor, obj, scene.snapshot, alias)
    if scene.level_of_all(obj) >= level:
        return Parts(True, (), secret)
    found = tuple(one for one in branches(scene, obj, alias, level) if one.level >= level)
    return Parts(False, found, secret)


def clause(scene: Scene, obj: CustomObject, alias: FromClause, level: Level) -> Clause | None:
    """True of the records on which the actor has at least the level; None: of all."""
    found = parts(scene, obj, alias, level)
    if found.is_everybodys:
        return found.secret
    given = [one.clause for one in found.branches if not one.is_covered]
    shared = sa.or_(*given) if given else sa.false()
    return shared if found.secret is None else sa.and_(shared, found.secret)


def sources(
    scene: Scene, obj: CustomObject, alias: FromClause, level: Level
) -> tuple[Clause, ...] | None:
    """Conditions of which each gives some of those records, together all; None: everybody's."""
    found = parts(scene, obj, alias, level)
    if found.is_everybodys:
        return None
    given = [one.clause for one in found.branches if not one.is_covered] or [sa.false()]
    return tuple(one if found.secret is None else sa.and_(one, found.secret) for one in given)


def branches(
    scene: Scene, obj: CustomObject, alias: FromClause, level: Level = Level.READ
) -> Iterator[Branch]:
    """The sources of access beyond what everybody has, for at least the level."""
    if obj.storage:
        return
    if obj.sharing_model == "ControlledByParent":
        yield from by_masters(scene, obj, alias, level, clause)
        return
    yield from direct(scene, obj, alias, level)
    yield from to_children(scene, obj, alias, level)
    if level <= Level.READ:
        yield from to_account(scene, obj, alias)
