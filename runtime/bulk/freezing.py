"""Which records a list has for a person at this moment, in the order of their ids.

They are kept as a list of ids and not walked again by the list's filters: the deed changes the very
fields that the filters ask, and others change records meanwhile, so that a walk would skip rows or
meet rows that nobody saw. What the actor may do with each is asked when its turn comes.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, format_number
from ...platform.people.actor import Actor
from ..lists.opening import open_list, whole
from ..lists.state import ListState
from ..query.run import iterate

MOST = 100_000  # records of one deed


def ids_of(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject, state: ListState
) -> list[str]:
    """The ids of all records of the list; raises Rejected for none and for too many."""
    found = open_list(conn, actor, snapshot, obj, state).listing
    query = replace(whole(found.query), fields=(), order=(), limit=MOST + 1)
    ids = [record.id for some in iterate(conn, actor, query, snapshot) for record in some]
    if not ids:
        raise Rejected(Problem("bulk.nothing", (), _("This list has no records any more.")))
    if len(ids) > MOST:
        message = _("At most %(n)s records are changed at once.", n=format_number(MOST))
        raise Rejected(Problem("bulk.too_many", (), message, _("Narrow the list by filters.")))
    return ids
