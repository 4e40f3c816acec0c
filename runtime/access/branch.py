"""A source of access to records, as a value: why, how much, and which records as a condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sqlalchemy.sql.expression import FromClause

from ...metadata.grants import ObjectRight
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Predicate
from ...metadata.rights import rights_of
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from .levels import ORG_WIDE, Level
from .people import Clause
from .standing import Standing, standing_of

#: compiles a predicate over the columns of an alias of the object's main table
Criteria = Callable[[CustomObject, FromClause, Predicate], Clause]


class Reason(Enum):
    """Why somebody has access to a record."""

    OWNER = "owner"
    QUEUE = "queue"  # they are in the queue that owns it, or above somebody who is
    HIERARCHY = "hierarchy"  # they are above the owner
    RULE = "rule"
    SHARE = "share"
    CHILD = "child"  # it is the account of a record they have
    ACCOUNT = "account"  # it belongs to an account they have
    MASTER = "master"


@dataclass(frozen=True, slots=True)
class Branch:
    """One source of access, and the records that it gives."""

    reason: Reason
    level: Level
    clause: Clause
    uid: str = ""  # of the rule


@dataclass(frozen=True, slots=True)
class Scene:
    """Who asks, and what there is: all that branches are made of."""

    actor: Actor
    snapshot: Snapshot
    criteria: Criteria

    @property
    def standing(self) -> Standing:
        return standing_of(self.actor, self.snapshot)

    def level_of_all(self, obj: CustomObject) -> Level:
        """What the actor has on every record of the object, by rights or by default."""
        right = rights_of(self.actor, self.snapshot).object(obj)
        if right & ObjectRight.MODIFY_ALL:
            return Level.FULL
        by_right = Level.READ if right & ObjectRight.VIEW_ALL or obj.storage else Level.NONE
        return max(by_right, ORG_WIDE[obj.sharing_model])
