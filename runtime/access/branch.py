"""A source of access to records, as a value: why, how much, and which records as a condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.grants import ObjectRight
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Predicate
from ...metadata.rights import rights_of
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from .levels import ORG_WIDE, Level
from .people import Clause, Ids
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
    TEAM = "team"  # they are in the team of the account, or above somebody who is
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
    is_covered: bool = False  # another branch gives the same records, with less on more of them


@dataclass(frozen=True, slots=True)
class Scene:
    """Who asks, and what there is: all that branches are made of."""

    actor: Actor
    snapshot: Snapshot
    criteria: Criteria
    is_test: bool = False  # the condition is asked of rows at hand, it does not find them

    @property
    def standing(self) -> Standing:
        return standing_of(self.actor, self.snapshot)

    def among(self, column: sa.ColumnElement[str], *ids: Ids) -> Clause:
        """True where the column is one of the ids: all of them looked up first, or row by row."""
        if self.is_test:
            return sa.or_(*(_holds(some, column) for some in ids))
        return column.in_(sa.union_all(*ids) if len(ids) > 1 else ids[0])

    def level_of_all(self, obj: CustomObject) -> Level:
        """What the actor has on every record of the object, by rights or by default."""
        right = rights_of(self.actor, self.snapshot).object(obj)
        if right & ObjectRight.MODIFY_ALL:
            return Level.FULL
        by_right = Level.READ if right & ObjectRight.VIEW_ALL or obj.storage else Level.NONE
        return max(by_right, ORG_WIDE[obj.sharing_model])


def _holds(ids: Ids, column: sa.ColumnElement[str]) -> Clause:
    if not isinstance(ids, sa.Select):
        return column.in_(ids)
    (found,) = ids.selected_columns
    # the offset keeps PostgreSQL from looking all of them up after all
    return sa.exists(ids.where(found == column).offset(_NONE))


_NONE: sa.ColumnElement[int] = sa.literal_column("0")
