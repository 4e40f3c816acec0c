"""What saves of records tell people: that a record is theirs now, that one they follow changed.

It is written with the save. Whoever saves is not told of it, and neither is anybody of what the
system makes by itself. Whether a follower still may see the record is asked when it is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from ...platform.migrations.tables import sys_follow
from ..records.companions import EVERY, Companion, accompany
from ..records.draft import Draft
from ..records.steps import Save
from .kept import CHUNK, News, is_person, notify
from .kinds import ASSIGNED, CHANGED

OWNER = "OwnerId"


def _after(save: Save, drafts: Sequence[Draft]) -> None:
    if save.is_new and save.actor.is_system:
        return
    assigned = dict(_assigned(save, drafts))
    news = list(_of_owners(save, assigned))
    if not save.is_new:
        news += _of_followers(save, drafts, assigned)
    notify(save.conn, news)


def _assigned(save: Save, drafts: Sequence[Draft]) -> Iterator[tuple[str, str]]:
    """(record, its new owner) of what was given to somebody else than who saves."""
    for draft in drafts:
        owner = draft.values.get(OWNER)
        if is_person(owner) and owner != save.actor.user_id:
            yield draft.id, str(owner)


def _of_owners(save: Save, assigned: dict[str, str]) -> Iterator[News]:
    """One notice for a record; one for all that a save gives to the same person."""
    by_owner: defaultdict[str, list[str]] = defaultdict(list)
    for record_id, owner in assigned.items():
        by_owner[owner].append(record_id)
    for owner, ids in by_owner.items():
        if len(ids) == 1:
            yield News(owner, ASSIGNED.name, ids[0], save.actor.user_id)
        else:
            args = {"object": save.rules.object.uid, "count": len(ids)}
            yield News(owner, ASSIGNED.name, None, save.actor.user_id, args)


def _of_followers(save: Save, drafts: Sequence[Draft], assigned: dict[str, str]) -> Iterator[News]:
    f, ids = sys_follow.c, [draft.id for draft in drafts]
    for start in range(0, len(ids), CHUNK):
        some = f.record_id.in_(ids[start : start + CHUNK]), f.user_id != save.actor.user_id
        found = sa.select(f.record_id, f.user_id).where(*some).order_by(f.record_id, f.user_id)
        for record_id, user_id in save.conn.execute(found).all():
            if assigned.get(record_id) != user_id:
                yield News(user_id, CHANGED.name, record_id, save.actor.user_id)


EACH = Companion(EVERY, (), after=_after)


def bring() -> None:
    """Has notices go along with every save."""
    accompany(EACH)
