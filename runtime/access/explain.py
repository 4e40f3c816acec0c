"""Why somebody has what they have on one record: each part of the statement's condition by itself.

There is no second reading of the rules here. The parts are those that `sharing.clause` joins, asked
of the database one beside the other, so an answer can neither hide nor invent access.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.db.types import Words
from ...platform.people.actor import Actor
from ..query.binding import scene_of
from ..tables import Tables
from . import permissions
from .branch import Branch, Reason, Scene
from .levels import Level
from .sharing import Parts, branches, parts

ASKED = (Level.READ, Level.EDIT, Level.FULL)
MAX_KEPT = 200  # statements of one snapshot
_RECORD = "record_id"


@dataclass(frozen=True, slots=True)
class Cause:
    """A source of access that gives the actor this record, and how much of it."""

    reason: Reason
    level: Level
    uid: str = ""  # of the rule


@dataclass(frozen=True, slots=True)
class Holding:
    """What somebody has on a record as far as the record decides, and all that gives it."""

    level: Level
    of_all: Level  # what they have on every record of the object
    causes: tuple[Cause, ...]  # the strongest first
    is_secret: bool = False  # somebody else's private record, which nothing opens

    def causes_of(self, level: Level) -> tuple[Cause, ...]:
        """The sources that give at least the level."""
        return tuple(cause for cause in self.causes if cause.level >= level)


NOTHING = Holding(Level.NONE, Level.NONE, ())


@dataclass(frozen=True, slots=True)
class _Question:
    """The statement that asks for every part, the same for all of one fingerprint."""

    statement: sa.Select[Any]
    branches: tuple[tuple[Level, Branch], ...]  # in the order of the columns after the id
    of_all: Level
    can_be_secret: bool  # then the last column says that it is open


def explain(conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str) -> Holding:
    """What the actor has on the live record and why; of a record that is not there: nothing.

    Rights on the object are another question (`verdicts`), but for those over all its records.
    """
    asked = _question(actor, snapshot, snapshot.object_of_id(record_id))
    values = dict(permissions.parameters(actor, snapshot)) | {_RECORD: record_id}
    row = conn.execute(asked.statement, values).one_or_none()
    if row is None:
        return NOTHING
    gives = [given for given, flag in zip(asked.branches, row[1:], strict=False) if flag]
    return _holding(gives, asked.of_all, is_secret=asked.can_be_secret and not row[-1])


def _question(actor: Actor, snapshot: Snapshot, obj: CustomObject) -> _Question:
    """Made once for a snapshot, object and fingerprint, as the frames of statements are."""
    kept: dict[tuple[str, str], _Question] = snapshot.derived(_Question, dict)
    key = (obj.name, permissions.fingerprint(actor, snapshot))
    if (found := kept.get(key)) is None:
        found = _asked(actor, snapshot, obj)
        if len(kept) >= MAX_KEPT:
            kept.clear()
        kept[key] = found
    return found


def _asked(actor: Actor, snapshot: Snapshot, obj: CustomObject) -> _Question:
    scene = scene_of(actor, snapshot)
    main = Tables.of(snapshot).home(obj.name).main.alias()
    asked = {level: parts(scene, obj, main, level) for level in ASKED}
    found = tuple(branches_of(scene, obj.name, asked, main))
    secret = asked[Level.READ].secret
    columns = [one.clause for _level, one in found] + ([] if secret is None else [secret])
    flags = [sa.case((clause, 1), else_=0).label(f"b{n}") for n, clause in enumerate(columns)]
    statement = sa.select(main.c.id, *flags).where(
        main.c.id == sa.bindparam(_RECORD, type_=Words()), main.c.is_deleted == sa.false()
    )
    of_all = max((level for level, one in asked.items() if one.is_everybodys), default=Level.NONE)
    return _Question(statement, found, of_all, secret is not None)


def branches_of(
    scene: Scene, object_name: str, asked: dict[Level, Parts], main: sa.FromClause
) -> Iterator[tuple[Level, Branch]]:
    """(level, branch) of every level; where all have one, its branches are told all the same."""
    obj = scene.snapshot.object(object_name)
    for level, whole in asked.items():
        if whole.is_everybodys:
            yield from ((level, one) for one in branches(scene, obj, main, level))
        else:
            yield from ((level, one) for one in whole.branches)


def _holding(gives: list[tuple[Level, Branch]], of_all: Level, *, is_secret: bool) -> Holding:
    by_source: dict[tuple[Reason, str], Level] = {}
    for level, branch in gives:
        if branch.level >= level:
            key = (branch.reason, branch.uid)
            by_source[key] = max(by_source.get(key, Level.NONE), level)
    causes = [Cause(reason, level, uid) for (reason, uid), level in by_source.items()]
    causes.sort(key=lambda cause: -cause.level)
    level = max((of_all, *by_source.values()))
    return Holding(Level.NONE if is_secret else level, of_all, tuple(causes), is_secret)
