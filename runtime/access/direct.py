"""Access to a record for its own sake: ownership, the people above, rules, shares and its team."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.sharing_rule import OWNER, SharingRule
from . import people, teams
from .branch import Branch, Reason, Scene
from .levels import BY_NAME, Level
from .people import ACTOR, Clause
from .standing import Audience


def direct(
    scene: Scene, obj: CustomObject, alias: FromClause, level: Level = Level.READ
) -> Iterator[Branch]:
    """The sources for at least the level; of an object whose records have owners."""
    yield from owned(scene, obj, alias.c.owner_id)
    for rule, audience in scene.standing.rules.get(obj.name, ()):
        if (given := BY_NAME[rule.access]) >= level:
            yield Branch(Reason.RULE, given, ruled(scene, obj, alias, rule, audience), rule.uid)
    for given in (Level.EDIT, Level.READ):
        if given >= level:
            shared = shared_ids(scene, obj, obj, given)
            among = scene.among(alias.c.id, shared)
            yield Branch(Reason.SHARE, given, among, is_covered=given > level)
            if obj.name == teams.OF and (ids := teams.teamed(scene, obj, given)) is not None:
                among = scene.among(alias.c.id, ids)
                yield Branch(Reason.TEAM, given, among, is_covered=given > level)


def owned(scene: Scene, obj: CustomObject, owner: sa.ColumnElement[str]) -> Iterator[Branch]:
    """What owners have, and who stands for them: members of a queue, people above."""
    standing = scene.standing
    yield Branch(Reason.OWNER, Level.FULL, owner == ACTOR)
    if standing.groups or (obj.uses_hierarchies and standing.groups_above):
        in_queues = people.GROUPS_WITH_BOSSES if obj.uses_hierarchies else people.GROUPS
        yield Branch(Reason.QUEUE, Level.FULL, owner.in_(in_queues))
    if obj.uses_hierarchies and standing.below:
        among = scene.among(owner, people.subordinates())
        yield Branch(Reason.HIERARCHY, Level.FULL, among)
        if standing.groups_perhaps_above:
            yield Branch(Reason.QUEUE, Level.FULL, owner.in_(people.bossed_groups()))


def ruled(
    scene: Scene, obj: CustomObject, alias: FromClause, rule: SharingRule, audience: Audience
) -> Clause:
    """The records that a rule shares, if it reaches the actor."""
    if rule.type == OWNER:
        found = _of_owners(scene, alias.c.owner_id, rule)
    else:
        found = scene.criteria(obj, alias, rule.predicate)
    if audience is not Audience.PERHAPS_ABOVE:
        return found
    kind = "Group" if rule.shared_to.type == "group" else "Queue"
    group = scene.snapshot.get(kind, rule.shared_to.name)
    return sa.and_(people.stands_above_a_member(group.uid), found)


def _of_owners(scene: Scene, owner: sa.ColumnElement[str], rule: SharingRule) -> Clause:
    circle = rule.shared_from
    assert circle is not None  # noqa: S101 - held by the kind's check
    if circle.type == "queue":
        queue = scene.snapshot.find("Queue", circle.name)
        return owner == (queue.uid if queue else "")
    users = people.users_of(circle, scene.snapshot)
    return sa.true() if users is None else scene.among(owner, users)


def shared_ids(scene: Scene, obj: CustomObject, meant: CustomObject, level: Level) -> people.Ids:
    """Ids of records of `obj` whose shares mean records of `meant`, at least at the level."""
    standing = scene.standing
    has_below = obj.uses_hierarchies and bool(standing.below)
    return people.shares(
        meant.uid, level, hierarchies=obj.uses_hierarchies, has_role=bool(standing.role),
        has_below=has_below, is_test=scene.is_test,
    )  # fmt: skip
